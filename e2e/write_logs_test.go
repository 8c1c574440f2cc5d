package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"paddock/e2e/cluster"
)

// cutter stands between paddock and the API server and cuts logs.
type cutter struct {
	url  string
	cuts atomic.Int64
	shut atomic.Bool // no log is opened

	mu     sync.Mutex
	random *rand.Rand
	bodies map[*cutBody]bool
}

// cutLogs starts a cutter that lets most bytes of a log pass at a time; 0 for all.
func cutLogs(t *testing.T, seed uint64, most int) *cutter {
	t.Helper()
	target, err := url.Parse(serverURL(t))
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{random: rand.New(rand.NewPCG(seed, 7)), bodies: map[*cutBody]bool{}}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.FlushInterval = -1
	proxy.ErrorLog = log.New(io.Discard, "", 0) // the cuts
	proxy.ErrorHandler = func(rw http.ResponseWriter, _ *http.Request, _ error) { rw.WriteHeader(http.StatusBadGateway) }
	proxy.Transport = &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} // our own server, on loopback
	proxy.ModifyResponse = func(r *http.Response) error {
		if r.StatusCode == http.StatusOK && strings.HasSuffix(r.Request.URL.Path, "/log") {
			r.Body = c.wrap(r.Body, most)
		}
		return nil
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if c.shut.Load() && strings.HasSuffix(r.URL.Path, "/log") {
			rw.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		proxy.ServeHTTP(rw, r)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	c.url = server.URL
	return c
}

// cutBody is a log that ends before its time.
type cutBody struct {
	io.ReadCloser
	cutter *cutter
	left   int
	how    int // it ends well, it breaks, it stands still and then breaks
}

func (c *cutter) wrap(body io.ReadCloser, most int) io.ReadCloser {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := &cutBody{ReadCloser: body, cutter: c, left: -1}
	if most > 0 {
		b.left, b.how = 1+c.random.IntN(most), c.random.IntN(3)
	}
	c.bodies[b] = true
	return b
}

func (b *cutBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		b.cutter.cuts.Add(1)
		if b.how == 2 {
			time.Sleep(100 * time.Millisecond)
		}
		if b.how == 0 {
			return 0, io.EOF
		}
		return 0, errors.New("cut")
	}
	if b.left > 0 {
		p = p[:min(len(p), b.left)]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left > 0 {
		b.left -= n
	}
	return n, err
}

// breakAll breaks all logs that are open.
func (c *cutter) breakAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for b := range c.bodies {
		_ = b.ReadCloser.Close()
	}
	c.bodies = map[*cutBody]bool{}
}

// tail is paddock logs that runs.
type tail struct {
	t    *testing.T
	cmd  *exec.Cmd
	errs *lockedBuffer
	out  *lockedBuffer
	done chan struct{}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// tailing starts paddock logs through a cutter.
func tailing(t *testing.T, c *cutter, args ...string) *tail {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	x := &tail{t: t, errs: &lockedBuffer{}, out: &lockedBuffer{}, done: make(chan struct{})}
	args = append([]string{"logs", "--server", c.url, "--insecure-skip-tls-verify", "--token", "token-of-" + cluster.Admin, "-o", "json"}, args...)
	x.cmd = exec.CommandContext(ctx, binary(t), args...)
	x.cmd.Cancel = func() error { return x.cmd.Process.Signal(os.Interrupt) }
	x.cmd.Env = environment(t)
	x.cmd.Stdout, x.cmd.Stderr = x.out, x.errs
	if err := x.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(x.done)
		_ = x.cmd.Wait() // what it printed is compared
	}()
	t.Cleanup(func() {
		cancel()
		<-x.done
	})
	return x
}

type loggedLine struct {
	Time                                      time.Time
	Worker, Pod, Container, Level, Kind, Text string
	Attempt                                   int
}

