package jobs

import (
	"maps"
	"testing"
)

func TestIndexes(t *testing.T) {
	for _, test := range []struct {
		text        string
		completions int
		want        string
	}{
		{"", 4, ""},
		{"0", 4, "0"},
		{"0,1", 4, "0,1"},
		{"0-2,5", 9, "0-2,5"},
		{"3,1,2", 9, "1-3"},
		{"0-9", 4, "0-3"},
		{"7", 4, ""},
		{"x,1-y,2", 4, "2"},
	} {
		if got := parseIndexes(test.text, test.completions).String(); got != test.want {
			t.Errorf("%q of %d: %q, want %q", test.text, test.completions, got, test.want)
		}
	}
}

// What is written is read back as the same set.
func FuzzIndexes(f *testing.F) {
	f.Add("0-3,7,9-10")
	f.Add("5-1,,-,2")
	f.Fuzz(func(t *testing.T, text string) {
		set := parseIndexes(text, 100)
		if again := parseIndexes(set.String(), 100); !maps.Equal(set, again) {
			t.Errorf("%q: %v, then %q: %v", text, set, set.String(), again)
		}
		for i := range set {
			if i < 0 || i >= 100 {
				t.Errorf("%q has the index %d", text, i)
			}
		}
	})
}
