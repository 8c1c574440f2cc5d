package ui

import (
	"fmt"

	"paddock/fleet"
)

// jobDetail is what is known of a job without opening it, in exactly height
// lines: what it is, why it is so, its worst worker's way, what it runs.
func jobDetail(e *env, r jobRow, width, height int) []string {
	lines := []string{e.line(width, append([]span{plain(" ")}, pack(width-2, jobFacts(e, r.Job)...)...)...)}
	inset := width - 4
	if why := jobWhy(e, r); why.text != "" {
		for i, l := range wrap(why.text, inset) {
			if i == 3 {
				break
			}
			lines = append(lines, e.line(width, plain("   "), span{l, why.tone}))
		}
	}
	lines = append(lines, e.line(width, append([]span{plain("   ")}, pack(inset, loadPieces(e, r.Load)...)...)...))
	lines = append(lines, e.line(width, plain("   "), dim("image "), plain(orDash(r.Image))))
	for _, ev := range r.Events {
		lines = append(lines, eventLine(e, ev, width))
	}
	return fill(lines, width, height)
}

// jobFacts say what a job is and how it stands.
func jobFacts(e *env, j *fleet.Job) []piece {
	out := []piece{
		part(0, e.state(j.State), plain(" "), strong(j.Ref.String())),
		part(6, dim(kindWord(j))),
		part(1, span{string(j.State), stateTone(j.State)}),
		part(2, plain(workersWord(j.Counts)), dim(" workers")),
	}
	if j.GPUs.Requested+j.GPUs.Held > 0 {
		out = append(out, part(3, gpusCell(jobRow{Job: j}), dim(" GPUs"), plain(after(" ", j.Product))))
	}
	if j.Restarts > 0 {
		out = append(out, part(4, dim("restarts "), plain(count(j.Restarts))))
	}
	if j.Queue != "" {
		out = append(out, part(5, dim("queue "), plain(j.Queue)))
	}
	return append(out, part(5, dim("created "+since(j.Created, e.now)+" ago")), part(7, shapeWarning(j)...))
}

// kindWord is the job's kind, with who owns it and whether it can be changed.
func kindWord(j *fleet.Job) string {
	word := j.Ref.Kind
	if len(j.Parents) > 0 {
		top := j.Parents[len(j.Parents)-1].Ref
		word += " of " + top.Kind + " " + top.Name
	}
	return word
}

// shapeWarning tells of a job that asks for several workers at once and will
// run them one after another: completions bound parallelism.
func shapeWarning(j *fleet.Job) []span {
	s := j.Shape
	if s.Parallelism > 1 && s.Completions > 0 && s.Completions < s.Parallelism {
		return []span{{fmt.Sprintf("completions %d < parallelism %d: only %d at a time", s.Completions, s.Parallelism, s.Completions), toneWarn}}
	}
	return nil
}

// loadPieces are the numbers of a set of devices.
func loadPieces(e *env, l fleet.Load) []piece {
	if l.Devices == 0 {
		return []piece{part(0, dim(noLoad(e)))}
	}
	return []piece{
		part(0, e.reading("busy", percent(l.Busy))...),
		part(0, e.reading("tensor", percent(l.Tensor))...),
		part(1, plain(sparkline(l.History, fleet.HistoryBuckets, e.ascii))),
		part(2, e.reading("memory", gib(l.MemUsed, l.MemTotal))...),
		part(3, e.reading("power", watts(l.Power))...),
		part(4, e.reading("hottest", degrees(l.MaxTemp, e.glyphs.degree))...),
		part(5, dim("of "+plural(l.Devices, "device"))),
	}
}

// noLoad says why there are no GPU numbers.
func noLoad(e *env) string {
	s := e.fleet.Source("prometheus")
	switch {
	case s.Health == "" || s.Health == fleet.Off:
		return "no GPU numbers: Prometheus is not asked"
	case s.Health != fleet.Live && s.Health != fleet.Stale:
		return "no GPU numbers: Prometheus " + string(s.Health) + after(": ", s.Err)
	}
	return "no device of it reports"
}

// after puts a sign before a text that is there.
func after(sign, text string) string {
	if text == "" {
		return ""
	}
	return sign + text
}

// eventLine is one event: when, what, how often.
func eventLine(e *env, ev fleet.Event, width int) string {
	t := toneDim
	if ev.Type == "Warning" {
		t = toneWarn
	}
	times := ""
	if ev.Count > 1 {
		times = fmt.Sprintf(" (%d times)", ev.Count)
	}
	return e.line(width, plain("   "), dim(fitRight(since(ev.Last, e.now), 4)+" ago  "), span{ev.Reason, t}, plain("  "+ev.Message), dim(times))
}
