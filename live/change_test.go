package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"paddock/act"
	"paddock/fleet"
	"paddock/kube"
)

var (
	sft    = fleet.Ref{Kind: "Job", Namespace: "nlp", Name: "sft"}
	job    = act.Target{Ref: sft, APIVersion: "batch/v1", UID: "j1", Job: sft, JobUID: "j1"}
	worker = act.Target{Ref: fleet.Ref{Kind: "Pod", Namespace: "nlp", Name: "sft-3"}, APIVersion: "v1", UID: "p3", Label: "w3", Job: sft, JobUID: "j1"}
)

// oneJob is an API server with a job whose workers take their time to end.
type oneJob struct {
	changed chan string   // the method of each change
	watched chan struct{} // one for each watch
	gone    chan struct{} // closed when the workers are gone
}

func (s *oneJob) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	left := 1
	select {
	case <-s.gone:
		left = 0
	default:
	}
	object := func(left int) string {
		return fmt.Sprintf(`{"apiVersion":"batch/v1","kind":"Job","metadata":{"namespace":"nlp","name":"sft","uid":"j1","resourceVersion":"8"},"spec":{},
			"status":{"active":%d,"conditions":[{"type":"Suspended","status":"True"}]}}`, left)
	}
	switch {
	case strings.HasSuffix(r.URL.Path, "/pods/sft-3"):
		fmt.Fprint(w, `{"metadata":{"uid":"p3"},"status":{"phase":"Running"}}`)
	case strings.Contains(r.URL.Path, "/pods/sft-3/"):
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"kind":"Status","status":"Failure","code":403,"reason":"Forbidden","message":"no way"}`)
	case r.Method != http.MethodGet:
		if r.URL.Query().Get("dryRun") == "" {
			s.changed <- r.Method
		}
		fmt.Fprint(w, `{"kind":"Status","apiVersion":"v1","status":"Success"}`)
	case r.URL.Query().Get("watch") != "":
		w.(http.Flusher).Flush()
		s.watched <- struct{}{}
		select {
		case <-s.gone:
			fmt.Fprintf(w, `{"type":"MODIFIED","object":%s}`, object(0))
		case <-r.Context().Done():
		}
	default:
		fmt.Fprint(w, object(left))
	}
}

// standing is a dashboard of a cluster with one job, and what its cluster is.
func standing(t *testing.T, settings Settings) (*Live, *oneJob, fleet.Cluster) {
	t.Helper()
	api := &oneJob{changed: make(chan string, 10), watched: make(chan struct{}, 10), gone: make(chan struct{})}
	server := httptest.NewServer(api)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	file := filepath.Join(t.TempDir(), "kubeconfig")
	config := `{apiVersion: v1, kind: Config, current-context: a, clusters: [{name: c, cluster: {server: "` + server.URL + `"}}],
users: [{name: u, user: {}}], contexts: [{name: a, context: {cluster: c, user: u}}]}`
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	var flags kube.Flags
	fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
	flags.Bind(fs)
	if err := fs.Parse([]string{"--kubeconfig", file}); err != nil {
		t.Fatal(err)
	}
	l, err := New(Options{Flags: &flags, Settings: func(string) Settings { return settings }, State: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return l, api, l.session().kube.Cluster()
}

// audited are the lines of the audit log.
func audited(t *testing.T, l *Live) []map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(l.options.State, auditFile))
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for line := range strings.Lines(string(text)) {
		var m map[string]string
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		out = append(out, m)
	}
	return out
}

// said collects what Finish says.
type said struct {
	mu    sync.Mutex
	words []string
}

func (s *said) say(words string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.words = append(s.words, words)
}

// A screen that closes leaves no job suspended.
func TestFinishWaitsForARestart(t *testing.T) {
	l, api, on := standing(t, Settings{})
	l.Outlast()
	ctx, quit := context.WithCancel(t.Context())
	go l.Do(ctx, on, []act.Action{{Target: job, Change: act.Restart{}}})
	<-api.changed // it is suspended
	quit()
	time.AfterFunc(50*time.Millisecond, func() { close(api.gone) })
	var s said
	out := l.Finish(t.Context(), s.say)
	if len(out) != 1 || out[0].Result != act.Done {
		t.Fatalf("%+v", out)
	}
	<-api.changed // it is resumed
	if len(s.words) != 1 || s.words[0] != "finishing: restart nlp/sft; ctrl-c leaves it half-way" {
		t.Errorf("%q", s.words)
	}
	out = l.Do(t.Context(), on, []act.Action{{Target: job, Change: act.Suspend{}}})
	if out[0].Result != act.Unchanged || out[0].Says != "paddock ends; nothing was done" || len(api.changed) > 0 {
		t.Errorf("after the end: %+v", out)
	}
}

func TestFinishWithNothingUnderWay(t *testing.T) {
	l, _, _ := standing(t, Settings{})
	l.Outlast()
	var s said
	if out := l.Finish(t.Context(), s.say); len(out) != 0 || len(s.words) != 0 {
		t.Errorf("%+v %q", out, s.words)
	}
}

// What is given up says so, and how to go on; the audit log as well.
func TestGivenUpHalfWay(t *testing.T) {
	for name, giveUp := range map[string]func(l *Live, cancel func(), done <-chan []act.Outcome) []act.Outcome{
		"by Finish": func(l *Live, _ func(), _ <-chan []act.Outcome) []act.Outcome {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			return l.Finish(ctx, func(string) {})
		},
		"by the context": func(_ *Live, cancel func(), done <-chan []act.Outcome) []act.Outcome {
			cancel()
			return <-done
		},
	} {
		for _, change := range []act.Restart{{}, {Anew: true}} {
			l, api, on := standing(t, Settings{})
			if name == "by Finish" {
				l.Outlast()
			}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan []act.Outcome, 1)
			go func() { done <- l.Do(ctx, on, []act.Action{{Target: job, Change: change}}) }()
			<-api.changed
			<-api.watched // it waits for the workers
			out := giveUp(l, cancel, done)
			cancel()
			if len(out) != 1 || out[0].Result != act.Half || !strings.HasSuffix(out[0].Says, ": it was interrupted") {
				t.Errorf("%s: %+v", name, out)
				continue
			}
			lines := audited(t, l)
			if len(lines) != 1 || lines[0]["answer"] != out[0].Says+"; "+out[0].Hint {
				t.Errorf("%s: the audit log has %v", name, lines)
			}
			saved, _ := filepath.Glob(filepath.Join(l.options.State, "manifests", "*.yaml"))
			if change.Anew && (len(saved) != 1 || !strings.Contains(out[0].Hint, saved[0])) {
				t.Errorf("%s: the manifest is in %v, the hint says %q", name, saved, out[0].Hint)
			}
		}
	}
}

// What was not begun when it was given up is not called unknown.
func TestGivenUpBeforeItBegan(t *testing.T) {
	l, api, on := standing(t, Settings{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	out := l.Do(ctx, on, []act.Action{{Target: worker, Change: act.Kill{How: act.Remove}}})
	if out[0].Result != act.Unchanged || !strings.HasSuffix(out[0].Says, "nothing was done") || len(api.changed) > 0 {
		t.Errorf("%+v", out)
	}
}

func TestAManifestIsNamedWhenNobodyKnows(t *testing.T) {
	for _, c := range []struct {
		result     act.Result
		hint, want string
	}{
		{act.Half, "create it: kubectl create -f FILE", "create it: kubectl create -f /m.yaml"},
		{act.Unknown, "", "its manifest is saved in /m.yaml"},
		{act.Unchanged, "log in", "log in"},
	} {
		if got := named(act.Outcome{Result: c.result, Hint: c.hint}, "/m.yaml").Hint; got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// The shell of a cluster that was left does not open on the one that is there now.
func TestReachIsBoundToItsCluster(t *testing.T) {
	l, _, on := standing(t, Settings{})
	open := func(l *Live, on fleet.Cluster) (shell, forward error) {
		_, shell = l.Shell(t.Context(), on, worker, "trainer", []string{"sh"}, nil, io.Discard, nil)
		return shell, l.Forward(t.Context(), on, worker, 0, 6006, func(int) { t.Error("a port is forwarded") })
	}
	other := on
	other.Context = "b"
	for _, err := range errs(open(l, other)) {
		if err == nil || err.Error() != "paddock looks at another cluster by now; nothing was done" {
			t.Errorf("%v", err)
		}
	}
	for _, err := range errs(open(l, on)) {
		if err == nil || err.Error() != "the server refuses it: no way" {
			t.Errorf("%v", err)
		}
	}
	var got []string
	for _, line := range audited(t, l) {
		got = append(got, strings.Join([]string{line["action"], line["object"], line["after"], line["result"], line["answer"]}, "|"))
	}
	want := []string{
		"shell|Pod nlp/sft-3|container trainer|done|opened", "shell|Pod nlp/sft-3|container trainer|refused|the server refuses it: no way",
		"port-forward|Pod nlp/sft-3|port 6006|done|opened", "port-forward|Pod nlp/sft-3|port 6006|refused|the server refuses it: no way",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the audit log has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}

	l, _, on = standing(t, Settings{})
	l.audit.dir = ""
	for _, err := range errs(open(l, on)) {
		if err == nil || !strings.Contains(err.Error(), "audit log") || !strings.HasSuffix(err.Error(), "nothing was done") {
			t.Errorf("without an audit log: %v", err)
		}
	}
	l, _, on = standing(t, Settings{ReadOnly: true})
	if shell, _ := open(l, on); shell == nil || !strings.Contains(shell.Error(), "read-only") {
		t.Errorf("read-only: %v", shell)
	}
}

// A way that led into a worker was not refused, however it ended.
func TestAWayThatBreaks(t *testing.T) {
	l, _, _ := standing(t, Settings{})
	w, err := l.openWay(l.session(), act.Action{Target: worker, Change: act.Reached{Way: act.Shell, Into: "container trainer"}})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(noticed{io.Discard, &w.used}, "$ ")
	if err := w.end("", errors.New("it was lost")); err == nil || err.Error() != "it was lost" {
		t.Errorf("%v", err)
	}
	if lines := audited(t, l); len(lines) != 2 || lines[1]["result"] != "done" || lines[1]["answer"] != "ended: it was lost" {
		t.Errorf("%v", lines)
	}
}

func errs(all ...error) []error { return all }
