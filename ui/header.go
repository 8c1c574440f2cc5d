package ui

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"paddock/fleet"
)

// header is the lines above every screen: the cluster and what its GPUs do,
// then the health of every source.
func (m *Model) header(width, height int) []string {
	e := &m.env
	cluster, states := clusterPieces(e), statePieces(e, width)
	if trouble := worstSource(e); height == 1 && trouble != nil {
		states = []piece{part(0, trouble...)} // the line of the sources is not there to say it
	}
	keep := choose(width-3, append(cluster[:len(cluster):len(cluster)], states...))
	left, right := lay(cluster, keep[:len(cluster)]), lay(states, keep[len(cluster):])
	first := e.split(width, append([]span{plain(" ")}, left...), append(right, plain(" ")))

	clock := []span{dim(e.now.Format("15:04 MST") + " ")}
	sources := pack(width-2-widthOf(clock), append(sourcePieces(e), forwardPieces(e)...)...)
	second := e.split(width, append([]span{plain(" ")}, sources...), clock)
	return fill([]string{first, second}, width, height)
}

// clusterPieces say which cluster this is, and what its GPUs do. What is bad
// gives way last when room is short.
func clusterPieces(e *env) []piece {
	c := e.fleet.Cluster
	name := c.Context
	if name == "" {
		name = "connecting"
	}
	out := []piece{part(0, span{name, toneTitle})}
	if c.Protected {
		out = append(out, part(0, span{" PROTECTED ", toneGuard}))
	}
	if c.ReadOnly || e.opts.ReadOnly {
		out = append(out, part(0, span{" read-only ", toneMatch}))
	}
	teams := 7
	if len(c.Namespaces) > 0 {
		teams = 1 // the other numbers are about them alone
	}
	out = append(out, part(teams, plain(teamsWord(c.Namespaces))))
	if e.fleet.At.IsZero() {
		return out
	}
	return append(out, gpuTotals(e)...)
}

// gpuTotals say what the cluster's GPUs do.
func gpuTotals(e *env) []piece {
	t := e.fleet.Totals
	var out []piece
	if t.GPUs >= 0 {
		out = append(out, part(6, figure("GPUs", count(t.GPUs), toneText)...))
	}
	idle := 6
	if t.Idle > 0 {
		idle = 2
	}
	out = append(out,
		part(4, figure("held", heldShare(e), toneText)...),
		part(3, e.reading("busy", percent(t.Load.Busy))...),
		part(8, e.reading("tens", percent(t.Load.Tensor))...),
		part(idle, idleFigure(e)...),
	)
	if t.GPUs < 0 {
		return append(out, part(6, dim("free unknown")))
	}
	out = append(out, part(5, figure("free", count(t.Free), toneText)...))
	if t.Free > 0 {
		out = append(out, part(10, dim(freeSplit(t))))
	}
	if t.Broken > 0 {
		out = append(out, part(1, figure("broken", count(t.Broken), toneBad)...))
	}
	if t.Parts.Capacity > 0 { // slices and shares are no whole GPUs
		out = append(out, part(9, figure("parts", fraction(t.Parts.Held, t.Parts.Capacity), toneText)...))
	}
	if t.Blocked > 0 {
		out = append(out, part(7, figure("cordoned", count(t.Blocked), toneWarn)...))
	}
	return out
}

// freeSplit tells how much of what is free is whole nodes: a job of whole nodes
// waits though fragments are free.
func freeSplit(t fleet.Totals) string {
	return fmt.Sprintf("= %s on %s, %s in fragments", count(t.Free-t.Fragments), plural(t.WholeNodes, "whole node"), count(t.Fragments))
}

// reading is a figure out of Prometheus: it looks old when that is.
func (e *env) reading(word, value string) []span {
	if e.old("prometheus") {
		return []span{dim(word + " " + value)}
	}
	return figure(word, value, toneText)
}

// figure is a word and its number.
func figure(word, value string, t tone) []span {
	return []span{dim(word + " "), {value, t}}
}

// heldShare is the part of all GPUs that pods hold. Where the nodes can't be
// read, or only some teams are, it is how many: the rest is others' too.
func heldShare(e *env) string {
	t := e.fleet.Totals
	switch {
	case !e.readable("pods"):
		return unknown
	case t.GPUs <= 0, len(e.fleet.Cluster.Namespaces) > 0:
		return count(t.Held)
	}
	return percent(float64(t.Held) / float64(t.GPUs))
}

// warnAbove is the tone of a count that should be 0.
func warnAbove(n int) tone {
	if n > 0 {
		return toneWarn
	}
	return toneText
}

