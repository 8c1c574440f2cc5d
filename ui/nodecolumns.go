package ui

import (
	"strings"

	"paddock/fleet"
)

// nodeColumns are the columns of the list of nodes.
func nodeColumns() []column[*fleet.Node] {
	type row = *fleet.Node
	out := []column[row]{
		{title: "NODE", letter: "D", least: 10, most: 40,
			width: func(n row) int { return cells(n.Name) },
			cell:  func(_ *env, n row) span { return plain(n.Name) },
			order: func(a, b row) int { return strings.Compare(a.Name, b.Name) }},
		{title: "STATE", letter: "S", least: 9, priority: 1, source: "nodes",
			cell:  func(_ *env, n row) span { return span{nodeState(n), nodeTone(n)} },
			order: worstNode},
	}
	out = append(out, nodeGPUColumns()...)
	out = append(out, nodeLoadColumns()...)
	return append(out,
		nodeText("POOL", "P", 8, 14, func(o *fleet.NodeObject) string { return o.Pool }),
		nodeText("PRODUCT", "", 7, 26, func(o *fleet.NodeObject) string { return o.Product }),
		nodeText("DRIVER", "V", 6, 12, func(o *fleet.NodeObject) string { return o.Driver }),
		nodeText("CUDA", "C", 6, 5, func(o *fleet.NodeObject) string { return o.CUDA }),
		column[row]{title: "AGE", letter: "A", least: 4, priority: 9, right: true,
			cell:  func(e *env, n row) span { return dim(since(nodeCreated(n), e.now)) },
			order: func(a, b row) int { return nodeCreated(b).Compare(nodeCreated(a)) }},
		column[row]{title: "WHY, JOBS", least: 24, priority: 1, grow: true, source: "pods", cell: func(e *env, n row) span { return nodeSays(e, n) }},
	)
}

// nodeGPUColumns count the GPUs of a node.
func nodeGPUColumns() []column[*fleet.Node] {
	type row = *fleet.Node
	counted := func(title, letter string, priority int, source string, get func(fleet.NodeGPUs) int, look func(int) tone) column[row] {
		return column[row]{title: title, letter: letter, least: 4, priority: priority, right: true, falling: true, source: source,
			cell:  func(_ *env, n row) span { return span{count(get(n.GPUs)), look(get(n.GPUs))} },
			value: func(n row) float64 { return knownCount(get(n.GPUs)) }}
	}
	bad := func(n int) tone {
		if n > 0 {
			return toneBad
		}
		return toneDim
	}
	doubt := func(n int) tone {
		if n > 0 {
			return toneWarn
		}
		return toneDim
	}
	return []column[row]{
		counted("GPUS", "U", 1, "nodes", func(g fleet.NodeGPUs) int { return g.Capacity }, quietZero),
		counted("HELD", "H", 1, "pods", func(g fleet.NodeGPUs) int { return g.Held }, quietZero),
		counted("FREE", "F", 1, "pods", func(g fleet.NodeGPUs) int { return g.Free }, quietZero),
		counted("BRKN", "K", 3, "nodes", func(g fleet.NodeGPUs) int { return g.Broken }, bad),
		counted("MISS", "I", 4, "prometheus", func(g fleet.NodeGPUs) int { return g.Missing }, doubt),
	}
}

// nodeLoadColumns are the readings of a node's held devices.
func nodeLoadColumns() []column[*fleet.Node] {
	type row = *fleet.Node
	read := func(title, letter string, least, priority int, get func(fleet.Load) float64, write func(*env, fleet.Load) string) column[row] {
		return column[row]{title: title, letter: letter, least: least, priority: priority, right: true, falling: true, volatile: true, source: "prometheus",
			cell: func(e *env, n row) span {
				text := write(e, n.Load)
				if text == unknown {
					return dim(text)
				}
				return plain(text)
			},
			value: func(r row) float64 { return get(r.Load) }}
	}
	busy := read("BUSY", "B", 4, 2, func(l fleet.Load) float64 { return l.Busy }, nil)
	busy.cell = func(_ *env, n row) span { return busyCell(n.Load, idleOn(n)) }
	temp := read("TEMP", "E", 4, 5, func(l fleet.Load) float64 { return l.MaxTemp }, nil)
	temp.cell = func(e *env, n row) span { return temperature(n.Load.MaxTemp, e.glyphs.degree) }
	return []column[row]{
		busy,
		read("TENS", "X", 4, 3, func(l fleet.Load) float64 { return l.Tensor }, func(_ *env, l fleet.Load) string { return percent(l.Tensor) }),
		{title: "LAST 15 MIN", least: fleet.HistoryBuckets, priority: 5, source: "prometheus",
			cell: func(e *env, n row) span { return e.spark(n.Load.History) }},
		read("MEM", "M", 9, 6, func(l fleet.Load) float64 { return l.MemUsed }, func(_ *env, l fleet.Load) string { return gib(l.MemUsed, l.MemTotal) }),
		read("POWER", "W", 7, 8, func(l fleet.Load) float64 { return l.Power }, func(_ *env, l fleet.Load) string { return watts(l.Power) }),
		temp,
	}
}

// nodeText is a column of a fact of the node.
func nodeText(title, letter string, priority, most int, get func(*fleet.NodeObject) string) column[*fleet.Node] {
	type row = *fleet.Node
	return column[row]{title: title, letter: letter, least: 4, most: most, priority: priority, source: "nodes",
		width: func(n row) int { return cells(nodeFact(n, get)) },
		cell:  func(_ *env, n row) span { return dim(orDash(nodeFact(n, get))) },
		order: func(a, b row) int { return strings.Compare(nodeFact(a, get), nodeFact(b, get)) }}
}

// idleOn counts the devices of a node that are held and not used.
func idleOn(n *fleet.Node) int {
	idle := 0
	for _, d := range n.Devices {
		if d.Idle {
			idle++
		}
	}
	return idle
}

// whyJobs is what is wrong with a node, else, quietly, what it is used for.
func whyJobs(n *fleet.Node) span {
	jobs := strings.Join(nodeJobs(n), " ")
	if why := nodeWhy(n); why != "" {
		return plain(why + after("; ", jobs))
	}
	return dim(jobs)
}

// nodeSays is what a row says of a node: a change under way, else why it is as
// it is and what runs there.
func nodeSays(e *env, n *fleet.Node) span {
	if n.Object != nil {
		if word := e.doingWord(n.Object.UID); word != "" {
			return span{word, toneAccent}
		}
	}
	return whyJobs(n)
}
