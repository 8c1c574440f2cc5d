package ui

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"paddock/fleet"
)

func TestTheFirstFrameComesBeforeAnyAnswer(t *testing.T) {
	inTerminal(t, 80, 24, Options{}, func(x *terminal) {
		x.shows("connecting", "Jobs", "? help")
		f := &fleet.Fleet{At: noon, Cluster: fleet.Cluster{Context: "prod-a", Server: "https://10.0.0.1:6443"}, Sources: []fleet.Source{
			{Name: "nodes", Health: fleet.Live, Objects: 40}, {Name: "pods", Health: fleet.Connecting, Objects: 3120},
		}}
		x.board.publish(f)
		x.settle()
		x.shows("connecting to prod-a (https://10.0.0.1:6443) ...", "nodes live, pods 3,120 so far")
		x.board.publish(sample().fleet())
		x.settle()
		x.shows("asr-base", "failing", "3/4", "w2: CrashLo")
		x.hides("connecting")
	})
}

func TestKeysGoInAndOut(t *testing.T) {
	inTerminal(t, 120, 40, Options{}, func(x *terminal) {
		x.board.description.Volumes = []fleet.Volume{{Name: "data", What: "claim paddle-data (Bound, 1Ti, ReadWriteMany)"}}
		x.board.publish(sample().fleet())
		x.settle()
		x.press(keyEnter)
		x.shows("Jobs › speech/asr-base", "4 workers", "CrashLoopBackOff: last ended with exit 1", "claim paddle-data")
		x.press(keyEnter)
		x.shows("› w2  asr-base-2", "devices bound", "Devices")
		x.press(keyEsc)
		time.Sleep(time.Second) // an escape may begin a sequence: the reader waits for the rest
		x.settle()
		x.shows("4 workers")
		x.press("q")
		x.hides("Jobs ›")
		x.press("j", "y")
		x.shows("› YAML", "name: det-large")
		x.press("q", "d")
		x.shows("› describe vision/det-large", "claim paddle-data")
	})
}

func TestFilterNarrowsWhileTyping(t *testing.T) {
	inTerminal(t, 100, 30, Options{}, func(x *terminal) {
		x.board.publish(sample().fleet())
		x.settle()
		x.press("/", "o", "c", "r")
		x.shows("ocr-rec-v4", "2 of 10", "/ocr")
		x.hides("asr-base")
		x.press(keyEnter)
		x.shows("esc clear")
		x.press("/", " ", "b", "u", "s", "y", ":", ">", "x")
		x.shows("ocr-rec-v4") // what can't be understood leaves the rows alone
		x.press("\x15")       // ctrl-u
		x.shows("asr-base")
		x.press("z", "z", "z")
		x.shows("No job matches")
	})
}

func TestCommandsGoAnywhere(t *testing.T) {
	inTerminal(t, 100, 30, Options{}, func(x *terminal) {
		x.board.contexts = []fleet.ContextInfo{{Name: "prod-a", Cluster: "a", Protected: true}, {Name: "dev", Cluster: "d"}}
		x.board.publish(sample().fleet())
		x.settle()
		x.press(":", "j", "o", "b", " ", "t", "t", "s", "-", "f", "t", keyEnter)
		x.shows("Jobs › speech/tts-ft", "8 GPUs idle")
		x.press(":", "n", "s", " ", "n", "l", keyTab, keyEnter)
		x.shows("looking at nlp")
		x.press(":", "c", "t", "x", keyEnter)
		x.shows("Contexts", "PROTECTED", "dev")
		x.press(keyDown, keyEnter)
		x.shows("connecting to dev")
		x.hides("asr-base") // nobody shall take one cluster for the other
		x.press(":", "x", "y", keyEnter)
		x.shows("there is no :xy")
		if want := []string{": [nlp]", "dev: []"}; !slices.Equal(x.board.switched, want) {
			t.Errorf("switched %q, want %q", x.board.switched, want)
		}
	})
}

func TestStaleSourcesAreSaid(t *testing.T) {
	inTerminal(t, 120, 40, Options{}, func(x *terminal) {
		w := sample()
		w.snapshot.Sources[0].Health, w.snapshot.Sources[0].Since = fleet.Stale, noon.Add(-9*time.Minute)
		w.readings.Source.Health, w.readings.Source.Err = fleet.Down, "http://prometheus:9090: connection refused"
		x.board.publish(w.fleet())
		x.settle()
		x.shows("pods stale since 03:03", "prometheus failing", "asr-base")
		x.press("$")
		x.shows("connection refused", "API server", "14 requests")
	})
}

