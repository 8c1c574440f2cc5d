package ui

import (
	"cmp"
	"fmt"
	"strings"

	"paddock/fleet"
)

// worstWorker orders workers by their state, worst first; among equals those
// that stand out, then by role and index.
func worstWorker(a, b workerRow) int {
	if n := cmp.Or(a.rank-b.rank, compareBool(b.behind(), a.behind()), compareBool(b.idle > 0, a.idle > 0)); n != 0 {
		return n
	}
	return byPlace(a, b)
}

// byPlace orders workers by role and index.
func byPlace(a, b workerRow) int {
	if n := cmp.Or(strings.Compare(a.Role, b.Role), a.Index-b.Index); n != 0 {
		return n
	}
	return strings.Compare(a.Ref.Name, b.Ref.Name)
}

// workerColumns are the columns of a job's workers.
func workerColumns() []column[workerRow] {
	type row = workerRow
	return []column[row]{
		{title: "WORKER", letter: "W", least: 6, most: 28,
			width: func(r row) int { return cells(workerName(r)) },
			cell:  func(_ *env, r row) span { return workerCell(r) },
			order: byPlace},
		{title: "RANKS", least: 5, most: 11, priority: 5, right: true, source: "pods",
			width: func(r row) int { return cells(ranks(r)) },
			cell:  func(_ *env, r row) span { return number(ranks(r)) }},
		{title: "NODE", letter: "N", least: 6, most: 32, priority: 1, source: "pods",
			width: func(r row) int { return cells(r.Pod.Node) },
			cell:  func(_ *env, r row) span { return nodeCell(r) },
			order: func(a, b row) int { return strings.Compare(a.Pod.Node, b.Pod.Node) }},
		{title: "STATE", letter: "S", least: 5, most: 10, source: "pods",
			width: func(r row) int { return len(r.State) },
			cell:  func(_ *env, r row) span { return span{string(r.State), stateTone(r.State)} },
			order: func(a, b row) int { return a.rank - b.rank }},
		{title: "DEV", letter: "D", least: 3, most: 5, priority: 2, right: true, source: "prometheus",
			cell:  func(_ *env, r row) span { return devicesCell(r) },
			order: func(a, b row) int { return len(a.Devices) - len(b.Devices) }},
		{title: "BUSY", letter: "B", least: 4, priority: 1, right: true, falling: true, volatile: true, source: "prometheus",
			cell:  func(_ *env, r row) span { return workerBusy(r) },
			value: func(r row) float64 { return r.load.Busy }},
		{title: "TENS", letter: "X", least: 4, priority: 2, right: true, falling: true, volatile: true, source: "prometheus",
			cell:  func(_ *env, r row) span { return workerTensor(r) },
			value: func(r row) float64 { return r.load.Tensor }},
		{title: "LAST 15 MIN", least: fleet.HistoryBuckets, priority: 4, source: "prometheus",
			cell: func(e *env, r row) span { return e.spark(r.load.History) }},
		{title: "MEM", letter: "M", least: 9, priority: 5, right: true, falling: true, volatile: true, source: "prometheus",
			cell:  func(_ *env, r row) span { return number(gib(r.load.MemUsed, r.load.MemTotal)) },
			value: func(r row) float64 { return r.load.MemUsed }},
		{title: "POWER", letter: "P", least: 7, priority: 6, right: true, falling: true, volatile: true, source: "prometheus",
			cell:  func(_ *env, r row) span { return number(watts(r.load.Power)) },
			value: func(r row) float64 { return r.load.Power }},
		{title: "TEMP", letter: "H", least: 4, priority: 6, right: true, falling: true, volatile: true, source: "prometheus",
			cell:  func(e *env, r row) span { return temperature(r.load.MaxTemp, e.glyphs.degree) },
			value: func(r row) float64 { return r.load.MaxTemp }},
		{title: "CPU", least: 5, priority: 8, right: true, source: "metrics.k8s.io",
			cell: func(e *env, r row) span { return usageCell(e, r, func(u fleet.Usage) string { return cores(u.CPU) }) }},
		{title: "RAM", least: 8, priority: 8, right: true, source: "metrics.k8s.io",
			cell: func(e *env, r row) span { return usageCell(e, r, func(u fleet.Usage) string { return size(u.Memory) }) }},
		{title: "RST", letter: "R", least: 3, priority: 3, right: true, falling: true, source: "pods",
			cell:  func(_ *env, r row) span { return span{count(lives(r.Worker)), quietZero(lives(r.Worker))} },
			order: func(a, b row) int { return lives(a.Worker) - lives(b.Worker) }},
		{title: "AGE", letter: "A", least: 4, priority: 5, right: true,
			cell:  func(e *env, r row) span { return dim(since(r.Pod.Created, e.now)) },
			order: func(a, b row) int { return b.Pod.Created.Compare(a.Pod.Created) }},
		{title: "WHY", least: leastWhy, most: 30, priority: 1, grow: true,
			width: func(r row) int { return r.wide },
			cell:  func(e *env, r row) span { return workerWhy(e, r) }},
	}
}

