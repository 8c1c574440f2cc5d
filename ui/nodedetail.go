package ui

import (
	"fmt"
	"strings"

	"paddock/fleet"
)

// nodeDetail is what is known of a node without opening it, in exactly height lines.
func nodeDetail(e *env, n *fleet.Node, width, height int) []string {
	inset := width - 4
	lines := []string{e.line(width, append([]span{plain(" ")}, pack(width-2, nodeFacts(e, n)...)...)...)}
	if why := nodeWhy(n); why != "" {
		for i, l := range wrap(why, inset) {
			if i < 2 {
				lines = append(lines, e.inset(width, span{l, whyTone(n)}))
			}
		}
	}
	lines = append(lines, e.inset(width, pack(inset, nodeNumbers(e, n)...)...))
	lines = append(lines, e.inset(width, dim("jobs "), plain(orDash(strings.Join(nodeJobs(n), " ")))))
	return fill(lines, width, height)
}

// nodeFacts say what a node is.
func nodeFacts(e *env, n *fleet.Node) []piece {
	fact := func(rank int, word string, get func(*fleet.NodeObject) string) piece {
		v := nodeFact(n, get)
		switch {
		case v == "":
			return piece{}
		case word == "":
			return part(rank, plain(v))
		}
		return part(rank, figure(word, v, toneText)...)
	}
	return []piece{
		part(0, nodeMark(e, n), plain(" "), strong(n.Name)),
		part(0, span{nodeState(n), nodeTone(n)}),
		fact(3, "pool", func(o *fleet.NodeObject) string { return o.Pool }),
		fact(1, "", func(o *fleet.NodeObject) string { return o.Product }),
		fact(2, "driver", func(o *fleet.NodeObject) string { return o.Driver }),
		fact(2, "CUDA", func(o *fleet.NodeObject) string { return o.CUDA }),
		fact(4, "zone", func(o *fleet.NodeObject) string { return o.Zone }),
		part(5, dim("joined "+since(nodeCreated(n), e.now)+" ago")),
	}
}

// nodeNumbers say what a node's GPUs do.
func nodeNumbers(e *env, n *fleet.Node) []piece {
	if n.GPUs.Capacity == 0 && len(n.Devices) == 0 {
		return []piece{part(0, dim("no GPUs"))}
	}
	if n.Load.Devices == 0 && len(n.Devices) > 0 {
		return gpuPieces(n.GPUs) // the numbers are those of held devices
	}
	return append(gpuPieces(n.GPUs), loadPieces(e, n.Load)...)
}

// gpuPieces is the arithmetic of a node's GPUs.
func gpuPieces(g fleet.NodeGPUs) []piece {
	out := []piece{
		part(0, figure("GPUs", count(g.Capacity), toneText)...),
		part(0, figure("held", count(g.Held), toneText)...),
		part(0, figure("free", count(g.Free), toneText)...),
	}
	if g.Broken > 0 {
		out = append(out, part(0, figure("broken", count(g.Broken), toneBad)...))
	}
	if g.Missing > 0 {
		out = append(out, part(1, figure("no reading", count(g.Missing), toneWarn)...))
	}
	return out
}

// usagePiece is a use of CPU or memory beside what there is of it.
func usagePiece(word, used, total string) piece {
	return part(2, dim(word+" "), plain(used), dim(fmt.Sprintf(" of %s", total)))
}
