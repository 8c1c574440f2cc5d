package act

import (
	"slices"

	"paddock/fleet"
)

// Guard is what a person must do before a plan is carried out, beyond yes.
type Guard struct {
	Type string // the word to be typed; "" when yes is enough
	Ask  string // a question of its own; "" when there is none
}

// Guard says what stands before the plan on this cluster. The error is a
// Refusal: no change is sent from here at all.
func (p Plan) Guard(c fleet.Cluster) (Guard, error) {
	if c.ReadOnly {
		return Guard{}, &Refusal{Of: c.Context, Why: "it is read-only from here: no change is sent"}
	}
	g := Guard{Ask: p.question()}
	if c.Protected && len(p.Actions) > 0 {
		g.Type = p.name(c)
	}
	return g, nil
}

// name is what is typed on a protected cluster: the name of the one object, or
// job, that is changed; of several the context's.
func (p Plan) name(c fleet.Cluster) string {
	first := p.Actions[0].Target.whole()
	for _, a := range p.Actions {
		if a.Target.whole() != first {
			return c.Context
		}
	}
	return first.Name
}

func (p Plan) question() string {
	var nodes []string
	for _, a := range p.Actions {
		if f, ok := a.Change.(ForceDelete); ok && !slices.Contains(nodes, orNode(f.Node)) {
			nodes = append(nodes, orNode(f.Node))
		}
	}
	if len(nodes) == 0 {
		return ""
	}
	if len(nodes) == 1 {
		return "is " + nodes[0] + " really off?"
	}
	return "are " + list(nodes) + " really off?"
}
