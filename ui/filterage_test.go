package ui

import (
	"strings"
	"testing"
	"time"

	"paddock/fleet"
)

func TestFilterByAge(t *testing.T) {
	old := &fleet.Job{Ref: fleet.Ref{Name: "old"}, Created: noon.Add(-50 * time.Hour)}
	young := &fleet.Job{Ref: fleet.Ref{Name: "young"}, Created: noon.Add(-90 * time.Second)}
	timeless := &fleet.Job{Ref: fleet.Ref{Name: "timeless"}}
	tests := []struct{ text, want, err string }{
		{"age:>2h", "old", ""},
		{"age:>=2d", "old", ""},
		{"age:<30m", "young", ""},
		{"age:<=90s", "young", ""},
		{"-age:>2h", "young timeless", ""},
		{"age:>1h age:<1w", "old", ""},
		{"age:>", "old young timeless", ""},
		{"age:2h", "", "age: is older or younger, as in age:>2h or age:<30m"},
		{"age:>2", "", `age: needs a time such as 90s, 5m, 2h or 3d, not "2"`},
		{"age:>xd", "", `age: needs a time such as 90s, 5m, 2h or 3d, not "xd"`},
		{"age:>1e300d", "", `age: needs a time such as 90s, 5m, 2h or 3d, not "1e300d"`},
	}
	for _, tt := range tests {
		f, err := parseFilter(tt.text, jobKeys())
		if err != nil || tt.err != "" {
			if err == nil || err.Error() != tt.err {
				t.Errorf("%s: error %v, want %q", tt.text, err, tt.err)
			}
			continue
		}
		var got []string
		for _, j := range []*fleet.Job{old, young, timeless} {
			if f.match(j, noon) {
				got = append(got, j.Ref.Name)
			}
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %v, want %s", tt.text, got, tt.want)
		}
	}
}
