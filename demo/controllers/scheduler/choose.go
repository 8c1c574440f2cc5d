package scheduler

import (
	"cmp"
	"fmt"
	"slices"

	core "k8s.io/api/core/v1"

	"paddock/demo/controllers/typed"
)

// choose finds the node for a pod, or says why there is none. It may make room
// for the pod, which then has to wait for its nominated node.
func (c *Scheduler) choose(w *waiting) (target, why string) {
	p, nodes := w.pod, c.known()
	if len(nodes) == 0 {
		return "", "no nodes available to schedule pods"
	}
	if missing := c.volumes(p); missing != "" {
		// The last words are what kube-scheduler 1.37 says of preemption here.
		return "", fmt.Sprintf("0/%d nodes are available: %s. not found", len(nodes), missing)
	}
	need := requests(p)
	reasons, refused := map[string]int{}, map[*node]*misfit{}
	var fitting []*node
	for _, n := range nodes {
		m := n.filter(p, need)
		if m == nil {
			fitting = append(fitting, n)
			continue
		}
		refused[n] = m
		for _, reason := range m.reasons {
			reasons[reason]++
		}
	}
	if len(fitting) > 0 {
		return c.best(w, need, fitting), ""
	}
	return "", fmt.Sprintf("0/%d nodes are available: %s. preemption: %s", len(nodes), histogram(reasons), c.preempt(w, need, nodes, refused))
}

// known lists the nodes by name.
func (c *Scheduler) known() []*node {
	nodes := make([]*node, 0, len(c.nodes))
	for _, n := range c.nodes {
		if n.object != nil {
			nodes = append(nodes, n)
		}
	}
	slices.SortFunc(nodes, func(a, b *node) int { return cmp.Compare(a.object.Name, b.object.Name) })
	return nodes
}

// volumes says what is wrong with the claims of a pod.
func (c *Scheduler) volumes(p *core.Pod) string {
	for _, v := range p.Spec.Volumes {
		if v.PersistentVolumeClaim == nil {
			continue
		}
		name := v.PersistentVolumeClaim.ClaimName
		claim, ok := typed.Get[*core.PersistentVolumeClaim](c.store, typed.Claim(p.Namespace, name))
		switch {
		case !ok:
			return fmt.Sprintf("persistentvolumeclaim %q not found", name)
		case claim.DeletionTimestamp != nil:
			return fmt.Sprintf("persistentvolumeclaim %q is being deleted", name)
		case claim.Spec.VolumeName == "":
			return "pod has unbound immediate PersistentVolumeClaims"
		}
	}
	return ""
}

// best prefers the emptiest node, as the default profile does (LeastAllocated
// of cpu and memory: GPUs are not looked at, which is what fragments clusters),
// after what the pod's own preferences say. Chance decides between equals.
func (c *Scheduler) best(w *waiting, need amounts, nodes []*node) string {
	p := w.pod
	score := func(n *node) float64 {
		free := 0.0
		for _, name := range []core.ResourceName{core.ResourceCPU, core.ResourceMemory} {
			if all := n.allocatable[name]; all > 0 {
				free += float64(all-n.used[name]-need[name]) / float64(all)
			}
		}
		return float64(preference(p, n.object)) + 50*free
	}
	var best []*node
	top := 0.0
	for _, n := range nodes {
		if n.nominated[p.UID] != nil {
			return n.object.Name
		}
		switch s := score(n); {
		case len(best) == 0 || s > top:
			best, top = []*node{n}, s
		case s == top:
			best = append(best, n)
		}
	}
	return best[c.sim.Rand().IntN(len(best))].object.Name
}

// preference sums the weights of the preferred affinity, and takes off the
// taints that ask to stay away.
func preference(p *core.Pod, n *core.Node) (sum int32) {
	for _, t := range n.Spec.Taints {
		if t.Effect == core.TaintEffectPreferNoSchedule && !tolerates(p, t) {
			sum -= 100
		}
	}
	if p.Spec.Affinity == nil || p.Spec.Affinity.NodeAffinity == nil {
		return sum
	}
	for _, t := range p.Spec.Affinity.NodeAffinity.PreferredDuringSchedulingIgnoredDuringExecution {
		if matchesTerm(t.Preference, n) {
			sum += 2 * t.Weight
		}
	}
	return sum
}
