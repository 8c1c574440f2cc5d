package live

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"paddock/fleet"
	"paddock/logs"
)

// breaking is an API server with one pod, whose log breaks when a test says so.
type breaking struct {
	mu    sync.Mutex
	lines []string // SECONDS TEXT
	half  bool     // the last one has no newline
	phase string
	gone  bool

	restarts int
	before   []string // the lines of the run before
	// breaks gets the number of the request for the log, and what it would be
	// answered; it says how much of that is, and how it goes on.
	breaks func(n int, q url.Values, text string) (string, ending)
	asked  int
}

// ending is what comes after the last byte.
type ending int

const (
	whole  ending = iota // the log is at its end
	broken               // the connection breaks
	open                 // nothing until the request is over
)

func (s *breaking) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s.mu.Lock()
	gone, phase, asked := s.gone, cmp.Or(s.phase, "Running"), s.asked
	restarts, lines := s.restarts, s.lines
	if q.Get("previous") != "" {
		lines = s.before
	}
	text := printed(lines, q.Get("sinceTime"))
	if s.half {
		text = strings.TrimSuffix(text, "\n")
	}
	if strings.HasSuffix(r.URL.Path, "/log") {
		s.asked++
	}
	how := s.breaks
	s.mu.Unlock()
	switch {
	case gone:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"kind":"Status","status":"Failure","code":404,"reason":"NotFound","message":"pods not found"}`)
	case strings.HasSuffix(r.URL.Path, "/log"):
		if n, err := strconv.Atoi(q.Get("tailLines")); err == nil {
			lines := strings.SplitAfter(text, "\n")
			if !s.half {
				lines = lines[:len(lines)-1]
			}
			text = strings.Join(lines[max(len(lines)-n, 0):], "")
		}
		text, then := how(asked, q, text)
		_, _ = io.WriteString(w, text)
		w.(http.Flusher).Flush()
		switch then {
		case broken:
			panic(http.ErrAbortHandler)
		case open:
			<-r.Context().Done()
		}
	case strings.Contains(r.URL.Path, "/pods/"):
		state := `"running":{"startedAt":"2026-11-23T12:00:00Z"}`
		if phase != "Running" {
			state = `"terminated":{"exitCode":0,"reason":"Completed"}`
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"sft-0","namespace":"nlp","uid":"p0"},"spec":{"containers":[{"name":"trainer"}]},"status":{"phase":%q,"containerStatuses":[
			{"name":"trainer","restartCount":%d,"state":{%s},"lastState":{"terminated":{"exitCode":9}}}]}}`, phase, restarts, state)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// tailOf reads the log of the pod; read is what it says up to a line, or with ""
// to its end.
func (s *breaking) tailOf(t *testing.T, w logs.Wish) (read func(until string) string) {
	l, _ := boxOn(t, s, t.TempDir(), slog.New(slog.NewTextHandler(io.Discard, nil)))
	ctx, stop := context.WithCancel(t.Context())
	tail, err := l.Tail(ctx, w)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(); tail.Wait() })
	p := trainer(0)
	tail.Follow([]*fleet.Worker{{Pod: &p, Ref: p.Ref, Attempt: 1, Job: sft}})
	var got []string
	return func(until string) string {
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
					return strings.Join(got, " ")
				}
			case <-tail.News():
			case <-patience:
				t.Fatalf("no %q: %q", until, got)
			}
		}
	}
}

// An API server whose kubelet goes away in the middle ends the log as if that
// were all.
func TestALogThatEndsTooSoonIsReadOn(t *testing.T) {
	for name, c := range map[string]struct {
		half bool
		cuts []int // how much of the answers passes; of all others all
		want string
	}{
		"between lines":     {false, []int{48}, "a b c d"},
		"within a line":     {false, []int{70, 40}, "a b c d"},
		"before any line":   {false, []int{10, 0, 90}, "a b c d"},
		"no newline at end": {true, []int{70}, "a b c d"},
		"before its place":  {false, []int{48, 0, 48, 99, 23}, "a b c d"}, // b, c and d are of one second
	} {
		for _, phase := range []string{"Running", "Succeeded"} {
			t.Run(name+" "+phase, func(t *testing.T) {
				read := 0
				api := &breaking{lines: []string{"1.5 a", "2 b", "2.5 c", "2.7 d"}, phase: phase, half: c.half}
				api.breaks = func(_ int, _ url.Values, text string) (string, ending) {
					if read++; read <= len(c.cuts) {
						return text[:min(c.cuts[read-1], len(text))], whole
					}
					return text, whole
				}
				wish := logs.Wish{}
				if phase != "Running" {
					wish.Follow = true
				}
				got := strings.TrimSuffix(api.tailOf(t, wish)(""), " [ended with exit code 0]")
				if got != c.want {
					t.Errorf("%s, want %s", got, c.want)
				}
			})
		}
	}
}