// lines are what was printed so far.
func (x *tail) lines() []loggedLine {
	var out []loggedLine
	for line := range strings.Lines(x.out.String()) {
		var l loggedLine
		if strings.HasSuffix(line, "\n") && json.Unmarshal([]byte(line), &l) == nil {
			out = append(out, l)
		}
	}
	return out
}

// of are the texts of one worker, and what paddock said in between, in brackets.
func (x *tail) of(worker string) []string {
	var out []string
	for _, l := range x.lines() {
		switch {
		case l.Worker != worker:
		case l.Kind != "":
			out = append(out, "["+l.Kind+"]")
		default:
			out = append(out, l.Text)
		}
	}
	return out
}

func (x *tail) waitFor(what string, enough func() bool) {
	x.t.Helper()
	eventually(x.t, what, func() error {
		if !enough() {
			return fmt.Errorf("%d lines so far\n%s", len(x.lines()), x.errs.String())
		}
		return nil
	})
}

// printer makes a Job whose workers' containers have a log of their own.
func printer(t *testing.T, ns, container string, workers int) {
	t.Helper()
	spec := indexedSpec(workers)
	spec["template"] = map[string]any{"spec": map[string]any{"restartPolicy": "Never", "containers": []any{map[string]any{"name": container, "image": "paddle:3"}}}}
	apply(t, trainJob(ns, "talk", spec))
	expectField(t, ns, "job", "talk", "{.status.ready}", fmt.Sprint(workers))
}

func printAs(t *testing.T, container string, at time.Time, text string) {
	t.Helper()
	if err := shared.PrintAs(container, at, text); err != nil {
		t.Fatal(err)
	}
}

// TestLogsThroughCuts reads through connections that are cut again and again,
// anywhere, also within a line and within a letter: a hundred runs, in all of
// which each worker's lines are there once and in their order.
func TestLogsThroughCuts(t *testing.T) {
	ns := namespace(t)
	const workers, atOnce, rounds, lines = 3, 10, 10, 150
	printer(t, ns, "cut", workers)
	binary(t) // built before times are reckoned from
	var want []string
	at := time.Now().Add(-time.Hour).Truncate(time.Second)
	random := rand.New(rand.NewPCG(3, 9))
	cuts := int64(0)
	for round := range rounds {
		var tails []*tail
		var cutters []*cutter
		since := at
		for i := range atOnce {
			c := cutLogs(t, uint64(round*atOnce+i), 3000)
			cutters = append(cutters, c)
			tails = append(tails, tailing(t, c, ns+"/talk", "-f", "--since", (time.Since(since)+time.Second).String()))
		}
		first := len(want)
		for i := range lines { // many at one time, some alike, letters of several bytes
			if random.IntN(3) > 0 {
				at = at.Add(time.Duration(random.IntN(400)) * time.Millisecond)
			}
			text := fmt.Sprintf("%d 训练 é", len(want))
			if random.IntN(5) == 0 {
				text = "alike"
			}
			want = append(want, text)
			printAs(t, "cut", at, text)
			if i%5 == 0 {
				time.Sleep(10 * time.Millisecond)
			}
		}
		at = at.Add(5 * time.Second) // the next round's since is a whole second
		at = at.Truncate(time.Second)
		end := fmt.Sprintf("end of round %d", round)
		want = append(want, end)
		printAs(t, "cut", at, end)
		for i, x := range tails {
			for w := range workers {
				worker := fmt.Sprintf("w%d", w)
				x.waitFor("the last line of "+worker, func() bool { return slices.Contains(x.of(worker), end) })
				got, wanted := x.of(worker), want[first:]
				if !slices.Equal(got, wanted) {
					t.Fatalf("run %d, %s: %d lines, want %d: %s", round*atOnce+i, worker, len(got), len(wanted), differs(got, wanted))
				}
			}
			cuts += cutters[i].cuts.Load()
			_ = x.cmd.Process.Signal(os.Interrupt)
			<-x.done
		}
		at = at.Add(2 * time.Second)
	}
	t.Logf("%d cuts", cuts)
	if cuts < 10*rounds*atOnce {
		t.Errorf("%d cuts: the logs were hardly cut at all", cuts)
	}
}

