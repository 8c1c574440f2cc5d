package ui

import (
	"fmt"

	"paddock/logs"
)

// logRow is a row of the screen: a line, or part of one that is wrapped.
type logRow struct {
	pos   logs.Pos
	line  logs.Line
	text  *pageLine
	row   int // of the wrapped line
	alike int // sources that say it, when they are folded
}

// arrange works out which lines are on the screen.
func (s *logScreen) arrange(_ *env, width, height int) {
	s.width, s.height = width, max(height-1, 1)
	s.rows = s.rows[:0]
	cursor, ok := s.shown()
	if !ok {
		return
	}
	if s.follows {
		s.fillUp(cursor)
		return
	}
	s.cursor = s.view.Line(cursor).Place()
	top, ok := s.view.Find(s.top)
	if ok {
		top, ok = s.view.From(top)
	}
	if !ok || cursor.Before(top) {
		top = cursor
	}
	s.fillDown(top)
	if last := s.rows[len(s.rows)-1]; last.pos.Before(cursor) || last.pos == cursor && s.clipped(last) {
		s.fillUp(cursor)
	}
	s.fillRest()
	s.top = s.rows[0].line.Place()
}

// clipped tells whether rows of a line are below the screen although it would fit.
func (s *logScreen) clipped(last logRow) bool {
	n := s.rowsOf(last.text)
	return last.row < n-1 && n <= s.height
}

// fillDown fills the screen from a line on.
func (s *logScreen) fillDown(p logs.Pos) {
	for ok := true; ok && len(s.rows) < s.height; p, ok = s.view.Next(p) {
		s.rows = append(s.rows, s.rowsAt(p)...)
	}
	s.rows = s.rows[:min(len(s.rows), s.height)]
}

// fillUp fills the screen up to a line.
func (s *logScreen) fillUp(p logs.Pos) {
	var lines [][]logRow
	n := 0
	for ok := true; ok && n < s.height; p, ok = s.view.Prev(p) {
		lines = append(lines, s.rowsAt(p))
		n += len(lines[len(lines)-1])
	}
	s.rows = s.rows[:0]
	for i := len(lines) - 1; i >= 0; i-- {
		s.rows = append(s.rows, lines[i]...)
	}
	if len(lines) > 1 || len(s.rows) <= s.height {
		s.rows = s.rows[max(len(s.rows)-s.height, 0):]
	} else { // one line that is larger than the screen: its beginning
		s.rows = s.rows[:s.height]
	}
}

// fillRest fills up a screen that the end of the log leaves room on.
func (s *logScreen) fillRest() {
	if len(s.rows) == s.height {
		return
	}
	if last, ok := s.view.Last(); ok {
		s.fillUp(last)
	}
}

// rowsAt are the rows of a line.
func (s *logScreen) rowsAt(p logs.Pos) []logRow {
	l := s.view.Line(p)
	text := newPageLine(span{s.text(l), levelTone(l)})
	text.words = true
	r := logRow{pos: p, line: l, text: &text, alike: s.view.Alike(p)}
	n := min(s.rowsOf(&text), s.height)
	rows := make([]logRow, n)
	for i := range rows {
		rows[i] = r
		rows[i].row = i
	}
	return rows
}

func (s *logScreen) rowsOf(text *pageLine) int {
	if s.cut {
		return 1
	}
	return text.rows(s.room())
}

// room is how wide the text of a line may be.
func (s *logScreen) room() int { return max(s.width-s.prefix(), 8) }

// prefix is how much stands before it.
func (s *logScreen) prefix() int {
	n := 2 + s.names + 1
	switch s.stamp {
	case clockStamp:
		n += len("15:04:05.000 ")
	case ageStamp:
		n += len("120m ")
	}
	return n
}

func levelTone(l logs.Line) tone {
	switch {
	case l.Kind > logs.Continued:
		return toneAccent
	case l.Level == logs.Error:
		return toneBad
	case l.Level == logs.Warning:
		return toneWarn
	case l.Level == logs.Debug:
		return toneDim
	}
	return toneText
}

// rankTones are the colours of workers, which repeat.
var rankTones = []tone{toneRank0, toneRank1, toneRank2, toneRank3}

func (s *logScreen) draw(e *env, width, height int) []string {
	if s.state == nil || len(s.rows) == 0 {
		return s.blank(e, width, height)
	}
	left, right := s.summary(e)
	out := make([]string, 0, height)
	out = append(out, e.split(width, left, right))
	cursor, _ := s.line()
	for _, r := range s.rows {
		out = append(out, s.drawRow(e, r, cursor.Place(), width))
	}
	return fill(out, width, height)
}

// drawRow draws a row: the cursor's sign, the time, who printed it, the text.
func (s *logScreen) drawRow(e *env, r logRow, cursor logs.Place, width int) string {
	at := r.line.Place()
	sign := " "
	here := at == cursor
	switch {
	case here:
		sign = ">"
	case s.mark != nil && s.within(at):
		sign = e.glyphs.bar
	}
	spans := []span{{sign, toneAccent}, plain(" ")}
	who, t := s.label(s.source(r.line)), rankTones[max(int(r.line.Source), 0)%len(rankTones)]
	when := s.when(e, r.line)
	if r.alike > 1 {
		who, t = fmt.Sprintf("x%d", r.alike), toneStrong
	}
	if r.row > 0 {
		who, when = "", spaces(len(when))
	}
	if when != "" {
		spans = append(spans, dim(when))
	}
	spans = append(spans, span{fitLeft(who, s.names), t}, plain(" "))
	from, to := r.text.row(r.row, s.room())
	if s.cut {
		blank := 0
		from, to, blank = r.text.window(s.left, s.room())
		spans = append(spans, plain(spaces(blank)))
	}
	text := s.found(r.text, from, to)
	if here && r.row == 0 && len(text) > 0 && s.query.All() {
		for i := range text {
			if text[i].tone == toneText {
				text[i].tone = toneStrong
			}
		}
	}
	return e.line(width, append(spans, text...)...)
}

// within tells whether a line is in the range that is marked.
func (s *logScreen) within(at logs.Place) bool {
	from, to := s.marked()
	return at.Compare(from) >= 0 && at.Compare(to) <= 0
}

// when is the time of a line.
func (s *logScreen) when(e *env, l logs.Line) string {
	switch s.stamp {
	case clockStamp:
		return l.Time().In(e.now.Location()).Format("15:04:05.000 ")
	case ageStamp:
		return fitRight(age(e.now.Sub(l.Time())), 4) + " "
	}
	return ""
}

// found is a part of a line, with what is searched for marked in it.
func (s *logScreen) found(l *pageLine, from, to int) []span {
	if s.query.All() {
		return l.cut(from, to)
	}
	var out []span
	done := from
	text := []byte(l.text)
	for at := max(from-len(s.query.String()), 0); at < to; {
		a, b := s.query.Find(text, at)
		if a < 0 || a >= to {
			break
		}
		if at = max(b, a+1); b <= done || a == b {
			continue
		}
		a, b = max(a, done), min(b, to)
		out = append(append(out, l.cut(done, a)...), span{l.text[a:b], toneMatch})
		done = b
	}
	return append(out, l.cut(done, to)...)
}
