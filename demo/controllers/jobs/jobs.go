// Package jobs is the Job controller of the embedded cluster. It decides as
// kubernetes' pkg/controller/job does, in the same order and with the same
// words, but one thing after the other: what it wrote it has seen, so there
// are no expectations, and pods are counted in the write that is followed by
// the removal of their finalizers.
package jobs

import (
	"cmp"
	"slices"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"paddock/demo/controllers/record"
	"paddock/demo/controllers/typed"
	"paddock/demo/sim"
	"paddock/demo/store"
)

// The real controller's periods, in story time.
const (
	batchPeriod = time.Second // changes of pods are collected
	retryFirst  = time.Second // after the API refused something, doubling
	retryMost   = time.Minute
)

// Controller makes the pods of Jobs and counts them.
type Controller struct {
	sim     *sim.Sim
	store   *store.Store
	record  *record.Recorder
	queue   *sim.Queue[store.Key]
	pods    map[store.Key]map[string]*core.Pod // by their Job's key and their name
	ends    map[types.UID]time.Time            // when pods were seen to end or to be deleted, in story time
	backoff map[types.UID]backoff
	refused map[store.Key]time.Duration // the wait before the next try
}

// New makes the controller; add it to the world.
func New(s *sim.Sim, st *store.Store) *Controller {
	c := &Controller{
		sim: s, store: st, record: record.New(s, st, "job-controller"),
		pods: map[store.Key]map[string]*core.Pod{}, ends: map[types.UID]time.Time{}, backoff: map[types.UID]backoff{}, refused: map[store.Key]time.Duration{},
	}
	c.queue = sim.NewQueue(s, c.sync)
	return c
}

// Handle notes what changed, and has the Job looked at.
func (c *Controller) Handle(e store.Event) {
	switch o := e.Object.(type) {
	case *batch.Job:
		if old, ok := e.Old.(*batch.Job); ok && e.Type == store.Modified && old.Generation == o.Generation && o.DeletionTimestamp == nil {
			return // its own status
		}
		if e.Type == store.Deleted {
			delete(c.backoff, o.UID)
			delete(c.refused, e.Key)
		}
		c.queue.Add(e.Key, 0)
	case *core.Pod:
		owner := meta.GetControllerOf(o)
		if owner == nil || owner.Kind != "Job" {
			return
		}
		key := typed.Job(o.Namespace, owner.Name)
		if e.Type == store.Deleted {
			delete(c.ends, o.UID)
			delete(c.pods[key], o.Name)
			if len(c.pods[key]) == 0 {
				delete(c.pods, key)
			}
		} else {
			if c.pods[key] == nil {
				c.pods[key] = map[string]*core.Pod{}
			}
			c.note(c.pods[key][o.Name], o)
			c.pods[key][o.Name] = o
		}
		c.queue.Add(key, batchPeriod)
	}
}

// note keeps the time of a pod's end, or until then that of its deletion.
func (c *Controller) note(old, p *core.Pod) {
	if _, known := c.ends[p.UID]; terminating(p) && !known || ended(p) && (old == nil || !ended(old)) {
		c.ends[p.UID] = c.sim.Moment()
	}
}

func (c *Controller) endsOf(pods []*core.Pod) []time.Time {
	ends := make([]time.Time, len(pods))
	for i, p := range pods {
		ends[i] = c.ends[p.UID]
	}
	return ends
}

// podsOf lists the pods of a Job by their index and name.
func (c *Controller) podsOf(key store.Key, uid types.UID) []*core.Pod {
	var pods []*core.Pod
	for _, p := range c.pods[key] {
		if owner := meta.GetControllerOf(p); owner.UID == uid {
			pods = append(pods, p)
		}
	}
	slices.SortFunc(pods, func(a, b *core.Pod) int {
		return cmp.Or(cmp.Compare(index(a), index(b)), cmp.Compare(a.Name, b.Name))
	})
	return pods
}

// sync brings one Job nearer to what it asks for.
func (c *Controller) sync(key store.Key) {
	job, ok := typed.Get[*batch.Job](c.store, key)
	c.release(key, job)
	if !ok || finished(job) || job.Spec.ManagedBy != nil && *job.Spec.ManagedBy != batch.JobControllerName {
		return
	}
	if err := c.reconcile(key, job.DeepCopy()); err != nil {
		wait := min(max(retryFirst, c.refused[key]*2), retryMost)
		c.refused[key] = wait
		c.queue.Add(key, wait)
		return
	}
	delete(c.refused, key)
}

// release takes the finalizer from pods whose Job is gone or finished.
func (c *Controller) release(key store.Key, job *batch.Job) {
	var left []*core.Pod
	for _, p := range c.pods[key] {
		if !tracked(p) || job != nil && !finished(job) && meta.GetControllerOf(p).UID == job.UID {
			continue
		}
		left = append(left, p)
	}
	slices.SortFunc(left, func(a, b *core.Pod) int { return cmp.Compare(a.Name, b.Name) })
	for _, p := range left {
		c.untrack(p)
	}
}

// untrack lets a pod that is counted go.
func (c *Controller) untrack(p *core.Pod) {
	_, err := typed.Change(c.store, typed.Pod(p.Namespace, p.Name), p, func(p *core.Pod) {
		p.Finalizers = slices.DeleteFunc(p.Finalizers, func(f string) bool { return f == batch.JobTrackingFinalizer })
	})
	if typed.Unexpected(err) {
		c.sim.Log().Error("let a pod go", "pod", p.Namespace+"/"+p.Name, "error", err)
	}
}
