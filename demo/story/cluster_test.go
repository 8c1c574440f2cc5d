package story

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"

	"paddock/demo/controllers"
	"paddock/demo/controllers/typed"
	"paddock/demo/dcgm"
	"paddock/demo/rules"
	"paddock/demo/sim"
	"paddock/demo/store"
	"paddock/demo/training"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// cluster is the embedded cluster without its servers.
type cluster struct {
	controllers.Set
	t     testing.TB
	sim   *sim.Sim
	store *store.Store
}

// open stages the story and lives through its past; watcher, which may be
// nil, sees everything that is written.
func open(t testing.TB, seed uint64, watcher sim.Controller) *cluster {
	t.Helper()
	s := sim.New(sim.Options{Clock: func() time.Time { return now }, Start: now.Add(-Past), Seed: seed})
	st := store.New(s.Now, s.UID, rules.All()...)
	s.Attach(st)
	catalogue := &training.Catalogue{Pace: s, Secret: func(namespace, name string) bool {
		_, ok := st.Get(typed.Secret(namespace, name))
		return ok
	}}
	c := &cluster{Set: controllers.Add(s, st, catalogue.Container), t: t, sim: s, store: st}
	if watcher != nil {
		s.Add(watcher)
	}
	if err := Stage(s, st); err != nil {
		t.Fatal(err)
	}
	c.until(now)
	return c
}

func (c *cluster) until(when time.Time) {
	c.t.Helper()
	if err := c.sim.FastForward(when); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cluster) job(namespace, name string) *batch.Job {
	c.t.Helper()
	j, ok := typed.Get[*batch.Job](c.store, typed.Job(namespace, name))
	if !ok {
		c.t.Fatalf("job %s/%s is not on stage", namespace, name)
	}
	return j
}

// pods of a job, by name and so by index.
func (c *cluster) pods(namespace, job string) []*core.Pod {
	all := slices.DeleteFunc(typed.List[*core.Pod](c.store, typed.Pod(namespace, "")), func(p *core.Pod) bool { return p.Labels[batch.JobNameLabel] != job })
	slices.SortFunc(all, func(a, b *core.Pod) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// container is the status of a pod's only container.
func (c *cluster) container(p *core.Pod) core.ContainerStatus {
	c.t.Helper()
	if len(p.Status.ContainerStatuses) != 1 {
		c.t.Fatalf("%s has %d container statuses", p.Name, len(p.Status.ContainerStatuses))
	}
	return p.Status.ContainerStatuses[0]
}

// profiles counts the GPUs of a job by what is done with them.
func (c *cluster) profiles(namespace, job string) map[dcgm.Profile]int {
	count := map[dcgm.Profile]int{}
	for _, h := range c.Kubelets.Holdings() {
		if h.Pod.Namespace == namespace && strings.HasPrefix(h.Pod.Name, job+"-") {
			count[h.Pod.Profile] += h.Count
		}
	}
	return count
}

// free is what nodes with a label have left, the cordoned ones left out.
func (c *cluster) free(label, value string) (sum, most int) {
	held := map[string]int{}
	for _, h := range c.Kubelets.Holdings() {
		held[h.Node] += h.Count
	}
	for _, n := range typed.List[*core.Node](c.store, typed.Node("")) {
		if n.Labels[label] != value || n.Spec.Unschedulable {
			continue
		}
		q := n.Status.Allocatable["nvidia.com/gpu"]
		left := int(q.Value()) - held[n.Name]
		sum, most = sum+left, max(most, left)
	}
	return sum, most
}

// said is what the current or previous life of a pod's container printed last.
func (c *cluster) said(p *core.Pod, previous bool) []training.Line {
	c.t.Helper()
	segment, ok := c.Kubelets.Logs(p.UID, p.Spec.Containers[0].Name, previous)
	if !ok {
		c.t.Fatalf("%s has no log", p.Name)
	}
	if segment.Log == nil {
		return nil
	}
	end := segment.Ended
	if end.IsZero() {
		end = c.sim.Now()
	}
	lines := segment.Log.Lines(segment.Started, segment.Started, end)
	return lines[max(0, len(lines)-60):]
}

func text(lines []training.Line) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.Text + "\n")
	}
	return b.String()
}

// events of an object that have a reason.
func (c *cluster) events(namespace, name, reason string) []*core.Event {
	return slices.DeleteFunc(typed.List[*core.Event](c.store, typed.Event(namespace, "")), func(e *core.Event) bool {
		return e.InvolvedObject.Name != name || e.Reason != reason
	})
}

func condition(j *batch.Job, kind batch.JobConditionType) string {
	for _, c := range j.Status.Conditions {
		if c.Type == kind && c.Status == core.ConditionTrue {
			return c.Reason
		}
	}
	return ""
}
