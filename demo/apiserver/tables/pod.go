package tables

import (
	"fmt"
	"strconv"

	core "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// podState is what the columns of a pod are counted from, see printPod.
type podState struct {
	reason      string
	ready       int
	restarts    int
	lastRestart metav1.Time
}

func (p printer) pod(o *core.Pod) metav1.TableRow {
	s := podState{reason: string(o.Status.Phase)}
	if o.Status.Reason != "" {
		s.reason = o.Status.Reason
	}
	for _, c := range o.Status.Conditions {
		if c.Type == core.PodScheduled && c.Reason == core.PodReasonSchedulingGated {
			s.reason = core.PodReasonSchedulingGated
		}
	}
	if !s.initializing(o) || condition(o, core.PodInitialized) {
		s.containers(o)
	}
	ended := o.Status.Phase == core.PodSucceeded || o.Status.Phase == core.PodFailed
	switch {
	case o.DeletionTimestamp != nil && o.Status.Reason == "NodeLost":
		s.reason = "Unknown"
	case o.DeletionTimestamp != nil && !ended:
		s.reason = "Terminating"
	}
	restarts := strconv.Itoa(s.restarts)
	if s.restarts != 0 && !s.lastRestart.IsZero() {
		restarts = fmt.Sprintf("%d (%s ago)", s.restarts, p.since(s.lastRestart))
	}
	ip := ""
	if len(o.Status.PodIPs) > 0 {
		ip = o.Status.PodIPs[0].IP
	}
	row := cells(o.Name, fmt.Sprintf("%d/%d", s.ready, len(o.Spec.Containers)), s.reason, restarts, p.since(o.CreationTimestamp),
		orNone(ip), orNone(o.Spec.NodeName), orNone(o.Status.NominatedNodeName), "<none>")
	switch o.Status.Phase {
	case core.PodSucceeded:
		row.Conditions = completed("Succeeded", "The pod has completed successfully.")
	case core.PodFailed:
		row.Conditions = completed("Failed", "The pod failed.")
	}
	return row
}

func completed(reason, message string) []metav1.TableRowCondition {
	return []metav1.TableRowCondition{{Type: metav1.RowCompleted, Status: metav1.ConditionTrue, Reason: reason, Message: message}}
}

// initializing reads the init containers, and says that they are not through.
func (s *podState) initializing(o *core.Pod) bool {
	for i, c := range o.Status.InitContainerStatuses {
		s.restarts += int(c.RestartCount)
		s.restarted(c)
		t, w := c.State.Terminated, c.State.Waiting
		switch {
		case t != nil && t.ExitCode == 0:
			continue
		case t != nil && t.Reason != "":
			s.reason = "Init:" + t.Reason
		case t != nil && t.Signal != 0:
			s.reason = fmt.Sprintf("Init:Signal:%d", t.Signal)
		case t != nil:
			s.reason = fmt.Sprintf("Init:ExitCode:%d", t.ExitCode)
		case w != nil && w.Reason != "" && w.Reason != "PodInitializing":
			s.reason = "Init:" + w.Reason
		default:
			s.reason = fmt.Sprintf("Init:%d/%d", i, len(o.Spec.InitContainers))
		}
		return true
	}
	return false
}

// containers reads the containers, the last first, as the first says most.
func (s *podState) containers(o *core.Pod) {
	s.restarts, s.lastRestart = 0, metav1.Time{}
	running, failure := false, ""
	for i := len(o.Status.ContainerStatuses) - 1; i >= 0; i-- {
		c := o.Status.ContainerStatuses[i]
		s.restarts += int(c.RestartCount)
		s.restarted(c)
		t, w := c.State.Terminated, c.State.Waiting
		switch {
		case w != nil && w.Reason != "":
			s.reason = w.Reason
		case t != nil:
			switch {
			case t.Reason != "":
				s.reason = t.Reason
			case t.Signal != 0:
				s.reason = fmt.Sprintf("Signal:%d", t.Signal)
			default:
				s.reason = fmt.Sprintf("ExitCode:%d", t.ExitCode)
			}
			if t.ExitCode != 0 {
				failure = s.reason
			}
		case c.Ready && c.State.Running != nil:
			running = true
			s.ready++
		}
	}
	if s.reason != "Completed" {
		return
	}
	switch {
	case running && condition(o, core.PodReady):
		s.reason = "Running"
	case failure != "":
		s.reason = failure
	case running:
		s.reason = "NotReady"
	}
}

func (s *podState) restarted(c core.ContainerStatus) {
	if t := c.LastTerminationState.Terminated; t != nil && s.lastRestart.Before(&t.FinishedAt) {
		s.lastRestart = t.FinishedAt
	}
}

func condition(o *core.Pod, kind core.PodConditionType) bool {
	for _, c := range o.Status.Conditions {
		if c.Type == kind {
			return c.Status == core.ConditionTrue
		}
	}
	return false
}
