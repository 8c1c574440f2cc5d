package live

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"paddock/fleet"
	"paddock/incident"
	"paddock/kube"
)

// clockSkew is how far a machine's clock may be behind this one's.
const clockSkew = time.Minute

// end is one end of a worker: of a container that ended badly, or of a pod that
// failed without one.
type end struct {
	container         string // "": the pod itself failed
	code              int
	reason, message   string
	started, finished time.Time
	restart           int // of the container, 0 for its first run
}

// is tells whether two ends are the same one.
func (e end) is(o end) bool {
	return e.container == o.container && e.code == o.code && e.finished.Equal(o.finished)
}

// how words an end: "exit 137 OOMKilled".
func (e end) how(p *fleet.Pod) string {
	s := cmp.Or(e.reason, "failed")
	if e.container != "" && !e.finished.IsZero() {
		s = fmt.Sprintf("exit %d", e.code)
		if e.reason != "" && e.reason != "Error" {
			s += " " + e.reason
		}
	}
	if p.Disruption != "" && p.Disruption != e.reason {
		s = p.Disruption + ", " + s
	}
	return s
}

// endsOf are the bad ends that a pod tells of: of each container the last one
// and the one before.
func endsOf(p *fleet.Pod) []end {
	out := endsIn(nil, &p.Main)
	if b := p.Blocking; b != nil && b.Name != p.Main.Name {
		out = endsIn(out, b)
	}
	if p.Phase == "Failed" && !slices.ContainsFunc(out, func(e end) bool {
		return e.finished.Equal(p.Main.Finished) || p.Blocking != nil && e.finished.Equal(p.Blocking.Finished)
	}) {
		out = append(out, end{reason: cmp.Or(p.Reason, p.Disruption, "Failed"), message: p.Message, restart: p.Main.Restarts})
	}
	return out
}

func endsIn(out []end, c *fleet.Container) []end {
	if c.State == "terminated" && c.ExitCode != 0 {
		out = append(out, end{c.Name, c.ExitCode, c.Reason, c.Message, c.Started, c.Finished, c.Restarts})
	}
	if t := c.Last; t != nil && t.ExitCode != 0 {
		restart := c.Restarts
		if c.State != "waiting" { // the next run counts already
			restart--
		}
		out = append(out, end{c.Name, t.ExitCode, t.Reason, t.Message, t.Started, t.Finished, max(restart, 0)})
	}
	return out
}

// lastEnd is the newest bad end of a pod; of one that is held up before any, what
// holds it up. False when nothing is wrong with it.
func lastEnd(p *fleet.Pod, s fleet.State) (end, bool) {
	if list := endsOf(p); len(list) > 0 {
		return slices.MaxFunc(list, func(a, b end) int { return a.finished.Compare(b.finished) }), true
	}
	if b := p.Blocking; b != nil && s == fleet.Failing {
		return end{container: b.Name, reason: b.Reason, message: b.Message, restart: b.Restarts}, true
	}
	return end{}, false
}

// failure is an end with what a Fleet knows of it.
type failure struct {
	end
	cluster fleet.Cluster
	job     *fleet.Job
	worker  *fleet.Worker
	pod     *fleet.Pod // the worker's, or that of an earlier attempt
	attempt int
	devices []*fleet.Device // that it held when it was last seen alive
	node    *fleet.Node
	metrics fleet.Source // Prometheus
	noticed time.Time
	unseen  int // ends before it that the watch did not show
}

// at is when it ended, as far as is known.
func (f *failure) at() time.Time {
	if f.finished.IsZero() {
		return f.noticed
	}
	return f.finished
}

// newFailures finds the ends that one Fleet tells of and the one before did
// not. Of jobs whose pods are the same it looks at nothing else. Of pods that
// were not there before, ends before began are somebody else's business.
func newFailures(before, now *fleet.Fleet, began time.Time) []failure {
	var out []failure
	i := 0
	for _, j := range now.Jobs {
		for i < len(before.Jobs) && byJob(before.Jobs[i], j) < 0 {
			i++
		}
		var old *fleet.Job
		if i < len(before.Jobs) && byJob(before.Jobs[i], j) == 0 {
			old = before.Jobs[i]
		}
		if old == nil || old != j && !samePods(old, j) {
			out = append(out, endedSince(old, j, now, began)...)
		}
	}
	return out
}

// byJob is the order of a Fleet's jobs.
func byJob(a, b *fleet.Job) int {
	return cmp.Or(strings.Compare(a.Ref.Namespace, b.Ref.Namespace), strings.Compare(a.Ref.Name, b.Ref.Name),
		strings.Compare(a.Ref.Kind, b.Ref.Kind), strings.Compare(a.UID, b.UID))
}

func samePods(a, b *fleet.Job) bool {
	return slices.EqualFunc(a.Workers, b.Workers, func(x, y *fleet.Worker) bool { return x.Pod == y.Pod && len(x.Earlier) == len(y.Earlier) })
}