// The last line alone is another one than in the log when a container runtime
// has parted it: its last part.
func TestALogWhoseLastLineIsPartedIsReadToItsEnd(t *testing.T) {
	for _, lines := range [][]string{{"1 a", "2 b", "2.5 c"}, {"1 a"}, {"2 a", "2 b", "2 c"}} {
		for _, phase := range []string{"Running", "Succeeded"} {
			api := &breaking{lines: lines, phase: phase}
			api.breaks = func(_ int, q url.Values, text string) (string, ending) {
				if q.Get("tailLines") != "" {
					return "2026-11-23T12:00:03Z part\n", whole
				}
				return text, whole
			}
			var want []string
			for _, l := range lines {
				want = append(want, l[len(l)-1:])
			}
			got := strings.TrimSuffix(api.tailOf(t, logs.Wish{Follow: phase != "Running"})(""), " [ended with exit code 0]")
			if got != strings.Join(want, " ") || api.asked > 5 {
				t.Errorf("%s: %s, asked %d times", lines, got, api.asked)
			}
		}
	}
}

// A log that is read once is tried again as long as that brings it further.
func TestALogThatBreaksOftenIsReadOnce(t *testing.T) {
	api := &breaking{}
	var want []string
	for i := range 12 {
		api.lines = append(api.lines, fmt.Sprintf("%d.5 line%d", i, i))
		want = append(want, fmt.Sprint("line", i))
	}
	api.breaks = func(_ int, _ url.Values, text string) (string, ending) {
		if len(text) < 70 {
			return text, whole
		}
		return text[:70], broken // a line and a half
	}
	if got := api.tailOf(t, logs.Wish{})(""); got != strings.Join(want, " ") {
		t.Errorf("%s", got)
	}
}

// The last lines are asked for of what was printed before; what comes while a
// log is read is new, however much that is.
func TestTheTailIsOfTheBeginning(t *testing.T) {
	cut := make(chan struct{})
	api := &breaking{}
	api.breaks = func(n int, _ url.Values, text string) (string, ending) {
		if n == 0 {
			<-cut
			return text, broken
		}
		return text, open
	}
	read := api.tailOf(t, logs.Wish{Follow: true, Tail: 1})
	time.Sleep(2*time.Second + 200*time.Millisecond) // it stands open all the while
	api.mu.Lock()
	api.lines = []string{"1 a", "2 b", "3 c"}
	api.mu.Unlock()
	close(cut)
	if got := read("c"); got != "a b c" {
		t.Errorf("%s", got)
	}
}

// A pod that goes while its log can't be read takes lines with it.
func TestAPodThatGoesUnreadLeavesAGap(t *testing.T) {
	api := &breaking{lines: []string{"1 a"}}
	api.breaks = func(_ int, _ url.Values, text string) (string, ending) {
		api.mu.Lock()
		api.gone = true
		api.mu.Unlock()
		return text, broken
	}
	if got, want := api.tailOf(t, logs.Wish{Follow: true})(""), "a [lines may be missing from 12:00:01.000 UTC on: its pod went while its log could not be read] [its pod is gone]"; got != want {
		t.Errorf("%s, want\n%s", got, want)
	}
	api = &breaking{lines: []string{"1 a"}}
	api.breaks = func(_ int, _ url.Values, text string) (string, ending) {
		api.mu.Lock()
		api.gone = true
		api.mu.Unlock()
		return text, whole
	}
	if got, want := api.tailOf(t, logs.Wish{Follow: true})(""), "a [its pod is gone]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// The run before a restart is asked for more than once, and what it does not
// give is said. All of the next run is new.
func TestTheRunBeforeIsReadOrMissed(t *testing.T) {
	for name, c := range map[string]struct {
		breaks int // how often the log of the run before does
		want   string
	}{
		"it breaks twice":  {2, "a b c [ended with exit code 9] [restart 1] d e f"},
		"it always breaks": {99, "a [lines may be missing from 12:00:01.000 UTC on: the connection to the API server broke] [ended with exit code 9] [restart 1] d e f"},
	} {
		t.Run(name, func(t *testing.T) {
			api, broke := &breaking{lines: []string{"1 a"}}, 0
			api.breaks = func(_ int, q url.Values, text string) (string, ending) {
				api.mu.Lock()
				defer api.mu.Unlock()
				switch {
				case api.restarts == 0:
					api.restarts, api.before, api.lines = 1, []string{"1 a", "1.5 b", "2 c"}, []string{"9 d", "10 e", "11 f"}
					return text, broken
				case q.Get("previous") == "":
					return text, open
				case broke < c.breaks:
					broke++
					return text[:20], broken
				}
				return text, whole
			}
			if got := api.tailOf(t, logs.Wish{Follow: true, Tail: 1})("f"); got != c.want {
				t.Errorf("%s, want\n%s", got, c.want)
			}
		})
	}
}

// A worker whose pod is gone without a trace was an attempt all the same.
func TestAttemptsAreCounted(t *testing.T) {
	api := &breaking{gone: true}
	l, _ := boxOn(t, api, t.TempDir(), slog.New(slog.NewTextHandler(io.Discard, nil)))
	tail, err := l.Tail(t.Context(), logs.Wish{Follow: true, Most: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"1", "1 2", "1 2 3"} {
		p := trainer(0)
		p.UID = fmt.Sprint("life", i)
		tail.Follow([]*fleet.Worker{{Pod: &p, Ref: p.Ref, Attempt: 1, Job: sft}})
		var got []string
		all, _ := tail.Sources()
		for _, s := range all {
			got = append(got, fmt.Sprint(s.Attempt))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("attempts %s, want %s", got, want)
		}
	}
}
