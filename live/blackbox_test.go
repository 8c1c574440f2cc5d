package live

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"paddock/fleet"
	"paddock/incident"
	"paddock/kube"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func after(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }

// trainer is worker i of nlp/sft, running in its container.
func trainer(i int) fleet.Pod {
	return fleet.Pod{
		Ref: fleet.Ref{Kind: "Pod", Namespace: "nlp", Name: fmt.Sprintf("sft-%d", i)}, UID: fmt.Sprintf("p%d", i), Index: i, Node: "gpu-1", Phase: "Running", GPUs: 8,
		Created: after(-600), Admitted: after(-600), Ready: after(-500), Main: fleet.Container{Name: "trainer", State: "running", Started: after(-500)},
	}
}

// with is a pod changed.
func with(p fleet.Pod, change func(*fleet.Pod)) fleet.Pod {
	change(&p)
	return p
}

// crashed is a container that ended s seconds after noon.
func crashed(code, s int) func(*fleet.Pod) {
	return func(p *fleet.Pod) {
		p.Main.State, p.Main.ExitCode, p.Main.Reason, p.Main.Started, p.Main.Finished = "terminated", code, "Error", after(s-10), after(s)
	}
}

// waits is the same container before it starts again.
func waits(code, s int) func(*fleet.Pod) {
	return func(p *fleet.Pod) {
		p.Main.State, p.Main.Reason, p.Main.ExitCode, p.Main.Started, p.Main.Finished = "waiting", "CrashLoopBackOff", 0, time.Time{}, time.Time{}
		p.Main.Last = &fleet.Termination{ExitCode: code, Reason: "Error", Started: after(s - 10), Finished: after(s)}
		b := p.Main
		p.Blocking = &b
	}
}

// restarted is the same container running again.
func restarted(code, s, restarts int) func(*fleet.Pod) {
	return func(p *fleet.Pod) {
		p.Main.Last = &fleet.Termination{ExitCode: code, Reason: "Error", Started: after(s - 10), Finished: after(s)}
		p.Main.Restarts, p.Restarts, p.Main.Started = restarts, restarts, after(s+5)
	}
}

func failed(p *fleet.Pod) { p.Phase = "Failed" }

// both makes two changes.
func both(a, b func(*fleet.Pod)) func(*fleet.Pod) { return func(p *fleet.Pod) { a(p); b(p) } }

// fleetOf is a Fleet of one job with these pods, s seconds after noon.
func fleetOf(j *fleet.Joiner, s int, readings *fleet.Readings, pods ...fleet.Pod) *fleet.Fleet {
	g := &fleet.Group{Owner: fleet.Owner{Ref: sft, APIVersion: "batch/v1", UID: "j1"}, Job: &fleet.JobObject{Ref: sft, UID: "j1", Phase: fleet.PhaseActive, Roles: []fleet.RoleSpec{{Name: "worker", Wanted: len(pods), GPUs: 8}}}}
	for i := range pods {
		g.Pods = append(g.Pods, &pods[i])
	}
	return j.Join(&fleet.Snapshot{
		Complete: true, Cluster: fleet.Cluster{Context: "a", Server: "https://10.0.0.1", User: "ann"}, Groups: []*fleet.Group{g},
		Nodes:   []*fleet.NodeObject{{Name: "gpu-1", Ready: true, Driver: "418.87.01", CUDA: "10.1", Capacity: 8, Allocatable: 8}},
		Sources: []fleet.Source{{Name: "pods", Health: fleet.Live}, {Name: "jobs", Health: fleet.Live}},
	}, readings, after(s))
}

