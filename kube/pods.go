package kube

import (
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"paddock/fleet"
	"paddock/kube/kinds"
)

// The longest texts kept of an object, in bytes. Names are safe and bounded by
// the API server; these are free text.
const (
	reasonLimit  = 128
	imageLimit   = 300
	messageLimit = 500
)

// podBody is a pod as the store keeps it.
type podBody struct {
	pod   *fleet.Pod
	owner *fleet.Owner // its controller, shared by all its pods; zero when none, never nil
	// above is the run that the labels put above the pod's controller; nil
	// when the controller itself is the topmost that is known.
	above *fleet.Owner
	// trains is false for a pod that asks for no accelerator and whose place in
	// a run nobody told yet: it shows with its batch Job, or not at all.
	trains bool
	// member numbers pods below several child jobs; nil when Pod.Index is final.
	member *kinds.Member
}

// podConverter turns API pods into slim ones. It belongs to one watch.
type podConverter struct {
	intern interner
	owners map[fleet.Owner]*fleet.Owner
}

func newPodConverter() *podConverter {
	return &podConverter{intern: interner{}, owners: map[fleet.Owner]*fleet.Owner{}}
}

// convert reads a pod; nil when it is of no interest (see kinds.Trains).
func (c *podConverter) convert(p *corev1.Pod) *podBody {
	owner := kinds.Controller(&p.ObjectMeta)
	member := kinds.ReadLabels(kinds.Labelled{
		Namespace: p.Namespace, Name: p.Name, Labels: p.Labels, Annotations: p.Annotations, Controller: owner,
	})
	asked := kinds.Requests(&p.Spec)
	trains := kinds.Trains(asked.Devices, member, owner, "")
	if !trains && !kinds.BatchJob(owner) {
		return nil
	}
	pod := &fleet.Pod{
		Ref:      fleet.Ref{Kind: "Pod", Namespace: c.intern.of(p.Namespace), Name: p.Name},
		UID:      string(p.UID),
		Role:     c.intern.of(member.Role),
		Index:    member.Index,
		Node:     c.intern.of(p.Spec.NodeName),
		Phase:    c.intern.of(string(p.Status.Phase)),
		GPUs:     asked.Devices,
		Resource: c.intern.of(asked.Resource),
		CPU:      asked.CPU,
		Memory:   asked.Memory,
		Created:  p.CreationTimestamp.Time,
		Reason:   c.text(p.Status.Reason, reasonLimit),
		Message:  c.text(p.Status.Message, messageLimit),

		Containers:     len(p.Spec.Containers),
		ServiceAccount: c.intern.of(p.Spec.ServiceAccountName),
		Priority:       c.intern.of(p.Spec.PriorityClassName),
	}
	if p.Status.StartTime != nil {
		pod.Admitted = p.Status.StartTime.Time
	}
	if p.DeletionTimestamp != nil {
		pod.Deleted = p.DeletionTimestamp.Time
	}
	c.conditions(pod, p)
	c.containers(pod, p)
	body := &podBody{pod: pod, owner: c.shared(owner), trains: trains}
	if top := member.Top(owner); top != owner {
		body.above = c.shared(top)
	}
	if member.Block >= 0 {
		pod.Index = member.Worker(0)
		body.member = &member
	}
	return body
}

func (c *podConverter) conditions(pod *fleet.Pod, p *corev1.Pod) {
	for i := range p.Status.Conditions {
		cond := &p.Status.Conditions[i]
		yes, at := cond.Status == corev1.ConditionTrue, cond.LastTransitionTime.Time
		switch cond.Type {
		case corev1.PodScheduled:
			switch {
			case yes:
				pod.Scheduled = at
			case cond.Reason == corev1.PodReasonSchedulingGated:
				pod.Gated = true
			case cond.Reason == corev1.PodReasonUnschedulable:
				pod.Unschedulable = true
			}
			if !yes && pod.Message == "" {
				pod.Message = c.text(cond.Message, messageLimit)
			}
		case corev1.PodReadyToStartContainers:
			pod.Sandbox = when(yes, at)
		case corev1.PodInitialized:
			pod.Initialized = when(yes, at)
		case corev1.PodReady:
			pod.Ready = when(yes, at)
		case corev1.DisruptionTarget:
			if yes {
				pod.Disruption = c.text(cond.Reason, reasonLimit)
			}
		}
	}
}

