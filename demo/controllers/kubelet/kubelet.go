// Package kubelet is what the nodes of the embedded cluster do with the pods
// that are bound to them: pull, start, restart, stop, and tell. The texts are
// those of kubernetes' pkg/kubelet with containerd; what the containers do
// themselves comes from a training.Life.
package kubelet

import (
	"fmt"
	"hash/fnv"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"paddock/demo/controllers/record"
	"paddock/demo/controllers/typed"
	"paddock/demo/sim"
	"paddock/demo/store"
	"paddock/demo/training"
)

// Live says how a container lives on a node. attempt is how often this worker
// was started before, in this pod or in those that it replaces; the seed stays
// the same over all attempts.
type Live func(pod *core.Pod, container *core.Container, node *core.Node, attempt int, seed uint64) training.Life

// Kubelets are the kubelets of all nodes. As all of the world they may be
// asked only by what the world calls, or within sim.Do.
type Kubelets struct {
	sim      *sim.Sim
	store    *store.Store
	record   *record.Recorder
	live     Live
	machines map[string]*machine
	pods     map[types.UID]*pod
	lives    map[worker]int // how often each worker has been started
	statuses *sim.Queue[types.UID]
	order    uint64 // of admission
}

// worker is a container of a pod, and of the pods that replace it.
type worker struct {
	owner            types.UID
	index, container string
}

// New makes the kubelets; add them to the world.
func New(s *sim.Sim, st *store.Store, live Live) *Kubelets {
	k := &Kubelets{
		sim: s, store: st, record: record.New(s, st, "kubelet"), live: live,
		machines: map[string]*machine{}, pods: map[types.UID]*pod{}, lives: map[worker]int{},
	}
	k.statuses = sim.NewQueue(s, k.write)
	return k
}

// Handle follows nodes and pods.
func (k *Kubelets) Handle(e store.Event) {
	switch o := e.Object.(type) {
	case *core.Node:
		k.handleNode(e.Type, o)
	case *core.Pod:
		k.handlePod(e, o)
	case *batch.Job:
		if e.Type == store.Deleted {
			for w := range k.lives {
				if w.owner == o.UID {
					delete(k.lives, w)
				}
			}
		}
	}
}

func (k *Kubelets) handlePod(e store.Event, o *core.Pod) {
	p := k.pods[o.UID]
	switch {
	case e.Type == store.Deleted:
		if p != nil {
			k.drop(p)
		}
	case p == nil && o.Spec.NodeName != "" && !over(o):
		k.adopt(e.Key, o)
	case p != nil:
		old := p.object
		p.see(o)
		if o.DeletionTimestamp != nil && (old.DeletionTimestamp == nil || *old.DeletionGracePeriodSeconds != *o.DeletionGracePeriodSeconds) {
			k.terminate(p)
		}
	}
}

func over(o *core.Pod) bool {
	return o.Status.Phase == core.PodSucceeded || o.Status.Phase == core.PodFailed
}

// adopt takes a pod over that was bound to a node.
func (k *Kubelets) adopt(key store.Key, o *core.Pod) {
	p := &pod{key: key, object: o, machine: k.machine(o.Spec.NodeName)}
	for i := range o.Spec.InitContainers {
		p.init = append(p.init, &container{spec: &o.Spec.InitContainers[i], path: "spec.initContainers"})
	}
	for i := range o.Spec.Containers {
		p.main = append(p.main, &container{spec: &o.Spec.Containers[i], path: "spec.containers"})
	}
	k.order++
	p.order = k.order
	k.pods[o.UID] = p
	p.step = k.sim.After(k.between(20*time.Millisecond, 120*time.Millisecond), func() { k.admit(p) })
}

// see takes the newest state of a pod; its images may have changed.
func (p *pod) see(o *core.Pod) {
	p.object = o
	for i, c := range p.init {
		c.spec = &o.Spec.InitContainers[i]
	}
	for i, c := range p.main {
		c.spec = &o.Spec.Containers[i]
	}
}

// drop forgets a pod whose object is gone; what still ran is killed.
func (k *Kubelets) drop(p *pod) {
	p.step.Stop()
	p.deadline.Stop()
	for _, c := range p.containers() {
		c.halt()
	}
	k.statuses.Drop(p.object.UID)
	delete(k.pods, p.object.UID)
	for _, c := range p.containers() {
		if w := k.worker(p, c); w.owner == p.object.UID {
			delete(k.lives, w)
		}
	}
}

// worker finds out whose life a container carries on: a Job's index, or only
// its own.
func (k *Kubelets) worker(p *pod, c *container) worker {
	index := p.object.Annotations[batch.JobCompletionIndexAnnotation]
	if owner := meta.GetControllerOf(p.object); owner != nil && index != "" {
		return worker{owner.UID, index, c.spec.Name}
	}
	return worker{p.object.UID, "", c.spec.Name}
}

// seed is equal for all attempts of a worker.
func (k *Kubelets) seed(p *pod, c *container) uint64 {
	name := p.object.Name
	if owner := meta.GetControllerOf(p.object); owner != nil && p.object.Annotations[batch.JobCompletionIndexAnnotation] != "" {
		name = owner.Name + "/" + p.object.Annotations[batch.JobCompletionIndexAnnotation]
	}
	h := fnv.New64a()
	fmt.Fprint(h, k.sim.Seed(), p.object.Namespace, "/", name, "/", c.spec.Name)
	return h.Sum64()
}

// between is a random duration.
func (k *Kubelets) between(least, most time.Duration) time.Duration {
	return least + time.Duration(k.sim.Rand().Int64N(int64(most-least)))
}

func (k *Kubelets) stamp() meta.Time { return meta.NewTime(k.sim.Now().Truncate(time.Second)) }

func (k *Kubelets) about(p *pod, c *container) record.About {
	about := record.About{Object: p.object, Host: p.object.Spec.NodeName}
	if c != nil {
		about.Path = c.path + "{" + c.spec.Name + "}"
	}
	return about
}

// write brings a pod's status to the store.
func (k *Kubelets) write(uid types.UID) {
	p := k.pods[uid]
	if p == nil || k.away(p, func() { k.write(uid) }) {
		return
	}
	told := &core.Pod{ObjectMeta: p.object.ObjectMeta, Spec: p.object.Spec, Status: *p.object.Status.DeepCopy()}
	if k.fill(p, told); equality.Semantic.DeepEqual(told.Status, p.object.Status) {
		return
	}
	_, err := typed.Change(k.store, p.key, p.object, func(o *core.Pod) { k.fill(p, o) })
	if typed.Unexpected(err) {
		k.sim.Log().Error("write a pod's status", "pod", p.key.String(), "error", err)
	}
}

func (k *Kubelets) changed(p *pod) { k.statuses.Add(p.object.UID, 0) }
