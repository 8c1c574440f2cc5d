package act

import (
	"errors"
	"time"

	"paddock/fleet"
)

// Plan is one change to one or to several targets, with those that it refuses:
// what a dialog shows, and what is sent when it is answered with yes.
type Plan struct {
	Actions []Action
	Refused []*Refusal
}

// Add takes what a constructor of an Action returned.
func (p *Plan) Add(a Action, err error) {
	var r *Refusal
	switch {
	case err == nil:
		p.Actions = append(p.Actions, a)
	case errors.As(err, &r):
		p.Refused = append(p.Refused, r)
	default:
		p.Refused = append(p.Refused, &Refusal{Of: a.Target.String(), Why: err.Error(), Target: a.Target})
	}
}

// Prune plans the deletion of jobs that are over and ended before a time ago.
func Prune(jobs []*fleet.Job, olderThan time.Duration, now time.Time) Plan {
	var p Plan
	for _, j := range jobs {
		if j.State.Over() && j.Known && !j.Finished.IsZero() && now.Sub(j.Finished) > olderThan {
			p.Add(NewDelete(j, false))
		}
	}
	return p
}

// Cost adds up what the change means. Workers of one job are counted together:
// the back-off and its limit are the job's. With several jobs or nodes each
// sentence names those that it is about, and is said once.
func (p Plan) Cost(f *fleet.Fleet, now time.Time) Cost {
	groups := p.groups()
	var out Cost
	var says []string
	about := map[string][]string{}
	for _, g := range groups {
		ts := make([]Target, len(g))
		for i, a := range g {
			ts[i] = a.Target
		}
		c := g[0].Change.cost(ts, view{f, now})
		out.GPUs += c.GPUs
		out.GPUHours += c.GPUHours
		for _, s := range c.Says {
			if about[s] == nil {
				says = append(says, s)
			}
			about[s] = append(about[s], ts[0].whole().String())
		}
	}
	for _, s := range says {
		switch names := about[s]; {
		case len(groups) == 1:
		case len(names) == len(groups):
			s = "each: " + s
		default:
			s = list(names) + ": " + s
		}
		out.Says = append(out.Says, s)
	}
	return out
}

// Objects names what a plan is about, the workers of a job together: "nlp/sft: w0, w3".
func (p Plan) Objects() []string {
	var out []string
	var last fleet.Ref
	for _, a := range p.Actions {
		t := a.Target
		switch {
		case t.Label == "":
			out = append(out, t.Ref.String())
			last = fleet.Ref{}
		case t.Job == last:
			out[len(out)-1] += ", " + t.Label
		default:
			out = append(out, t.Job.String()+": "+t.Label)
			last = t.Job
		}
	}
	return out
}

// Gone tells whether nothing of what a plan is about is there any more, as far
// as a complete Fleet tells.
func (p Plan) Gone(f *fleet.Fleet) bool {
	v := view{fleet: f}
	for _, a := range p.Actions {
		switch t := a.Target; {
		case !f.Complete:
			return false
		case t.Label != "" && v.worker(t) != nil, t.Label == "" && v.job(t.UID) != nil, v.node(t.UID) != nil:
			return false
		case t.Label == "" && t.Ref.Kind != "Job" && t.Ref.Kind != "Node": // not in the Fleet
			return false
		}
	}
	return len(p.Actions) > 0
}

// groups parts the actions by job, in their order; each node stands alone.
// What is changed differently, is told differently.
func (p Plan) groups() [][]Action {
	type key struct {
		ref    fleet.Ref
		uid    string
		change Change
	}
	var out [][]Action
	at := map[key]int{}
	for _, a := range p.Actions {
		k := key{a.Target.whole(), a.Target.JobUID, a.Change}
		i, ok := at[k]
		if !ok {
			i, at[k] = len(out), len(out)
			out = append(out, nil)
		}
		out[i] = append(out[i], a)
	}
	return out
}

// whole is the job of a target, or the target itself.
func (t Target) whole() fleet.Ref {
	if t.Job.Name != "" {
		return t.Job
	}
	return t.Ref
}

// Title is the plan in one line.
func (p Plan) Title() string {
	if len(p.Actions) == 0 {
		return "nothing to do"
	}
	first := p.Actions[0]
	if len(p.Actions) == 1 {
		return first.Title()
	}
	what := "job"
	switch {
	case first.Target.Label != "":
		what = "worker"
	case first.Target.Ref.Kind == "Node":
		what = "node"
	}
	return first.Change.Verb() + " " + count(len(p.Actions), what)
}

// Needs lists the rights that the plan needs, each once.
func (p Plan) Needs() []Right {
	var out []Right
	seen := map[Right]bool{}
	for _, a := range p.Actions {
		for _, r := range a.Needs() {
			if !seen[r] {
				seen[r] = true
				out = append(out, r)
			}
		}
	}
	return out
}

// Permit moves to the refused what the user has no right to. A right that is
// not in the map could not be asked for: the server has the last word then.
func (p Plan) Permit(allowed map[Right]bool) Plan {
	out := Plan{Refused: append([]*Refusal(nil), p.Refused...)}
	for _, a := range p.Actions {
		out.Add(a, a.permit(allowed))
	}
	return out
}

func (a Action) permit(allowed map[Right]bool) error {
	if r, missing := Missing(a.Needs(), allowed); missing {
		return refuse(a.Target, "you may not %s; check with: %s", r, r.Check())
	}
	return nil
}
