package record

import (
	"testing"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/demo/controllers/typed"
	"paddock/demo/sim"
	"paddock/demo/store"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// stage is a world with one pod, and what tells about it every period.
func stage(t *testing.T, modern bool, period time.Duration, messages ...string) (pass func(time.Duration) []*core.Event) {
	s := sim.New(sim.Options{Clock: func() time.Time { return start }, Start: start, Seed: 1})
	st := store.New(s.Now, s.UID)
	s.Attach(st)
	s.Add(NewExpiry(s, st))
	r := New(s, st, "kubelet")
	if modern {
		r = NewModern(s, st, "default-scheduler")
	}
	pod, err := typed.Create(st, typed.Pod("ocr", "det-0"), &core.Pod{ObjectMeta: meta.ObjectMeta{Namespace: "ocr", Name: "det-0"}})
	if err != nil {
		t.Fatal(err)
	}
	var tell func(i int)
	tell = func(i int) {
		r.Warning(About{Object: pod, Path: "spec.containers{trainer}", Host: "gpu-0", Action: "Trying"}, "BackOff", "%s", messages[i%len(messages)])
		s.After(period, func() { tell(i + 1) })
	}
	s.After(0, func() { tell(0) })
	return func(d time.Duration) []*core.Event {
		if err := s.FastForward(s.Now().Add(d)); err != nil {
			t.Fatal(err)
		}
		return typed.List[*core.Event](st, typed.Event("", ""))
	}
}

func TestRepetitionsAreCounted(t *testing.T) {
	events := stage(t, false, time.Minute, "again")(4*time.Minute + 30*time.Second)
	if len(events) != 1 {
		t.Fatalf("%d events", len(events))
	}
	e := events[0]
	if e.Count != 5 || !e.FirstTimestamp.Time.Equal(start) || !e.LastTimestamp.Time.Equal(start.Add(4*time.Minute)) {
		t.Errorf("%d times from %v to %v", e.Count, e.FirstTimestamp, e.LastTimestamp)
	}
	if e.InvolvedObject.Kind != "Pod" || e.InvolvedObject.FieldPath != "spec.containers{trainer}" || e.Source != (core.EventSource{Component: "kubelet", Host: "gpu-0"}) {
		t.Errorf("about %+v from %+v", e.InvolvedObject, e.Source)
	}
}

func TestModernEventsAreSeries(t *testing.T) {
	e := stage(t, true, time.Minute, "again")(2*time.Minute + time.Second)[0]
	if e.Series == nil || e.Series.Count != 3 || !e.Series.LastObservedTime.Time.Equal(start.Add(2*time.Minute)) {
		t.Errorf("series %+v", e.Series)
	}
	if e.Count != 0 || !e.FirstTimestamp.IsZero() || !e.EventTime.Time.Equal(start) || e.Action != "Trying" || e.ReportingController != "default-scheduler" {
		t.Errorf("event %+v", e)
	}
}

// 25 at once, then one every five minutes.
func TestStormsAreDropped(t *testing.T) {
	pass := stage(t, false, time.Second, "a", "b", "c")
	total := func(events []*core.Event) (n int32) {
		for _, e := range events {
			n += e.Count
		}
		return n
	}
	if n := total(pass(4 * time.Minute)); n != 25 {
		t.Errorf("%d in the first minutes", n)
	}
	if n := total(pass(17 * time.Minute)); n != 29 {
		t.Errorf("%d after 21", n)
	}
}

func TestAnHourAfterTheLastTimeAnEventIsGone(t *testing.T) {
	pass := stage(t, false, 50*time.Minute, "a")
	if e := pass(110 * time.Minute); len(e) != 1 || e[0].Count != 3 {
		t.Errorf("repeated before an hour had passed: %v", e)
	}
	pass = stage(t, false, 61*time.Minute, "a")
	if e := pass(60*time.Minute + time.Second); len(e) != 0 {
		t.Errorf("not repeated: %v", e)
	}
	if e := pass(time.Minute); len(e) != 1 || e[0].Count != 1 {
		t.Errorf("told anew: %v", e)
	}
}