func TestEmptyStatesSpeak(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(*world)
		want    []string
		refuses string
	}{
		{"no jobs", func(*world) {}, []string{"No training jobs on this cluster."}, "connecting"},
		{"no jobs in a team", func(w *world) { w.snapshot.Cluster.Namespaces = []string{"nlp"} }, []string{"No training jobs in team nlp.", "0 shows all namespaces"}, "connecting"},
		{"no such team", func(w *world) { w.snapshot.Cluster.Namespaces = []string{"nosuch"} }, []string{"There is no namespace nosuch on this cluster.", ":ns switches team"}, "No training jobs"},
		{"pods are forbidden", func(w *world) {
			w.snapshot.Sources[0] = fleet.Source{Name: "pods", Health: fleet.Forbidden, Err: "ops may not list pods", Hint: "kubectl auth can-i list pods"}
			w.snapshot.Sources[1] = fleet.Source{Name: "jobs", Health: fleet.Forbidden, Err: "ops may not list jobs"}
		}, []string{"Jobs can't be read on this cluster.", "ops may not list pods", "kubectl auth can-i list pods", "held -"}, "No training jobs"},
		{"the server is gone", func(w *world) {
			w.snapshot.Complete = false
			for i := range 3 {
				w.snapshot.Sources[i].Health, w.snapshot.Sources[i].Err, w.snapshot.Sources[i].Hint = fleet.Down, "connection refused", "is it up?"
			}
		}, []string{"connecting to prod-a", "pods, jobs, nodes failing: connection refused", "is it up?"}, "No training jobs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inTerminal(t, 100, 30, Options{}, func(x *terminal) {
				w := newWorld(2)
				c.change(w)
				x.board.publish(w.fleet())
				x.settle()
				x.shows(c.want...)
				x.hides(c.refuses)
			})
		})
	}
}

func TestResize(t *testing.T) {
	inTerminal(t, 80, 24, Options{}, func(x *terminal) {
		x.board.publish(sample().fleet())
		x.settle()
		for _, size := range [][2]int{{160, 48}, {60, 12}, {300, 100}, {80, 24}} {
			x.resize(size[0], size[1])
			x.shows("asr-base", "prod-a", "? help")
		}
		x.resize(40, 10)
		x.shows("40x10", "60x12")
		x.resize(80, 24)
		x.shows("asr-base")
	})
}

func TestCursorFollowsItsRow(t *testing.T) {
	inTerminal(t, 100, 30, Options{}, func(x *terminal) {
		w := sample()
		x.board.publish(w.fleet())
		x.settle()
		x.press("j", "j") // llm-pretrain
		w.job("nlp", "aaa-new", 2, 8, func(p *fleet.Pod) { p.Unschedulable = true })
		w.joiner = fleet.Joiner{}
		x.board.publish(w.fleet())
		x.settle()
		for line := range strings.Lines(x.screen()) {
			if strings.HasPrefix(line, ">") && !strings.Contains(line, "llm-pretrain") {
				t.Errorf("the cursor went to another row: %q", line)
			}
		}
	})
}

func TestReadErrorsAreSaid(t *testing.T) {
	inTerminal(t, 100, 30, Options{}, func(x *terminal) {
		x.board.publish(sample().fleet())
		x.settle()
		x.board.err = errors.New("ops may not get jobs in speech")
		x.press("y")
		x.shows("ops may not get jobs in speech", "asr-base")
		x.press("d")
		x.shows("describe speech/asr-base", "ops may not get jobs in speech")
	})
}

// At rest, with numbers that change at the pace of a scrape and minutes that
// pass, little goes to the terminal.
func TestBytesAtRest(t *testing.T) {
	inTerminal(t, 160, 48, Options{}, func(x *terminal) {
		w := newWorld(64)
		for i := range 60 {
			w.job("nlp", fmt.Sprintf("train-%02d", i), 8, 1, func(p *fleet.Pod) {
				w.run(p)
				w.busy(p, float64(i)/100, 0.4)
			})
		}
		x.board.publish(w.fleet())
		x.settle()
		x.press("B") // so that every reading could move a row
		before := x.written()
		const minutes = 10
		for i := range minutes * 4 { // Prometheus every 15 s
			w.readings.Devices = slices.Clone(w.readings.Devices)
			now := noon.Add(time.Duration(i) * 15 * time.Second)
			for d := range w.readings.Devices {
				r := &w.readings.Devices[d]
				r.Util = float64((d*13+i*7)%11)/100 + 0.8
				r.History = r.History.With(now, r.Util)
			}
			w.joiner = fleet.Joiner{}
			x.board.publish(w.fleet())
			time.Sleep(15 * time.Second)
		}
		rate := float64(x.written()-before) / (minutes * 60)
		t.Logf("%.0f bytes a second", rate)
		if rate > 100 {
			t.Errorf("%.0f bytes a second at rest, want 100 at most", rate)
		}
	})
}
