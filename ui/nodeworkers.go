package ui

import (
	"cmp"
	"strings"

	"paddock/fleet"
)

// heaviestWorker puts the workers with most GPUs first, those that are over last.
func heaviestWorker(a, b *fleet.Worker) int {
	return cmp.Or(compareBool(a.State.Over(), b.State.Over()), b.Pod.GPUs-a.Pod.GPUs,
		strings.Compare(a.Ref.Namespace, b.Ref.Namespace), strings.Compare(a.Ref.Name, b.Ref.Name))
}

// nodeWorkerColumns are the columns of the workers on a node.
func nodeWorkerColumns() []column[*fleet.Worker] {
	type row = *fleet.Worker
	rank := stateRanks()
	used := func(e *env, w row, write func(fleet.Usage) string) span {
		u, ok := e.fleet.Usage[w.Ref]
		if !ok {
			return dim(unknown)
		}
		return plain(write(u))
	}
	return []column[row]{
		{title: "WORKER", letter: "W", least: 8, most: 48, width: func(w row) int { return cells(w.Ref.Name) },
			cell:  func(_ *env, w row) span { return plain(w.Ref.Name) },
			order: func(a, b row) int { return strings.Compare(a.Ref.Name, b.Ref.Name) }},
		{title: "TEAM", letter: "T", least: 4, most: 16, priority: 1, width: func(w row) int { return cells(w.Ref.Namespace) },
			cell:  func(_ *env, w row) span { return plain(w.Ref.Namespace) },
			order: func(a, b row) int { return strings.Compare(a.Ref.Namespace, b.Ref.Namespace) }},
		{title: "STATE", letter: "S", least: 5, most: 10, source: "pods", width: func(w row) int { return len(w.State) }, cell: func(_ *env, w row) span { return span{string(w.State), stateTone(w.State)} },
			order: func(a, b row) int { return rank[a.State] - rank[b.State] }},
		{title: "GPUS", letter: "U", least: 4, priority: 1, right: true, falling: true, cell: func(_ *env, w row) span { return span{count(w.Pod.GPUs), quietZero(w.Pod.GPUs)} },
			order: func(a, b row) int { return a.Pod.GPUs - b.Pod.GPUs }},
		{title: "BUSY", letter: "B", least: 4, priority: 1, right: true, falling: true, volatile: true, source: "prometheus",
			cell:  func(_ *env, w row) span { return busyCell(w.Load, idleDevices([]*fleet.Worker{w})) },
			value: func(r row) float64 { return r.Load.Busy }},
		{title: "TENS", letter: "X", least: 4, priority: 2, right: true, falling: true, volatile: true, source: "prometheus",
			cell:  func(_ *env, w row) span { return number(percent(w.Load.Tensor)) },
			value: func(r row) float64 { return r.Load.Tensor }},
		{title: "CPU", least: 5, priority: 4, right: true, source: "metrics.k8s.io",
			cell: func(e *env, w row) span { return used(e, w, func(u fleet.Usage) string { return cores(u.CPU) }) }},
		{title: "RAM", least: 8, priority: 4, right: true, source: "metrics.k8s.io",
			cell: func(e *env, w row) span { return used(e, w, func(u fleet.Usage) string { return size(u.Memory) }) }},
		{title: "AGE", letter: "A", least: 4, priority: 3, right: true, cell: func(e *env, w row) span { return dim(since(w.Pod.Created, e.now)) },
			order: func(a, b row) int { return b.Pod.Created.Compare(a.Pod.Created) }},
		{title: "WHY", least: 8, priority: 2, grow: true, cell: func(_ *env, w row) span { return plain(w.Why) }},
	}
}
