package scheduler

import (
	"fmt"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/klog/v2"
)

// misfit says why a pod does not fit on a node. A node that no removal of pods
// would make fit is hopeless: preemption does not look at it.
type misfit struct {
	reasons  []string
	hopeless bool
}

// filter returns nil when the pod fits. The order is that of the default
// plugins: the first that refuses gives the reason.
func (n *node) filter(p *core.Pod, need amounts) *misfit {
	if n.object.Spec.Unschedulable && !tolerates(p, core.Taint{Key: core.TaintNodeUnschedulable, Effect: core.TaintEffectNoSchedule}) {
		return &misfit{[]string{"node(s) were unschedulable"}, true}
	}
	for _, t := range n.object.Spec.Taints {
		if (t.Effect == core.TaintEffectNoSchedule || t.Effect == core.TaintEffectNoExecute) && !tolerates(p, t) {
			return &misfit{[]string{"node(s) had untolerated taint(s)"}, true}
		}
	}
	if !matchesNode(p, n.object) {
		return &misfit{[]string{"node(s) didn't match Pod's node affinity/selector"}, true}
	}
	return n.fit(p, need)
}

// fit counts the pods that are on the node, and those that room was made for
// and that are at least as important.
func (n *node) fit(p *core.Pod, need amounts) *misfit {
	var m misfit
	promised := amounts{}
	for uid, other := range n.nominated {
		if uid != p.UID && priority(other) >= priority(p) {
			for name, v := range requests(other) {
				promised[name] += v
			}
		}
	}
	if int64(len(n.pods))+1 > n.allocatable[core.ResourcePods] {
		m.reasons = append(m.reasons, "Too many pods")
	}
	for name, v := range need {
		if v > 0 && v > n.allocatable[name]-n.used[name]-promised[name] {
			m.reasons = append(m.reasons, fmt.Sprintf("Insufficient %v", name))
			m.hopeless = m.hopeless || v > n.allocatable[name]
		}
	}
	if m.reasons == nil {
		return nil
	}
	return &m
}

func tolerates(p *core.Pod, taint core.Taint) bool {
	return slices.ContainsFunc(p.Spec.Tolerations, func(t core.Toleration) bool {
		return t.ToleratesTaint(klog.Logger{}, &taint, true)
	})
}

// matchesNode looks at the node selector and the required node affinity.
func matchesNode(p *core.Pod, n *core.Node) bool {
	for k, v := range p.Spec.NodeSelector {
		if have, ok := n.Labels[k]; !ok || have != v {
			return false
		}
	}
	if p.Spec.Affinity == nil || p.Spec.Affinity.NodeAffinity == nil {
		return true
	}
	required := p.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution
	return required == nil || slices.ContainsFunc(required.NodeSelectorTerms, func(t core.NodeSelectorTerm) bool { return matchesTerm(t, n) })
}

// matchesTerm: all requirements hold; an empty term matches nothing.
func matchesTerm(t core.NodeSelectorTerm, n *core.Node) bool {
	for _, r := range t.MatchExpressions {
		if !matches(r, n.Labels) {
			return false
		}
	}
	for _, r := range t.MatchFields {
		if !matches(r, map[string]string{"metadata.name": n.Name}) {
			return false
		}
	}
	return len(t.MatchExpressions)+len(t.MatchFields) > 0
}

func matches(r core.NodeSelectorRequirement, set map[string]string) bool {
	operator := map[core.NodeSelectorOperator]selection.Operator{
		core.NodeSelectorOpIn: selection.In, core.NodeSelectorOpNotIn: selection.NotIn,
		core.NodeSelectorOpExists: selection.Exists, core.NodeSelectorOpDoesNotExist: selection.DoesNotExist,
		core.NodeSelectorOpGt: selection.GreaterThan, core.NodeSelectorOpLt: selection.LessThan,
	}[r.Operator]
	requirement, err := labels.NewRequirement(r.Key, operator, r.Values)
	return err == nil && requirement.Matches(labels.Set(set))
}

// histogram writes reasons as the real scheduler does: "3 Insufficient cpu, 1
// node(s) were unschedulable", in the order of the texts.
func histogram(reasons map[string]int) string {
	parts := make([]string, 0, len(reasons))
	for reason, n := range reasons {
		parts = append(parts, fmt.Sprintf("%d %s", n, reason))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}
