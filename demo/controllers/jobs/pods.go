package jobs

import (
	"slices"
	"strconv"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
)

const noIndex = -1

// index is the completion index of a pod; noIndex: it has none.
func index(p *core.Pod) int {
	i, err := strconv.Atoi(p.Annotations[batch.JobCompletionIndexAnnotation])
	if err != nil || i < 0 {
		return noIndex
	}
	return i
}

func tracked(p *core.Pod) bool { return slices.Contains(p.Finalizers, batch.JobTrackingFinalizer) }

func ended(p *core.Pod) bool {
	return p.Status.Phase == core.PodSucceeded || p.Status.Phase == core.PodFailed
}

func active(p *core.Pod) bool { return !ended(p) && p.DeletionTimestamp == nil }

func terminating(p *core.Pod) bool { return !ended(p) && p.DeletionTimestamp != nil }

func ready(p *core.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == core.PodReady {
			return c.Status == core.ConditionTrue
		}
	}
	return false
}

func count(pods []*core.Pod, is func(*core.Pod) bool) int32 {
	n := int32(0)
	for _, p := range pods {
		if is(p) {
			n++
		}
	}
	return n
}

func filter(pods []*core.Pod, is func(*core.Pod) bool) []*core.Pod {
	var found []*core.Pod
	for _, p := range pods {
		if is(p) {
			found = append(found, p)
		}
	}
	return found
}

// failed says that a pod counts as failed. A deleted one does at once, so that
// it is replaced, unless the Job replaces only those that have ended.
func failed(p *core.Pod, job *batch.Job) bool {
	return p.Status.Phase == core.PodFailed || !onlyReplaceFailed(job) && terminating(p)
}

// compareForRemoval puts first what is least advanced: the pods that a Job
// with too many of them gives up.
func compareForRemoval(a, b *core.Pod) int {
	if c := compareBool(a.Spec.NodeName != "", b.Spec.NodeName != ""); c != 0 {
		return c
	}
	if c := compareBool(a.Status.Phase == core.PodRunning, b.Status.Phase == core.PodRunning); c != 0 {
		return c
	}
	if c := compareBool(ready(a), ready(b)); c != 0 {
		return c
	}
	if c := restarts(b) - restarts(a); c != 0 {
		return int(c)
	}
	return b.CreationTimestamp.Compare(a.CreationTimestamp.Time) // the newer first
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func restarts(p *core.Pod) (n int32) {
	for _, c := range p.Status.InitContainerStatuses {
		n += c.RestartCount
	}
	for _, c := range p.Status.ContainerStatuses {
		n += c.RestartCount
	}
	return n
}
