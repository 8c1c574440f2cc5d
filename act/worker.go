package act

import "paddock/fleet"

// Kill ends one worker.
type Kill struct{ How How }

// How is the way in which a worker is killed, from the gentlest.
type How string

// The ways to kill.
const (
	Evict  How = "evict"  // asks; disruption budgets may refuse
	Remove How = "delete" // tells its kubelet, which grants its grace period
	Force  How = "force"  // grace 0: the API server forgets it at once
)

// ForceDelete makes the API server forget a worker that can't end because its
// node is lost.
type ForceDelete struct {
	Node string
	// Fail tells that the worker must be said to have failed as well: its Job
	// replaces workers only then, and holds on to it until it has. No kubelet is
	// left to say so.
	Fail bool
}

// Verb is "kill".
func (Kill) Verb() string { return "kill" }

// Verb is "force-delete".
func (ForceDelete) Verb() string { return "force-delete" }

func workerTarget(j *fleet.Job, w *fleet.Worker) Target {
	return Target{Ref: w.Ref, APIVersion: "v1", UID: w.Pod.UID, Label: w.Label(), Job: j.Ref, JobUID: j.UID, Queue: j.Queue}
}

// NewKill kills a worker.
func NewKill(j *fleet.Job, w *fleet.Worker, how How) (Action, error) {
	t := workerTarget(j, w)
	switch {
	case w.State.Over():
		return Action{}, refuse(t, "it has ended already (%s)", w.State)
	case !w.Pod.Deleted.IsZero() && how != Force:
		return Action{}, refuse(t, "it is ending already")
	}
	return Action{t, Kill{how}}, bound(t)
}

// NewForceDelete forgets a worker that is stuck on a lost node. The node is
// nil when it can't be read.
func NewForceDelete(j *fleet.Job, w *fleet.Worker, n *fleet.Node) (Action, error) {
	t := workerTarget(j, w)
	switch {
	case w.Pod.Deleted.IsZero():
		return Action{}, refuse(t, "nobody has deleted it: kill it")
	case n != nil && n.Ready:
		return Action{}, refuse(t, "its node %s answers, and will end it", n.Name)
	}
	return Action{t, ForceDelete{Node: w.Pod.Node, Fail: j.Shape.ReplacesFailed}}, bound(t)
}

func (Kill) states() (before, after string)        { return "there", "killed" }
func (ForceDelete) states() (before, after string) { return "ending", "forgotten" }

func (c Kill) title(t Target) string {
	switch c.How {
	case Evict:
		return "evict " + t.String()
	case Force:
		return "kill " + t.String() + " at once, without a grace period"
	}
	return "delete " + t.String()
}

func (c ForceDelete) title(t Target) string {
	return "force the deletion of " + t.String() + " on the lost node " + c.Node
}

func (c Kill) rights(t Target) []Right {
	if c.How == Evict {
		return []Right{{Verb: "create", Resource: "pods", Subresource: "eviction", Namespace: t.Ref.Namespace}}
	}
	return []Right{to("delete", t)}
}

func (c ForceDelete) rights(t Target) []Right {
	if !c.Fail {
		return []Right{to("delete", t)}
	}
	status := to("patch", t)
	status.Subresource = "status"
	return []Right{to("get", t), status, to("delete", t)}
}
