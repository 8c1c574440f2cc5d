package ui

import (
	"cmp"
	"strings"
	"time"

	"paddock/fleet"
)

// worstJob orders jobs by how soon one should look, worst first; among equals
// those that waste GPUs or stand out, then the larger ones.
func worstJob(a, b jobRow) int {
	if n := cmp.Or(a.rank-b.rank, compareBool(b.suspect(), a.suspect()), b.GPUs.Requested-a.GPUs.Requested); n != 0 {
		return n
	}
	if n := strings.Compare(a.Ref.Namespace, b.Ref.Namespace); n != 0 {
		return n
	}
	return strings.Compare(a.Ref.Name, b.Ref.Name)
}

// stateRanks numbers the states, worst first.
func stateRanks() map[fleet.State]int {
	rank := make(map[fleet.State]int, len(fleet.States()))
	for i, s := range fleet.States() {
		rank[s] = i
	}
	return rank
}

// compareBool puts false before true.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// jobColumns are the columns of the Jobs screen.
func jobColumns() []column[jobRow] {
	type row = jobRow
	return []column[row]{
		{title: "JOB", letter: "J", least: 8, most: 48,
			width: func(r row) int { return cells(r.Ref.Name) },
			cell:  func(_ *env, r row) span { return plain(r.Ref.Name) },
			order: func(a, b row) int { return strings.Compare(a.Ref.Name, b.Ref.Name) }},
		{title: "TEAM", letter: "T", least: 4, most: 20, priority: 1,
			width: func(r row) int { return cells(r.Ref.Namespace) },
			cell:  func(_ *env, r row) span { return plain(r.Ref.Namespace) },
			order: func(a, b row) int { return strings.Compare(a.Ref.Namespace, b.Ref.Namespace) }},
		{title: "KIND", letter: "K", least: 4, most: 14, priority: 7,
			width: func(r row) int { return cells(r.Ref.Kind) },
			cell:  func(_ *env, r row) span { return dim(r.Ref.Kind) },
			order: func(a, b row) int { return strings.Compare(a.Ref.Kind, b.Ref.Kind) }},
		{title: "STATE", letter: "S", least: 5, most: 10, source: "pods",
			width: func(r row) int { return len(r.State) },
			cell:  func(_ *env, r row) span { return span{string(r.State), r.tone()} },
			order: func(a, b row) int { return a.rank - b.rank }},
		{title: "WORKERS", letter: "W", least: 7, priority: 3, right: true, falling: true, source: "pods",
			cell:  func(_ *env, r row) span { return plain(workersWord(r.Counts)) },
			value: func(r row) float64 { return knownCount(r.Counts.Wanted) }},
		{title: "GPUS", letter: "U", least: 4, most: 5, priority: 1, right: true, falling: true, source: "pods",
			cell:  func(_ *env, r row) span { return gpusCell(r) },
			order: func(a, b row) int { return a.GPUs.Requested - b.GPUs.Requested }},
		{title: "BUSY", letter: "B", least: 4, priority: 2, right: true, falling: true, volatile: true, source: "prometheus",
			cell:  func(_ *env, r row) span { return busyCell(r.Load, r.idle) },
			value: func(r row) float64 { return r.Load.Busy }},
		{title: "TENS", letter: "X", least: 4, priority: 3, right: true, falling: true, volatile: true, source: "prometheus",
			cell:  func(_ *env, r row) span { return tensorCell(r) },
			value: func(r row) float64 { return r.Load.Tensor }},
		{title: "LAST 15 MIN", least: fleet.HistoryBuckets, priority: 5, source: "prometheus",
			cell: func(e *env, r row) span { return e.spark(r.Load.History) }},
		{title: "STEP", letter: "P", least: 4, priority: 4, right: true, falling: true, volatile: true,
			cell:  func(e *env, r row) span { return stepCell(e, r.told) },
			value: func(r row) float64 { return -stamped(r.told, func(p *fleet.Progress) time.Time { return p.At }) }},
		{title: "MEM", letter: "M", least: 10, priority: 7, right: true, falling: true, volatile: true, source: "prometheus",
			cell:  func(_ *env, r row) span { return number(gib(r.Load.MemUsed, r.Load.MemTotal)) },
			value: func(r row) float64 { return r.Load.MemUsed }},
		{title: "RST", letter: "R", least: 3, priority: 8, right: true, falling: true, source: "pods",
			cell:  func(_ *env, r row) span { return span{count(r.Restarts), quietZero(r.Restarts)} },
			order: func(a, b row) int { return a.Restarts - b.Restarts }},
		{title: "SPEED", letter: "V", least: 9, priority: 9, right: true, falling: true, volatile: true,
			cell:  func(_ *env, r row) span { return dim(speedWord(r.told)) },
			value: func(r row) float64 { return speedOf(r.told) }},
		{title: "CKPT", letter: "C", least: 4, priority: 8, right: true, falling: true, volatile: true,
			cell: func(e *env, r row) span { return checkpointCell(e, r.told) },
			value: func(r row) float64 {
				return -stamped(r.told, func(p *fleet.Progress) time.Time { return p.Checkpoint })
			}},
		{title: "AGE", letter: "A", least: 4, priority: 6, right: true,
			cell:  func(e *env, r row) span { return dim(since(r.Created, e.now)) },
			order: func(a, b row) int { return b.Created.Compare(a.Created) }},
		{title: "QUEUE", letter: "Q", least: 5, most: 16, priority: 9,
			width: func(r row) int { return cells(r.Queue) },
			cell:  func(_ *env, r row) span { return dim(orDash(r.Queue)) },
			order: func(a, b row) int { return strings.Compare(a.Queue, b.Queue) }},
		{title: "WHY", least: leastWhy, most: 30, priority: 1, grow: true,
			width: func(r row) int { return r.wide },
			cell: func(e *env, r row) span {
				return jobSays(e, r)
			}},
	}
}

