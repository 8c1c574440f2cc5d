package training

import (
	"time"

	core "k8s.io/api/core/v1"
)

// Catalogue knows the images of the registries and the programs in them, and
// so how any pod lives, also one that a user writes.
type Catalogue struct {
	// Secret says whether a pull secret is there; nil: all are.
	Secret func(namespace, name string) bool
	// Pace brings the times of logs to the wall clock.
	Pace Pace
}

// Live is the life of the pod's main container on a node: the attempt is how
// often it was started before, the seed what makes it differ from its like.
// The containers beside it live like Sidecar.
func (c *Catalogue) Live(pod *core.Pod, node *core.Node, attempt int, seed uint64) Life {
	return c.Container(pod, &pod.Spec.Containers[0], node, attempt, seed)
}

// Container is the life of one container of a pod.
func (c *Catalogue) Container(pod *core.Pod, container *core.Container, node *core.Node, attempt int, seed uint64) Life {
	return Life{Run: time.Hour}
}
