package ui

import (
	"strconv"

	"paddock/fleet"
)

// deviceSlots is what the heat map draws for each row of a node's devices.
type deviceSlots map[*fleet.Device]slot

// nodeDevices is the table of a node's devices: with the heat map's sign before
// those that don't work, and who holds each in the words of the node's arithmetic.
func nodeDevices(of func() deviceSlots, usual func() float64) table[*fleet.Device] {
	t := deviceTable(true, usual)
	t.empty = func(e *env) []string { return []string{noLoad(e)} }
	t.mark = func(e *env, d *fleet.Device) span {
		s := of()[d]
		if s.kind == slotBusy { // its numbers follow
			return plain(" ")
		}
		return span{s.glyph(e.ascii), s.tone()}
	}
	held := &t.columns[len(t.columns)-1]
	held.cell = func(_ *env, d *fleet.Device) span {
		s := of()[d]
		switch {
		case len(d.Holders) > 0:
			return holdersCell(d)
		case s.device == nil && s.kind == slotBroken:
			return span{"broken, no reading", toneBad}
		case s.device == nil:
			return span{"no reading", toneWarn}
		}
		return dim(unheldWord(s.kind))
	}
	return t
}

// deviceRows are the devices of a node, those that should report and don't in
// their places among the others. Where none reports there is nothing to list.
func deviceRows(n *fleet.Node) ([]*fleet.Device, deviceSlots) {
	if len(n.Devices) == 0 {
		return nil, nil
	}
	all := slots(n)
	rows, of := make([]*fleet.Device, len(all)), make(deviceSlots, len(all))
	for i, s := range all {
		rows[i] = s.device
		if s.device == nil {
			rows[i] = silentDevice(n.Name, s.index, i)
		}
		of[rows[i]] = s
	}
	return rows, of
}

// silentDevice is a row for a GPU of which nothing is known but that it should
// be there; its place tells it from others of its kind.
func silentDevice(node string, index, place int) *fleet.Device {
	no := fleet.Unknown()
	return &fleet.Device{Node: node, Reading: &fleet.Reading{
		Hardware: &fleet.Hardware{Index: index, Instance: strconv.Itoa(place)},
		Util:     no, Tensor: no, MemUsed: no, MemTotal: no, Power: no, Temp: no, SMClock: no, XID: -1,
	}}
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
