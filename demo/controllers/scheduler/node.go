package scheduler

import (
	"maps"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"
)

// amounts counts resources: cpu in thousandths, the others in their units.
type amounts map[core.ResourceName]int64

func (a amounts) add(list core.ResourceList) {
	for name, q := range list {
		a[name] += amount(name, q)
	}
}

func amount(name core.ResourceName, q resource.Quantity) int64 {
	if name == core.ResourceCPU {
		return q.MilliValue()
	}
	return q.Value()
}

// requests is what a pod needs: its containers together, or its neediest init
// container if that is more. Sidecars stay, so they count with the containers.
func requests(p *core.Pod) amounts {
	sum := amounts{}
	for _, c := range p.Spec.Containers {
		sum.add(c.Resources.Requests)
	}
	for _, c := range p.Spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == core.ContainerRestartPolicyAlways {
			sum.add(c.Resources.Requests)
		}
	}
	for _, c := range p.Spec.InitContainers {
		for name, q := range c.Resources.Requests {
			sum[name] = max(sum[name], amount(name, q))
		}
	}
	sum.add(p.Spec.Overhead)
	return sum
}

// node is what the scheduler knows of a node.
type node struct {
	object      *core.Node // nil: only pods were seen
	allocatable amounts
	used        amounts
	pods        map[types.UID]*core.Pod
	nominated   map[types.UID]*core.Pod // room was made for them here
}

func newNode() *node {
	return &node{used: amounts{}, pods: map[types.UID]*core.Pod{}, nominated: map[types.UID]*core.Pod{}}
}

// without is the node as it were if some pods were gone.
func (n *node) without(gone []*core.Pod) *node {
	less := &node{object: n.object, allocatable: n.allocatable, used: maps.Clone(n.used), pods: maps.Clone(n.pods), nominated: n.nominated}
	for _, p := range gone {
		less.remove(p)
	}
	return less
}

// set takes the node's state, and reports whether pods may fit now that did not.
func (n *node) set(o *core.Node) bool {
	old := n.object
	n.object, n.allocatable = o, amounts{}
	n.allocatable.add(o.Status.Allocatable)
	return old == nil || old.Spec.Unschedulable != o.Spec.Unschedulable ||
		!equality.Semantic.DeepEqual(old.Spec.Taints, o.Spec.Taints) ||
		!equality.Semantic.DeepEqual(old.Labels, o.Labels) ||
		!equality.Semantic.DeepEqual(old.Status.Allocatable, o.Status.Allocatable)
}

func (n *node) add(p *core.Pod) {
	if n.pods[p.UID] == nil {
		n.pods[p.UID] = p
		for name, v := range requests(p) {
			n.used[name] += v
		}
	}
}

func (n *node) remove(p *core.Pod) {
	if held := n.pods[p.UID]; held != nil {
		delete(n.pods, p.UID)
		for name, v := range requests(held) {
			n.used[name] -= v
		}
	}
}