func TestNewFailures(t *testing.T) {
	one := trainer(0)
	for _, c := range []struct {
		name   string
		before []fleet.Pod
		now    []fleet.Pod
		want   string // worker, attempt, restart, how and what was not seen, of each
	}{
		{"nothing happens", []fleet.Pod{one}, []fleet.Pod{one}, ""},
		{"a pod fails", []fleet.Pod{one}, []fleet.Pod{with(one, both(crashed(1, 5), failed))}, "w0 1 0 exit 1"},
		{"a container ends", []fleet.Pod{one}, []fleet.Pod{with(one, crashed(137, 5))}, "w0 1 0 exit 137"},
		{"it ended well", []fleet.Pod{one}, []fleet.Pod{with(one, crashed(0, 5))}, ""},
		{"the same end, waiting", []fleet.Pod{with(one, crashed(1, 5))}, []fleet.Pod{with(one, waits(1, 5))}, ""},
		{"the same end, running", []fleet.Pod{with(one, waits(1, 5))}, []fleet.Pod{with(one, restarted(1, 5, 1))}, ""},
		{"the same end, failed", []fleet.Pod{with(one, crashed(1, 5))}, []fleet.Pod{with(one, both(crashed(1, 5), failed))}, ""},
		{"a restart", []fleet.Pod{one}, []fleet.Pod{with(one, restarted(1, 5, 1))}, "w0 1 0 exit 1"},
		{"the next restart", []fleet.Pod{with(one, restarted(1, -60, 1))}, []fleet.Pod{with(one, restarted(1, 5, 2))}, "w0 1 1 exit 1"},
		{"three restarts at once", []fleet.Pod{one}, []fleet.Pod{with(one, restarted(1, 5, 3))}, "w0 1 2 exit 1 unseen 2"},
		{"a restart after a good end", []fleet.Pod{one}, []fleet.Pod{with(one, restarted(0, 5, 1))}, ""},
		{"it failed before paddock began", []fleet.Pod{with(one, both(crashed(1, -300), failed))}, []fleet.Pod{with(one, both(crashed(1, -300), failed))}, ""},
		{"deleted", []fleet.Pod{one}, []fleet.Pod{with(one, both(both(crashed(143, 5), failed), func(p *fleet.Pod) { p.Deleted = after(30) }))}, ""},
		{"evicted", []fleet.Pod{one}, []fleet.Pod{with(one, both(both(crashed(143, 5), failed), func(p *fleet.Pod) { p.Deleted, p.Disruption = after(30), "EvictionByEvictionAPI" }))}, "w0 1 0 EvictionByEvictionAPI, exit 143"},
		{"evicted by its kubelet", []fleet.Pod{one}, []fleet.Pod{with(one, both(failed, func(p *fleet.Pod) { p.Reason, p.Message, p.Main.State = "Evicted", "low on memory", "" }))}, "w0 1 0 Evicted"},
		{"evicted while it crashes", []fleet.Pod{with(one, waits(1, -60))}, []fleet.Pod{with(one, both(both(waits(1, -60), failed), func(p *fleet.Pod) { p.Reason = "Evicted" }))}, "w0 1 0 Evicted"},
		{"replaced already", []fleet.Pod{one}, []fleet.Pod{with(one, both(crashed(1, 5), failed)), with(one, func(p *fleet.Pod) { p.UID, p.Ref.Name, p.Created = "p9", "sft-0-x", after(6) })}, "w0 1 0 exit 1"},
		{"came and failed", []fleet.Pod{one}, []fleet.Pod{one, with(trainer(1), both(both(crashed(1, 5), failed), func(p *fleet.Pod) { p.Created = after(1) }))}, "w1 1 0 exit 1"},
		{"an old one comes to sight", []fleet.Pod{one}, []fleet.Pod{one, with(trainer(1), both(crashed(1, -300), failed))}, ""},
		{"its image can't be pulled", []fleet.Pod{one}, []fleet.Pod{with(one, func(p *fleet.Pod) {
			p.Blocking = &fleet.Container{Name: "trainer", State: "waiting", Reason: "ImagePullBackOff"}
		})}, ""},
		{"an init container fails", []fleet.Pod{one}, []fleet.Pod{with(one, func(p *fleet.Pod) {
			p.Main.State = "waiting"
			p.Blocking = &fleet.Container{Name: "fetch", Init: true, State: "terminated", ExitCode: 3, Reason: "Error", Finished: after(5)}
		})}, "w0 1 0 exit 3"},
	} {
		var j fleet.Joiner
		before := fleetOf(&j, 0, nil, c.before...)
		now := fleetOf(&j, 10, nil, c.now...)
		var got []string
		for _, f := range newFailures(before, now, noon) {
			s := fmt.Sprintf("%s %d %d %s", f.worker.Label(), f.attempt, f.restart, f.how(f.pod))
			if f.unseen > 0 {
				s += fmt.Sprintf(" unseen %d", f.unseen)
			}
			got = append(got, s)
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// A pod that fails holds no device any more: what is kept is what it last did.
func TestTheLastReadingsAreKept(t *testing.T) {
	readings := func(s int, busy float64) *fleet.Readings {
		return &fleet.Readings{Source: fleet.Source{Name: "prometheus", Health: fleet.Live, AsOf: after(s)}, Devices: []fleet.Reading{{
			Hardware: &fleet.Hardware{UUID: "GPU-1", Index: 0, Hostname: "gpu-1"}, At: after(s), Util: busy, Tensor: fleet.Unknown(), MemUsed: 1 << 30, MemTotal: 2 << 30, Power: fleet.Unknown(), Temp: 71,
			SMClock: fleet.Unknown(), XID: -1, Holders: []fleet.Ref{{Kind: "Pod", Namespace: "nlp", Name: "sft-0"}},
		}}}
	}
	var j fleet.Joiner
	r := readings(-5, 0.9)
	before := fleetOf(&j, 0, r, trainer(0))
	now := fleetOf(&j, 10, r, with(trainer(0), both(crashed(1, 5), failed)))
	list := newFailures(before, now, noon)
	if len(list) != 1 {
		t.Fatalf("%d failures", len(list))
	}
	rec := list[0].record(incident.Failure, "v1")
	if len(rec.Devices) != 1 || *rec.Devices[0].Busy != 0.9 || rec.Devices[0].After || !rec.Devices[0].At.Equal(after(-5)) || len(rec.Missing) > 0 {
		t.Errorf("%+v, missing %q", rec.Devices, rec.Missing)
	}
	if rec.Node == nil || rec.Node.Driver != "418.87.01" || rec.Worker.Why != "exit 1" || rec.Job.Wanted != 1 {
		t.Errorf("%+v %+v %+v", rec.Node, rec.Worker, rec.Job)
	}
	k := kept{failure: &list[0]}
	if !k.wants() || len(k.after(now)) > 0 {
		t.Errorf("readings of after the end: wanted %v, has %+v", k.wants(), k.after(now))
	}
	later := fleetOf(&j, 40, readings(35, 0), with(trainer(0), both(crashed(1, 5), failed)))
	if got := k.after(later); len(got) != 1 || !got[0].After || *got[0].Busy != 0 {
		t.Errorf("the next reading: %+v", got)
	}
}

// pods is an API server with failed pods, of which it can tell everything.
type pods struct {
	handle func(w http.ResponseWriter, r *http.Request) bool // what it answers otherwise than usual; may be nil
	pause  time.Duration
	most   atomic.Int64 // requests at a time
	now    atomic.Int64
	all    atomic.Int64
	mu     sync.Mutex
	logs   []asked
}

type asked struct{ path, query string }

func (s *pods) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := s.now.Add(1)
	defer s.now.Add(-1)
	s.all.Add(1)
	for m := s.most.Load(); n > m && !s.most.CompareAndSwap(m, n); m = s.most.Load() {
	}
	time.Sleep(s.pause)
	w.Header().Set("Content-Type", "application/json")
	if s.handle != nil && s.handle(w, r) {
		return
	}
	name := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	switch {
	case r.URL.Path == "/api/v1":
		fmt.Fprint(w, `{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"pods","kind":"Pod","namespaced":true}]}`)
	case strings.HasSuffix(r.URL.Path, "/log"):
		s.mu.Lock()
		s.logs = append(s.logs, asked{r.URL.Path, r.URL.RawQuery})
		s.mu.Unlock()
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprint(w, "2026-11-23T12:00:04.5Z loading with HF_TOKEN=hf_hunter2 and https://ann:hunter2@git.example.com\n2026-11-23T12:00:05Z \x1b[31mCUDA error\x1b[0m \u202eevil\n")
	case strings.HasSuffix(r.URL.Path, "/events"):
		fmt.Fprint(w, `{"kind":"EventList","apiVersion":"v1","items":[{"involvedObject":{"kind":"Pod"},"type":"Warning","reason":"BackOff","message":"again, --token=hunter2","count":3,"lastTimestamp":"2026-11-23T12:00:06Z"}]}`)
	case strings.Contains(r.URL.Path, "/pods/"):
		fmt.Fprint(w, pod(name, "p"+strings.TrimPrefix(name, "sft-"), `"terminated":{"exitCode":1,"finishedAt":"2026-11-23T12:00:05Z"}`, ""))
	default:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"kind":"Status","status":"Failure","code":404,"reason":"NotFound","message":"not found"}`)
	}
}

// pod is a pod as the server has it, with the state of its container and that before.
func pod(name, uid, state, last string) string {
	if last != "" {
		last = `,"lastState":{` + last + `}`
	}
	return fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q,"namespace":"nlp","uid":%q},"spec":{"containers":[{"name":"trainer","args":["--password","hunter2"],
		"env":[{"name":"WANDB_API_KEY","value":"hunter2"}]}]},"status":{"phase":"Running","containerStatuses":[{"name":"trainer","restartCount":1,"state":{%s}%s}]}}`, name, uid, state, last)
}

// boxOn is the black box of a dashboard of that API server.
func boxOn(t *testing.T, api http.Handler, state string, log *slog.Logger) (*Live, *box) {
	t.Helper()
	server := httptest.NewServer(api)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	file := filepath.Join(t.TempDir(), "kubeconfig")
	config := `{apiVersion: v1, kind: Config, current-context: a, clusters: [{name: c, cluster: {server: "` + server.URL + `"}}], users: [{name: u, user: {}}], contexts: [{name: a, context: {cluster: c, user: u}}]}`
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	var flags kube.Flags
	fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
	flags.Bind(fs)
	if err := fs.Parse([]string{"--kubeconfig", file}); err != nil {
		t.Fatal(err)
	}
	l, err := New(Options{Flags: &flags, Settings: plainSettings, State: state, Log: log, Version: "v1"})
	if err != nil {
		t.Fatal(err)
	}
	return l, l.session().box
}

// recorded are the records of a store, the first to fail first.
func recorded(t *testing.T, s *incident.Store) []incident.Record {
	t.Helper()
	list, unreadable, err := s.List()
	if err != nil || unreadable > 0 {
		t.Fatalf("%d unreadable, %v", unreadable, err)
	}
	var out []incident.Record
	for _, e := range slices.Backward(list) {
		r, err := s.Read(e.Name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// A job that falls over with all its workers does not fall on the API server,
// and what is not kept is said.
func TestManyFailAtOnce(t *testing.T) {
	const all = 512
	api := &pods{pause: time.Millisecond}
	l, b := boxOn(t, api, t.TempDir(), nil)
	var j fleet.Joiner
	var before, now []fleet.Pod
	for i := range all {
		before = append(before, trainer(i))
		now = append(now, with(trainer(i), both(crashed(1, 5+(all-i)), failed))) // the last worker failed first
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { b.run(ctx); close(ended) }()
	b.see(fleetOf(&j, 0, nil, before...))
	for len(b.fleets) > 0 { // the Fleet to compare with is not to be replaced
		time.Sleep(time.Millisecond)
	}
	b.see(fleetOf(&j, 600, nil, now...))
	deadline := time.After(20 * time.Second)
	for {
		if list, _, _ := l.Incidents().List(); len(list) == mostOfBurst {
			break
		}
		select {
		case <-deadline:
			t.Fatal("they are not kept")
		case <-time.After(10 * time.Millisecond):
		}
	}
	stop()
	<-ended
	if most := api.most.Load(); most != 4 {
		t.Errorf("%d requests at a time, want 4", most)
	}
	if n := api.all.Load(); n > mostOfBurst*5 {
		t.Errorf("%d requests", n)
	}
	list := recorded(t, l.Incidents())
	if len(list) != mostOfBurst+1 {
		t.Fatalf("%d records", len(list))
	}
	var left incident.Record
	for _, r := range list {
		if r.Head.Kind == incident.Left {
			left = r
			continue
		}
		if r.Head.Ended.After(after(5 + mostOfBurst)) {
			t.Errorf("%s was kept, which was not among the first to fail: %s", r.Head.Worker, r.Head.Ended)
		}
	}
	if len(left.Left) != all-mostOfBurst || left.Head.Worker != "448 workers" || !strings.Contains(strings.Join(left.Missing, " "), "of the other 448 that failed were not kept: more than 64 workers of the job failed within a minute") {
		t.Errorf("left are %d: %+v %q", len(left.Left), left.Head, left.Missing)
	}
	if first := left.Left[0]; first.Worker != "w447" || first.How != "exit 1" || first.Node != "gpu-1" {
		t.Errorf("the first of them is %+v", first)
	}
}

func TestWhatIsReadOfAFailure(t *testing.T) {
	const gone = `{"kind":"Status","status":"Failure","code":404,"reason":"NotFound","message":"pods \"sft-0\" not found"}`
	status := func(w http.ResponseWriter, code int, text string) bool {
		w.WriteHeader(code)
		fmt.Fprint(w, text)
		return true
	}
	atPod := func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/pods/sft-0") }
	var lives atomic.Int64
	for _, c := range []struct {
		name     string
		handle   func(w http.ResponseWriter, r *http.Request) bool
		lines    int
		previous bool
		missing  string
		pod      bool
	}{
		{name: "all of it", lines: 2, pod: true},
		{name: "it runs again already", lines: 2, previous: true, pod: true, handle: func(w http.ResponseWriter, r *http.Request) bool {
			return atPod(r) && status(w, 200, pod("sft-0", "p0", `"running":{}`, `"terminated":{"exitCode":1,"finishedAt":"2026-11-23T12:00:05Z"}`))
		}},
		{name: "it starts again while it is read", lines: 2, previous: true, pod: true, handle: func(w http.ResponseWriter, r *http.Request) bool {
			if !atPod(r) || lives.Add(1) == 1 {
				return false
			}
			return status(w, 200, pod("sft-0", "p0", `"running":{}`, `"terminated":{"exitCode":1,"finishedAt":"2026-11-23T12:00:05Z"}`))
		}},
		{name: "it ended again", missing: "the log can't be read: the container has ended again since", pod: true, handle: func(w http.ResponseWriter, r *http.Request) bool {
			return atPod(r) && status(w, 200, pod("sft-0", "p0", `"running":{}`, `"terminated":{"exitCode":1,"finishedAt":"2026-11-23T12:00:55Z"}`))
		}},
		{name: "another pod", missing: "another one has its name now", handle: func(w http.ResponseWriter, r *http.Request) bool {
			return atPod(r) && status(w, 200, pod("sft-0", "other", `"running":{}`, ""))
		}},
		{name: "gone", missing: "the pod was gone before it could be read", handle: func(w http.ResponseWriter, r *http.Request) bool { return atPod(r) && status(w, 404, gone) }},
		{name: "not allowed", missing: "the log can't be read: user ann may not get pods/log in namespace nlp", pod: true, handle: func(w http.ResponseWriter, r *http.Request) bool {
			return strings.HasSuffix(r.URL.Path, "/log") && status(w, 403, `{"kind":"Status","status":"Failure","code":403,"reason":"Forbidden","message":"pods \"sft-0\" is forbidden: User \"ann\" cannot get resource \"pods/log\" in API group \"\" in the namespace \"nlp\""}`)
		}},
		{name: "no log", missing: "the log can't be read: the container has not begun", pod: true, handle: func(w http.ResponseWriter, r *http.Request) bool {
			return strings.HasSuffix(r.URL.Path, "/log") && status(w, 400, `{"kind":"Status","status":"Failure","code":400,"reason":"BadRequest","message":"container is waiting to start"}`)
		}},
		{name: "nothing printed", missing: "the container printed nothing", pod: true, handle: func(w http.ResponseWriter, r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/log") }},
		{name: "no events", lines: 2, missing: "the events can't be read", pod: true, handle: func(w http.ResponseWriter, r *http.Request) bool {
			return strings.HasSuffix(r.URL.Path, "/events") && status(w, 404, gone)
		}},
	} {
		api := &pods{handle: c.handle}
		_, b := boxOn(t, api, t.TempDir(), nil)
		var j fleet.Joiner
		before := fleetOf(&j, 0, nil, with(trainer(0), func(p *fleet.Pod) { p.GPUs = 0 }))
		now := fleetOf(&j, 10, nil, with(trainer(0), both(crashed(1, 5), func(p *fleet.Pod) { p.GPUs, p.Main.Message = 0, "--token=hunter2" })))
		list := newFailures(before, now, noon)
		if len(list) != 1 {
			t.Fatalf("%s: %d failures", c.name, len(list))
		}
		r := reader{b.kube, b.seed, "v1"}.read(t.Context(), &list[0], incident.Failure)
		if len(r.Log.Lines) != c.lines || r.Log.Previous != c.previous {
			t.Errorf("%s: %+v", c.name, r.Log)
		}
		if c.lines > 0 && (r.Log.Lines[1].Text != "CUDA error evil" || r.Log.Lines[0].Text != "loading with HF_TOKEN=(hidden) and https://ann:(hidden)@git.example.com" || !r.Log.Lines[1].At.Equal(after(5))) {
			t.Errorf("%s: lines %+v", c.name, r.Log.Lines)
		}
		if said := strings.Join(r.Missing, "; "); c.missing == "" && said != "" || !strings.Contains(said, c.missing) {
			t.Errorf("%s: missing %q, want %q", c.name, said, c.missing)
		}
		if (r.Pod != "") != c.pod || c.pod && !strings.Contains(r.Pod, "uid: p0") {
			t.Errorf("%s: its pod is %q", c.name, r.Pod)
		}
		if c.name != "no events" && (len(r.Events) != 1 || r.Events[0].Count != 3) {
			t.Errorf("%s: events %+v", c.name, r.Events)
		}
		if text, err := json.Marshal(r); err != nil || strings.Contains(string(text), "hunter2") {
			t.Errorf("%s: a secret is kept (%v): %s", c.name, err, text)
		}
		if n := len(api.logs); c.lines > 0 && (n == 0 || !strings.Contains(api.logs[n-1].query, "tailLines=200") || !strings.Contains(api.logs[n-1].query, "container=trainer")) {
			t.Errorf("%s: asked for %+v", c.name, api.logs)
		}
	}
}

// A folder that can't be written is told of once, and ends nothing.
func TestAFolderThatCantBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	l, b := boxOn(t, &pods{}, file, slog.New(slog.NewTextHandler(&said, nil)))
	var j fleet.Joiner
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { b.run(ctx); close(ended) }()
	b.see(fleetOf(&j, 0, nil, trainer(0), trainer(1)))
	for len(b.fleets) > 0 {
		time.Sleep(time.Millisecond)
	}
	b.see(fleetOf(&j, 10, nil, with(trainer(0), crashed(1, 5)), with(trainer(1), crashed(1, 6))))
	for len(b.fleets) > 0 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(100 * time.Millisecond)
	stop()
	<-ended
	if got := strings.Count(said.String(), "the black box can't keep its records"); got != 1 {
		t.Errorf("told %d times: %s", got, said.String())
	}
	checks := l.Check(t.Context())
	if c := checks[len(checks)-1]; c.Name != "black box" || c.Status != fleet.CheckWarn || c.Hint == "" {
		t.Errorf("%+v", c)
	}
}

// The join hands Fleets over without waiting for anybody.
func TestSeeDoesNotWait(t *testing.T) {
	_, b := boxOn(t, &pods{}, t.TempDir(), nil)
	var none *box
	f := &fleet.Fleet{}
	done := make(chan struct{})
	go func() {
		for range 1000 {
			b.see(&fleet.Fleet{})
			none.see(f)
		}
		b.see(f)
		none.run(t.Context())
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("it waits")
	}
	if got := <-b.fleets; got != f {
		t.Error("the newest Fleet is not the one that waits")
	}
}

// What waits when paddock ends is written down.
func TestWhatIsNotReadAtTheEndIsSaid(t *testing.T) {
	hang := make(chan struct{})
	l, b := boxOn(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	}), t.TempDir(), nil)
	t.Cleanup(func() { close(hang) })
	var j fleet.Joiner
	var before, now []fleet.Pod
	for i := range 10 {
		before, now = append(before, trainer(i)), append(now, with(trainer(i), crashed(1, 5+i)))
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { b.run(ctx); close(ended) }()
	b.see(fleetOf(&j, 0, nil, before...))
	for len(b.fleets) > 0 {
		time.Sleep(time.Millisecond)
	}
	b.see(fleetOf(&j, 20, nil, now...))
	time.Sleep(200 * time.Millisecond)
	stop()
	select {
	case <-ended:
	case <-time.After(goodbye):
		t.Fatal("it does not end")
	}
	list := recorded(t, l.Incidents())
	if len(list) != readsAtOnce+1 {
		t.Fatalf("%d records", len(list))
	}
	for _, r := range list {
		switch {
		case r.Head.Kind == incident.Left:
			if len(r.Left) != 6 || !strings.Contains(r.Head.How, "paddock ended") {
				t.Errorf("%+v", r)
			}
		case len(r.Missing) == 0:
			t.Errorf("it says nothing of what it lacks: %+v", r)
		}
	}
}

func TestOff(t *testing.T) {
	l, _ := boxOn(t, &pods{}, "", nil)
	if l.session().box != nil {
		t.Error("it records without a state directory")
	}
	l.options.State, l.options.Incidents.Off = t.TempDir(), true
	if l.newBox(nil) != nil {
		t.Error("it records though it is off")
	}
}

func TestPresentFailures(t *testing.T) {
	var j fleet.Joiner
	f := fleetOf(&j, 100, nil, trainer(0), with(trainer(1), both(crashed(1, 50), failed)), with(trainer(2), waits(9, 20)), with(trainer(3), func(p *fleet.Pod) {
		p.Phase, p.Ready, p.Main.State = "Pending", time.Time{}, "waiting"
		p.Blocking = &fleet.Container{Name: "trainer", State: "waiting", Reason: "ImagePullBackOff", Message: "no such tag"}
	}))
	var got []string
	for _, x := range presentFailures(f, f.Jobs[0]) {
		got = append(got, x.worker.Label()+" "+x.how(x.pod))
	}
	if want := []string{"w2 exit 9", "w1 exit 1", "w3 ImagePullBackOff"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// What is there of a job when its archive is made is read into it, and what
// can't be read is noted.
func TestPresent(t *testing.T) {
	api := &pods{handle: func(w http.ResponseWriter, r *http.Request) bool {
		switch r.URL.Path {
		case "/apis/batch/v1":
			fmt.Fprint(w, `{"kind":"APIResourceList","groupVersion":"batch/v1","resources":[{"name":"jobs","kind":"Job","namespaced":true}]}`)
		case "/apis/batch/v1/namespaces/nlp/jobs/sft":
			fmt.Fprint(w, `{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"sft"},"spec":{"template":{"spec":{"containers":[{"args":["--token=hunter2"]}]}}}}`)
		default:
			return false
		}
		return true
	}}
	l, _ := boxOn(t, api, t.TempDir(), nil)
	var j fleet.Joiner
	var list []fleet.Pod
	for i := range 70 {
		list = append(list, with(trainer(i), both(crashed(1, 5), failed)))
	}
	f := fleetOf(&j, 10, nil, append(list, trainer(70))...)
	var a incident.Archive
	l.Present(t.Context(), f, f.Jobs[0], &a)
	if len(a.Present) != mostOfBurst || a.Present[0].Head.Kind != incident.Present || len(a.Present[0].Log.Lines) != 2 || len(a.Events) != 1 || !strings.Contains(a.Object, "kind: Job") || strings.Contains(a.Object, "hunter2") {
		t.Errorf("%d records, %+v, events %+v\n%s", len(a.Present), a.Present[0].Head, a.Events, a.Object)
	}
	if want := "of those that failed now the first 64 were read, the other 6 were not"; len(a.Notes) != 1 || a.Notes[0] != want {
		t.Errorf("notes %q", a.Notes)
	}
	api.handle = nil // the job is gone, by now
	var b incident.Archive
	l.Present(t.Context(), f, f.Jobs[0], &b)
	if b.Object != "" || len(b.Notes) != 2 || !strings.Contains(b.Notes[1], "the job's object can't be read") {
		t.Errorf("notes %q", b.Notes)
	}
}

// BenchmarkBlackBox is what the recorder costs with 625 jobs of 16 workers:
// handing over, looking at a Fleet with new readings alone, and at one with
// another pod.
func BenchmarkBlackBox(b *testing.B) {
	s := &fleet.Snapshot{Complete: true, Sources: []fleet.Source{{Name: "pods", Health: fleet.Live}}}
	for i := range 625 {
		ref := fleet.Ref{Kind: "Job", Namespace: fmt.Sprint("team", i%20), Name: fmt.Sprint("job", i)}
		g := &fleet.Group{Owner: fleet.Owner{Ref: ref, UID: fmt.Sprint("j", i)}}
		for w := range 16 {
			p := trainer(w)
			p.UID = fmt.Sprint(i, "-", w)
			g.Pods = append(g.Pods, &p)
		}
		s.Groups = append(s.Groups, g)
	}
	var j fleet.Joiner
	before := j.Join(s, &fleet.Readings{}, noon)
	readings := j.Join(s, &fleet.Readings{}, after(30)) // all jobs are other ones
	next := *s
	next.Groups = slices.Clone(s.Groups)
	g := *next.Groups[300]
	g.Pods = slices.Clone(g.Pods)
	p := with(*g.Pods[3], crashed(1, 40))
	g.Pods[3] = &p
	next.Groups[300] = &g
	r := &fleet.Readings{}
	changed := j.Join(&next, r, after(45))
	b.Run("see", func(b *testing.B) {
		x := &box{fleets: make(chan *fleet.Fleet, 1)}
		for b.Loop() {
			x.see(before)
		}
	})
	b.Run("readings", func(b *testing.B) {
		for b.Loop() {
			if len(newFailures(before, readings, noon)) > 0 {
				b.Fatal("a failure")
			}
		}
	})
	b.Run("pod", func(b *testing.B) {
		for b.Loop() {
			if len(newFailures(readings, changed, noon)) != 1 {
				b.Fatal("no failure")
			}
		}
	})
}
