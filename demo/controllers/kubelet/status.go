package kubelet

import (
	"fmt"
	"slices"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// fill writes what the kubelet knows into the status of a pod.
func (k *Kubelets) fill(p *pod, o *core.Pod) {
	s := &o.Status
	s.ObservedGeneration = o.Generation
	s.Phase = p.phase()
	if s.QOSClass == "" {
		s.QOSClass = qosClass(o)
	}
	if !p.admitted.IsZero() {
		s.StartTime = &p.admitted
	}
	if p.failure != nil {
		s.Reason, s.Message = p.failure.reason, p.failure.message
	}
	if ip := p.machine.address(); ip != "" {
		s.HostIP, s.HostIPs = ip, []core.HostIP{{IP: ip}}
	}
	if p.ip != "" {
		s.PodIP, s.PodIPs = p.ip, []core.PodIP{{IP: p.ip}}
		if o.Spec.HostNetwork {
			s.PodIP, s.PodIPs = s.HostIP, []core.PodIP{{IP: s.HostIP}}
		}
	}
	if p.failure == nil || p.failure.reason != "UnexpectedAdmissionError" {
		s.InitContainerStatuses, s.ContainerStatuses = statuses(p.init), statuses(p.main)
		k.conditions(p, o)
	}
}

func (m *machine) address() string {
	if m.node == nil {
		return ""
	}
	for _, a := range m.node.Status.Addresses {
		if a.Type == core.NodeInternalIP {
			return a.Address
		}
	}
	return ""
}

// finished says that nothing of a pod runs or will run again.
func (p *pod) finished() bool {
	phase := p.phase()
	return phase == core.PodSucceeded || phase == core.PodFailed
}

func (p *pod) phase() core.PodPhase {
	if p.failure != nil && !p.running() {
		return core.PodFailed
	}
	for _, c := range p.init {
		switch {
		case c.sidecar() && (c.state.Running != nil || p.stopping), c.succeeded():
		case c.state.Terminated != nil && (p.stopping || !p.restarts(c)):
			return core.PodFailed
		default:
			return core.PodPending
		}
	}
	started, open, failed := false, false, false
	for _, c := range p.main {
		started = started || c.image != ""
		switch {
		case c.state.Terminated == nil || !p.stopping && p.restarts(c):
			open = true
		case !c.succeeded():
			failed = true
		}
	}
	switch {
	case open && started:
		return core.PodRunning
	case open:
		return core.PodPending
	case failed:
		return core.PodFailed
	}
	return core.PodSucceeded
}

func (p *pod) running() bool {
	for _, c := range p.containers() {
		if c.state.Running != nil {
			return true
		}
	}
	return false
}

func statuses(list []*container) []core.ContainerStatus {
	var all []core.ContainerStatus
	for _, c := range list {
		started := c.state.Running != nil
		s := core.ContainerStatus{
			Name: c.spec.Name, State: *c.state.DeepCopy(), LastTerminationState: *c.last.DeepCopy(),
			Ready: c.ready || c.path == "spec.initContainers" && c.succeeded(), RestartCount: c.restarts,
			Image: c.spec.Image, ContainerID: c.id, Started: &started,
		}
		if c.image != "" {
			s.Image, s.ImageID = normal(c.image), digest(c.image)
			s.AllocatedResources = c.spec.Resources.Requests.DeepCopy()
			s.Resources = c.spec.Resources.DeepCopy()
		}
		all = append(all, s)
	}
	return all
}

// conditions sets the kubelet's own conditions in its order; those of others
// stay behind them.
func (k *Kubelets) conditions(p *pod, o *core.Pod) {
	phase := o.Status.Phase
	var own []core.PodCondition
	add := func(kind core.PodConditionType, is bool, reason, message string) {
		c := core.PodCondition{Type: kind, Status: core.ConditionTrue, Reason: reason, Message: message, ObservedGeneration: o.Generation}
		if !is {
			c.Status = core.ConditionFalse
		}
		c.LastTransitionTime = k.since(o, c)
		own = append(own, c)
	}
	over := phase == core.PodSucceeded || phase == core.PodFailed
	add(core.PodReadyToStartContainers, p.sandbox && !over, "", "")

	completed := ""
	if phase == core.PodSucceeded {
		completed = "PodCompleted"
	}
	if open := names(p.init, func(c *container) bool { return !c.succeeded() && !(c.sidecar() && c.state.Running != nil) }); len(open) > 0 && !over {
		add(core.PodInitialized, false, "ContainersNotInitialized", fmt.Sprintf("containers with incomplete status: %v", open))
	} else {
		add(core.PodInitialized, true, completed, "")
	}
	unready := names(p.main, func(c *container) bool { return !c.ready })
	for _, kind := range []core.PodConditionType{core.PodReady, core.ContainersReady} {
		switch {
		case completed != "":
			add(kind, false, completed, "")
		case phase == core.PodFailed:
			add(kind, false, "PodFailed", "")
		case len(unready) > 0:
			add(kind, false, "ContainersNotReady", fmt.Sprintf("containers with unready status: %v", unready))
		default:
			add(kind, true, "", "")
		}
	}
	add(core.PodScheduled, true, "", "")
	for _, c := range o.Status.Conditions {
		if !slices.ContainsFunc(own, func(mine core.PodCondition) bool { return mine.Type == c.Type }) {
			own = append(own, c)
		}
	}
	o.Status.Conditions = own
}

// since is when a condition got its status.
func (k *Kubelets) since(o *core.Pod, c core.PodCondition) meta.Time {
	for _, old := range o.Status.Conditions {
		if old.Type == c.Type && old.Status == c.Status {
			return old.LastTransitionTime
		}
	}
	return meta.NewTime(k.sim.Now().Truncate(time.Second))
}

func names(list []*container, is func(*container) bool) []string {
	var found []string
	for _, c := range list {
		if is(c) {
			found = append(found, c.spec.Name)
		}
	}
	return found
}

// qosClass follows pkg/apis/core/v1/helper/qos.
func qosClass(o *core.Pod) core.PodQOSClass {
	guaranteed, any := true, false
	for _, c := range append(append([]core.Container(nil), o.Spec.InitContainers...), o.Spec.Containers...) {
		for _, name := range []core.ResourceName{core.ResourceCPU, core.ResourceMemory} {
			request, asked := c.Resources.Requests[name]
			limit, limited := c.Resources.Limits[name]
			any = any || asked || limited
			guaranteed = guaranteed && limited && (!asked || equal(request, limit))
		}
	}
	switch {
	case !any:
		return core.PodQOSBestEffort
	case guaranteed:
		return core.PodQOSGuaranteed
	}
	return core.PodQOSBurstable
}

func equal(a, b resource.Quantity) bool { return a.Cmp(b) == 0 }
