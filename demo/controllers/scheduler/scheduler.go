// Package scheduler gives the pods of the embedded cluster their nodes, with
// the filters that matter for training jobs and the messages of the real
// kube-scheduler (pkg/scheduler).
package scheduler

import (
	"cmp"
	"slices"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"paddock/demo/controllers/record"
	"paddock/demo/controllers/typed"
	"paddock/demo/sim"
	"paddock/demo/store"
)

// The real scheduler's waits before a pod that did not fit is tried again once
// something has changed, and before it is tried again anyway.
const (
	latency      = 30 * time.Millisecond
	backoffFirst = time.Second
	backoffMost  = 10 * time.Second
	flushPeriod  = 5 * time.Minute
)

// Scheduler is the controller.
type Scheduler struct {
	sim    *sim.Sim
	store  *store.Store
	record *record.Recorder
	cycle  *sim.Queue[struct{}]
	nodes  map[string]*node
	where  map[types.UID]string // the node of each pod that has one
	queue  map[store.Key]*waiting
}

// waiting is a pod without a node.
type waiting struct {
	pod      *core.Pod
	since    time.Time
	attempts int
	due      time.Time
	parked   bool // nothing has changed since it did not fit
	flush    *sim.Timer

	nominated string // the node that room was made on
}

// New makes the scheduler; add it to the world.
func New(s *sim.Sim, st *store.Store) *Scheduler {
	c := &Scheduler{
		sim: s, store: st, record: record.NewModern(s, st, core.DefaultSchedulerName),
		nodes: map[string]*node{}, where: map[types.UID]string{}, queue: map[store.Key]*waiting{},
	}
	c.cycle = sim.NewQueue(s, func(struct{}) { c.schedule() })
	return c
}

// Handle keeps the picture of the nodes, and tries pods when it changed.
func (c *Scheduler) Handle(e store.Event) {
	switch o := e.Object.(type) {
	case *core.Node:
		c.handleNode(e, o)
	case *core.Pod:
		c.handlePod(e, o)
	case *core.PersistentVolumeClaim:
		c.wake()
	}
}

func (c *Scheduler) handleNode(e store.Event, o *core.Node) {
	if e.Type == store.Deleted {
		c.lose(o.Name)
		return
	}
	n := c.nodes[o.Name]
	if n == nil {
		n = newNode()
		c.nodes[o.Name] = n
	}
	if n.set(o) {
		c.wake()
	}
}

// lose forgets a node, but not its pods, which may outlive it.
func (c *Scheduler) lose(name string) {
	if n := c.nodes[name]; n != nil {
		n.object, n.nominated = nil, map[types.UID]*core.Pod{}
	}
}

func (c *Scheduler) handlePod(e store.Event, p *core.Pod) {
	gone := e.Type == store.Deleted || p.Status.Phase == core.PodSucceeded || p.Status.Phase == core.PodFailed
	if p.Spec.NodeName == "" || gone {
		if name, ok := c.where[p.UID]; ok {
			delete(c.where, p.UID)
			if n := c.nodes[name]; n != nil {
				n.remove(p)
				c.wake()
			}
		}
	} else if n := c.nodes[p.Spec.NodeName]; c.where[p.UID] == "" {
		c.place(p, p.Spec.NodeName)
	} else if n != nil {
		n.pods[p.UID] = p // it may be terminating now
	}
	mine := p.Spec.SchedulerName == "" || p.Spec.SchedulerName == core.DefaultSchedulerName
	if gone || p.Spec.NodeName != "" || p.DeletionTimestamp != nil || !mine || len(p.Spec.SchedulingGates) > 0 {
		c.forget(e.Key)
		return
	}
	if w := c.queue[e.Key]; w != nil && w.pod.UID == p.UID {
		if w.pod.Generation != p.Generation {
			w.parked = false
		}
		w.pod = p
		return
	}
	c.queue[e.Key] = &waiting{pod: p, since: c.sim.Moment()}
	c.cycle.Add(struct{}{}, latency)
}

func (c *Scheduler) forget(k store.Key) {
	if w := c.queue[k]; w != nil {
		w.flush.Stop()
		if n := c.nodes[w.nominated]; n != nil {
			delete(n.nominated, w.pod.UID)
		}
		delete(c.queue, k)
	}
}

