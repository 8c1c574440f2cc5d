package ui

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/ansi"

	"paddock/fleet"
)

func nowAt(t time.Time) func() time.Time { return func() time.Time { return t } }

func noContext() context.Context { return context.Background() }

// text is the screen of a model without styles.
func text(m *Model) string { return ansi.Strip(strings.Join(m.lines(), "\n")) }

func TestDisabledKeysSayWhy(t *testing.T) {
	m := modelOf(newWorld(1).fleet(), 100, 30, Options{})
	for _, key := range []string{"enter", "y", "d", "c"} {
		pressOn(m, key)
		if !m.statusBad || m.status == "" {
			t.Errorf("%s on an empty list says %q", key, m.status)
		}
	}
}

func TestEscapeDropsTheFilterBeforeItGoesBack(t *testing.T) {
	m := pressOn(modelOf(sample().fleet(), 100, 30, Options{}), "enter", "/", "w", "2", "enter")
	if m.top().filter != "w2" || len(m.stack) != 2 {
		t.Fatalf("filter %q, %d screens", m.top().filter, len(m.stack))
	}
	pressOn(m, "esc")
	if m.top().filter != "" || len(m.stack) != 2 {
		t.Errorf("esc with a filter: filter %q, %d screens", m.top().filter, len(m.stack))
	}
	pressOn(m, "esc")
	if len(m.stack) != 1 {
		t.Errorf("esc without a filter: %d screens", len(m.stack))
	}
	pressOn(m, "esc")
	if len(m.stack) != 1 {
		t.Error("esc at home went somewhere")
	}
}

func TestLeavingAFilterLineRestoresWhatWas(t *testing.T) {
	m := pressOn(modelOf(sample().fleet(), 100, 30, Options{}), "/", "o", "c", "r", "enter", "/", "x", "x", "esc")
	if m.top().filter != "ocr" || !strings.Contains(text(m), "2 of 10") {
		t.Errorf("filter %q\n%s", m.top().filter, text(m))
	}
	pressOn(m, "/", "ctrl+u", "g", "p", "u", "s", ":", ">", "?", "enter")
	if m.top().filter == "gpus:>?" || m.mode != modeFilter || m.lineError == "" {
		t.Errorf("a filter that can't be understood holds, or can't be mended: %q, said %q", m.top().filter, m.lineError)
	}
	pressOn(m, "esc")
	if m.top().filter != "ocr" || m.mode != modeNormal || m.lineError != "" {
		t.Errorf("esc leaves %q, %q", m.top().filter, m.lineError)
	}
}

func TestStart(t *testing.T) {
	for _, c := range []struct{ screen, filter, want string }{
		{"", "", "Jobs"}, {"", "asr", "Jobs  /asr"}, {"nodes", "", "Nodes"}, {"teams", "nlp", "Teams  /nlp"},
	} {
		m := modelOf(sample().fleet(), 100, 30, Options{Screen: c.screen, Filter: c.filter})
		if !strings.Contains(text(m), " "+c.want) {
			t.Errorf("started at %q with %q:\n%s", c.screen, c.filter, text(m))
		}
	}
}

func TestFoldingAlikeWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the cursor settles before a worker is read
		m := pressOn(modelOf(sample().fleet(), 120, 40, Options{}), "j", "j", "j", "enter")
		if got := text(m); !strings.Contains(got, "= 7 alike") || !strings.Contains(got, "busy 29% over 15m") {
			t.Errorf("not folded:\n%s", got)
		}
		if got := text(pressOn(m, "u")); strings.Contains(got, "alike") || !strings.Contains(got, "w7") {
			t.Errorf("not unfolded:\n%s", got)
		}
		if got := text(pressOn(m, "u", "j", "enter")); strings.Contains(got, "alike") {
			t.Errorf("enter on alike workers does not unfold:\n%s", got)
		}
	})
}

func TestTheWorkerScreenFollowsTheNextAttempt(t *testing.T) {
	w := sample()
	m := pressOn(modelOf(w.fleet(), 120, 40, Options{}), "enter", "enter")
	old := w.snapshot.Groups[1]
	group := *old
	group.Pods = append([]*fleet.Pod(nil), old.Pods...)
	next := *group.Pods[2]
	next.Ref.Name, next.UID, next.Created = "asr-base-2-next1", "another", noon.Add(-time.Minute)
	group.Pods[2] = &next
	w.snapshot.Groups = append([]*fleet.Group(nil), w.snapshot.Groups...)
	w.snapshot.Groups[1] = &group
	m.Update(fleetMsg{w.fleet()})
	if got := text(m); !strings.Contains(got, "w2  asr-base-2-next1") {
		t.Errorf("the screen stayed with the pod that is gone:\n%s", got)
	}
}

func TestAJobThatGoesStaysAsLastSeen(t *testing.T) {
	w := sample()
	m := pressOn(modelOf(w.fleet(), 120, 40, Options{}), "enter")
	w.snapshot.Groups = w.snapshot.Groups[2:]
	m.Update(fleetMsg{w.fleet()})
	if got := text(m); !strings.Contains(got, "gone, as last seen") || !strings.Contains(got, "asr-base") {
		t.Errorf("%s", got)
	}
}

func TestHeader(t *testing.T) {
	base := func() *world { return sample() }
	for _, c := range []struct {
		name   string
		change func(*world)
		width  int
		want   string
	}{
		{"narrow: signs", func(*world) {}, 80, "held 88%  busy 76%  idle 40"},
		{"wide: words", func(*world) {}, 160, "1 failing  1 waiting  1 starting  5 running"},
		{"very wide: what is free", func(*world) {}, 200, "free 39  = 32 on 4 whole nodes, 7 in fragments"},
		{"nodes can't be read", func(w *world) {
			w.snapshot.Nodes = nil
			w.snapshot.Sources[2].Health = fleet.Forbidden
		}, 120, "nodes forbidden  other watches live"},
		{"one team", func(w *world) { w.snapshot.Cluster.Namespaces = []string{"nlp"} }, 120, "team nlp  GPUs 320  held 281  busy"},
		{"read-only", func(w *world) { w.snapshot.Cluster.ReadOnly = true }, 120, " read-only "},
		{"one line only: trouble comes before counts", func(w *world) {
			w.snapshot.Sources[0].Health, w.snapshot.Sources[0].Since = fleet.Stale, noon.Add(-time.Minute)
		}, 60, "pods stale since 03:11"},
		{"old metrics", func(w *world) { w.readings.Source.AsOf = noon.Add(-5 * time.Minute) }, 120, "prometheus 5m ago"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := base()
			c.change(w)
			m := modelOf(w.fleet(), c.width, 40, Options{})
			lines := 2
			if c.width < 80 {
				lines = 1
			}
			if got := ansi.Strip(strings.Join(m.header(c.width, lines), "\n")); !strings.Contains(got, c.want) {
				t.Errorf("%q is not in\n%s", c.want, got)
			}
		})
	}
}
