package logs

import (
	"slices"
	"time"
)

// Resume finds in a log that is opened again the line that was read last, so
// that none is lost and none comes twice. A log can only be asked for from a
// whole second on: what was read of that second comes again, and is known by
// its times and its text. The server has the log's current file alone: when
// the line isn't there, what was printed in between may be lost, which is told.
// The zero Resume is a log that was not opened yet.
type Resume struct {
	seen    []mark // what was read of the second of the last line, and later
	newest  int64  // the latest time among them
	finding bool   // opened again, and the place not found yet
	held    []held // what came since
	holds   int    // bytes of it
}

// mark is how a line is known again.
type mark struct {
	at   int64
	hash uint64
}

type held struct {
	mark
	raw Raw
}

// The bounds of what is remembered to find the place again, and of what is held
// until it is found.
const (
	mostMarks = 1 << 15
	mostHeld  = 4 << 20
)

// Gap is where the server could not tell what was printed: after the line of
// From, before that of To, Unix nanoseconds.
type Gap struct{ From, To int64 }

// Since is what to ask a log for that is opened again: what was printed from
// then on. It is false for a log of which nothing was read.
func (r *Resume) Since() (time.Time, bool) {
	if len(r.seen) == 0 {
		return time.Time{}, false
	}
	return time.Unix(r.last().at/int64(time.Second), 0).UTC(), true
}

// Last is when the last line was printed; the zero Time when there was none.
func (r *Resume) Last() time.Time {
	if len(r.seen) == 0 {
		return time.Time{}
	}
	return time.Unix(0, r.last().at)
}

// Reached tells whether a line has come, or a later one.
func (r *Resume) Reached(raw Raw) bool {
	var last mark
	switch {
	case len(r.held) > 0:
		last = r.held[len(r.held)-1].mark
	case len(r.seen) > 0:
		last = r.last()
	}
	return last.at > raw.At || last == mark{raw.At, raw.hash}
}

// Came is the line that came last since the log was opened, without its text;
// false when none has.
func (r *Resume) Came() (Raw, bool) {
	var m mark
	switch {
	case len(r.held) > 0:
		m = r.held[len(r.held)-1].mark
	case len(r.seen) > 0 && !r.finding:
		m = r.last()
	default:
		return Raw{}, false
	}
	return Raw{At: m.at, hash: m.hash}, true
}

func (r *Resume) last() mark { return r.seen[len(r.seen)-1] }

// Reopen says that the next line is the first of a log that was opened again.
// What was held is forgotten: it comes again.
func (r *Resume) Reopen() {
	r.finding = len(r.seen) > 0
	r.forget()
}

func (r *Resume) forget() { r.held, r.holds = nil, 0 }

// Add takes the next line, and hands on those that are new, with the gap
// before them if there is one. A gap that says false is none: this is the log
// of another run, and nothing of it is taken.
func (r *Resume) Add(raw Raw, take func(Raw), gap func(Gap) bool) {
	m := mark{raw.At, raw.hash}
	if !r.finding {
		if raw.At == 0 && len(r.seen) > 0 { // the server began in the middle of a line, or has an error to tell
			m.at, raw.At = r.last().at, r.last().at
		}
		r.pass(m, raw, take)
		return
	}
	if raw.At == 0 {
		return // the end of a line whose beginning is older than what was asked for: it was read whole
	}
	if raw.At > r.newest {
		if r.decide(raw.At, take, gap) {
			r.pass(m, raw, take)
		}
		return
	}
	raw.Text = slices.Clone(raw.Text)
	r.held = append(r.held, held{m, raw})
	if r.holds += len(raw.Text); r.holds > mostHeld {
		r.decide(0, take, gap)
	}
}

// Finding tells whether the place is still sought.
func (r *Resume) Finding() bool { return r.finding }

// Settle hands on what is new of what is held, if all that was remembered has
// come before it: it is called when nothing more comes for a while.
func (r *Resume) Settle(take func(Raw), gap func(Gap) bool) {
	if _, alike := r.place(r.held); alike > 0 && alike == len(r.seen) {
		r.decide(0, take, gap)
	}
}

// End hands on what is held: the log has been read to its end.
func (r *Resume) End(take func(Raw), gap func(Gap) bool) {
	if len(r.held) > 0 {
		r.decide(0, take, gap)
	}
}

// decide hands on what is new of what is held. If the place isn't among it,
// what was printed up to a time may be lost; false when it is another run's.
func (r *Resume) decide(to int64, take func(Raw), gap func(Gap) bool) bool {
	all := r.held
	r.forget()
	next, alike := r.place(all)
	if alike == 0 {
		if len(all) > 0 {
			to = all[0].at
		}
		if !gap(Gap{r.last().at, max(to, r.last().at)}) {
			return false
		}
	}
	r.finding = false
	for _, h := range all[next:] {
		r.pass(h.mark, h.raw, take)
	}
	return true
}

// place finds the line that was read last among those that came: next is the
// first that is new, alike how many before it are as they were read, 0 when the
// line isn't there. Of several that look the same it takes the one before which
// most is alike, up to where what came or what was remembered begins.
func (r *Resume) place(all []held) (next, alike int) {
	for i, h := range all {
		if h.mark != r.last() {
			continue
		}
		n := 0
		for n < len(r.seen) && n <= i && all[i-n].mark == r.seen[len(r.seen)-1-n] {
			n++
		}
		if (n == len(r.seen) || n == i+1) && n > alike {
			next, alike = i+1, n
		}
	}
	return next, alike
}

// pass hands on a line that is new.
func (r *Resume) pass(m mark, raw Raw, take func(Raw)) {
	if m.at != 0 {
		r.remember(m)
	}
	take(raw)
}

// remember keeps what is needed to know the line again: all of its second.
func (r *Resume) remember(m mark) {
	second := m.at - m.at%int64(time.Second)
	old := 0
	if len(r.seen) == mostMarks {
		old = mostMarks / 2
	}
	for old < len(r.seen) && r.seen[old].at < second {
		old++
	}
	if old > 0 {
		r.seen = append(r.seen[:0], r.seen[old:]...)
		r.newest = 0
		for _, s := range r.seen {
			r.newest = max(r.newest, s.at)
		}
	}
	r.seen = append(r.seen, m)
	r.newest = max(r.newest, m.at)
}