// number is a cell of a number, quiet while nobody told it.
func number(text string) span {
	if text == unknown {
		return dim(text)
	}
	return plain(text)
}

// workerName is a worker's short name, or how many are alike.
func workerName(r workerRow) string {
	if r.alike != nil {
		return fmt.Sprintf("= %d alike", len(r.alike))
	}
	return r.Label()
}

func workerCell(r workerRow) span {
	if r.alike != nil {
		return dim(workerName(r))
	}
	return plain(workerName(r))
}

// ranks are the process ranks that a worker runs when its launcher gives them
// out in order; see fleet.Worker.
func ranks(r workerRow) string {
	switch {
	case r.alike != nil || r.Ranks == 0:
		return unknown
	case r.Ranks == 1:
		return count(r.FirstRank)
	}
	return fmt.Sprintf("%d-%d", r.FirstRank, r.FirstRank+r.Ranks-1)
}

// ranksWord says which process ranks a worker runs; "" where nobody knows.
func ranksWord(w *fleet.Worker) string {
	switch w.Ranks {
	case 0:
		return ""
	case 1:
		return "rank " + ranks(workerRow{Worker: w})
	}
	return "ranks " + ranks(workerRow{Worker: w})
}

// nodeCell is the node of a worker; of several how many nodes there are.
func nodeCell(r workerRow) span {
	if r.alike == nil {
		return number(orDash(r.Pod.Node))
	}
	nodes := map[string]bool{}
	for _, w := range r.alike {
		if w.Pod.Node != "" {
			nodes[w.Pod.Node] = true
		}
	}
	if len(nodes) == 0 {
		return dim(unknown)
	}
	return dim(plural(len(nodes), "node"))
}

// devicesCell is how many devices report, of how many the worker holds.
func devicesCell(r workerRow) span {
	if r.Pod.GPUs == 0 || !r.Pod.Holds() {
		return dim(unknown)
	}
	s := plain(fraction(len(r.Devices), r.Pod.GPUs))
	if len(r.Devices) < r.Pod.GPUs {
		s.tone = toneWarn
	}
	return s
}

// workerBusy warns of a worker that idles, or works less than the others.
func workerBusy(r workerRow) span {
	s := number(percent(r.load.Busy))
	if r.idle > 0 || r.lessBusy() {
		s.tone = toneWarn
	}
	return s
}

// workerTensor warns of a worker whose tensor cores rest while the others' work.
func workerTensor(r workerRow) span {
	s := number(percent(r.load.Tensor))
	if r.lessTensor() {
		s.tone = toneWarn
	}
	return s
}

// lives is how often a worker began again: restarts in place and attempts.
func lives(w *fleet.Worker) int { return w.Pod.Restarts + len(w.Earlier) }

// usageCell is a number of metrics.k8s.io, which is asked for one worker at a time.
func usageCell(e *env, r workerRow, text func(fleet.Usage) string) span {
	u, ok := e.fleet.Usage[r.Ref]
	if !ok || r.alike != nil {
		return dim(unknown)
	}
	return plain(text(u))
}

// workerWhy is the reason of a worker's state; of one that runs what stands out.
func workerWhy(e *env, r workerRow) span {
	for _, w := range r.all() {
		if word := e.doingWord(w.Pod.UID); word != "" {
			return span{word, toneAccent}
		}
	}
	switch {
	case r.Why != "":
		return plain(brief(r.Why) + soFar(e, r.Worker))
	case r.behind():
		return span{r.behindWords(), toneWarn}
	case r.idle > 0:
		return span{plural(r.idle, "GPU") + " idle for 15m and more", toneWarn}
	}
	return plain("")
}
