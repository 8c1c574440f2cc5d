package kubelet

import (
	"maps"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
)

// amounts counts devices by their extended resource: nvidia.com/gpu and the
// like.
type amounts map[core.ResourceName]int64

func (a amounts) add(c *core.Container) {
	for name, q := range c.Resources.Limits {
		if domain, _, ok := strings.Cut(string(name), "/"); ok && domain != "kubernetes.io" {
			a[name] += q.Value()
		}
	}
}

func (a amounts) names() []core.ResourceName { return slices.Sorted(maps.Keys(a)) }

func (p *pod) devices() amounts {
	sum := amounts{}
	for _, c := range p.main {
		sum.add(c.spec)
	}
	return sum
}

// holding says that a pod has its devices: until the moment in which the
// scheduler too sees that its work is over.
func (p *pod) holding() bool { return p.given && !p.finished() }

// lacking finds a device of which fewer are free than a pod needs.
func (k *Kubelets) lacking(p *pod) (name core.ResourceName, need, free int64) {
	want := p.devices()
	for _, name := range want.names() {
		q := p.machine.node.Status.Allocatable[name]
		free := q.Value()
		for _, other := range k.podsOn(p.machine) {
			if other != p && other.holding() {
				free -= other.devices()[name]
			}
		}
		if want[name] > free {
			return name, want[name], max(0, free)
		}
	}
	return "", 0, 0
}
