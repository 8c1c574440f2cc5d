// Package nodes looks after the nodes of the embedded cluster as kubernetes'
// node lifecycle, taint eviction and pod collection controllers do: it taints
// what is cordoned or lost, and evicts pods from it. Its Fail and Recover are
// the story's way to lose a node.
package nodes

import (
	"time"

	core "k8s.io/api/core/v1"

	"paddock/demo/controllers/kubelet"
	"paddock/demo/controllers/record"
	"paddock/demo/controllers/typed"
	"paddock/demo/sim"
	"paddock/demo/store"
)

// monitorGrace is how long a kubelet may be silent before its node counts as
// lost, and collectAfter how long pods of a deleted node stay; both are
// kube-controller-manager's.
const (
	monitorGrace = 50 * time.Second
	collectAfter = 40 * time.Second
)

// Controller is all of it.
type Controller struct {
	sim      *sim.Sim
	store    *store.Store
	kubelets *kubelet.Kubelets
	lost     *record.Recorder
	evicted  *record.Recorder
	kubelet  *record.Recorder
	taints   *sim.Queue[string]
	evict    *sim.Queue[store.Key]
	pods     map[string]map[store.Key]*core.Pod // by node
	dead     map[string]*sim.Timer              // the nodes that Fail took
}

// New makes the controller; add it to the world.
func New(s *sim.Sim, st *store.Store, kubelets *kubelet.Kubelets) *Controller {
	c := &Controller{
		sim: s, store: st, kubelets: kubelets,
		lost: record.New(s, st, "node-controller"), evicted: record.New(s, st, "taint-eviction-controller"), kubelet: record.New(s, st, "kubelet"),
		pods: map[string]map[store.Key]*core.Pod{}, dead: map[string]*sim.Timer{},
	}
	c.taints = sim.NewQueue(s, c.taint)
	c.evict = sim.NewQueue(s, c.evictPod)
	return c
}

// Handle follows nodes and the pods on them.
func (c *Controller) Handle(e store.Event) {
	switch o := e.Object.(type) {
	case *core.Node:
		if e.Type == store.Deleted {
			c.sim.After(collectAfter, func() { c.collect(o.Name) })
			return
		}
		if old, ok := e.Old.(*core.Node); ok && old.Spec.Unschedulable != o.Spec.Unschedulable {
			what := "NodeSchedulable"
			if o.Spec.Unschedulable {
				what = "NodeNotSchedulable"
			}
			c.kubelet.Normal(record.About{Object: o, Host: o.Name}, what, "Node %s status is now: %s", o.Name, what)
		}
		c.taints.Add(o.Name, 0)
	case *core.Pod:
		if o.Spec.NodeName == "" {
			return
		}
		if e.Type == store.Deleted {
			delete(c.pods[o.Spec.NodeName], e.Key)
			c.evict.Drop(e.Key)
			return
		}
		if c.pods[o.Spec.NodeName] == nil {
			c.pods[o.Spec.NodeName] = map[store.Key]*core.Pod{}
		}
		seen := c.pods[o.Spec.NodeName][e.Key] != nil
		c.pods[o.Spec.NodeName][e.Key] = o
		if !seen {
			c.plan(e.Key, o)
		}
	}
}

// Fail cuts a node off: its kubelet is silent, and after a while it counts as
// lost.
func (c *Controller) Fail(name string) {
	if c.dead[name] == nil {
		c.kubelets.Down(name)
		c.dead[name] = c.sim.After(monitorGrace, func() { c.lose(name) })
	}
}

// Recover brings a node back that Fail took.
func (c *Controller) Recover(name string) {
	timer := c.dead[name]
	if timer == nil {
		return
	}
	timer.Stop()
	delete(c.dead, name)
	c.change(name, func(n *core.Node) {
		for i := range n.Status.Conditions {
			set := &n.Status.Conditions[i]
			switch set.Type {
			case core.NodeReady:
				c.condition(set, core.ConditionTrue, "KubeletReady", "kubelet is posting ready status")
			case core.NodeMemoryPressure:
				c.condition(set, core.ConditionFalse, "KubeletHasSufficientMemory", "kubelet has sufficient memory available")
			case core.NodeDiskPressure:
				c.condition(set, core.ConditionFalse, "KubeletHasNoDiskPressure", "kubelet has no disk pressure")
			case core.NodePIDPressure:
				c.condition(set, core.ConditionFalse, "KubeletHasSufficientPID", "kubelet has sufficient PID available")
			}
		}
	})
	if n, ok := typed.Get[*core.Node](c.store, typed.Node(name)); ok {
		c.kubelet.Normal(record.About{Object: n, Host: name}, "NodeReady", "Node %s status is now: NodeReady", name)
	}
	c.kubelets.Up(name)
}

func (c *Controller) lose(name string) {
	c.change(name, func(n *core.Node) {
		for i := range n.Status.Conditions {
			c.condition(&n.Status.Conditions[i], core.ConditionUnknown, "NodeStatusUnknown", "Kubelet stopped posting node status.")
		}
	})
	if n, ok := typed.Get[*core.Node](c.store, typed.Node(name)); ok {
		c.lost.Normal(record.About{Object: n}, "NodeNotReady", "Node %s status is now: NodeNotReady", name)
	}
	for _, p := range c.on(name) {
		c.changePod(p, c.unready)
		c.lost.Warning(record.About{Object: p}, "NodeNotReady", "Node is not ready")
	}
}
