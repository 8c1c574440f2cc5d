package fleet

import (
	"slices"
	"testing"
	"time"
)

func TestAbsentNamespaces(t *testing.T) {
	snapshot := func(health Health, complete bool, looked ...string) *Snapshot {
		return &Snapshot{Cluster: Cluster{Namespaces: looked}, Complete: complete, Namespaces: []*Namespace{{Name: "nlp"}},
			Sources: []Source{{Name: "namespaces", Health: health}}}
	}
	tests := []struct {
		name string
		of   *Snapshot
		want []string
	}{
		{"all", snapshot(Live, true), nil},
		{"one is there, one is not", snapshot(Live, true, "nlp", "nosuch"), []string{"nosuch"}},
		{"they can't be read", snapshot(Forbidden, true, "nosuch"), nil},
		{"not all is told yet", snapshot(Live, false, "nosuch"), nil},
	}
	for _, tt := range tests {
		if got := new(Joiner).Join(tt.of, nil, time.Unix(0, 0)).Absent; !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
