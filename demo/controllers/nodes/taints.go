package nodes

import (
	"cmp"
	"slices"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"

	"paddock/demo/controllers/record"
	"paddock/demo/controllers/typed"
	"paddock/demo/store"
)

// taint keeps the taints of a node that follow from its state, and evicts what
// does not tolerate them.
func (c *Controller) taint(name string) {
	n, ok := typed.Get[*core.Node](c.store, typed.Node(name))
	if !ok {
		return
	}
	want := wanted(n)
	own := map[string]bool{core.TaintNodeUnschedulable: true, core.TaintNodeNotReady: true, core.TaintNodeUnreachable: true}
	var taints []core.Taint
	for _, t := range n.Spec.Taints {
		if !own[t.Key] || slices.ContainsFunc(want, func(w core.Taint) bool { return w.MatchTaint(&t) }) {
			taints = append(taints, t)
		}
	}
	now := meta.NewTime(c.sim.Now().Truncate(time.Second))
	for _, w := range want {
		if !slices.ContainsFunc(taints, func(t core.Taint) bool { return t.MatchTaint(&w) }) {
			w.TimeAdded = &now
			taints = append(taints, w)
		}
	}
	c.change(name, func(n *core.Node) { n.Spec.Taints = taints })
	for _, p := range c.on(name) {
		c.plan(typed.Pod(p.Namespace, p.Name), p)
	}
}

func wanted(n *core.Node) (taints []core.Taint) {
	if n.Spec.Unschedulable {
		taints = append(taints, core.Taint{Key: core.TaintNodeUnschedulable, Effect: core.TaintEffectNoSchedule})
	}
	for _, condition := range n.Status.Conditions {
		if condition.Type != core.NodeReady || condition.Status == core.ConditionTrue {
			continue
		}
		key := core.TaintNodeNotReady
		if condition.Status == core.ConditionUnknown {
			key = core.TaintNodeUnreachable
		}
		taints = append(taints, core.Taint{Key: key, Effect: core.TaintEffectNoSchedule}, core.Taint{Key: key, Effect: core.TaintEffectNoExecute})
	}
	return taints
}

// plan sets the time of a pod's eviction, or calls it off.
func (c *Controller) plan(key store.Key, p *core.Pod) {
	after, evict := c.patience(p)
	if !evict {
		c.evict.Drop(key)
		return
	}
	c.evict.Add(key, after)
}

// patience is how long a pod tolerates the NoExecute taints of its node.
func (c *Controller) patience(p *core.Pod) (least time.Duration, evict bool) {
	n, ok := typed.Get[*core.Node](c.store, typed.Node(p.Spec.NodeName))
	if !ok || p.DeletionTimestamp != nil {
		return 0, false
	}
	for _, t := range n.Spec.Taints {
		if t.Effect != core.TaintEffectNoExecute {
			continue
		}
		limit, forever := tolerated(p, t)
		if !forever && (!evict || limit < least) {
			least, evict = limit, true
		}
	}
	return least, evict
}

// tolerated is how long a pod bears a taint; without a toleration not at all.
func tolerated(p *core.Pod, taint core.Taint) (limit time.Duration, forever bool) {
	for _, t := range p.Spec.Tolerations {
		if !t.ToleratesTaint(klog.Logger{}, &taint, true) {
			continue
		}
		if t.TolerationSeconds == nil {
			return 0, true
		}
		limit = max(limit, time.Duration(*t.TolerationSeconds)*time.Second)
	}
	return limit, false
}

func (c *Controller) evictPod(key store.Key) {
	p, ok := typed.Get[*core.Pod](c.store, key)
	if !ok {
		return
	}
	if _, evict := c.patience(p); !evict {
		return
	}
	c.evicted.Normal(record.About{Object: p}, "TaintManagerEviction", "Marking for deletion Pod %s/%s", p.Namespace, p.Name)
	c.remove(p, "DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint", meta.DeleteOptions{})
}

// collect removes the pods of a node that is gone.
func (c *Controller) collect(name string) {
	if _, ok := c.store.Get(typed.Node(name)); ok {
		return
	}
	now := int64(0)
	for _, p := range c.on(name) {
		c.remove(p, "DeletionByPodGC", "PodGC: node no longer exists", meta.DeleteOptions{GracePeriodSeconds: &now})
	}
}

func (c *Controller) remove(p *core.Pod, reason, message string, o meta.DeleteOptions) {
	c.changePod(p, func(p *core.Pod) {
		p.Status.Conditions = append(p.Status.Conditions, core.PodCondition{
			Type: core.DisruptionTarget, Status: core.ConditionTrue, Reason: reason, Message: message,
			ObservedGeneration: p.Generation, LastTransitionTime: meta.NewTime(c.sim.Now().Truncate(time.Second)),
		})
		if reason == "DeletionByPodGC" && p.Status.Phase != core.PodSucceeded {
			p.Status.Phase = core.PodFailed
		}
	})
	o.Preconditions = meta.NewUIDPreconditions(string(p.UID))
	if _, err := c.store.Delete(typed.Pod(p.Namespace, p.Name), o); typed.Unexpected(err) {
		c.sim.Log().Error("evict a pod", "pod", p.Namespace+"/"+p.Name, "error", err)
	}
}

// on lists the pods of a node by name.
func (c *Controller) on(name string) []*core.Pod {
	pods := make([]*core.Pod, 0, len(c.pods[name]))
	for _, p := range c.pods[name] {
		pods = append(pods, p)
	}
	slices.SortFunc(pods, func(a, b *core.Pod) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return pods
}

func (c *Controller) change(name string, change func(*core.Node)) {
	n, ok := typed.Get[*core.Node](c.store, typed.Node(name))
	if !ok {
		return
	}
	if _, err := typed.Change(c.store, typed.Node(name), n, change); typed.Unexpected(err) {
		c.sim.Log().Error("change a node", "node", name, "error", err)
	}
}

func (c *Controller) changePod(p *core.Pod, change func(*core.Pod)) {
	_, err := typed.Change(c.store, typed.Pod(p.Namespace, p.Name), p, change)
	if typed.Unexpected(err) {
		c.sim.Log().Error("change a pod", "pod", p.Namespace+"/"+p.Name, "error", err)
	}
}

func (c *Controller) condition(set *core.NodeCondition, status core.ConditionStatus, reason, message string) {
	now := meta.NewTime(c.sim.Now().Truncate(time.Second))
	if set.Status != status {
		set.LastTransitionTime = now
	}
	if status != core.ConditionUnknown {
		set.LastHeartbeatTime = now
	}
	set.Status, set.Reason, set.Message = status, reason, message
}

// unready takes the readiness of a pod that nobody can see any more.
func (c *Controller) unready(p *core.Pod) {
	for i := range p.Status.Conditions {
		if set := &p.Status.Conditions[i]; set.Type == core.PodReady && set.Status == core.ConditionTrue {
			set.Status, set.LastTransitionTime = core.ConditionFalse, meta.NewTime(c.sim.Now().Truncate(time.Second))
		}
	}
}
