package act

// The ways to reach into a worker, as the audit line words them.
const (
	Shell       = "shell"
	PortForward = "port-forward"
)

// Reached is a way into a worker. It changes no object, but what is done
// through it may: it leaves a line when it opens and one when it ends.
type Reached struct {
	Way  string // Shell or PortForward
	Into string // what is reached: "container trainer", "port 6006"
}

// Verb is the way.
func (r Reached) Verb() string { return r.Way }

func (r Reached) states() (before, after string) { return "", r.Into }

func (r Reached) title(t Target) string { return r.Way + " into " + r.Into + " of " + t.String() }

func (r Reached) rights(t Target) []Right {
	sub := "exec"
	if r.Way == PortForward {
		sub = "portforward"
	}
	return []Right{Reach(sub)(t.Ref.Namespace)}
}

func (Reached) cost([]Target, view) Cost { return Cost{} }
