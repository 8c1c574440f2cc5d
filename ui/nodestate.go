package ui

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"paddock/fleet"
)

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

// nodeTone is the tone of a node's state.
func nodeTone(n *fleet.Node) tone {
	switch nodeState(n) {
	case "ready":
		return toneText // what is well is quiet
	case "cordoned":
		return toneWarn
	}
	return toneBad
}

// whyTone is the tone of what is wrong with a node.
func whyTone(n *fleet.Node) tone {
	if t := nodeTone(n); t != toneText {
		return t
	}
	return toneWarn
}

// nodeMark is the sign before a node; a node that is well has none.
func nodeMark(e *env, n *fleet.Node) span {
	switch nodeState(n) {
	case "not ready", "broken":
		return span{e.glyphs.states[fleet.Failing], toneBad}
	case "cordoned":
		return span{e.glyphs.states[fleet.Suspended], toneWarn}
	}
	if nodeWhy(n) != "" {
		return span{"!", toneWarn}
	}
	return plain(" ")
}

// nodeWhy is the one line of what is wrong with a node; "" when nothing is, or
// when its state says it already.
func nodeWhy(n *fleet.Node) string {
	if n.Why == nodeState(n) {
		return strings.Join(n.Faults(), "; ")
	}
	return n.Trouble()
}

// worstNode orders nodes: what is broken first, nodes without GPUs last, then by name.
func worstNode(a, b *fleet.Node) int {
	return cmp.Or(cmp.Compare(nodeRank(a), nodeRank(b)), strings.Compare(a.Name, b.Name))
}

func nodeRank(n *fleet.Node) int {
	switch nodeState(n) {
	case "not ready":
		return 0
	case "broken":
		return 1
	}
	switch {
	case n.GPUs.Broken > 0 || slices.ContainsFunc(n.Devices, (*fleet.Device).Faulty):
		return 2
	case n.GPUs.Missing > 0:
		return 3
	case n.Why != "":
		return 4
	case n.GPUs.Capacity == 0:
		return 6
	}
	return 5
}

// nodeJobs are the jobs whose workers run on a node, each once, by name.
func nodeJobs(n *fleet.Node) []string {
	var jobs []string
	for _, w := range n.Workers {
		if !w.State.Over() {
			jobs = append(jobs, w.Job.String())
		}
	}
	slices.Sort(jobs)
	return slices.Compact(jobs)
}

// nodeFact is a fact of the node's object; "" when it is not known.
func nodeFact(n *fleet.Node, get func(*fleet.NodeObject) string) string {
	if n.Object == nil {
		return ""
	}
	return get(n.Object)
}

// nodeCreated is when the node joined the cluster; zero when it is not known.
func nodeCreated(n *fleet.Node) time.Time {
	if n.Object == nil {
		return time.Time{}
	}
	return n.Object.Created
}
