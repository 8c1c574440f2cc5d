package kubelet

import (
	"crypto/sha256"
	"fmt"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/demo/sim"
	"paddock/demo/training"
)

// The waits of pkg/kubelet: between two starts of a container that ends, and
// between two looks at a pod that could not be brought forward.
const (
	backoffFirst = 10 * time.Second
	backoffMost  = 5 * time.Minute
	retryLeast   = 10 * time.Second
	retryMost    = 15 * time.Second
)

// container is a container of a pod, over all its lives.
type container struct {
	spec     *core.Container
	path     string // of the list that it stands in
	life     training.Life
	begun    bool
	arriving string // the image that is being pulled
	image    string // that it ran last
	id       string
	state    core.ContainerState
	last     core.ContainerState
	ready    bool
	restarts int32

	timer  *sim.Timer // the one next step
	readyT *sim.Timer
	ended  time.Time // story time
	wait   wait      // between restarts
	pulls  wait      // between pulls
	logs   []Segment // of the current life, and of the one before it
}

// wait is client-go's flowcontrol.Backoff for one key.
type wait struct {
	length time.Duration
	since  time.Time // when it was last made longer
}

// left is how long an end still has to be waited out.
func (w wait) left(end, now time.Time) time.Duration {
	if w.length == 0 || end.Sub(w.since) > 2*backoffMost {
		return 0
	}
	return max(0, w.length-now.Sub(end))
}

func (w *wait) longer(end, now time.Time) {
	if w.length == 0 || end.Sub(w.since) > 2*backoffMost {
		w.length = backoffFirst
	} else {
		w.length = min(2*w.length, backoffMost)
	}
	w.since = now
}

func (c *container) succeeded() bool {
	return c.state.Terminated != nil && c.state.Terminated.ExitCode == 0
}

func (c *container) sidecar() bool {
	return c.spec.RestartPolicy != nil && *c.spec.RestartPolicy == core.ContainerRestartPolicyAlways
}

// halt stops what would happen next.
func (c *container) halt() {
	c.timer.Stop()
	c.readyT.Stop()
}

// refuse notes that a container can't start yet and why, and plans the next
// look at it.
func (k *Kubelets) refuse(p *pod, c *container, reason, message string, after time.Duration, again func()) {
	if w := c.state.Waiting; w == nil || w.Reason != reason || w.Message != message {
		if c.state.Terminated != nil {
			c.last = c.state
		}
		c.state, c.ready = core.ContainerState{Waiting: &core.ContainerStateWaiting{Reason: reason, Message: message}}, false
		k.changed(p)
	}
	c.timer = k.sim.After(after, again)
	k.next(p)
}

// create makes the container, once its image is there.
func (k *Kubelets) create(p *pod, c *container) {
	if k.away(p, func() { k.create(p, c) }) {
		return
	}
	if why := k.misconfigured(p.object, c.spec); why != "" {
		k.record.Warning(k.about(p, c), "Failed", "Error: %s", why)
		k.refuse(p, c, "CreateContainerConfigError", why, k.nextLook(), func() { k.pull(p, c) })
		return
	}
	c.timer = k.sim.After(k.between(60*time.Millisecond, 250*time.Millisecond), func() { k.start(p, c) })
}

func (k *Kubelets) nextLook() time.Duration { return k.between(retryLeast, retryMost) }

