package ui

import (
	"strconv"
	"strings"
	"time"

	"paddock/fleet"
)

// jobKeys is what jobs can be filtered by.
func jobKeys() []filterKey[*fleet.Job] {
	type job = *fleet.Job
	return []filterKey[job]{
		{words: func(j job, yes func(string) bool) bool {
			return yes(j.Ref.Name) || yes(j.Ref.Namespace) || yes(string(j.State)) || yes(j.Ref.Kind) ||
				yes(j.Why) || yes(j.Queue) || yes(j.Ref.String())
		}},
		{name: "name", help: "name", words: func(j job, yes func(string) bool) bool { return yes(j.Ref.Name) }},
		{name: "team", help: "namespace", whole: entire, words: func(j job, yes func(string) bool) bool { return yes(j.Ref.Namespace) }},
		{name: "state", help: "state", whole: beginning, words: func(j job, yes func(string) bool) bool { return yes(string(j.State)) }},
		{name: "kind", help: "kind of job", words: func(j job, yes func(string) bool) bool { return yes(j.Ref.Kind) }},
		{name: "node", help: "node of a worker", words: func(j job, yes func(string) bool) bool {
			for _, w := range j.Workers {
				if workerNode(w) != "" && yes(workerNode(w)) {
					return true
				}
			}
			return false
		}},
		{name: "image", help: "image", words: func(j job, yes func(string) bool) bool { return yes(j.Image) }},
		{name: "product", help: "GPU product", words: func(j job, yes func(string) bool) bool { return yesProduct(j.Product, yes) }},
		{name: "queue", help: "queue", words: func(j job, yes func(string) bool) bool { return yes(j.Queue) }},
		{name: "why", help: "reason", words: func(j job, yes func(string) bool) bool { return yes(j.Why) || yes(j.Reason) }},
		{name: "gpus", help: "GPUs asked for", number: func(j job) float64 { return float64(j.GPUs.Requested) }},
		{name: "held", help: "GPUs held", number: func(j job) float64 { return float64(j.GPUs.Held) }},
		{name: "busy", help: "mean utilisation", share: true, number: func(j job) float64 { return j.Load.Busy }},
		{name: "tens", help: "mean tensor activity", share: true, number: func(j job) float64 { return j.Load.Tensor }},
		{name: "mem", help: "GPU memory in use", share: true, number: func(j job) float64 { return j.Load.MemUsed / j.Load.MemTotal }},
		{name: "restarts", help: "attempts beyond the first", number: func(j job) float64 { return float64(j.Restarts) }},
		{name: "age", help: "time since it was created", since: func(j job) time.Time { return j.Created }},
		{name: "idle", help: "holds an idle GPU", flag: func(j job) bool {
			for _, w := range j.Workers {
				if anyIdle(w.Devices) {
					return true
				}
			}
			return false
		}},
	}
}

// workerKeys is what workers can be filtered by.
func workerKeys() []filterKey[*fleet.Worker] {
	type worker = *fleet.Worker
	return []filterKey[worker]{
		{words: func(w worker, yes func(string) bool) bool {
			return yes(w.Ref.Name) || yes(w.Ref.Namespace) || yes(w.Role) || yes(string(w.State)) || yes(w.Why) || yes(workerNode(w))
		}},
		{name: "name", help: "pod", words: func(w worker, yes func(string) bool) bool { return yes(w.Ref.Name) }},
		{name: "team", help: "namespace", whole: entire, words: func(w worker, yes func(string) bool) bool { return yes(w.Ref.Namespace) }},
		{name: "job", help: "job", words: func(w worker, yes func(string) bool) bool { return yes(w.Job.Name) }},
		{name: "kind", help: "kind of job", words: func(w worker, yes func(string) bool) bool { return yes(w.Job.Kind) }},
		{name: "role", help: "role", whole: beginning, words: func(w worker, yes func(string) bool) bool { return yes(w.Role) }},
		{name: "rank", help: "process rank, as a log names it", whole: entire, words: func(w worker, yes func(string) bool) bool {
			for rank := range w.Ranks {
				if yes(strconv.Itoa(w.FirstRank + rank)) {
					return true
				}
			}
			return false
		}},
		{name: "state", help: "state", whole: beginning, words: func(w worker, yes func(string) bool) bool { return yes(string(w.State)) }},
		{name: "node", help: "node", words: func(w worker, yes func(string) bool) bool { return yes(workerNode(w)) }},
		{name: "image", help: "image", words: func(w worker, yes func(string) bool) bool { return w.Pod != nil && yes(w.Pod.Main.Image) }},
		{name: "product", help: "GPU product", words: func(w worker, yes func(string) bool) bool {
			return len(w.Devices) > 0 && yesProduct(w.Devices[0].Reading.Product, yes)
		}},
		{name: "why", help: "reason", words: func(w worker, yes func(string) bool) bool { return yes(w.Why) || yes(w.Reason) }},
		{name: "gpus", help: "GPUs asked for", number: func(w worker) float64 {
			if w.Pod == nil {
				return fleet.Unknown()
			}
			return float64(w.Pod.GPUs)
		}},
		{name: "busy", help: "mean utilisation", share: true, number: func(w worker) float64 { return w.Load.Busy }},
		{name: "tens", help: "mean tensor activity", share: true, number: func(w worker) float64 { return w.Load.Tensor }},
		{name: "mem", help: "GPU memory in use", share: true, number: func(w worker) float64 { return w.Load.MemUsed / w.Load.MemTotal }},
		{name: "temp", help: "hottest GPU, degrees", number: func(w worker) float64 { return w.Load.MaxTemp }},
		{name: "age", help: "time since it was created", since: func(w worker) time.Time {
			if w.Pod == nil {
				return time.Time{}
			}
			return w.Pod.Created
		}},
		{name: "idle", help: "holds an idle GPU", flag: func(w worker) bool { return anyIdle(w.Devices) }},
	}
}

