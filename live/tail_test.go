package live

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"paddock/fleet"
	"paddock/logs"
)

// restarting is an API server with one pod whose container restarts in place,
// which no simulated node does: its log is another one then, and what the old
// one still had is to be asked for.
type restarting struct {
	mu       sync.Mutex
	restarts int
	now      []string      // the log of the present run
	before   []string      // of the run before
	turn     chan struct{} // closed when the present run ends
	uid      string
	phase    string
}

func (s *restarting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	restarts, now, before, turn, uid, phase := s.restarts, s.now, s.before, s.turn, s.uid, s.phase
	s.mu.Unlock()
	q := r.URL.Query()
	switch {
	case strings.HasSuffix(r.URL.Path, "/log") && q.Get("previous") == "true":
		if restarts == 0 {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"kind":"Status","status":"Failure","code":400,"reason":"BadRequest","message":"previous terminated container not found"}`)
			return
		}
		fmt.Fprint(w, printed(before, q.Get("sinceTime")))
	case strings.HasSuffix(r.URL.Path, "/log"):
		fmt.Fprint(w, printed(now, q.Get("sinceTime")))
		if q.Get("follow") != "true" {
			return
		}
		w.(http.Flusher).Flush()
		select {
		case <-turn:
		case <-r.Context().Done():
		}
	case strings.Contains(r.URL.Path, "/pods/"):
		state := `"running":{"startedAt":"2026-11-23T12:00:00Z"}`
		if restarts > 0 {
			state = `"running":{"startedAt":"2026-11-23T12:00:08Z"}`
		}
		if phase != "Running" {
			state = `"terminated":{"exitCode":3,"reason":"Error"}`
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"sft-0","namespace":"nlp","uid":%q},"spec":{"containers":[{"name":"trainer"}]},"status":{"phase":%q,"containerStatuses":[
			{"name":"trainer","restartCount":%d,"state":{%s},"lastState":{"terminated":{"exitCode":137,"reason":"OOMKilled","finishedAt":"2026-11-23T12:00:03Z"}}}]}}`, uid, phase, restarts, state)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// printed is a log from a time on; its lines are SECONDS TEXT.
func printed(lines []string, since string) string {
	from, _ := time.Parse(time.RFC3339, since)
	var b strings.Builder
	for _, l := range lines {
		var s float64
		var text string
		if _, err := fmt.Sscan(l, &s, &text); err != nil {
			panic(err)
		}
		if at := noon.Add(time.Duration(s * float64(time.Second))); !at.Before(from) {
			fmt.Fprintf(&b, "%s %s\n", at.Format(time.RFC3339Nano), text)
		}
	}
	return b.String()
}

// turnTo ends the present run and begins another one.
func (s *restarting) turnTo(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	close(s.turn)
	s.turn = make(chan struct{})
}

func TestARestartInPlaceIsFollowed(t *testing.T) {
	api := &restarting{turn: make(chan struct{}), uid: "p0", phase: "Running", now: []string{"1 a", "2 b"}}
	l, _ := boxOn(t, api, t.TempDir(), slog.New(slog.NewTextHandler(io.Discard, nil)))
	ctx, stop := context.WithCancel(t.Context())
	tail, err := l.Tail(ctx, logs.Wish{Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	defer tail.Wait()
	defer stop()
	p := trainer(0)
	follow := func() { tail.Follow([]*fleet.Worker{{Pod: &p, Ref: p.Ref, Attempt: 1, Index: 0, Job: sft}}) }
	follow()
	var got []string
	read := func(until string) {
		t.Helper()
		patience := time.After(20 * time.Second)
		for {
			select {
			case b := <-tail.Batches():
				for _, x := range b.Lines {
					text := string(x.Text)
					if x.Kind > logs.Continued {
						text = "[" + text + "]"
					}
					got = append(got, text)
				}
				ended := b.Ended
				b.Done()
				if ended || len(got) > 0 && got[len(got)-1] == until {
					return
				}
			case <-tail.News():
			case <-patience:
				t.Fatalf("no %q: %q", until, got)
			}
		}
	}
	read("b")
	api.turnTo(func() { // it printed once more before it died, and began again twice
		api.restarts, api.before, api.now = 2, []string{"1 a", "2 b", "2.5 c"}, []string{"9 d"}
	})
	read("d")
	api.turnTo(func() { api.now, api.phase = []string{"9 d", "9 d", "10 e"}, "Failed" })
	read("")
	want := "a b c [ended with exit code 137 (OOMKilled)] [1 run came between, whose lines the server does not have] [restart 2] d d e [ended with exit code 3]"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("%s, want\n%s", s, want)
	}
	all, followed := tail.Sources()
	if followed != 1 || all[0].State != logs.Ended || all[0].Lines != 6 || all[0].Says != "ended with exit code 3" {
		t.Errorf("%+v", all)
	}
}

// Another pod of the same name is not what was followed.
func TestAReplacedPodIsNotFollowed(t *testing.T) {
	api := &restarting{turn: make(chan struct{}), uid: "other", phase: "Running"}
	l, _ := boxOn(t, api, t.TempDir(), slog.New(slog.NewTextHandler(io.Discard, nil)))
	ctx, stop := context.WithCancel(t.Context())
	tail, err := l.Tail(ctx, logs.Wish{Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	defer tail.Wait()
	defer stop()
	p := trainer(0)
	tail.Follow([]*fleet.Worker{{Pod: &p, Ref: p.Ref, Attempt: 1, Job: sft}})
	close(api.turn)
	for b := range tail.Batches() {
		ended := b.Ended
		if len(b.Lines) == 1 && string(b.Lines[0].Text) != "its pod is gone" {
			t.Errorf("%s", b.Lines[0].Text)
		}
		b.Done()
		if ended {
			break
		}
	}
}

// A bound on streams holds, but for workers that failed.
func TestFailedWorkersAreReadFirst(t *testing.T) {
	api := &restarting{turn: make(chan struct{}), uid: "p0", phase: "Running", now: []string{"1 a"}}
	l, _ := boxOn(t, api, t.TempDir(), slog.New(slog.NewTextHandler(io.Discard, nil)))
	ctx, stop := context.WithCancel(t.Context())
	tail, err := l.Tail(ctx, logs.Wish{Follow: true, Most: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer tail.Wait()
	defer stop()
	go func() {
		for {
			select {
			case b := <-tail.Batches():
				b.Done()
			case <-ctx.Done():
				return
			}
		}
	}()
	var workers []*fleet.Worker
	for i := range 5 {
		p := trainer(i)
		workers = append(workers, &fleet.Worker{Pod: &p, Ref: p.Ref, Attempt: 1, Index: i, Job: sft, State: fleet.Running})
	}
	workers[3].State = fleet.Failing
	tail.Follow(workers)
	read := func() string {
		var out []string
		all, _ := tail.Sources()
		for _, s := range all {
			if s.State != logs.Unread {
				out = append(out, s.Label)
			}
		}
		return strings.Join(out, " ")
	}
	wait := func(want string) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); read() != want; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("read %q, want %q", read(), want)
			}
		}
	}
	wait("w3 w0")
	failing := *workers[4]
	failing.State = fleet.Failed
	tail.Follow(append(workers[:4:4], &failing))
	wait("w3 w0 w4")
	tail.More(1)
	tail.More(1)
	wait("w3 w0 w1 w4")
}