// containers finds the container that trains and the one that blocks.
func (c *podConverter) containers(pod *fleet.Pod, p *corev1.Pod) {
	if main := kinds.Main(p.Spec.Containers); main != nil {
		if s := statusOf(p.Status.ContainerStatuses, main.Name); s != nil {
			pod.Main = c.container(s, false)
		}
		pod.Main.Name = c.intern.of(main.Name)
		pod.Main.Image = c.text(main.Image, imageLimit) // the status may hold a digest or another tag
	}
	c.scan(pod, p.Status.InitContainerStatuses, true)
	c.scan(pod, p.Status.ContainerStatuses, false)
}

// scan counts restarts and readiness, and keeps the first container that blocks.
func (c *podConverter) scan(pod *fleet.Pod, list []corev1.ContainerStatus, init bool) {
	for i := range list {
		s := &list[i]
		pod.Restarts += int(s.RestartCount)
		if s.Ready && !init {
			pod.ReadyContainers++
		}
		if pod.Blocking == nil && blocks(s) {
			blocking := c.container(s, init)
			pod.Blocking = &blocking
		}
	}
}

// blocks tells whether a container waits for something other than its turn, or failed.
func blocks(s *corev1.ContainerStatus) bool {
	switch {
	case s.State.Waiting != nil:
		r := s.State.Waiting.Reason
		return r != "" && r != "ContainerCreating" && r != "PodInitializing"
	case s.State.Terminated != nil:
		return s.State.Terminated.ExitCode != 0
	}
	return false
}

func (c *podConverter) container(s *corev1.ContainerStatus, init bool) fleet.Container {
	out := fleet.Container{
		Name:     c.intern.of(s.Name),
		Image:    c.text(s.Image, imageLimit),
		Digest:   c.digest(s.ImageID),
		Init:     init,
		Ready:    s.Ready,
		Restarts: int(s.RestartCount),
	}
	switch st := &s.State; {
	case st.Waiting != nil:
		out.State = "waiting"
		out.Reason = c.text(st.Waiting.Reason, reasonLimit)
		out.Message = c.text(st.Waiting.Message, messageLimit)
	case st.Running != nil:
		out.State = "running"
		out.Started = st.Running.StartedAt.Time
	case st.Terminated != nil:
		out.State = "terminated"
		t := c.termination(st.Terminated)
		out.Reason, out.Message, out.ExitCode = t.Reason, t.Message, t.ExitCode
		out.Started, out.Finished = t.Started, t.Finished
	}
	if t := s.LastTerminationState.Terminated; t != nil {
		last := c.termination(t)
		out.Last = &last
	}
	return out
}

func (c *podConverter) termination(t *corev1.ContainerStateTerminated) fleet.Termination {
	return fleet.Termination{
		ExitCode: int(t.ExitCode),
		Reason:   c.text(t.Reason, reasonLimit),
		Message:  c.text(t.Message, messageLimit),
		Started:  t.StartedAt.Time,
		Finished: t.FinishedAt.Time,
	}
}

// digest is the "sha256:..." of an image ID such as "docker-pullable://repo@sha256:...".
func (c *podConverter) digest(id string) string {
	i := strings.LastIndex(id, "sha256:")
	if i < 0 {
		return ""
	}
	return c.text(id[i:], imageLimit)
}

func (c *podConverter) text(s string, limit int) string { return c.intern.of(fleet.Clean(s, limit)) }

// shared keeps one copy of an owner for all its pods.
func (c *podConverter) shared(o fleet.Owner) *fleet.Owner {
	if kept, ok := c.owners[o]; ok {
		return kept
	}
	if len(c.owners) >= internMax {
		clear(c.owners)
	}
	c.owners[o] = &o
	return &o
}

func statusOf(list []corev1.ContainerStatus, name string) *corev1.ContainerStatus {
	for i := range list {
		if list[i].Name == name {
			return &list[i]
		}
	}
	return nil
}

func when(yes bool, at time.Time) time.Time {
	if !yes {
		return time.Time{}
	}
	return at
}