// differs names the first difference.
func differs(got, want []string) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return fmt.Sprintf("line %d is %q, want %q", i, got[max(i-2, 0):min(i+3, len(got))], want[max(i-2, 0):min(i+3, len(want))])
		}
	}
	return "one goes on longer"
}

// TestLogsSayWhatTheServerCantGive rotates a log while its connection is cut.
func TestLogsSayWhatTheServerCantGive(t *testing.T) {
	ns := namespace(t)
	printer(t, ns, "turned", 1)
	at := time.Now().Add(-time.Hour).Truncate(time.Second)
	for i := range 5 {
		printAs(t, "turned", at.Add(time.Duration(i)*time.Second), fmt.Sprint("line ", i))
	}
	c := cutLogs(t, 1, 0)
	x := tailing(t, c, ns+"/talk", "-f")
	x.waitFor("five lines", func() bool { return len(x.of("w0")) == 5 })
	c.shut.Store(true)
	c.breakAll()
	printAs(t, "turned", at.Add(10*time.Second), "lost")
	if err := shared.Rotate("turned"); err != nil {
		t.Fatal(err)
	}
	printAs(t, "turned", at.Add(20*time.Second), "line 20")
	c.shut.Store(false)
	x.waitFor("the line after the gap", func() bool { return slices.Contains(x.of("w0"), "line 20") })
	if got := strings.Join(x.of("w0")[4:], " "); got != "line 4 [gap] line 20" {
		t.Errorf("%s", got)
	}
	for _, l := range x.lines() {
		if l.Kind == "gap" && (!strings.Contains(l.Text, at.Add(4*time.Second).UTC().Format("15:04:05")) || !strings.Contains(l.Text, at.Add(20*time.Second).UTC().Format("15:04:05"))) {
			t.Errorf("the gap is %q", l.Text)
		}
	}
}

// TestLogsOutliveTheAPIServer goes on with what was printed while the API server was away.
func TestLogsOutliveTheAPIServer(t *testing.T) {
	ns := namespace(t)
	printer(t, ns, "outage", 2)
	at := time.Now().Add(-time.Hour)
	printAs(t, "outage", at, "before")
	c := cutLogs(t, 1, 0)
	x := tailing(t, c, ns+"/talk", "-f")
	x.waitFor("the line before", func() bool { return len(x.of("w0")) == 1 && len(x.of("w1")) == 1 })
	shared.StopComponent(cluster.APIServer)
	x.waitFor("words on the error stream", func() bool { return strings.Contains(x.errs.String(), "it is tried again") })
	printAs(t, "outage", at.Add(time.Second), "during")
	printAs(t, "outage", at.Add(time.Second), "during as well")
	if err := shared.StartComponent(t.Context(), cluster.APIServer); err != nil {
		t.Fatal(err)
	}
	printAs(t, "outage", at.Add(2*time.Second), "after")
	want := []string{"before", "during", "during as well", "after"}
	for _, w := range []string{"w0", "w1"} {
		x.waitFor("all lines of "+w, func() bool { return slices.Contains(x.of(w), "after") })
		if got := x.of(w); !slices.Equal(got, want) {
			t.Errorf("%s: %q", w, got)
		}
	}
}