// idleFigure counts the idle devices; nobody knows without metrics.
func idleFigure(e *env) []span {
	n := e.fleet.Totals.Idle
	if e.fleet.Metrics.Devices == 0 {
		return figure("idle", unknown, toneText)
	}
	return figure("idle", count(n), warnAbove(n))
}

// teamsWord says which namespaces are looked at.
func teamsWord(namespaces []string) string {
	switch len(namespaces) {
	case 0:
		return "all teams"
	case 1:
		return "team " + namespaces[0]
	case 2, 3:
		return "teams " + strings.Join(namespaces, ",")
	}
	return plural(len(namespaces), "team")
}

// plural counts things: "1 worker", "3 workers".
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return count(n) + " " + thing + "s"
}

// wordyWidth is the width from which the header has room for words beside signs.
const wordyWidth = 140

// statePieces count the jobs by state, worst first: with words where there is
// room, else with the signs that the tables use. Of the jobs that failed, those
// count that did so lately.
func statePieces(e *env, width int) []piece {
	counts := map[fleet.State]int{}
	maps.Copy(counts, e.fleet.Totals.States)
	delete(counts, fleet.Failed)
	for _, j := range e.fleet.Jobs {
		if j.FailedLately(e.now) {
			counts[fleet.Failed]++
		}
	}
	var out []piece
	if width < wordyWidth {
		counts[fleet.Failing] += counts[fleet.Failed] // they have one sign
		delete(counts, fleet.Failed)
		delete(counts, fleet.Running) // it has no sign
	}
	for _, s := range headerStates() {
		switch n := counts[s.state]; {
		case n == 0:
		case width >= wordyWidth:
			out = append(out, part(s.rank, span{count(n), stateTone(s.state)}, dim(" "+string(s.state))))
		default:
			out = append(out, part(s.rank, e.state(s.state), span{count(n), stateTone(s.state)}))
		}
	}
	return out
}

// headerState is a state in the header, with the rank at which it gives way.
type headerState struct {
	state fleet.State
	rank  int
}

func headerStates() []headerState {
	return []headerState{{fleet.Failing, 1}, {fleet.UnknownState, 1}, {fleet.Restarting, 2}, {fleet.Failed, 2}, {fleet.Waiting, 3},
		{fleet.Starting, 4}, {fleet.Ending, 8}, {fleet.Running, 6}, {fleet.Suspended, 9}}
}

// oldAfter is how old a source's word must be before the header tells its age:
// Prometheus speaks every scrape, which may be a minute.
const oldAfter = 2 * time.Minute

// sourcePieces tell the health of the sources: the watches as one as long as
// all are well.
func sourcePieces(e *env) []piece {
	well, out := 0, []piece(nil)
	var others []piece
	for _, s := range e.fleet.Sources {
		watch := s.Name != "prometheus" && s.Name != "metrics.k8s.io"
		switch {
		case watch && s.Health == fleet.Live:
			well++
		case s.Health == fleet.Off:
		case watch:
			out = append(out, part(1, sourceWords(e, s)...))
		case s.Name == "prometheus":
			others = append(others, part(0, sourceWords(e, s)...))
		default:
			others = append(others, part(2, sourceWords(e, s)...))
		}
	}
	if well > 0 && len(out) == 0 {
		out = append(out, part(0, dim("kubernetes "), span{"live", toneGood}))
	} else if well > 0 {
		out = append(out, part(2, dim("other watches "), span{"live", toneGood}))
	}
	out = append(out, others...)
	for _, note := range e.fleet.Metrics.Notes {
		out = append(out, part(3, span{note, toneWarn}))
	}
	return out
}

// worstSource tells of the first source whose word is old, or that fails.
func worstSource(e *env) []span {
	for _, s := range e.fleet.Sources {
		if s.Health == fleet.Stale || s.Health == fleet.Down {
			return sourceWords(e, s)
		}
	}
	return nil
}

// sourceWords are a source's name and health, with the time where that matters.
func sourceWords(e *env, s fleet.Source) []span {
	word := string(s.Health)
	switch {
	case s.Health == fleet.Stale:
		word = "stale since " + s.Since.In(e.now.Location()).Format("15:04")
	case s.Health == fleet.Down && !s.Since.IsZero():
		word = "failing since " + s.Since.In(e.now.Location()).Format("15:04")
	case s.Health == fleet.Connecting && s.Objects > 0:
		word = count(s.Objects) + " so far"
	case s.Health == fleet.Live && !s.AsOf.IsZero() && e.now.Sub(s.AsOf) > oldAfter && s.Name == "prometheus":
		word = since(s.AsOf, e.now) + " ago"
	}
	return []span{dim(s.Name + " "), {word, healthTone(s.Health)}}
}