func (k *Kubelets) start(p *pod, c *container) {
	if k.away(p, func() { k.start(p, c) }) {
		return
	}
	k.lives[k.worker(p, c)]++
	if c.image != "" {
		c.restarts++
	}
	c.image = c.spec.Image
	c.id = fmt.Sprintf("containerd://%x", sha256.Sum256(fmt.Appendf(nil, "%d/%s/%s/%d", k.sim.Seed(), p.object.UID, c.spec.Name, c.restarts)))
	k.record.Normal(k.about(p, c), "Created", "Container created")
	if e := c.life.Exit; e.Reason == "StartError" {
		k.record.Warning(k.about(p, c), "Failed", "Error: %s", e.Message)
		c.logs = append(c.logs[max(0, len(c.logs)-1):], Segment{})
		k.ends(p, c, &core.ContainerStateTerminated{ // runc's code; containerd knows no start
			ExitCode: or(e.Code, 128), Reason: e.Reason, Message: e.Message, StartedAt: meta.Unix(0, 0), FinishedAt: k.stamp(), ContainerID: c.id,
		})
		return
	}
	k.record.Normal(k.about(p, c), "Started", "Container started")
	if c.state.Terminated != nil {
		c.last = c.state
	}
	c.state = core.ContainerState{Running: &core.ContainerStateRunning{StartedAt: k.stamp()}}
	c.logs = append(c.logs[max(0, len(c.logs)-1):], Segment{Started: k.sim.Now(), Log: c.life.Log})
	c.ready = c.life.Ready == 0
	if !c.ready {
		c.readyT = k.sim.After(c.life.Ready, func() {
			c.ready = true
			k.changed(p)
		})
	}
	if e := c.life.Exit; c.life.Run > 0 {
		c.timer = k.sim.After(c.life.Run, func() { k.exit(p, c, e.Code, e.Reason, e.Message, e.Signal) })
	}
	k.changed(p)
	k.next(p)
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// exit ends a running container.
func (k *Kubelets) exit(p *pod, c *container, code int32, reason, message string, signal int32) {
	if reason == "" {
		if reason = "Completed"; code != 0 {
			reason = "Error"
		}
	}
	c.logs[len(c.logs)-1].Ended = k.sim.Now()
	k.ends(p, c, &core.ContainerStateTerminated{
		ExitCode: code, Signal: signal, Reason: reason, Message: message,
		StartedAt: c.state.Running.StartedAt, FinishedAt: k.stamp(), ContainerID: c.id,
	})
}

// ends goes on after an end: with a restart, or with the next container.
func (k *Kubelets) ends(p *pod, c *container, end *core.ContainerStateTerminated) {
	c.halt()
	if c.state.Terminated != nil {
		c.last = c.state
	}
	c.state, c.ready, c.ended = core.ContainerState{Terminated: end}, false, k.sim.Moment()
	k.changed(p)
	switch {
	case p.stopping:
		k.stopped(p)
	case p.restarts(c):
		c.timer = k.sim.After(k.between(500*time.Millisecond, 1500*time.Millisecond), func() { k.restart(p, c) })
	case p.finished():
		p.deadline.Stop()
		k.dismiss(p)
	}
	k.next(p)
}

// dismiss ends the sidecars of a pod whose work is over.
func (k *Kubelets) dismiss(p *pod) {
	for _, c := range p.init {
		if c.sidecar() && c.state.Running != nil {
			p.stopping = true
			k.exit(p, c, 0, "", "", 0)
		}
	}
}

// restarts says that a container which ended is started again.
func (p *pod) restarts(c *container) bool {
	if c.sidecar() {
		return true
	}
	switch p.object.Spec.RestartPolicy {
	case core.RestartPolicyNever:
		return false
	case core.RestartPolicyOnFailure:
		return !c.succeeded()
	}
	return c.path == "spec.containers" || !c.succeeded()
}

// restart starts a container again after its back-off, which it tells of at
// every look.
func (k *Kubelets) restart(p *pod, c *container) {
	if k.away(p, func() { k.restart(p, c) }) {
		return
	}
	now := k.sim.Moment()
	if left := c.wait.left(c.ended, now); left > 0 {
		name := fmt.Sprintf("%s_%s(%s)", p.object.Name, p.object.Namespace, p.object.UID)
		k.record.Warning(k.about(p, c), "BackOff", "Back-off restarting failed container %s in pod %s", c.spec.Name, name)
		if c.state.Terminated != nil {
			c.last = c.state
			c.state = core.ContainerState{Waiting: &core.ContainerStateWaiting{
				Reason: "CrashLoopBackOff", Message: fmt.Sprintf("back-off %s restarting failed container=%s pod=%s", c.wait.length, c.spec.Name, name),
			}}
			k.changed(p)
		}
		c.timer = k.sim.After(min(left, k.nextLook()), func() { k.restart(p, c) })
		return
	}
	c.wait.longer(c.ended, now)
	k.pull(p, c)
}

// lose gives a container that never ran its end when the pod ends.
func (c *container) lose() {
	if c.state.Waiting != nil {
		if c.last.Terminated != nil {
			c.state, c.last = c.last, core.ContainerState{}
			return
		}
		c.state = core.ContainerState{Terminated: &core.ContainerStateTerminated{
			ExitCode: 137, Reason: "ContainerStatusUnknown", Message: "The container could not be located when the pod was terminated",
		}}
	}
}
