package metrics

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	core "k8s.io/api/core/v1"

	"paddock/demo/controllers/kubelet"
	"paddock/demo/controllers/typed"
	"paddock/demo/dcgm"
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

// At ten times the speed, what takes three minutes of story is over after 18 s.
func TestHurriesWithTheStory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		w := sim.New(sim.Options{Clock: time.Now, Start: began, Seed: 1, Speed: 10})
		st := store.New(w.Now, w.UID)
		w.Attach(st)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- w.Run(ctx) }()
		time.Sleep(time.Minute)
		started := time.Now()
		holdings := []kubelet.Holding{{Pod: dcgm.Pod{Started: started}}, {Pod: dcgm.Pod{Started: began.Add(-time.Hour)}}, {}}
		hurry(w, holdings)
		if got, want := holdings[0].Pod.Started, started.Add(18*time.Second-settled); !got.Equal(want) {
			t.Errorf("it began at %s, want %s", got, want)
		}
		if got := holdings[1].Pod.Started; !got.Equal(began.Add(-time.Hour)) {
			t.Errorf("what began in the past is moved to %s", got)
		}
		if got := holdings[2].Pod.Started; !got.IsZero() {
			t.Errorf("what has not begun begins at %s", got)
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
