package gpu

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"paddock/fleet"
)

// dgx is one node with two devices, as the questions see it.
func dgx(t *testing.T) *fake {
	at := time.Now().Unix()
	return &fake{t: t, routes: []route{
		counts("DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_XID_ERRORS", "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE"),
		{askTimes, vector(`{instance="a"} ` + itoa(at))},
		{"XID", vector(`{instance="a",gpu="1"} 79`)},
		{"TENSOR", vector(`{instance="a",gpu="0"} 0.5`)},
		{"DCGM_FI_DEV_GPU_UTIL", vector(
			`{instance="a",gpu="0",UUID="GPU-a",exported_pod="p0",exported_namespace="nlp"} 0.9`,
			`{instance="a",gpu="1",UUID="GPU-b"} 0`)},
	}}
}

// running starts a Client inside a synctest bubble; stop ends it.
func running(t *testing.T, cfg Config, f *fake) (client *Client, next func() *fleet.Readings, stop func()) {
	t.Helper()
	client, err := New(cfg, f.candidates)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- client.Run(ctx) }()
	next = func() *fleet.Readings { synctest.Wait(); return <-client.Readings() }
	return client, next, func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v, want nil on cancel", err)
		}
	}
}

func TestRunReadsAndRefreshes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := dgx(t)
		client, next, stop := running(t, Config{}, f)
		defer stop()
		r := next()
		if r.Source.Health != fleet.Live || len(r.Devices) != 2 {
			t.Fatalf("%+v", r.Source)
		}
		a, b := r.Devices[0], r.Devices[1]
		if a.Util != 0.9 || a.Tensor != 0.5 || a.XID != 0 || fleet.Known(a.Power) || len(a.Holders) != 1 {
			t.Errorf("first device %+v", a)
		}
		if b.Util != 0 || fleet.Known(b.Tensor) || b.XID != 79 || !b.XIDAt.IsZero() {
			t.Errorf("second device %+v", b)
		}
		if a.At.Unix() != r.At.Unix() || a.History.Empty() {
			t.Errorf("sample of %s, history %v", a.At, a.History)
		}

		// A new XID is told with its time; the next refresh comes by itself.
		f.answer(2, vector(`{instance="a",gpu="0"} 48`, `{instance="a",gpu="1"} 79`))
		time.Sleep(2 * defaultPace)
		later := next()
		if d := later.Devices[0]; d.XID != 48 || d.XIDAt.IsZero() {
			t.Errorf("XID %d at %s", d.XID, d.XIDAt)
		}
		if later.Seq <= r.Seq || r.Devices[0].XID != 0 {
			t.Error("published Readings must not change")
		}

		before, _ := client.Cost()
		client.Refresh()
		synctest.Wait()
		if after, bytes := client.Cost(); after == before || bytes == 0 {
			t.Error("Refresh asks now, and the cost shows it")
		}
	})
}

func TestPodChangesAreSeenWithTheNextRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := dgx(t)
		_, next, stop := running(t, Config{}, f)
		defer stop()
		next()
		f.answer(4, vector(`{instance="a",gpu="0",exported_pod="p1",exported_namespace="nlp"} 0.9`))
		time.Sleep(2 * defaultPace)
		r := next()
		if len(r.Devices) != 1 || r.Devices[0].Holders[0].Name != "p1" || r.Devices[0].UUID != "GPU-a" {
			t.Errorf("%+v", r.Devices)
		}
	})
}

func TestNewDevicesAreIdentified(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := dgx(t)
		client, next, stop := running(t, Config{}, f)
		defer stop()
		next()
		f.answer(4, vector(`{instance="a",gpu="0",UUID="GPU-a"} 0.9`, `{instance="z",gpu="0",UUID="GPU-z",modelName="H100"} 0.1`))
		client.Refresh()
		if r := next(); len(r.Devices) != 2 || r.Devices[1].Product != "H100" {
			t.Errorf("the first stranger waits for nobody: %+v", r.Devices)
		}
		asked, _ := client.Cost()
		f.answer(4, vector(`{instance="a",gpu="0",UUID="GPU-a"} 0.9`, `{instance="y",gpu="0",UUID="GPU-y",modelName="H200"} 0.1`))
		for range 3 { // another so soon is let in with the next turns, not with every one
			client.Refresh()
			synctest.Wait()
		}
		if r := next(); len(r.Devices) != 1 {
			t.Errorf("%+v", r.Devices)
		}
		if more, _ := client.Cost(); more-asked > 3*6 {
			t.Errorf("%d requests for three refreshes", more-asked)
		}
		time.Sleep(2 * defaultPace)
		if r := next(); len(r.Devices) != 2 || r.Devices[1].Product != "H200" {
			t.Errorf("%+v", r.Devices)
		}
	})
}

