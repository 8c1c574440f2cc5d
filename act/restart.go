package act

import "paddock/fleet"

// Restart ends all workers of a job and starts it over. Jobs don't restart by
// themselves: it is suspended and resumed, which keeps its UID, or deleted and
// created anew.
type Restart struct {
	Anew bool // delete it and create it anew
	// Manifest is what the job is created anew from, as YAML. Package kube makes
	// it; it must be saved before the Action is executed, because it is all that
	// is left if the creation fails. "" while nobody has read it: package live
	// does when the Action is carried out.
	Manifest string
}

// Verb is "restart".
func (Restart) Verb() string { return "restart" }

// NewRestart restarts a job by suspending and resuming it. One that is over is
// to be created anew: see NewRestartAnew.
func NewRestart(j *fleet.Job) (Action, error) {
	t := jobTarget(j)
	switch err := alive(j); {
	case j.State.Over():
		return Action{}, refuse(t, "it is over (%s), and can only be deleted and created anew", j.State)
	case err != nil:
		return Action{}, err
	case j.State == fleet.Suspended:
		return Action{}, refuse(t, "it is suspended: resume it")
	case queued(j):
		return Action{}, refuse(t, "it waits in queue %s: nothing runs", j.Queue)
	}
	return Action{t, Restart{}}, nil
}

// CanRestartAnew says why a job can't be deleted and created anew; nil when it can.
func CanRestartAnew(j *fleet.Job) error {
	t := jobTarget(j)
	if going(j) {
		return refuse(t, "it is being deleted")
	}
	if len(j.Parents) > 0 {
		return refuse(t, "it is made by %s %s: that makes the next one", j.Parents[0].Ref.Kind, j.Parents[0].Ref.Name)
	}
	return owned(j)
}

// NewRestartAnew deletes a job and creates it anew from the manifest, which may
// be read later.
func NewRestartAnew(j *fleet.Job, manifest string) (Action, error) {
	t := jobTarget(j)
	if err := CanRestartAnew(j); err != nil {
		return Action{}, err
	}
	return Action{t, Restart{Anew: true, Manifest: manifest}}, nil
}

func (c Restart) states() (before, after string) {
	if c.Anew {
		return "there", "deleted and created anew"
	}
	return "active", "suspended and resumed"
}

func (c Restart) title(t Target) string {
	if c.Anew {
		return "delete " + t.Ref.String() + " and create it anew"
	}
	return "restart " + t.Ref.String()
}

func (c Restart) rights(t Target) []Right {
	read, watch := to("get", t), to("watch", t)
	if c.Anew {
		return []Right{read, watch, to("delete", t), to("create", t)}
	}
	return append(switching(t), read, watch)
}