// nodeKeys is what nodes can be filtered by.
func nodeKeys() []filterKey[*fleet.Node] {
	type node = *fleet.Node
	text := func(get func(*fleet.NodeObject) string) func(node, func(string) bool) bool {
		return func(n node, yes func(string) bool) bool { return n.Object != nil && yes(get(n.Object)) }
	}
	pool := text(func(o *fleet.NodeObject) string { return o.Pool })
	return []filterKey[node]{
		{words: func(n node, yes func(string) bool) bool {
			return yes(n.Name) || yes(nodeState(n)) || yes(n.Why) || pool(n, yes) || nodeProduct(n, yes)
		}},
		{name: "node", help: "name", words: func(n node, yes func(string) bool) bool { return yes(n.Name) }},
		{name: "state", help: "ready, cordoned, notready, broken", whole: beginning, words: func(n node, yes func(string) bool) bool {
			return yes(strings.ReplaceAll(nodeState(n), " ", ""))
		}},
		{name: "pool", help: "node pool", words: pool},
		{name: "zone", help: "zone", words: text(func(o *fleet.NodeObject) string { return o.Zone })},
		{name: "product", help: "GPU product", words: nodeProduct},
		{name: "driver", help: "driver version", whole: beginning, words: text(func(o *fleet.NodeObject) string { return o.Driver })},
		{name: "cuda", help: "highest CUDA of the driver", whole: beginning, words: text(func(o *fleet.NodeObject) string { return o.CUDA })},
		{name: "team", help: "namespace of a worker", whole: entire, words: func(n node, yes func(string) bool) bool {
			for _, w := range n.Workers {
				if yes(w.Ref.Namespace) {
					return true
				}
			}
			return false
		}},
		{name: "job", help: "job of a worker", words: func(n node, yes func(string) bool) bool {
			for _, w := range n.Workers {
				if yes(w.Job.Name) {
					return true
				}
			}
			return false
		}},
		{name: "gpus", help: "GPUs it has", number: func(n node) float64 { return float64(n.GPUs.Capacity) }},
		{name: "held", help: "GPUs held", number: func(n node) float64 { return float64(n.GPUs.Held) }},
		{name: "free", help: "GPUs free", number: func(n node) float64 { return float64(n.GPUs.Free) }},
		{name: "broken", help: "GPUs broken", number: func(n node) float64 { return float64(n.GPUs.Broken) }},
		{name: "missing", help: "GPUs without a reading", number: func(n node) float64 { return knownCount(n.GPUs.Missing) }},
		{name: "busy", help: "mean utilisation", share: true, number: func(n node) float64 { return n.Load.Busy }},
		{name: "tens", help: "mean tensor activity", share: true, number: func(n node) float64 { return n.Load.Tensor }},
		{name: "mem", help: "GPU memory in use", share: true, number: func(n node) float64 { return n.Load.MemUsed / n.Load.MemTotal }},
		{name: "temp", help: "hottest GPU, degrees", number: func(n node) float64 { return n.Load.MaxTemp }},
		{name: "age", help: "time since it joined", since: nodeCreated},
		{name: "idle", help: "has a held GPU that idles", flag: func(n node) bool { return anyIdle(n.Devices) }},
	}
}

// teamKeys is what teams can be filtered by.
func teamKeys() []filterKey[*fleet.Team] {
	type team = *fleet.Team
	name := func(t team, yes func(string) bool) bool { return yes(t.Name) || t.Display != "" && yes(t.Display) }
	states := func(t team, yes func(string) bool) bool {
		for s, n := range t.States {
			if n > 0 && yes(string(s)) {
				return true
			}
		}
		return false
	}
	return []filterKey[team]{
		{words: name},
		{name: "team", help: "name or display name", whole: entire, words: name},
		{name: "state", help: "has a job in this state", whole: beginning, words: states},
		{name: "gpus", help: "GPUs its jobs ask for", number: func(t team) float64 { return float64(t.Requested) }},
		{name: "held", help: "GPUs held", number: func(t team) float64 { return float64(t.Held) }},
		{name: "waiting", help: "GPUs waited for", number: func(t team) float64 { return float64(t.Waiting) }},
		{name: "jobs", help: "jobs that are not over", number: func(t team) float64 { return float64(t.Jobs) }},
		{name: "busy", help: "mean utilisation", share: true, number: func(t team) float64 { return t.Load.Busy }},
		{name: "idle", help: "holds an idle GPU", flag: func(t team) bool { return t.Idle > 0 }},
	}
}

func workerNode(w *fleet.Worker) string {
	if w.Pod == nil {
		return ""
	}
	return w.Pod.Node
}

// yesProduct offers a product in both spellings: DCGM writes spaces where node labels have dashes.
func yesProduct(product string, yes func(string) bool) bool {
	return yes(product) || strings.Contains(product, " ") && yes(strings.ReplaceAll(product, " ", "-"))
}

func nodeProduct(n *fleet.Node, yes func(string) bool) bool {
	return n.Object != nil && yesProduct(n.Object.Product, yes)
}

func anyIdle(devices []*fleet.Device) bool {
	for _, d := range devices {
		if d.Idle {
			return true
		}
	}
	return false
}

// knownCount turns fleet's -1 for unknown into a number that no comparison accepts.
func knownCount(n int) float64 {
	if n < 0 {
		return fleet.Unknown()
	}
	return float64(n)
}
