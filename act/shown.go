package act

import "paddock/fleet"

// Shown tells whether a Fleet shows what an Action does: until then its row is
// marked as being worked on. An object that is gone, or another life of it,
// shows everything.
func (a Action) Shown(f *fleet.Fleet) bool {
	v := view{fleet: f}
	switch a.Change.(type) {
	case Cordon, Uncordon:
		n := v.node(a.Target.UID)
		_, cordons := a.Change.(Cordon)
		return n == nil || n.Object.Cordoned == cordons
	case Kill, ForceDelete:
		w := v.worker(a.Target)
		_, forces := a.Change.(ForceDelete)
		return w == nil || w.State.Over() || !w.Pod.Deleted.IsZero() && !forces
	}
	j := v.job(a.Target.UID)
	if j == nil {
		return true
	}
	switch c := a.Change.(type) {
	case Scale:
		return j.Shape.Parallelism == c.To
	case Suspend:
		return j.State == fleet.Suspended || j.State.Over()
	case Resume:
		return j.State != fleet.Suspended
	case Delete:
		return going(j)
	}
	return false // an edit or a restart: what the server answered is all there is to see
}

// worker is the life of a pod that a target means; nil when it is gone.
func (v view) worker(t Target) *fleet.Worker {
	j := v.job(t.JobUID)
	if j == nil {
		return nil
	}
	for _, w := range j.Workers {
		if w.Pod.UID == t.UID {
			return w
		}
	}
	return nil
}

// Doing is the word for an Action under way: "killing".
func (a Action) Doing() string {
	switch a.Change.(type) {
	case Scale:
		return "scaling"
	case Suspend:
		return "suspending"
	case Resume:
		return "resuming"
	case Restart:
		return "restarting"
	case Delete, ForceDelete:
		return "deleting"
	case Kill:
		return "killing"
	case Cordon:
		return "cordoning"
	case Uncordon:
		return "uncordoning"
	case Edit:
		return "editing"
	}
	return "working on it"
}
