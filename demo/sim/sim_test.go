package sim

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"paddock/demo/store"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// world is a Sim with a store, begun at start.
func world(seed uint64) (*Sim, *store.Store) {
	s := New(Options{Clock: func() time.Time { return start.Add(3 * time.Hour) }, Start: start, Seed: seed})
	st := store.New(s.Now, s.UID)
	s.Attach(st)
	return s, st
}

func write(t *testing.T, st *store.Store, name string) {
	t.Helper()
	key := store.Key{Resource: schema.GroupResource{Resource: "configmaps"}, Namespace: "ocr", Name: name}
	_, err := st.Write(key, false, func(old store.Object) (store.Object, error) {
		m := &core.ConfigMap{ObjectMeta: meta.ObjectMeta{Namespace: "ocr", Name: name}}
		if old != nil {
			m = old.DeepCopyObject().(*core.ConfigMap)
			m.Data = map[string]string{"v": m.Data["v"] + "."}
		}
		return m, nil
	})
	if err != nil {
		t.Error(err)
	}
}

type handler func(store.Event)

func (h handler) Handle(e store.Event) { h(e) }

func TestAgendaIsInOrderOfTime(t *testing.T) {
	s, _ := world(1)
	var got []string
	note := func(what string) func() {
		return func() { got = append(got, fmt.Sprint(what, s.Now().Sub(start))) }
	}
	s.After(2*time.Second, note("c"))
	s.After(time.Second, note("a"))
	s.After(time.Second, note("b"))
	s.After(time.Second, func() { s.After(500*time.Millisecond, note("nested")) })
	s.After(time.Second, note("stopped")).Stop()
	s.After(time.Hour, note("later"))
	if err := s.FastForward(start.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	want := []string{"a1s", "b1s", "nested1.5s", "c2s"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if now := s.Now(); !now.Equal(start.Add(time.Minute)) {
		t.Errorf("afterwards it is %v", now)
	}
}

// What was written is handled by all before anything else happens.
func TestEventsComeBeforeTheNextEntry(t *testing.T) {
	s, st := world(1)
	var got []string
	s.Add(handler(func(e store.Event) {
		got = append(got, "first "+e.Key.Name)
		if e.Key.Name == "x" {
			write(t, st, "y")
		}
	}))
	s.Add(handler(func(e store.Event) { got = append(got, "second "+e.Key.Name) }))
	s.After(time.Second, func() { write(t, st, "x") })
	s.After(time.Second, func() { got = append(got, "entry") })
	if err := s.FastForward(start.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	want := []string{"first x", "second x", "first y", "second y", "entry"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestQueueWorksOnceForWhatCameMeanwhile(t *testing.T) {
	s, st := world(1)
	var got []string
	q := NewQueue(s, func(k string) { got = append(got, fmt.Sprint(k, s.Now().Sub(start))) })
	s.Add(handler(func(e store.Event) { q.Add(e.Key.Name, time.Second) }))
	s.After(0, func() {
		write(t, st, "b")
		write(t, st, "a")
		write(t, st, "b")
		q.Add("a", time.Millisecond) // earlier
		q.Add("a", time.Minute)      // later: too late
		q.Add("dropped", 0)
		q.Drop("dropped")
	})
	if err := s.FastForward(start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if want := []string{"a1ms", "b1s"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestEqualSeedsGiveEqualNames(t *testing.T) {
	names := func(seed uint64) []string {
		s, _ := world(seed)
		return []string{string(s.UID()), s.Name("job-"), fmt.Sprint(s.Rand().Uint64())}
	}
	one, same, other := names(1), names(1), names(2)
	if !slices.Equal(one, same) {
		t.Errorf("%v and %v of one seed", one, same)
	}
	for i := range one {
		if one[i] == other[i] {
			t.Errorf("%s of two seeds", one[i])
		}
	}
	var a, b, c, d, e int64
	if n, _ := fmt.Sscanf(one[0], "%08x-%04x-4%03x-%04x-%012x", &a, &b, &c, &d, &e); n != 5 || len(one[0]) != 36 || d>>14 != 2 {
		t.Errorf("%q is no random UUID", one[0])
	}
}

// Live, waits are divided by the speed, stamps are the wall clock's, and a
// write is answered at once.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{Clock: time.Now, Start: time.Now().Add(-time.Hour), Seed: 1, Speed: 10})
		st := store.New(s.Now, s.UID)
		s.Attach(st)
		begin := time.Now()
		var got []string
		note := func(what string) {
			got = append(got, fmt.Sprint(what, " ", s.Now().Sub(begin).Truncate(time.Millisecond)))
		}
		s.Add(handler(func(e store.Event) { note(e.Key.Name) }))
		s.After(30*time.Minute, func() { note("past") })
		s.After(time.Hour+30*time.Second, func() { note("pulled") })
		if err := s.FastForward(begin); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		time.Sleep(time.Second)
		write(t, st, "written")
		synctest.Wait()
		if err := s.Do(func() { s.After(10*time.Second, func() { note("asked") }) }); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		story := s.Story(time.Now())
		if want := begin.Add(610 * time.Second); !story.Equal(want) || !s.Wall(story).Equal(time.Now()) {
			t.Errorf("story time %v, want %v; back %v", story, want, s.Wall(story))
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if want := []string{"past -30m0s", "written 1s", "asked 2s", "pulled 3s"}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

// What is due between two ticks of the wall clock must not keep Run busy: a
// bubble's clock stands still while anything runs.
func TestRunSleepsUntilOddMoments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{Clock: time.Now, Seed: 1, Speed: 7})
		s.Attach(store.New(s.Now, s.UID))
		ctx, cancel := context.WithCancel(t.Context())
		due := time.Time{}
		s.After(time.Minute+3, func() { due = time.Now() })
		done := make(chan error)
		begin := time.Now()
		go func() { done <- s.Run(ctx) }()
		time.Sleep(10 * time.Second)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if waited := due.Sub(begin).Truncate(time.Millisecond); waited != (time.Minute / 7).Truncate(time.Millisecond) {
			t.Errorf("waited %v", waited)
		}
	})
}
