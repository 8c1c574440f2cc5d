package controllers

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/demo/controllers/typed"
	"paddock/demo/sim"
	"paddock/demo/store"
	"paddock/demo/training"
)

// A user submits and kills while the world runs ten times as fast as the
// clock: waits are a tenth, and no time stamp is in the future.
func TestLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sim.New(sim.Options{Clock: time.Now, Start: time.Now().Add(-time.Hour), Seed: 1, Speed: 10})
		st := store.New(s.Now, s.UID)
		s.Attach(st)
		set := Add(s, st, func(_ *core.Pod, c *core.Container, _ *core.Node, attempt int, _ uint64) training.Life {
			return lives(c.Image, attempt)
		})
		c := &cluster{Set: set, t: t, sim: s, store: st, now: time.Now()}
		create(c, typed.Node("gpu-0"), node("gpu-0", 0))
		if err := s.FastForward(time.Now()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		wait := func(what string, least, most time.Duration, holds func() bool) {
			t.Helper()
			from := time.Now()
			for !holds() {
				if time.Since(from) > most {
					t.Fatalf("not %s after %v", what, most)
				}
				time.Sleep(100 * time.Millisecond)
			}
			if took := time.Since(from); took < least {
				t.Errorf("%s after %v already", what, took)
			}
		}

		c.submit(job("det", "hub/train:short", 2))
		wait("running", 2*time.Second, 3*time.Second, c.running("det", 2)) // 20 s of pull
		victim := c.pods("det")[0]
		c.delete(typed.Pod("ocr", victim.Name), meta.DeleteOptions{})
		wait("replaced", time.Second, 3*time.Second, func() bool { // 10 s of back-off
			return c.running("det", 2)() && c.pods("det")[0].UID != victim.UID
		})
		if err := s.Do(func() {
			if n := len(c.Kubelets.Usage()); n != 2 {
				t.Errorf("%d containers run", n)
			}
		}); err != nil {
			t.Error(err)
		}
		wait("complete", 4*time.Second, 7*time.Second, c.finished("det", batch.JobComplete))
		for _, e := range typed.List[*core.Event](st, typed.Event("", "")) {
			if e.CreationTimestamp.After(time.Now()) || e.LastTimestamp.After(time.Now()) {
				t.Errorf("%s is from the future: %v", e.Reason, e.LastTimestamp)
			}
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
