package ui

import "paddock/fleet"

// nodeState is one word for what a node is worth.
func nodeState(n *fleet.Node) string {
	switch {
	case !n.Ready:
		return "not ready"
	case n.Object != nil && n.Object.Cordoned:
		return "cordoned"
	case n.GPUs.Broken > 0:
		return "broken"
	}
	return "ready"
}
