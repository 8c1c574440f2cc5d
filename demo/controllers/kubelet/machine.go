package kubelet

import (
	"cmp"
	"slices"
	"time"

	core "k8s.io/api/core/v1"

	"paddock/demo/controllers/typed"
	"paddock/demo/store"
	"paddock/demo/training"
)

// machine is a node as its kubelet sees it.
type machine struct {
	name     string
	node     *core.Node // nil: not there yet
	subnet   int
	pods     int // that ever had an address
	images   map[string]bool
	pulling  time.Time // until when the pulls that were asked for take
	down     bool
	deferred []func() // what the kubelet does when it is back
}

func (k *Kubelets) machine(name string) *machine {
	m := k.machines[name]
	if m == nil {
		m = &machine{name: name, subnet: len(k.machines), images: map[string]bool{}, down: true}
		k.machines[name] = m
	}
	return m
}

func (k *Kubelets) handleNode(what store.EventType, o *core.Node) {
	m := k.machine(o.Name)
	if what == store.Deleted {
		m.node, m.down = nil, true
		return
	}
	first := m.node == nil
	m.node = o
	for _, image := range o.Status.Images {
		for _, name := range image.Names {
			m.images[name] = true
		}
	}
	if first {
		k.Up(o.Name)
	}
}

// Down stops a node's kubelet: it does and tells nothing any more. What its
// containers do goes on unseen.
func (k *Kubelets) Down(node string) { k.machine(node).down = true }

// Up starts a kubelet again, which catches up with what happened.
func (k *Kubelets) Up(node string) {
	m := k.machine(node)
	if m.node == nil || !m.down {
		return
	}
	m.down = false
	missed := m.deferred
	m.deferred = nil
	for _, f := range missed {
		f()
	}
	for _, p := range k.podsOn(m) {
		k.changed(p)
	}
}

// away says that nothing can be done about a pod now: it is gone, or its
// kubelet is down, which then does the work when it is back.
func (k *Kubelets) away(p *pod, work func()) bool {
	if k.pods[p.object.UID] != p {
		return true
	}
	if m := p.machine; m.down {
		m.deferred = append(m.deferred, work)
		return true
	}
	return false
}

// has says that an image need not be pulled.
func (m *machine) has(image string, life training.Life) bool {
	return m.images[image] || life.Pull == 0 && life.PullError == ""
}

// queue books a pull: one goes on at a time, as kubelets do by default. The
// second pull of an image finds its layers there.
func (m *machine) queue(now time.Time, took time.Duration, image string, waiting []*pod) (begin, end time.Time) {
	begin = now
	if m.pulling.After(now) {
		begin = m.pulling
		for _, p := range waiting {
			if slices.ContainsFunc(p.containers(), func(c *container) bool { return c.arriving == image }) {
				took = min(took, 400*time.Millisecond)
			}
		}
	}
	end = begin.Add(took)
	m.pulling = end
	return begin, end
}

// podsOn lists the pods of a node by their admission.
func (k *Kubelets) podsOn(m *machine) []*pod {
	var pods []*pod
	for _, p := range k.pods {
		if p.machine == m {
			pods = append(pods, p)
		}
	}
	slices.SortFunc(pods, func(a, b *pod) int { return cmp.Compare(a.order, b.order) })
	return pods
}

// keep notes an image on the node, for all to see in its status.
func (k *Kubelets) keep(m *machine, image string, size int64) {
	if m.images[image] || m.node == nil {
		return
	}
	m.images[image] = true
	_, err := typed.Change(k.store, typed.Node(m.name), m.node, func(n *core.Node) {
		n.Status.Images = append(n.Status.Images, core.ContainerImage{Names: []string{digest(image), normal(image)}, SizeBytes: size})
		slices.SortStableFunc(n.Status.Images, func(a, b core.ContainerImage) int { return cmp.Compare(b.SizeBytes, a.SizeBytes) })
	})
	if typed.Unexpected(err) {
		k.sim.Log().Error("write a node's images", "node", m.name, "error", err)
	}
}
