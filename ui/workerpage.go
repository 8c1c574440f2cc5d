package ui

import (
	"fmt"
	"slices"

	"paddock/fleet"
)

// workerPage is what the watches, Prometheus and metrics.k8s.io know of a
// worker, as lines of at most width cells. The brief one leaves out what a
// table beside it sums up.
func workerPage(e *env, w *fleet.Worker, events []fleet.Event, width int, brief bool) []pageLine {
	p := describer{now: e.now, width: width}
	p.lines = standing(w, width, brief)
	p.lines = append(p.lines, newPageLine())
	p.lines = append(p.lines, wayPage(e, untold(fleet.Way(w, events, e.now), w.Why), width)...)
	p.lines = append(p.lines, lastEnd(e, w.Pod.Main, width)...)
	if !brief {
		p.devices(e, w)
		p.usage(e, w)
	}
	if len(w.Earlier) > 0 {
		p.title("Earlier attempts", dim("  newest first"))
		for i, pod := range w.Earlier {
			p.text(earlierHead(e, w.Attempt-1-i, pod), endOf(pod), toneText)
		}
	}
	return p.lines
}

// devices lists the devices that a worker holds.
func (p *describer) devices(e *env, w *fleet.Worker) {
	if w.Pod.GPUs == 0 {
		return
	}
	p.title("Devices", dim("  "+devicesNote(e, w)))
	if len(w.Devices) > 0 {
		t := deviceTable(false, func() float64 { return usualClock(w.Devices) })
		t.set(slices.Clone(w.Devices))
		p.lines = append(p.lines, t.page(e, p.width)...)
	}
}

// usage is what a worker's containers use beside their GPUs.
func (p *describer) usage(e *env, w *fleet.Worker) {
	u, ok := e.fleet.Usage[w.Ref]
	if !ok {
		return
	}
	p.title("Usage", dim("  metrics.k8s.io, "+since(u.At, e.now)+" ago"))
	p.pairs([]fleet.KeyValue{
		{Key: "CPU", Value: cores(u.CPU) + " cores" + after(" of ", requested(w.Pod.CPU, cores))},
		{Key: "memory", Value: size(u.Memory) + after(" of ", requested(w.Pod.Memory, size))},
	})
}

// standing is the worker's state, attempt and node, and the reason.
func standing(w *fleet.Worker, width int, brief bool) []pageLine {
	head := []span{plain(" "), {string(w.State), stateTone(w.State)}}
	words := []string{attemptWord(w), after("on ", w.Pod.Node), ranksWord(w)}
	if !brief {
		words = append(words, w.Pod.Main.Image)
	}
	for _, word := range words {
		if word != "" {
			head = append(head, dim("  "+word))
		}
	}
	lines := []pageLine{newPageLine(head...)}
	for _, l := range wrap(w.Why, width-2) {
		if l != "" {
			lines = append(lines, newPageLine(plain(" "+l)))
		}
	}
	return lines
}

// lastEnd tells how a container's previous run in place ended.
func lastEnd(e *env, c fleet.Container, width int) []pageLine {
	if c.Last == nil {
		return nil
	}
	head := []span{plain(" "), {"last run", toneWarn}, dim(" ended " + since(c.Last.Finished, e.now) + " ago: ")}
	return append([]pageLine{newPageLine()}, hanging(head, ended(c.Last.ExitCode, c.Last.Reason, c.Last.Message), toneText, width)...)
}

// ended words how a container ended.
func ended(code int, reason, message string) string {
	s := fmt.Sprintf("exit %d", code)
	if reason != "Error" && reason != "Completed" {
		s += after(" ", reason)
	}
	return s + after(": ", message)
}

// devicesNote is how many devices report, or why none does.
func devicesNote(e *env, w *fleet.Worker) string {
	switch {
	case !w.Pod.Holds():
		return fmt.Sprintf("asks for %d %s", w.Pod.GPUs, w.Pod.Resource)
	case len(w.Devices) == 0:
		return noLoad(e)
	case len(w.Devices) < w.Pod.GPUs:
		return fmt.Sprintf("%d of %d report", len(w.Devices), w.Pod.GPUs)
	case w.Devices[0].Inferred:
		return "by node: the series name no pods"
	}
	return ""
}

// requested is what a pod asked for; "" when it asked for nothing.
func requested(n int64, text func(int64) string) string {
	if n == 0 {
		return ""
	}
	return text(n) + " requested"
}

// earlierHead names an earlier attempt.
func earlierHead(e *env, attempt int, p *fleet.Pod) []span {
	return []span{plain(" "), dim(fmt.Sprintf("%3d  ", attempt)), plain(orDash(p.Node)), dim("  created " + since(p.Created, e.now) + " ago  ")}
}

// endOf words how a pod ended.
func endOf(p *fleet.Pod) string {
	switch {
	case p.Reason != "":
		return p.Reason + after(": ", p.Message)
	case p.Disruption != "":
		return p.Disruption
	case p.Main.State == "terminated":
		return ended(p.Main.ExitCode, p.Main.Reason, p.Main.Message)
	}
	return p.Phase
}
