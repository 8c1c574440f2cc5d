package act

import (
	"fmt"

	"paddock/fleet"
)

// Cordon keeps new pods off a node; what runs there goes on.
type Cordon struct{}

// Uncordon lets new pods onto a node again.
type Uncordon struct{}

// Verb is "cordon".
func (Cordon) Verb() string { return "cordon" }

// Verb is "uncordon".
func (Uncordon) Verb() string { return "uncordon" }

func nodeTarget(n *fleet.Node) Target {
	return Target{Ref: fleet.Ref{Kind: "Node", Name: n.Name}, APIVersion: "v1", UID: n.Object.UID}
}

// NewCordon cordons a node.
func NewCordon(n *fleet.Node) (Action, error) {
	t := nodeTarget(n)
	if n.Object.Cordoned {
		return Action{}, already(t, "it is cordoned already")
	}
	return Action{t, Cordon{}}, bound(t)
}

// NewUncordon uncordons a node.
func NewUncordon(n *fleet.Node) (Action, error) {
	t := nodeTarget(n)
	if !n.Object.Cordoned {
		return Action{}, already(t, "it is not cordoned")
	}
	return Action{t, Uncordon{}}, bound(t)
}

func (Cordon) states() (before, after string)   { return "schedulable", "cordoned" }
func (Uncordon) states() (before, after string) { return "cordoned", "schedulable" }

func (Cordon) title(t Target) string   { return "cordon " + t.Ref.Name }
func (Uncordon) title(t Target) string { return "uncordon " + t.Ref.Name }

func (Cordon) rights(t Target) []Right   { return []Right{to("patch", t)} }
func (Uncordon) rights(t Target) []Right { return []Right{to("patch", t)} }

func (Cordon) cost(ts []Target, v view) Cost {
	c := Cost{Says: []string{"no new pod starts there; what runs there goes on"}}
	n := v.node(ts[0].UID)
	if n == nil {
		return c
	}
	if n.GPUs.Free > 0 {
		c.Says = append(c.Says, fmt.Sprintf("its free GPUs go to nobody: %d", n.GPUs.Free))
	}
	if len(n.Workers) > 0 {
		c.Says = append(c.Says, fmt.Sprintf("%s on it; drain is left to kubectl: kubectl drain %s --ignore-daemonsets", count(len(n.Workers), "worker"), n.Name))
	}
	return c
}

func (Uncordon) cost(ts []Target, v view) Cost {
	c := Cost{Says: []string{"new pods may start there again"}}
	n := v.node(ts[0].UID)
	switch {
	case n == nil:
	case !n.Ready:
		c.Says = append(c.Says, "it is not ready, so that nothing starts there before it is")
	default:
		if faults := n.Faults(); len(faults) > 0 {
			c.Says = append(c.Says, "it still has a fault: "+faults[0])
		}
	}
	return c
}
