package ui

import (
	"paddock/fleet"
)

// slot is what one GPU of a node does, as far as one cell can tell.
type slot struct {
	kind   slotKind
	busy   float64       // 0 to 1; of slotBusy
	device *fleet.Device // the one that reports; nil for none
	index  int           // of a GPU that does not report, on its node; -1 when nobody knows
}

type slotKind uint8

const (
	slotBusy    slotKind = iota // held, with a reading
	slotIdle                    // held, and not busy over the whole idle window
	slotHeld                    // held, and nobody measures
	slotFree                    // can be given to a pod now
	slotBlocked                 // not held, on a cordoned node
	slotBroken                  // the device plugin calls it unhealthy, or the node is not ready
	slotMissing                 // should report and doesn't
)

// slots is every GPU of a node in its place: by index, those that are silent
// where their number is missing, else behind the others. Which of several
// silent or free GPUs is the broken one nobody says; the arithmetic of the node
// says how many.
func slots(n *fleet.Node) []slot {
	g := n.GPUs
	out := make([]slot, 0, max(g.Capacity, len(n.Devices)))
	silent := n.Silent()
	missing := max(g.Missing, 0) - len(silent)
	for _, d := range n.Devices {
		for len(silent) > 0 && silent[0] < d.Reading.Index {
			out = append(out, slot{kind: slotMissing, index: silent[0]})
			silent = silent[1:]
		}
		out = append(out, deviceSlot(n, d))
	}
	for range missing {
		out = append(out, slot{kind: slotMissing, index: -1})
	}
	if g.Missing < 0 && len(n.Devices) == 0 {
		for i := range g.Capacity {
			out = append(out, slot{kind: unheld(n), index: -1})
			if i < g.Held {
				out[i].kind = slotHeld
			}
		}
	}
	breakUp(out, g.Broken)
	return out
}

// deviceSlot is what a device that reports does. It is held when a pod is known
// to hold it, when the whole node is held, or when it works.
func deviceSlot(n *fleet.Node, d *fleet.Device) slot {
	busy := d.Reading.Util
	works := fleet.Known(busy) && busy >= fleet.IdleBelow
	switch {
	case d.Idle:
		return slot{kind: slotIdle, device: d}
	case len(d.Holders) == 0 && n.GPUs.Held < n.GPUs.Capacity && !works:
		return slot{kind: unheld(n), device: d}
	case !fleet.Known(busy):
		return slot{kind: slotHeld, device: d}
	}
	return slot{kind: slotBusy, busy: busy, device: d}
}

// unheld is what a GPU is that no pod holds.
func unheld(n *fleet.Node) slotKind {
	if n.Object != nil && n.Object.Cordoned {
		return slotBlocked
	}
	return slotFree
}

// breakUp calls so many GPUs broken: the silent ones first, then those that nobody holds.
func breakUp(slots []slot, broken int) {
	for _, pass := range [][]slotKind{{slotMissing}, {slotFree, slotBlocked}} {
		for i := len(slots) - 1; i >= 0 && broken > 0; i-- {
			for _, kind := range pass {
				if slots[i].kind == kind {
					slots[i].kind = slotBroken
					broken--
					break
				}
			}
		}
	}
}

// glyph is the one cell of a GPU: a bar that rises with its utilisation, a
// digit for tens of percent in ASCII, or a sign of its own.
func (s slot) glyph(asciiOnly bool) string {
	switch s.kind {
	case slotIdle:
		return "i"
	case slotHeld:
		return "o"
	case slotFree:
		return "."
	case slotBlocked:
		return "-"
	case slotBroken:
		return "x"
	case slotMissing:
		return "?"
	}
	if asciiOnly {
		return string('0' + rune(min(max(s.busy*10, 0), 9)))
	}
	levels := sparkLevels(false)
	return levels[level(s.busy, len(levels)-1)] // not the full block: rows of it would run into each other
}

// tone says with colour what the glyph says: work is calm, waste and doubt warn, faults are red.
func (s slot) tone() tone {
	switch s.kind {
	case slotIdle, slotMissing:
		return toneWarn
	case slotFree, slotBlocked:
		return toneDim
	case slotBroken:
		return toneBad
	case slotHeld:
		return toneText
	}
	switch {
	case s.busy >= busyWell:
		return toneGood
	case s.busy < busyBarely:
		return toneWarn
	}
	return toneText
}

// look is the tone of a slot; what was measured is dim when that is old.
func (s slot) look(old bool) tone {
	if old && (s.kind == slotBusy || s.kind == slotIdle || s.kind == slotMissing) {
		return toneDim
	}
	return s.tone()
}

// Between these a GPU's utilisation is nothing to look at.
const (
	busyWell   = 0.5
	busyBarely = 0.1
)

// heatLegend explains the glyphs, in as many lines as they need.
func heatLegend(e *env, width int) []string {
	sign := func(s slot, word string) []span {
		return []span{{s.glyph(e.ascii), s.tone()}, dim(" " + word)}
	}
	var scale []span
	for _, v := range []float64{0, 0.15, 0.3, 0.5, 0.7, 0.85, 1} {
		s := slot{busy: v}
		scale = append(scale, span{s.glyph(e.ascii), s.tone()})
	}
	return flow(e, width,
		append(scale, dim(" busy 0 to 100%")),
		sign(slot{kind: slotIdle}, "idle for 15m"),
		sign(slot{kind: slotFree}, "free"),
		sign(slot{kind: slotBroken}, "broken"),
		sign(slot{kind: slotMissing}, "no reading"),
		sign(slot{kind: slotBlocked}, "cordoned"),
		sign(slot{kind: slotHeld}, "held, not measured"),
	)
}

// flow lays parts side by side, and goes on in the next line where one is full.
func flow(e *env, width int, parts ...[]span) []string {
	var lines []string
	line := []span{plain(" ")}
	for _, p := range parts {
		if len(line) > 1 && widthOf(line)+pieceGap+widthOf(p) >= width {
			lines = append(lines, e.line(width, line...))
			line = []span{plain(" ")}
		}
		if len(line) > 1 {
			line = append(line, plain(spaces(pieceGap)))
		}
		line = append(line, p...)
	}
	return append(lines, e.line(width, line...))
}