// leastWhy is the cells of a reason below which it says too little: numbers go first.
const leastWhy = 24

// workersWord is how many workers are ready, of how many that are wanted; of a
// job that is over, how many finished well.
func workersWord(c fleet.Counts) string {
	if c.Done > 0 && c.Ready == 0 {
		return fraction(c.Done, c.Wanted)
	}
	return fraction(c.Ready, c.Wanted)
}

// gpusWord is a job's GPUs where no column says so: "1 GPU", quiet while none is held.
func gpusWord(j *fleet.Job) span {
	word := plural(max(j.GPUs.Requested, j.GPUs.Held), "GPU")
	if j.GPUs.Held == 0 {
		return dim(word)
	}
	return plain(word)
}

// gpusCell is the GPUs that a job wants, quiet while it holds none.
func gpusCell(r jobRow) span {
	switch {
	case r.GPUs.Requested == 0 && r.GPUs.Held == 0:
		return dim(unknown)
	case r.GPUs.Held == 0:
		return dim(count(r.GPUs.Requested))
	}
	return plain(count(max(r.GPUs.Requested, r.GPUs.Held)))
}

// busyCell is a utilisation; it warns where devices idle.
func busyCell(l fleet.Load, idle int) span {
	s := number(percent(l.Busy))
	if idle > 0 && fleet.Known(l.Busy) {
		s.tone = toneWarn
	}
	return s
}

// tensorCell is a tensor activity; it warns where the job may hang.
func tensorCell(r jobRow) span {
	s := number(percent(r.Load.Tensor))
	if r.hint != "" && r.Load.Tensor < hangTensor {
		s.tone = toneWarn
	}
	return s
}

// jobSays is what a row says of a job: why it is as it is, else when it ended.
func jobSays(e *env, r jobRow) span {
	if word := e.doingWord(r.UID); word != "" {
		return span{word, toneAccent}
	}
	if why := jobWhy(e, r); why.text != "" {
		why.text = brief(why.text)
		return why
	}
	return jobEnd(e, r.Job)
}

// jobWhy is the reason of a job's state; of one that is well what it wastes, or
// what stands out in it.
func jobWhy(e *env, r jobRow) span {
	switch {
	case r.Why != "":
		return span{r.Why + r.soFar(e), r.whyTone()}
	case r.hint != "": // it says more than that GPUs idle
		return span{r.hint, toneWarn}
	case r.idle > 0:
		return span{r.Waste(), toneWarn}
	}
	return plain("")
}

// soFar is how long the worker that a job starts with has been at its step.
func (r jobRow) soFar(e *env) string {
	if r.State != fleet.Starting {
		return ""
	}
	for _, w := range r.Workers {
		if w.State == fleet.Starting && r.Why == w.Label()+": "+w.Why {
			return soFar(e, w)
		}
	}
	return ""
}

// soFar is how long a starting worker has been at its step: ", 8m so far"; ""
// while that is nothing to tell.
func soFar(e *env, w *fleet.Worker) string {
	if w.State != fleet.Starting {
		return ""
	}
	var since time.Time
	for _, t := range []time.Time{w.Pod.Scheduled, w.Pod.Admitted, w.Pod.Sandbox, w.Pod.Initialized} {
		if t.After(since) {
			since = t
		}
	}
	if since.IsZero() || e.now.Sub(since) < time.Minute {
		return ""
	}
	return ", " + age(e.now.Sub(since)) + " so far"
}

// brief shortens the scheduler's "0/17 nodes are available: ..." to what differs
// from job to job; the whole sentence stands in the detail.
func brief(why string) string {
	before, reasons, ok := strings.Cut(why, " nodes are available: ")
	none := strings.LastIndex(before, "0/")
	if !ok || none < 0 {
		return why
	}
	return before[:none] + "no node: " + reasons
}

// jobEnd is how long ago a job that is over ended, and how long it ran.
func jobEnd(e *env, j *fleet.Job) span {
	if !j.State.Over() || j.Finished.IsZero() {
		return plain("")
	}
	return dim(since(j.Finished, e.now) + " ago" + after(", ran ", ranFor(j)))
}

// ranFor is how long a finished job ran; "" when that is not known.
func ranFor(j *fleet.Job) string {
	if j.Started.IsZero() {
		return ""
	}
	return age(j.Finished.Sub(j.Started).Round(time.Second))
}

// quietZero is the tone of a count that is nothing to look at when it is 0.
func quietZero(n int) tone {
	if n == 0 {
		return toneDim
	}
	return toneText
}

// orDash is a text, or the sign for none.
func orDash(s string) string {
	if s == "" {
		return unknown
	}
	return s
}