// An exporter may show up after its devices' faults began: its past is asked
// for as that of the first ones was.
func TestThePastOfLateDevicesIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := dgx(t)
		client, next, stop := running(t, Config{}, f)
		defer stop()
		next()
		time.Sleep(5 * time.Minute)
		next()
		now := time.Now().Unix()
		minutes := func(value string, ago ...int64) string {
			var list []string
			for _, m := range ago {
				list = append(list, fmt.Sprintf(`[%d,%q]`, now-60*m, value))
			}
			return "[" + strings.Join(list, ",") + "]"
		}
		f.mu.Lock()
		f.past = []route{
			{"XID", matrix(`{instance="z",gpu="0"}`, minutes("31", 3, 2, 1))},
			{"UTIL", matrix(`{instance="z",gpu="0"}`, minutes("0.5", 5, 4, 3, 2, 1))},
		}
		f.mu.Unlock()
		f.answer(1, vector(`{instance="a"} `+itoa(now), `{instance="z"} `+itoa(now)))
		f.answer(2, vector(`{instance="z",gpu="0"} 31`))
		f.answer(4, vector(`{instance="a",gpu="0",UUID="GPU-a"} 0.9`, `{instance="z",gpu="0",UUID="GPU-z",modelName="H100"} 0.1`))
		client.Refresh()
		late := next().Devices[1]
		if late.UUID != "GPU-z" || late.XID != 31 || late.XIDAt.IsZero() || time.Since(late.XIDAt) > 4*time.Minute {
			t.Errorf("XID %d of %s at %s", late.XID, late.UUID, late.XIDAt)
		}
		if n := known(late.History, time.Now().Add(-4*time.Minute)); !n {
			t.Error("its history begins with the first refresh")
		}
	})
}

func TestPrometheusGoesAwayAndComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := dgx(t)
		_, next, stop := running(t, Config{}, f)
		defer stop()
		live := next()
		f.fail(errors.New("connection reset"))
		time.Sleep(2 * defaultPace)
		gone := next()
		since := gone.Source.Since
		if gone.Source.Health != fleet.Stale || len(gone.Devices) != 2 || gone.Source.Err == "" {
			t.Fatalf("%+v", gone.Source)
		}
		if !gone.At.Before(since) || gone.At.Before(live.At) {
			t.Errorf("asked with success at %s, stale since %s", gone.At, since)
		}
		time.Sleep(10 * time.Minute)
		if gone = next(); !gone.Source.Since.Equal(since) || gone.Source.Health != fleet.Stale {
			t.Errorf("stale since %s, was %s", gone.Source.Since, since)
		}
		f.fail(nil)
		time.Sleep(slowestRetry)
		if back := next(); back.Source.Health != fleet.Live || back.Source.Err != "" {
			t.Errorf("%+v", back.Source)
		}
	})
}

func TestHealthWithoutNumbers(t *testing.T) {
	empty := &fake{t: t}
	tests := []struct {
		name string
		cfg  Config
		find Finder
		want fleet.Health
		err  string
	}{
		{"no series", Config{}, empty.candidates, fleet.Empty, "no DCGM series"},
		{"no match", Config{Matchers: []string{`cluster="x"`}}, empty.candidates, fleet.Down, `match {cluster="x"}`},
		{"nobody there", Config{}, func(context.Context) ([]Candidate, error) { return nil, nil }, fleet.NotInstalled, "no Prometheus"},
		{"refused", Config{}, (&fake{broken: errors.New("boom")}).candidates, fleet.Down, "boom"},
		{"no API server to ask", Config{}, func(context.Context) ([]Candidate, error) { return nil, &FindError{What: "nothing listens"} }, fleet.Down, "nothing listens"},
		{"may not look", Config{}, func(context.Context) ([]Candidate, error) {
			return nil, &FindError{What: "ann may not list services", Hint: "ask for the right", Forbidden: true}
		}, fleet.Forbidden, "ann may not list services"},
		{"not set", Config{}, nil, fleet.Off, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, err := New(test.cfg, test.find)
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				go func() { _ = client.Run(ctx) }()
				synctest.Wait()
				r := <-client.Readings()
				if r.Source.Health != test.want || !strings.Contains(r.Source.Err, test.err) || len(r.Devices) > 0 {
					t.Errorf("%+v with %d devices", r.Source, len(r.Devices))
				}
				if test.want != fleet.Down && r.Source.Hint == "" {
					t.Error("no hint")
				}
			})
		})
	}
}

func TestConnectPrefersTheOneWithSeries(t *testing.T) {
	empty, full, broken := &fake{t: t}, dgx(t), &fake{t: t, broken: errors.New("boom")}
	client, err := New(Config{}, func(context.Context) ([]Candidate, error) {
		return []Candidate{{"broken", "http://broken", broken}, {"empty", "http://empty", empty}, {"full", "http://full", full}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if s, _, err := client.connect(t.Context()); err != nil || s.name != "full" {
		t.Errorf("%v, %v", s, err)
	}
	full.routes = nil
	if s, _, err := client.connect(t.Context()); err != nil || s.name != "empty" {
		t.Errorf("%v, %v", s, err)
	}
}
