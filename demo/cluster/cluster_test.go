package cluster

import (
	"strings"
	"testing"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"

	"paddock/demo/controllers/typed"
)

// The same seed tells the same story, whenever it is told.
func TestTheSeedMakesTheStory(t *testing.T) {
	told := func(seed uint64, at time.Time) string {
		c, err := New(Options{Seed: seed, Dir: t.TempDir(), Clock: func() time.Time { return at }})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}()
		var b strings.Builder
		for _, j := range typed.List[*batch.Job](c.objects, typed.Job("", "")) {
			b.WriteString(j.Namespace + "/" + j.Name + " " + at.Sub(j.CreationTimestamp.Time).String() + "\n")
		}
		for _, p := range typed.List[*core.Pod](c.objects, typed.Pod("", "")) {
			b.WriteString(p.Name + " " + string(p.UID) + " " + p.Spec.NodeName + " " + string(p.Status.Phase) + "\n")
		}
		return b.String()
	}
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	first := told(1, noon)
	if strings.Count(first, "\n") < 60 {
		t.Fatalf("hardly anything is on stage:\n%s", first)
	}
	if again := told(1, noon.Add(7*time.Hour+23*time.Minute+11*time.Second)); again != first {
		t.Errorf("another moment, another story:\n%s\nwas\n%s", again, first)
	}
	if other := told(2, noon); other == first {
		t.Error("another seed tells the same story")
	}
}
