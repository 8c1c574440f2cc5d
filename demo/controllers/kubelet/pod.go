package kubelet

import (
	"fmt"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/demo/controllers/typed"
	"paddock/demo/sim"
	"paddock/demo/store"
)

// pod is a pod on its node.
type pod struct {
	key        store.Key
	object     *core.Pod // the newest that was seen
	machine    *machine
	order      uint64
	admitted   meta.Time
	ip         string
	sandbox    bool
	given      bool // its devices
	init, main []*container
	step       *sim.Timer // of the pod as a whole
	deadline   *sim.Timer
	mountWait  time.Duration
	stopping   bool
	failure    *failure
}

// failure is why the kubelet itself ended a pod.
type failure struct{ reason, message string }

func (p *pod) containers() []*container {
	return append(append([]*container(nil), p.init...), p.main...)
}

// admit checks that the devices are there, and begins.
func (k *Kubelets) admit(p *pod) {
	if k.away(p, func() { k.admit(p) }) || p.stopping {
		return
	}
	p.admitted = k.stamp()
	if name, need, free := k.lacking(p); name != "" {
		p.failure = &failure{"UnexpectedAdmissionError", fmt.Sprintf(
			"Pod was rejected: Allocate failed due to requested number of devices unavailable for %s. Requested: %d, Available: %d, which is unexpected", name, need, free)}
		k.record.Warning(k.about(p, nil), "UnexpectedAdmissionError", "Allocate failed due to requested number of devices unavailable for %s. Requested: %d, Available: %d, which is unexpected", name, need, free)
		k.changed(p)
		return
	}
	p.given = true
	if s := p.object.Spec.ActiveDeadlineSeconds; s != nil {
		p.deadline = k.sim.After(time.Duration(*s)*time.Second, func() { k.expire(p) })
	}
	for _, c := range p.containers() {
		c.state.Waiting = &core.ContainerStateWaiting{Reason: p.creating()}
	}
	k.changed(p)
	p.step = k.sim.After(k.between(300*time.Millisecond, 900*time.Millisecond), func() { k.mount(p) })
}

func (p *pod) creating() string {
	if len(p.init) > 0 {
		return "PodInitializing"
	}
	return "ContainerCreating"
}

// mount waits until the volumes can be mounted: real kubelets try again after
// half a second, doubling to about two minutes.
func (k *Kubelets) mount(p *pod) {
	if k.away(p, func() { k.mount(p) }) || p.stopping {
		return
	}
	if volume, why := k.unmountable(p.object); volume != "" {
		k.record.Warning(k.about(p, nil), "FailedMount", "MountVolume.SetUp failed for volume %q : %s", volume, why)
		p.mountWait = min(max(500*time.Millisecond, 2*p.mountWait), 122*time.Second)
		p.step = k.sim.After(p.mountWait, func() { k.mount(p) })
		return
	}
	p.step = k.sim.After(k.between(400*time.Millisecond, 1200*time.Millisecond), func() {
		p.sandbox = true
		p.machine.pods++
		p.ip = fmt.Sprintf("10.244.%d.%d", p.machine.subnet%256, 2+(p.machine.pods-1)%250)
		if missing := k.missingPullSecrets(p.object); missing != "" {
			k.record.Warning(k.about(p, nil), "FailedToRetrieveImagePullSecret",
				"Unable to retrieve some image pull secrets (%s); attempting to pull the image may not succeed.", missing)
		}
		k.changed(p)
		k.next(p)
	})
}

// next starts the container whose turn it is: init containers one after the
// other, the others each as soon as the one before has started or failed to.
func (k *Kubelets) next(p *pod) {
	if p.stopping || !p.sandbox {
		return
	}
	for _, c := range p.init {
		if c.succeeded() || c.sidecar() && c.state.Running != nil {
			continue
		}
		k.begin(p, c)
		return
	}
	for _, c := range p.main {
		if !c.begun {
			k.begin(p, c)
			return
		}
	}
}

func (k *Kubelets) begin(p *pod, c *container) {
	if !c.begun {
		c.begun = true
		k.pull(p, c)
	}
}

// expire ends a pod at its own deadline.
func (k *Kubelets) expire(p *pod) {
	if k.away(p, func() { k.expire(p) }) || p.stopping || p.finished() {
		return
	}
	const message = "Pod was active on the node longer than the specified deadline"
	k.record.Normal(k.about(p, nil), "DeadlineExceeded", message)
	p.failure = &failure{"DeadlineExceeded", message}
	k.stop(p, grace(p.object))
}

func grace(o *core.Pod) time.Duration {
	if o.DeletionGracePeriodSeconds != nil {
		return time.Duration(*o.DeletionGracePeriodSeconds) * time.Second
	}
	if s := o.Spec.TerminationGracePeriodSeconds; s != nil {
		return time.Duration(*s) * time.Second
	}
	return core.DefaultTerminationGracePeriodSeconds * time.Second
}

// terminate ends a pod that is being deleted.
func (k *Kubelets) terminate(p *pod) {
	if k.away(p, func() { k.terminate(p) }) {
		return
	}
	k.stop(p, grace(p.object))
}

// stop asks what runs to end, and kills it after the grace period.
func (k *Kubelets) stop(p *pod, grace time.Duration) {
	first := !p.stopping
	p.stopping = true
	p.step.Stop()
	p.deadline.Stop()
	for _, c := range p.containers() {
		c.timer.Stop()
		if c.state.Running == nil {
			continue
		}
		if first {
			k.record.Normal(k.about(p, c), "Killing", "Stopping container %s", c.spec.Name)
		}
		wait, code := c.life.Grace, int32(128+15)
		if c.life.Grace > grace || grace == 0 {
			wait, code = grace, 128+9
		}
		c.timer = k.sim.After(wait+50*time.Millisecond, func() { k.exit(p, c, code, "Error", "", 0) })
	}
	k.stopped(p)
}

// stopped goes on when the last container has ended: the sandbox goes, the
// status is final, and a deleted pod may leave the API.
func (k *Kubelets) stopped(p *pod) {
	for _, c := range p.containers() {
		if c.state.Running != nil {
			return
		}
	}
	p.step = k.sim.After(k.between(200*time.Millisecond, 700*time.Millisecond), func() { k.finish(p) })
}

func (k *Kubelets) finish(p *pod) {
	if k.away(p, func() { k.finish(p) }) {
		return
	}
	for _, c := range p.containers() {
		c.lose()
	}
	k.write(p.object.UID)
	if p.object.DeletionTimestamp == nil {
		return
	}
	now := int64(0)
	_, err := k.store.Delete(typed.Pod(p.key.Namespace, p.key.Name), meta.DeleteOptions{
		GracePeriodSeconds: &now, Preconditions: meta.NewUIDPreconditions(string(p.object.UID)),
	})
	if typed.Unexpected(err) {
		k.sim.Log().Error("let a deleted pod leave", "pod", p.key.String(), "error", err)
	}
}
