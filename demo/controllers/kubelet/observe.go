package kubelet

import (
	"cmp"
	"hash/fnv"
	"slices"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"paddock/demo/dcgm"
	"paddock/demo/training"
)

// Segment is one life of a container as its log shows it: the lines of Log from
// Started up to Ended, which is zero while it runs. Log may be nil: the
// container printed nothing.
type Segment struct {
	Started, Ended time.Time
	Log            training.Log
}

// Logs finds what a container of a pod printed: in its current or latest life,
// or in the one before. False: there was no such life.
func (k *Kubelets) Logs(pod types.UID, container string, previous bool) (Segment, bool) {
	p := k.pods[pod]
	if p == nil {
		return Segment{}, false
	}
	for _, c := range p.containers() {
		if c.spec.Name != container {
			continue
		}
		back := 1
		if previous {
			back = 2
		}
		if len(c.logs) >= back {
			return c.logs[len(c.logs)-back], true
		}
	}
	return Segment{}, false
}

// Usage is what a running container takes from its node.
type Usage struct {
	Node, Namespace, Pod, Container string
	CPU                             float64 // cores
	Memory                          float64 // bytes
}

// Usage lists the running containers, by pod in the order of their admission.
// The figures waver a little, as measured ones do.
func (k *Kubelets) Usage() []Usage {
	now := k.sim.Now().Truncate(15 * time.Second)
	var all []Usage
	for _, p := range k.sorted() {
		for _, c := range p.containers() {
			if c.state.Running == nil {
				continue
			}
			h := fnv.New32a()
			h.Write([]byte(p.object.UID))
			h.Write(now.AppendFormat(nil, time.RFC3339))
			waver := 0.97 + 0.06*float64(h.Sum32()%1000)/1000
			all = append(all, Usage{
				Node: p.machine.name, Namespace: p.key.Namespace, Pod: p.key.Name, Container: c.spec.Name,
				CPU: c.life.CPU * waver, Memory: c.life.Memory * (0.99 + waver/100),
			})
		}
	}
	return all
}

// Holding is a pod that holds devices of its node.
type Holding struct {
	Node     string
	Resource core.ResourceName
	Count    int
	Pod      dcgm.Pod
}

// Holdings lists who holds devices, in the order in which they were given: to
// hand them out in this order gives every pod the same devices for its life.
// Started is zero until the container runs.
func (k *Kubelets) Holdings() []Holding {
	var all []Holding
	for _, p := range k.sorted() {
		if !p.holding() {
			continue
		}
		for _, c := range p.main {
			holder := dcgm.Pod{UID: string(p.object.UID), Namespace: p.key.Namespace, Name: p.key.Name, Container: c.spec.Name}
			if c.state.Running != nil {
				holder.Profile, holder.XID, holder.Started = c.life.Profile, c.life.XID, c.logs[len(c.logs)-1].Started
			}
			held := amounts{}
			held.add(c.spec)
			for _, name := range held.names() {
				all = append(all, Holding{Node: p.machine.name, Resource: name, Count: int(held[name]), Pod: holder})
			}
		}
	}
	return all
}

func (k *Kubelets) sorted() []*pod {
	all := make([]*pod, 0, len(k.pods))
	for _, p := range k.pods {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b *pod) int { return cmp.Compare(a.order, b.order) })
	return all
}
