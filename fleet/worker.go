package fleet

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Label is the short name of a worker inside its job: "w2" for worker 2,
// "ps0", "master" and the like for other roles; without an index it is the
// part of the pod's name that the job's name does not have.
func (w *Worker) Label() string {
	if w.Index < 0 {
		if short := strings.TrimPrefix(w.Ref.Name, w.Job.Name+"-"); short != "" {
			return short
		}
		return w.Ref.Name
	}
	switch w.Role {
	case "", "worker":
		return "w" + strconv.Itoa(w.Index)
	case "master", "launcher", "chief":
		if w.Index == 0 {
			return w.Role
		}
	}
	return w.Role + strconv.Itoa(w.Index)
}

// newWorker reads the state of a pod in the words of people who train.
func newWorker(p *Pod, job Ref, earlier []*Pod, now time.Time) Worker {
	w := Worker{Pod: p, Ref: p.Ref, Job: job, Role: p.Role, Index: p.Index, Earlier: earlier, Attempt: len(earlier) + 1}
	if w.Role == "" {
		w.Role = "worker"
	}
	w.State, w.Reason, w.Why = podState(p)
	w.unsettled(now)
	return w
}

// settlesAfter is how long a container must run to be forgiven its ends
// before: the kubelet resets its back-off then (MaxContainerBackOff, twice).
const settlesAfter = 10 * time.Minute

// unsettled keeps a worker that ended badly again and again from looking well
// between two ends.
func (w *Worker) unsettled(now time.Time) {
	p := w.Pod
	if w.State != Running {
		return
	}
	up := p.Ready
	if p.Main.Started.After(up) {
		up = p.Main.Started
	}
	settled := up.Add(settlesAfter)
	if !now.Before(settled) {
		return
	}
	switch tries := failedAttempts(w); {
	case p.Restarts > maxTries && p.Main.Last != nil && p.Main.Last.ExitCode != 0:
		last := p.Main.Last
		w.Why = fmt.Sprintf("restarted %d times, last ended with %s", p.Restarts, exit(last.ExitCode, last.Reason))
		w.Reason = orElse(last.Reason, "Error")
	case tries > maxTries:
		reason, why := failure(w.Earlier[0])
		w.Why = fmt.Sprintf("attempt %d; the one before ended with %s", w.Attempt, why)
		w.Reason = reason
	default:
		return
	}
	w.State, w.until = Failing, settled
}

// onLostNode says so when the node of a worker does not answer: what its pod
// says is what the kubelet said last.
func (w *Worker) onLostNode(n *NodeObject) {
	if n == nil || n.Ready || w.State.Over() {
		return
	}
	lost := "node " + n.Name + " is not ready"
	if !n.ReadySince.IsZero() {
		lost += " since " + n.ReadySince.UTC().Format("15:04 UTC")
	}
	if w.State == Ending {
		w.Why = lost + ": its kubelet can't end the pod"
		return
	}
	w.State, w.Reason, w.Why = UnknownState, "NodeNotReady", lost
}

// podState turns the many fields in which the API says how a pod is into one
// state, the API's own word for it, and a line for people.
func podState(p *Pod) (State, string, string) {
	switch {
	case p.Phase == "Succeeded":
		return Done, "", ""
	case p.Phase == "Failed":
		reason, why := failure(p)
		return Failed, reason, why
	case !p.Deleted.IsZero():
		return Ending, "Terminating", "being deleted"
	case p.Phase == "Unknown":
		return UnknownState, orElse(p.Reason, "Unknown"), orElse(p.Message, "its node does not answer")
	case p.Node == "":
		return waitingState(p)
	case isFailing(p.blocked().Reason):
		return Failing, p.blocked().Reason, blockedWhy(p.blocked())
	case p.Phase == "Running" && p.Main.State == "terminated":
		return Restarting, orElse(p.Main.Reason, "Error"), "ended with " + exit(p.Main.ExitCode, p.Main.Reason) + ", starts again"
	case !p.Ready.IsZero():
		return Running, "", ""
	case p.Phase == "Running" && p.Restarts > 0:
		return Restarting, orElse(p.blocked().Reason, "NotReady"), fmt.Sprintf("restart %d, not ready yet", p.Restarts)
	case p.Phase == "Running" && p.blocked().Reason == "":
		return Starting, "NotReady", "started, not ready yet"
	}
	return Starting, p.blocked().Reason, startingWhy(p)
}

func waitingState(p *Pod) (State, string, string) {
	switch {
	case p.Gated:
		return Waiting, "SchedulingGated", orElse(p.Message, "held back by a scheduling gate")
	case p.Unschedulable:
		return Waiting, orElse(p.Reason, "Unschedulable"), orElse(schedulerSays(p.Message), "no node fits")
	}
	return Waiting, p.Reason, orElse(p.Message, "not scheduled yet")
}

// schedulerSays is the scheduler's message without what it says of preemption,
// which repeats the count of all nodes and helps nobody who waits.
func schedulerSays(message string) string {
	if i := strings.Index(message, "preemption:"); i > 0 {
		message = strings.TrimSuffix(strings.TrimRight(message[:i], " "), ", no new claims to deallocate,")
	}
	return usefulFirst(message)
}

// isFailing tells the waiting reasons that a kubelet retries without hope of
// its own from those that are part of a normal start.
func isFailing(reason string) bool {
	switch reason {
	case "CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull", "InvalidImageName",
		"CreateContainerConfigError", "CreateContainerError", "RunContainerError", "RegistryUnavailable", "SignatureValidationFailed":
		return true
	}
	return false
}

func blockedWhy(c Container) string {
	if c.Reason == "CrashLoopBackOff" && c.Last != nil {
		return fmt.Sprintf("CrashLoopBackOff: last ended with %s", exit(c.Last.ExitCode, c.Last.Reason))
	}
	if c.Message == "" {
		return c.Reason
	}
	return c.Reason + ": " + c.Message
}

func startingWhy(p *Pod) string {
	switch {
	case p.Admitted.IsZero():
		return "waits for the kubelet of " + p.Node
	case p.blocked().Init && p.blocked().Name != "":
		return "init container " + p.blocked().Name + " runs"
	case p.Sandbox.IsZero() && p.blocked().Reason == "ContainerCreating":
		return "creating: volumes, network, image"
	case p.blocked().Reason == "ContainerCreating":
		return "its image is being pulled" // what comes after the sandbox, and takes long
	}
	return orElse(p.blocked().Reason, "starting")
}

// failure says how a failed pod ended.
func failure(p *Pod) (reason, why string) {
	c := p.Main
	if p.blocked().Name != "" && p.blocked().State == "terminated" && p.blocked().ExitCode != 0 {
		c = p.blocked()
	}
	switch {
	case p.Reason != "":
		return p.Reason, joinWords(p.Reason, p.Message)
	case c.State == "terminated":
		why = exit(c.ExitCode, c.Reason)
		if c.Message != "" {
			why += ": " + c.Message
		}
		if p.Disruption != "" {
			return p.Disruption, p.Disruption + ", " + why
		}
		return orElse(c.Reason, "Error"), why
	case p.Disruption != "":
		return p.Disruption, joinWords(p.Disruption, p.Message)
	}
	return "Error", orElse(p.Message, "failed")
}

// exit words an exit code: "exit 1", "exit 137 OOMKilled".
func exit(code int, reason string) string {
	s := "exit " + strconv.Itoa(code)
	if reason != "" && reason != "Error" && reason != "Completed" {
		s += " " + reason
	}
	return s
}

func joinWords(what, message string) string {
	if message == "" {
		return what
	}
	return what + ": " + message
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
