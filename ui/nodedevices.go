package ui

import (
	"slices"

	"paddock/fleet"
)

// nodeDevices is the table of a node's devices: with the heat map's sign before
// those that don't work, and who holds each in the words of the node's arithmetic.
func nodeDevices(of func() *fleet.Node) table[*fleet.Device] {
	t := deviceTable(true)
	t.empty = func(e *env) []string { return []string{noLoad(e)} }
	t.mark = func(e *env, d *fleet.Device) span {
		s := slotOf(of(), d)
		if s.kind == slotBusy { // its numbers follow
			return plain(" ")
		}
		return span{s.glyph(e.ascii), s.tone()}
	}
	held := &t.columns[len(t.columns)-1]
	held.cell = func(_ *env, d *fleet.Device) span {
		if len(d.Holders) > 0 {
			return holdersCell(d)
		}
		return dim(unheldWord(slotOf(of(), d).kind))
	}
	return t
}

// slotOf is what the heat map draws for a device.
func slotOf(n *fleet.Node, d *fleet.Device) slot {
	return slots(n)[slices.Index(n.Devices, d)]
}

// unheldWord says of a device without a known holder what it is.
func unheldWord(kind slotKind) string {
	switch kind {
	case slotFree:
		return "free"
	case slotBlocked:
		return "free, but the node is cordoned"
	case slotBroken:
		return "nobody: broken"
	}
	return "a pod that the series don't name"
}
