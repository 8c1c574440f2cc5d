package logs

// Lens is what is shown of a Log.
type Lens struct {
	Hidden []bool // sources that are switched off, by their number
	Least  Level  // lines below it are left out; lines without a level belong to none
	Filter Query  // lines without it are left out
	Around int    // but for so many before and behind each that has it
	Fold   bool   // what several sources say alike is shown once
}

// View is a Log through a Lens. It is not safe for concurrent use: it
// remembers what it folded.
type View struct {
	*Log
	Lens
	folds map[int64]*fold
}

// Through looks at the Log through a Lens.
func (l *Log) Through(lens Lens) *View { return &View{Log: l, Lens: lens} }

// bare tells whether a line belongs here whatever is filtered for.
func (v *View) bare(h head) bool {
	if int(h.source) < len(v.Hidden) && h.source >= 0 && v.Hidden[h.source] {
		return false
	}
	return v.Least == Unleveled || h.level >= v.Least || h.kind > Continued
}

// hits tells whether a line is one that is filtered for. Words of paddock's own stay.
func (v *View) hits(p Pos) bool {
	b := v.block(p.block)
	return b.heads[p.line].kind > Continued || v.Filter.Matches(b.textOf(p.line))
}

func (v *View) head(p Pos) head { return v.block(p.block).heads[p.line] }

// step is the next line, or the one before, that is not left out whatever is
// filtered for.
func (v *View) step(p Pos, forward bool) (Pos, bool) {
	for {
		var ok bool
		if forward {
			p, ok = v.Log.Next(p)
		} else {
			p, ok = v.Log.Prev(p)
		}
		if !ok {
			return p, false
		}
		if v.bare(v.head(p)) {
			return p, true
		}
	}
}

// hit is the first line that is filtered for, at p or in a direction from it.
// It gives up when stop, which may be nil, says so.
func (v *View) hit(p Pos, forward bool, stop func() bool) (Pos, bool) {
	for i := p.block; i >= 0 && i < len(v.blocks) && (stop == nil || !stop()); {
		b := v.block(i)
		at := p.line
		if i != p.block {
			if at = 0; !forward {
				at = len(b.heads) - 1
			}
		}
		for at >= 0 && at < len(b.heads) {
			if at = v.matchIn(b, at, forward); at < 0 {
				break
			}
			if v.bare(b.heads[at]) {
				return Pos{i, at}, true
			}
			at += direction(forward)
		}
		i += direction(forward)
	}
	return p, false
}

func direction(forward bool) int {
	if forward {
		return 1
	}
	return -1
}

// matchIn is the nearest line in a block, at or in a direction from at, that is
// filtered for; -1 when there is none.
func (v *View) matchIn(b *block, at int, forward bool) int {
	n := -1
	if forward {
		n = v.Filter.next(b, at)
	} else {
		n = v.Filter.previous(b, at)
	}
	if b.marks == 0 {
		return n
	}
	for i := at; i >= 0 && i < len(b.heads) && i != n; i += direction(forward) {
		if b.heads[i].kind > Continued {
			return i
		}
	}
	return n
}

// First is the oldest line that is shown.
func (v *View) First() (Pos, bool) {
	p, ok := v.Log.First()
	if !ok {
		return p, false
	}
	return v.from(p, true)
}

// Last is the newest line that is shown.
func (v *View) Last() (Pos, bool) {
	p, ok := v.Log.Last()
	if !ok {
		return p, false
	}
	return v.from(p, false)
}

// From is the line at p if it is shown, else the nearest one behind it, else the
// nearest before it.
func (v *View) From(p Pos) (Pos, bool) {
	if q, ok := v.from(p, true); ok {
		return q, true
	}
	return v.from(p, false)
}

// from is p if it is shown, else the next in a direction that is.
func (v *View) from(p Pos, forward bool) (Pos, bool) {
	if v.shows(p) {
		return p, true
	}
	return v.move(p, forward)
}

// shows tells whether a line is shown.
func (v *View) shows(p Pos) bool {
	return v.bare(v.head(p)) && v.near(p) && !v.folded(p)
}

// near tells whether a line is filtered for, or stands beside one that is.
func (v *View) near(p Pos) bool {
	if v.Filter.All() || v.hits(p) {
		return true
	}
	for _, forward := range []bool{false, true} {
		q, ok := p, true
		for range v.Around {
			if q, ok = v.step(q, forward); !ok {
				break
			}
			if v.hits(q) {
				return true
			}
		}
	}
	return false
}

// Next is the line that is shown after p.
func (v *View) Next(p Pos) (Pos, bool) { return v.move(p, true) }

// Prev is the line that is shown before p.
func (v *View) Prev(p Pos) (Pos, bool) { return v.move(p, false) }

func (v *View) move(p Pos, forward bool) (Pos, bool) {
	for at := p; ; {
		q, ok := v.step(at, forward)
		if !ok {
			return p, false
		}
		if !v.near(q) {
			if q, ok = v.jump(q, forward); !ok {
				return p, false
			}
		}
		if !v.folded(q) {
			return q, true
		}
		at = q
	}
}

// jump goes from a line that is left out to the next that isn't: as far before
// the next one that is filtered for as is shown around it.
func (v *View) jump(p Pos, forward bool) (Pos, bool) {
	hit, ok := v.hit(p, forward, nil)
	if !ok {
		return p, false
	}
	for range v.Around {
		q, ok := v.step(hit, !forward)
		if !ok || q == p || q.Before(p) == forward {
			break
		}
		hit = q
	}
	return hit, true
}

// Search is the nearest line in which a query stands, in a direction from p,
// which itself is left out. It gives up when stop says so.
func (v *View) Search(p Pos, q Query, forward bool, stop func() bool) (Pos, bool) {
	searched := View{Log: v.Log, Lens: v.Lens}
	searched.Filter, searched.Around = q, 0
	at := p
	for {
		next, ok := v.within(&searched, at, forward, stop)
		if !ok {
			return p, false
		}
		if v.shows(next) && q.Matches(v.Line(next).Text) {
			return next, true
		}
		at = next
	}
}

func (v *View) within(s *View, p Pos, forward bool, stop func() bool) (Pos, bool) {
	q, ok := s.Log.Next(p)
	if !forward {
		q, ok = s.Log.Prev(p)
	}
	if !ok {
		return p, false
	}
	return s.hit(q, forward, stop)
}

// Error is the nearest line in a direction from p that begins an error.
func (v *View) Error(p Pos, forward bool) (Pos, bool) {
	for q, ok := v.after(p, forward); ok; q, ok = v.after(q, forward) {
		b := v.block(q.block)
		if v.blocks[q.block].errors == 0 { // none in all of the block
			if forward {
				q.line = len(b.heads) - 1
			} else {
				q.line = 0
			}
			continue
		}
		if h := b.heads[q.line]; h.level == Error && h.kind == Printed && v.shows(q) {
			return q, true
		}
	}
	return p, false
}

func (v *View) after(p Pos, forward bool) (Pos, bool) {
	if forward {
		return v.Log.Next(p)
	}
	return v.Log.Prev(p)
}