// TestLogsOfAttempts reads attempts that follow each other, and ends with the job.
func TestLogsOfAttempts(t *testing.T) {
	ns := namespace(t)
	printer(t, ns, "kept", 2)
	at := time.Now().Add(-time.Minute)
	printAs(t, "kept", at, "hello")
	c := cutLogs(t, 1, 0)
	x := tailing(t, c, ns+"/talk", "--until", "done")
	x.waitFor("both workers", func() bool { return len(x.of("w0")) == 1 && len(x.of("w1")) == 1 })
	old := kubectl(t, "-n", ns, "get", "pods", "-l", "batch.kubernetes.io/job-completion-index=1", "-o", "jsonpath={.items[0].metadata.name}")
	kubectl(t, "-n", ns, "delete", "pod", old, "--grace-period=0", "--force")
	x.waitFor("the next attempt of w1", func() bool {
		return slices.ContainsFunc(x.lines(), func(l loggedLine) bool { return l.Worker == "w1" && l.Pod != old && l.Text == "hello" })
	})
	if got := x.of("w1"); !slices.Contains(got, "[start]") || !slices.Contains(got, "[end]") {
		t.Errorf("w1: %q", got)
	}
	kubectl(t, "-n", ns, "delete", "job", "talk", "--timeout=60s")
	select {
	case <-x.done:
	case <-time.After(patience):
		t.Fatalf("it goes on without its job:\n%s%s", x.out, x.errs)
	}
}

// TestLogsChoose reads parts of the logs once.
func TestLogsChoose(t *testing.T) {
	ns := namespace(t)
	printer(t, ns, "hostile", 3)
	at := time.Now().Add(-time.Hour)
	for i, text := range []string{"\x1b[31mred\x1b[0m \x1b]0;title\a\x00nul", "bad \xff utf", "\u202eevil", strings.Repeat("x", 10<<20)} {
		printAs(t, "hostile", at.Add(time.Duration(i)*time.Second), text)
	}
	printAs(t, "hostile", time.Now().Add(-time.Minute), "late")
	if err := shared.PrintBefore("hostile", at, "of the run before"); err != nil {
		t.Fatal(err)
	}
	o := paddock(t, "logs", ns+"/talk", "--worker", "0,2")
	lines := strings.Split(strings.TrimSpace(o.out), "\n")
	if o.code != 0 || len(lines) != 10 || len(o.out) > 100<<10 {
		t.Fatalf("exit code %d, %d lines, %d bytes\n%s", o.code, len(lines), len(o.out), o.errs)
	}
	for i, want := range []string{"w0 | red nul", "w2 | red nul", "w0 | bad ? utf", "w2 | bad ? utf", "w0 | evil"} {
		if lines[i] != want {
			t.Errorf("line %d is %q, want %q", i, lines[i], want)
		}
	}
	if !strings.HasSuffix(lines[6], " bytes more") {
		t.Errorf("the long line ends with %q", lines[6][max(len(lines[6])-60, 0):])
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--no-prefix", "--since", "10m", "--worker", "1"}, "late\n"},
		{[]string{"--tail", "1", "--role", "worker"}, "w0 | late\nw1 | late\nw2 | late\n"},
		{[]string{"-c", "hostile", "--tail", "1", "--worker", "w2", "--no-prefix"}, "late\n"},
	} {
		if o := paddock(t, append([]string{"logs", ns + "/talk"}, c.args...)...); o.code != 0 || o.out != c.want || o.errs != "" {
			t.Errorf("%v: exit code %d, %q %s", c.args, o.code, o.out, o.errs)
		}
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{ns + "/nosuch"}, 1, "there is no job"},
		{[]string{ns + "/talk", "--worker", "7"}, 1, "has no worker 7; it has w0, w1, w2"},
		{[]string{ns + "/talk", "--role", "ps"}, 1, "has no worker of the role ps"},
		{[]string{ns + "/talk", "-c", "nosuch"}, 1, "its pod has no container nosuch; it has hostile"},
		{[]string{ns + "/talk", "--previous"}, 1, "had an attempt before this one"},
		{[]string{ns + "/talk", "-o", "xml"}, 2, "there is no output"},
		{[]string{ns + "/talk", "--until", "noon"}, 2, "--until knows done alone"},
		{[]string{ns + "/talk", "--previous", "-f"}, 2, "can't be followed"},
	} {
		if o := paddock(t, append([]string{"logs"}, c.args...)...); o.code != c.code || !strings.Contains(o.errs, c.says) {
			t.Errorf("%v: exit code %d, want %d\n%s%s", c.args, o.code, c.code, o.out, o.errs)
		}
	}
}
