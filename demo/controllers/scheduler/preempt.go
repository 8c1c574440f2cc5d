package scheduler

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/demo/controllers/record"
	"paddock/demo/controllers/typed"
)

// candidate is a node where a pod would fit if some others were gone.
type candidate struct {
	node    *node
	victims []*core.Pod // the most important first
}

// preempt makes room for a pod at the cost of less important ones, if that is
// possible, and says what came of it. Disruption budgets are not looked at: the
// real scheduler too only prefers to respect them.
func (c *Scheduler) preempt(w *waiting, need amounts, nodes []*node, refused map[*node]*misfit) string {
	p := w.pod
	if p.Spec.PreemptionPolicy != nil && *p.Spec.PreemptionPolicy == core.PreemptNever {
		return "not eligible due to preemptionPolicy=Never."
	}
	if n := c.nodes[w.nominated]; n != nil && n.making(p) {
		return "not eligible due to a terminating pod on the nominated node."
	}
	reasons := map[string]int{}
	var found []candidate
	for _, n := range nodes {
		if refused[n].hopeless {
			reasons["Preemption is not helpful for scheduling"]++
			continue
		}
		victims, why := n.victims(p, need)
		for _, reason := range why {
			reasons[reason]++
		}
		if len(victims) > 0 {
			found = append(found, candidate{n, victims})
		}
	}
	if len(found) == 0 {
		return fmt.Sprintf("0/%d nodes are available: %s.", len(nodes), histogram(reasons))
	}
	best := slices.MinFunc(found, cheaper)
	if n := c.nodes[w.nominated]; n != nil {
		delete(n.nominated, p.UID)
	}
	w.nominated = best.node.object.Name
	best.node.nominated[p.UID] = p
	for _, v := range best.victims {
		c.evict(v, p)
	}
	return fmt.Sprintf("found a potential placement for pod on node %v, preempting %d victims", w.nominated, len(best.victims))
}

// making says that victims of a pod are still on their way out.
func (n *node) making(p *core.Pod) bool {
	for _, other := range n.pods {
		if other.DeletionTimestamp != nil && priority(other) < priority(p) {
			return true
		}
	}
	return false
}

// victims chooses as few pods as it can, the least important ones.
func (n *node) victims(p *core.Pod, need amounts) (victims []*core.Pod, why []string) {
	var lower []*core.Pod
	for _, other := range n.pods {
		if priority(other) < priority(p) {
			lower = append(lower, other)
		}
	}
	if len(lower) == 0 {
		return nil, []string{"No preemption victims found for incoming pod"}
	}
	less := n.without(lower)
	if m := less.filter(p, need); m != nil {
		return nil, m.reasons
	}
	slices.SortFunc(lower, func(a, b *core.Pod) int {
		return cmp.Or(cmp.Compare(priority(b), priority(a)), a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.UID, b.UID))
	})
	for _, other := range lower {
		less.add(other)
		if less.filter(p, need) != nil {
			less.remove(other)
			victims = append(victims, other)
		}
	}
	return victims, nil
}

// cheaper compares what two candidates cost, as pickOneNodeForPreemption does.
func cheaper(a, b candidate) int {
	sum := func(c candidate) (sum int64) {
		for _, v := range c.victims {
			sum += int64(priority(v)) + 1<<31
		}
		return sum
	}
	return cmp.Or(cmp.Compare(priority(a.victims[0]), priority(b.victims[0])), cmp.Compare(sum(a), sum(b)),
		cmp.Compare(len(a.victims), len(b.victims)), b.victims[0].CreationTimestamp.Compare(a.victims[0].CreationTimestamp.Time))
}

func (c *Scheduler) evict(victim, p *core.Pod) {
	key := typed.Pod(victim.Namespace, victim.Name)
	_, err := typed.Change(c.store, key, victim, func(v *core.Pod) {
		v.Status.Conditions = append(v.Status.Conditions, core.PodCondition{
			Type: core.DisruptionTarget, Status: core.ConditionTrue, Reason: core.PodReasonPreemptionByScheduler, ObservedGeneration: v.Generation,
			Message:            fmt.Sprintf("%s: preempting to accommodate a higher priority pod", core.DefaultSchedulerName),
			LastTransitionTime: meta.NewTime(c.sim.Now().Truncate(time.Second)),
		})
	})
	if err == nil {
		_, err = c.store.Delete(key, meta.DeleteOptions{Preconditions: meta.NewUIDPreconditions(string(victim.UID))})
	}
	if typed.Unexpected(err) {
		c.sim.Log().Error("preempt a pod", "pod", key.String(), "error", err)
		return
	}
	c.record.Normal(record.About{Object: victim, Action: "Preempting"}, "Preempted", "Preempted by pod %v on node %v", p.UID, victim.Spec.NodeName)
}
