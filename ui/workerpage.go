package ui

import (
	"fmt"

	"paddock/fleet"
)

// workerPage is what the watches and Prometheus know of a worker, as lines of
// at most width cells: how it stands, its way, its containers, its devices.
func workerPage(e *env, w *fleet.Worker, events []fleet.Event, width int) []pageLine {
	head := []span{plain(" "), {string(w.State), stateTone(w.State)}}
	for _, word := range []string{attemptWord(w), after("on ", w.Pod.Node)} {
		if word != "" {
			head = append(head, dim("  "+word))
		}
	}
	page := []pageLine{newPageLine(head...)}
	for _, l := range wrap(w.Why, width-2) {
		if l != "" {
			page = append(page, newPageLine(plain(" "+l)))
		}
	}
	page = append(page, newPageLine())
	page = append(page, wayPage(e, fleet.Way(w, events, e.now), width)...)
	return append(page, lastEnd(e, w.Pod.Main, width)...)
}

// lastEnd tells how a container's previous run in place ended.
func lastEnd(e *env, c fleet.Container, width int) []pageLine {
	if c.Last == nil {
		return nil
	}
	head := []span{plain(" "), {"last run", toneWarn}, dim(" ended " + since(c.Last.Finished, e.now) + " ago: ")}
	text := fmt.Sprintf("exit %d %s", c.Last.ExitCode, c.Last.Reason)
	return append([]pageLine{newPageLine()}, hanging(head, text+after(": ", c.Last.Message), toneText, width)...)
}
