package ui

import (
	"cmp"
	"fmt"
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

// nodeWhy is the one line of what is wrong with a node; "" when nothing is.
func nodeWhy(n *fleet.Node) string {
	why := strings.TrimSuffix(n.Why, ".")
	if why == nodeState(n) { // the state says it already
		why = ""
	}
	if why == "" && n.GPUs.Broken <= 0 && n.GPUs.Missing <= 0 && !anyFault(n) {
		return ""
	}
	var parts []string
	if why != "" {
		parts = append(parts, why)
	}
	if n.GPUs.Broken > 0 && n.Ready {
		parts = append(parts, fmt.Sprintf("%d of %s broken", n.GPUs.Broken, plural(n.GPUs.Capacity, "GPU")))
	}
	for _, d := range n.Devices {
		if faulty(d) {
			parts = append(parts, fmt.Sprintf("XID %d on GPU %s", d.Reading.XID, deviceName(d)))
		}
	}
	if n.GPUs.Missing > 0 {
		parts = append(parts, plural(n.GPUs.Missing, "GPU")+" without a reading")
	}
	return strings.Join(parts, "; ")
}

// faulty tells whether a device had an XID while it was watched: the gauge
// keeps the last one for ever, so one that was there from the start says little.
func faulty(d *fleet.Device) bool { return d.Reading.XID > 0 && !d.Reading.XIDAt.IsZero() }

func anyFault(n *fleet.Node) bool { return slices.ContainsFunc(n.Devices, faulty) }

// worstNode orders nodes: what is broken first, nodes without GPUs last, then by name.
func worstNode(a, b *fleet.Node) int {
	return cmp.Or(cmp.Compare(nodeRank(a), nodeRank(b)), strings.Compare(a.Name, b.Name))
}

func nodeRank(n *fleet.Node) int {
	switch {
	case !n.Ready:
		return 0
	case n.GPUs.Broken > 0 || anyFault(n):
		return 1
	case n.GPUs.Missing > 0:
		return 2
	case n.Why != "":
		return 3
	case n.GPUs.Capacity == 0:
		return 5
	}
	return 4
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
