package ui

import (
	"cmp"
	"strconv"
	"strings"

	"paddock/fleet"
)

// deviceColumns are the columns of a list of devices: of a worker, or of a
// node, where they also tell who holds each. usual is the clock of those that work.
func deviceColumns(held bool, usual func() float64) []column[*fleet.Device] {
	type row = *fleet.Device
	columns := []column[row]{
		{title: "GPU", letter: "I", least: 4, most: 14,
			width: func(d row) int { return cells(d.Label()) },
			cell:  func(_ *env, d row) span { return plain(d.Label()) },
			order: compareDevices},
		{title: "UUID", least: 12, most: 12, priority: 5,
			width: func(d row) int { return cells(shortUUID(d.Reading.UUID)) },
			cell:  func(_ *env, d row) span { return dim(shortUUID(d.Reading.UUID)) },
			order: func(a, b row) int { return strings.Compare(a.Reading.UUID, b.Reading.UUID) }},
		{title: "BUSY", letter: "B", least: 4, right: true, falling: true, volatile: true, source: "prometheus",
			cell:  func(_ *env, d row) span { return deviceBusy(d) },
			value: func(r row) float64 { return r.Reading.Util }},
		{title: "TENS", letter: "X", least: 4, right: true, falling: true, volatile: true, source: "prometheus",
			cell:  func(_ *env, d row) span { return number(percent(d.Reading.Tensor)) },
			value: func(r row) float64 { return r.Reading.Tensor }},
		{title: "LAST 15 MIN", least: fleet.HistoryBuckets, priority: 2, source: "prometheus",
			cell: func(e *env, d row) span { return e.spark(d.History) }},
		{title: "MEM", letter: "M", least: 7, priority: 1, right: true, falling: true, volatile: true, source: "prometheus",
			cell:  func(_ *env, d row) span { return number(gib(d.Reading.MemUsed, d.Reading.MemTotal)) },
			value: func(r row) float64 { return r.Reading.MemUsed }},
		{title: "POWER", letter: "P", least: 6, priority: 3, right: true, falling: true, volatile: true, source: "prometheus",
			cell:  func(_ *env, d row) span { return number(watts(d.Reading.Power)) },
			value: func(r row) float64 { return r.Reading.Power }},
		{title: "TEMP", letter: "H", least: 4, priority: 3, right: true, falling: true, volatile: true, source: "prometheus",
			cell:  func(e *env, d row) span { return temperature(d.Reading.Temp, e.glyphs.degree) },
			value: func(r row) float64 { return r.Reading.Temp }},
		{title: "CLOCK", least: 8, priority: 4, right: true, source: "prometheus",
			cell: func(_ *env, d row) span { return clock(d, usual()) }},
		{title: "XID", least: 4, priority: 1, right: true, source: "prometheus",
			cell: xidCell},
	}
	if held {
		columns = append(columns, column[row]{title: "HELD BY", letter: "J", least: 12, most: 30, grow: true, source: "prometheus",
			cell:  func(_ *env, d row) span { return holdersCell(d) },
			order: func(a, b row) int { return strings.Compare(holdersCell(a).text, holdersCell(b).text) }})
	}
	return columns
}

// deviceTable is a table of devices, in the order of their index.
func deviceTable(held bool, usual func() float64) table[*fleet.Device] {
	return table[*fleet.Device]{
		columns: deviceColumns(held, usual), normal: compareDevices, word: "by index",
		id: func(d *fleet.Device) identity {
			return identity{fleet.Ref{Kind: "Device", Namespace: d.Node, Name: d.Label()}, cmp.Or(d.Reading.UUID, d.Reading.Instance) + d.Reading.Slice}
		},
	}
}

// compareDevices orders devices by index; one whose index nobody knows comes last.
func compareDevices(a, b *fleet.Device) int {
	x, y := a.Reading.Index, b.Reading.Index
	return cmp.Or(strings.Compare(a.Node, b.Node), compareBool(x < 0, y < 0), x-y, strings.Compare(a.Reading.Slice, b.Reading.Slice), strings.Compare(a.Reading.Instance, b.Reading.Instance))
}

// shortUUID is enough of a UUID to find the device in another tool.
func shortUUID(uuid string) string {
	if len(uuid) > 12 && printable(uuid) {
		return uuid[:12]
	}
	return uuid
}

func deviceBusy(d *fleet.Device) span {
	s := number(percent(d.Reading.Util))
	if d.Idle {
		s.tone = toneWarn
	}
	return s
}

// xidCell is the last XID of a device. The gauge keeps its value for good:
// only one that was seen to change is news.
func xidCell(_ *env, d *fleet.Device) span {
	switch {
	case d.Reading.XID < 0:
		return dim(unknown)
	case d.Reading.XID == 0:
		return dim("0")
	case d.Reading.XIDAt.IsZero():
		return plain(strconv.Itoa(d.Reading.XID))
	}
	return span{strconv.Itoa(d.Reading.XID), toneBad}
}

// holdersCell names the pods that hold a device, and marks what is only inferred.
func holdersCell(d *fleet.Device) span {
	if len(d.Holders) == 0 {
		return dim("free")
	}
	names := make([]string, len(d.Holders))
	for i, h := range d.Holders {
		names[i] = h.String()
	}
	s := plain(strings.Join(names, ", "))
	if len(names) > 1 {
		s.text = "shared: " + s.text
	}
	if d.Inferred {
		s.text += " (the only pod there)"
	}
	return s
}
