package ui

import (
	"fmt"
	"slices"
	"strings"

	"paddock/fleet"
)

// mostWhy is how many lines of a reason are drawn: a scheduler can be wordy.
const mostWhy = 3

// jobDetail is what is known of a job without opening it, in exactly height
// lines: what it is, why it is so, its numbers, the workers that are not well
// and how far they came.
func jobDetail(e *env, r jobRow, width, height int) []string {
	inset := width - 4
	in := func(spans ...span) string { return e.inset(width, spans...) }
	lines := []string{e.line(width, append([]span{plain(" ")}, pack(width-2, jobFacts(e, r.Job)...)...)...)}
	if why := jobWhy(e, r); why.text != "" {
		said := wrap(why.text, inset)
		for _, l := range said[:min(len(said), mostWhy)] {
			lines = append(lines, in(span{l, why.tone}))
		}
	}
	if far := progressPieces(e, r.Job); far != nil {
		lines = append(lines, in(pack(inset, far...)...))
	}
	lines = append(lines, in(pack(inset, jobNumbers(e, r.Job)...)...), in(dim("image "), plain(orDash(r.Image))))
	lines = append(lines, warning(e, r.Events, width)...)
	for _, w := range unwell(r.Workers) {
		name := w.Label()
		if w.alike != nil {
			name = plural(len(w.alike), "worker")
		}
		told := "" // above, as the job's own reason
		if strings.HasSuffix(r.Why, w.Why) {
			told = w.Why
		}
		head := []span{e.state(w.State), plain(" " + name + "  "), dim(nodeCell(w).text + after("  ", attemptWord(w.Worker)) + "  ")}
		lines = append(lines, in(append(head, wayLine(e, untold(fleet.Way(w.Worker, nil, e.now), told), inset-widthOf(head))...)...))
	}
	return fill(lines, width, height)
}

// unwell are the workers that don't run as they should, worst first; alike ones as one.
func unwell(workers []*fleet.Worker) []workerRow {
	rows := slices.DeleteFunc(workerRows(workers), func(r workerRow) bool {
		return r.State == fleet.Running || r.State == fleet.Done
	})
	slices.SortStableFunc(rows, worstWorker)
	return fold(rows, false)
}

// jobNumbers are the numbers of what a job holds; of one that holds nothing,
// what it asks for beside what is free.
func jobNumbers(e *env, j *fleet.Job) []piece {
	if j.GPUs.Held > 0 || j.State.Over() || j.GPUs.Requested == 0 {
		return loadPieces(e, j.Load)
	}
	var roles []span
	for _, r := range j.Roles {
		if r.Wanted > 0 && r.GPUs > 0 {
			roles = append(roles, plain(fmt.Sprintf(" %s x %s", plural(r.Wanted, r.Name), plural(r.GPUs, "GPU"))))
		}
	}
	out := []piece{part(0, append([]span{dim("asks for")}, roles...)...)}
	switch t := e.fleet.Totals; {
	case t.Free > 0:
		out = append(out, part(1, dim("free "), plain(count(t.Free)), dim(" "+freeSplit(t))))
	case t.Free == 0:
		out = append(out, part(1, dim("free "), plain("0")))
	}
	return out
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
		out = append(out, part(3, gpusWord(j), plain(after(" ", j.Product))))
	}
	if j.Restarts > 0 {
		out = append(out, part(4, dim("restarts "), plain(count(j.Restarts))))
	}
	if j.Queue != "" {
		out = append(out, part(5, dim("queue "), plain(j.Queue)))
	}
	if end := jobEnd(e, j); end.text != "" {
		out = append(out, part(3, dim("ended "), end))
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
		part(1, e.spark(l.History)),
		part(2, e.reading("memory", gib(l.MemUsed, l.MemTotal))...),
		part(3, e.reading("power", watts(l.Power))...),
		part(4, hottest(e, l)...),
		part(5, dim("of "+plural(l.Devices, "device"))),
	}
}

// hottest is the temperature of the hottest device.
func hottest(e *env, l fleet.Load) []span {
	out := e.reading("hottest", degrees(l.MaxTemp, e.glyphs.degree))
	if l.MaxTemp >= hotFrom && !e.old("prometheus") {
		out[len(out)-1].tone = toneWarn
	}
	return out
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

// warning is the newest warning among a job's own events; describe has them all.
func warning(e *env, events []fleet.Event, width int) []string {
	for _, ev := range events {
		if ev.Type == "Warning" {
			return []string{eventLine(e, ev, width)}
		}
	}
	return nil
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
	return e.inset(width, dim(fitRight(since(ev.Last, e.now), 4)+" ago  "), span{ev.Reason, t}, plain("  "+ev.Message), dim(times))
}