// endedSince are the new ends of one job; before is nil for a new one.
func endedSince(before, j *fleet.Job, now *fleet.Fleet, began time.Time) []failure {
	pods, workers := map[string]*fleet.Pod{}, map[string]*fleet.Worker{}
	if before != nil {
		for _, w := range before.Workers {
			pods[w.Pod.UID], workers[w.Pod.UID] = w.Pod, w
			for _, p := range w.Earlier {
				pods[p.UID] = p
			}
		}
	}
	var out []failure
	look := func(w *fleet.Worker, p *fleet.Pod, attempt int) {
		old := pods[p.UID]
		if p == old || !p.Deleted.IsZero() && p.Disruption == "" { // who is deleted was ended by somebody, and did not fail
			return
		}
		var known []end
		if old != nil {
			known = endsOf(old)
		}
		first := len(out)
		for _, e := range endsOf(p) {
			f := newFailure(e, j, w, p, attempt, now)
			if slices.ContainsFunc(known, e.is) || old == nil && f.since().Before(began.Add(-clockSkew)) {
				continue
			}
			if was := workers[p.UID]; len(f.devices) == 0 && was != nil {
				f.devices = was.Devices
			}
			out = append(out, f)
		}
		if old != nil && len(out) > first {
			out[len(out)-1].unseen = unseen(&old.Main, &p.Main, out[first:])
		}
	}
	for _, w := range j.Workers {
		look(w, w.Pod, w.Attempt)
		for i, p := range w.Earlier {
			look(w, p, w.Attempt-1-i)
		}
	}
	return out
}

// since is when it ended or, where that is not known, when its pod was created.
func (f *failure) since() time.Time {
	if f.finished.IsZero() {
		return f.pod.Created
	}
	return f.finished
}

// unseen counts the ends of a container between two pictures of it that the
// second does not tell of any more.
func unseen(before, now *fleet.Container, seen []failure) int {
	n := now.Restarts - before.Restarts
	if now.State == "terminated" {
		n++
	}
	if before.State == "terminated" {
		n--
	}
	for i := range seen {
		if seen[i].container == now.Name {
			n--
		}
	}
	return max(n, 0)
}

func newFailure(e end, j *fleet.Job, w *fleet.Worker, p *fleet.Pod, attempt int, now *fleet.Fleet) failure {
	f := failure{end: e, cluster: now.Cluster, job: j, worker: w, pod: p, attempt: attempt, node: nodeOf(now, p.Node), metrics: now.Source("prometheus"), noticed: now.At}
	if w.Pod == p {
		f.devices = w.Devices
	}
	return f
}

// nodeOf finds a node by its name; nil when there is none.
func nodeOf(f *fleet.Fleet, name string) *fleet.Node {
	i, ok := slices.BinarySearchFunc(f.Nodes, name, func(n *fleet.Node, name string) int { return strings.Compare(n.Name, name) })
	if !ok {
		return nil
	}
	return f.Nodes[i]
}

// record is what the Fleet alone tells of a failure.
func (f *failure) record(kind incident.Kind, version string) incident.Record {
	j, w, p := f.job, f.worker, f.pod
	r := incident.Record{
		Head:    f.head(kind),
		By:      incident.By{Version: version, Server: f.cluster.Server, User: f.cluster.User, At: f.noticed.UTC()},
		Missing: []string{}, Devices: []incident.Device{}, Events: []incident.Event{}, Log: incident.Log{Lines: []incident.Line{}},
		Worker: incident.Worker{
			Role: w.Role, Image: p.Main.Image, Phase: p.Phase, GPUs: p.GPUs, Message: kube.HideLine(f.message),
			Created: utc(p.Created), Started: utc(f.started), Attempts: len(w.Earlier) + 1,
		},
		Job: incident.Job{
			State: string(j.State), Reason: j.Reason, Why: kube.HideLine(j.Why), Image: j.Image, Product: j.Product, Queue: j.Queue, GPUs: j.GPUs.Requested,
			Wanted: j.Counts.Wanted, Ready: j.Counts.Ready, Failed: j.Counts.Failed, Restarts: j.Restarts, Created: utc(j.Created),
		},
		Node: incident.NewNode(f.node),
	}
	if w.Pod == p {
		r.Worker.State, r.Worker.Reason, r.Worker.Why = string(w.State), w.Reason, kube.HideLine(w.Why)
	}
	for _, d := range f.devices {
		r.Devices = append(r.Devices, incident.NewDevice(d, f.finished))
	}
	r.Missing = append(r.Missing, f.unknown()...)
	return r
}

func (f *failure) head(kind incident.Kind) incident.Head {
	h := incident.Head{
		Kind: kind, Context: f.cluster.Context, Namespace: f.job.Ref.Namespace, Job: f.job.Ref.Name, JobKind: f.job.Ref.Kind, JobUID: f.job.UID,
		Worker: f.worker.Label(), Pod: f.pod.Ref.Name, PodUID: f.pod.UID, Node: f.pod.Node, Attempt: f.attempt, Restarts: f.restart,
		Container: cmp.Or(f.container, f.pod.Main.Name), Reason: f.reason, How: f.how(f.pod), Ended: utc(f.finished), Noticed: f.noticed.UTC(),
	}
	if f.container != "" && !f.finished.IsZero() {
		h.ExitCode = &f.code
	}
	return h
}

// unknown says what the Fleet does not tell, a sentence each.
func (f *failure) unknown() []string {
	var out []string
	if f.unseen > 0 {
		out = append(out, fmt.Sprintf("%d ends of this container before it were not seen: they followed each other too fast", f.unseen))
	}
	switch {
	case f.pod.Node == "":
		out = append(out, "it had no node")
	case f.node == nil:
		out = append(out, "nothing is known of node "+f.pod.Node+": it is gone, or nodes may not be read")
	}
	switch {
	case len(f.devices) > 0 || f.pod.GPUs == 0:
	case f.metrics.Health != fleet.Live:
		words := "there are no readings of its devices: Prometheus: " + string(cmp.Or(f.metrics.Health, fleet.Connecting))
		if f.metrics.Err != "" {
			words += ": " + f.metrics.Err
		}
		out = append(out, words)
	default:
		out = append(out, "there are no readings of its devices from before its end")
	}
	return out
}

// utc is a time in UTC; the zero time stays itself.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC()
}