// place books a pod on a node.
func (c *Scheduler) place(p *core.Pod, name string) {
	n := c.nodes[name]
	if n == nil { // the node may come later
		n = newNode()
		c.nodes[name] = n
	}
	c.where[p.UID] = name
	n.add(p)
}

// wake tries all waiting pods again.
func (c *Scheduler) wake() {
	for _, w := range c.queue {
		w.parked = false
	}
	if len(c.queue) > 0 {
		c.cycle.Add(struct{}{}, latency)
	}
}

// schedule tries every pod whose turn it is, the most important first.
func (c *Scheduler) schedule() {
	now := c.sim.Moment()
	for _, k := range c.order() {
		w := c.queue[k]
		if w == nil || w.parked || w.due.After(now) {
			continue
		}
		c.try(k, w)
	}
	c.rest()
}

func (c *Scheduler) order() []store.Key {
	keys := make([]store.Key, 0, len(c.queue))
	for k := range c.queue {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b store.Key) int {
		x, y := c.queue[a], c.queue[b]
		return cmp.Or(cmp.Compare(priority(y.pod), priority(x.pod)), x.since.Compare(y.since),
			cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return keys
}

// rest plans the next try of those that have something to hope for.
func (c *Scheduler) rest() {
	var next time.Time
	for _, w := range c.queue {
		if !w.parked && (next.IsZero() || w.due.Before(next)) {
			next = w.due
		}
	}
	if !next.IsZero() {
		c.cycle.Add(struct{}{}, next.Sub(c.sim.Moment()))
	}
}

func (c *Scheduler) try(k store.Key, w *waiting) {
	target, why := c.choose(w)
	if target != "" {
		c.bind(k, w.pod, target)
		return
	}
	w.attempts++
	w.parked = true
	w.due = c.sim.Moment().Add(min(backoffFirst<<min(w.attempts-1, 10), backoffMost))
	w.flush.Stop()
	w.flush = c.sim.After(flushPeriod, func() {
		w.parked = false
		c.cycle.Add(struct{}{}, 0)
	})
	c.refuse(k, w, why)
}

func (c *Scheduler) bind(k store.Key, p *core.Pod, target string) {
	c.forget(k)
	bound, err := typed.Change(c.store, k, p, func(p *core.Pod) {
		p.Spec.NodeName, p.Status.NominatedNodeName = target, ""
		c.condition(p, core.PodCondition{Type: core.PodScheduled, Status: core.ConditionTrue})
	})
	if err != nil {
		if !errors.IsNotFound(err) {
			c.sim.Log().Error("bind a pod", "pod", k.String(), "error", err)
		}
		return
	}
	c.place(bound, target)
	c.record.Normal(record.About{Object: bound, Action: "Binding"}, "Scheduled", "Successfully assigned %v/%v to %v", p.Namespace, p.Name, target)
}

func (c *Scheduler) refuse(k store.Key, w *waiting, why string) {
	p := w.pod
	c.record.Warning(record.About{Object: p, Action: "Scheduling"}, "FailedScheduling", "%s", why)
	_, err := typed.Change(c.store, k, p, func(p *core.Pod) {
		c.condition(p, core.PodCondition{Type: core.PodScheduled, Status: core.ConditionFalse, Reason: core.PodReasonUnschedulable, Message: why})
		p.Status.NominatedNodeName = w.nominated
	})
	if typed.Unexpected(err) {
		c.sim.Log().Error("say why a pod does not fit", "pod", k.String(), "error", err)
	}
}

// condition sets a condition; its time changes with its status alone.
func (c *Scheduler) condition(p *core.Pod, set core.PodCondition) {
	set.ObservedGeneration = p.Generation
	set.LastTransitionTime = meta.NewTime(c.sim.Now().Truncate(time.Second))
	for i, old := range p.Status.Conditions {
		if old.Type == set.Type {
			if old.Status == set.Status {
				set.LastTransitionTime = old.LastTransitionTime
			}
			p.Status.Conditions[i] = set
			return
		}
	}
	p.Status.Conditions = append(p.Status.Conditions, set)
}

func priority(p *core.Pod) int32 {
	if p.Spec.Priority == nil {
		return 0
	}
	return *p.Spec.Priority
}
