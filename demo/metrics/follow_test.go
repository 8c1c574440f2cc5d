package metrics

import (
	"testing"
	"time"

	core "k8s.io/api/core/v1"

	"paddock/demo/controllers/kubelet"
	"paddock/demo/controllers/typed"
	"paddock/demo/sim"
	"paddock/demo/store"
	"paddock/demo/training"
)

// The past is scraped as it is lived through, and not before the time that was
// asked for.
func TestFollowsTheStory(t *testing.T) {
	now := noon.Add(-time.Hour)
	clock := func() time.Time { return noon }
	w := sim.New(sim.Options{Clock: clock, Start: now, Seed: 1, Speed: 10})
	st := store.New(w.Now, w.UID)
	w.Attach(st)
	live := func(*core.Pod, *core.Container, *core.Node, int, uint64) training.Life { return training.Life{} }
	kubelets := kubelet.New(w, st, live)
	w.Add(kubelets)
	for _, n := range nodes(2) {
		if _, err := typed.Create(st, typed.Node(n.Name), n); err != nil {
			t.Fatal(err)
		}
	}
	s := start(t, &now)
	s.Follow(w, st, kubelets, noon.Add(-10*time.Minute))
	if err := w.FastForward(noon); err != nil {
		t.Fatal(err)
	}
	for question, want := range map[string]float64{
		`count(DCGM_FI_DEV_GPU_UTIL)`:                            16,
		`sum(count_over_time(up[1h]))`:                           2 * (10*4 + 1),
		`count(count_over_time(up[1h] offset 11m)) or vector(0)`: 0,
	} {
		if got, ok := s.value(t.Context(), question, noon); !ok || got != want {
			t.Errorf("%s = %v %v, want %v", question, got, ok, want)
		}
	}
}
