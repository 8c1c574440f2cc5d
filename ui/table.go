package ui

import (
	"slices"
	"strings"

	"paddock/fleet"
)

// identity tells rows apart over time: the cursor follows it, not an index.
type identity struct {
	ref fleet.Ref
	uid string
}

// table shows rows of T under a cursor, sorted by any column. Only visible
// rows are rendered. Make it with its columns, id and normal order; hand it
// rows with set, its height with arrange.
type table[T any] struct {
	columns []column[T]
	id      func(T) identity
	uids    func(T) []string         // of what a row stands for, for marks; nil where nothing is marked
	normal  func(a, b T) int         // the order while no column is chosen: worst first
	word    string                   // how the note calls the normal order: "worst first"
	mark    func(e *env, row T) span // one cell before the row: its state's glyph; nil for none
	empty   func(e *env) []string    // what to say instead of rows

	rows   []T
	widest []int            // of columns with a width, over all rows
	rank   map[identity]int // places that rows keep while the order is volatile
	by     int              // 1 + the column it is sorted by; 0 is the normal order
	down   bool             // greatest first

	moved  bool // the cursor was put on its row; before that it stays on the first one, whichever that is
	at     int  // index of the cursor row
	cursor identity
	top    int // index of the first visible row
	height int // rows that are visible
	before *stand
	marks  marks
}

// set takes new rows, which it sorts in place; the cursor stays on its row.
// When that row is gone, the cursor stays at its place on the screen. A cursor
// that nobody has moved stays on the first row: the worst.
func (t *table[T]) set(rows []T) {
	t.rows = rows
	t.prune()
	t.sort()
	t.measure()
	t.follow()
}

// sort orders the rows. Under a volatile order rows that were there keep their
// places among each other, and new ones come last, until resort.
func (t *table[T]) sort() {
	if t.by == 0 {
		slices.SortStableFunc(t.rows, t.normal)
		return
	}
	c := t.columns[t.by-1]
	compare := func(a, b T) int {
		if n := c.compare(a, b, t.down); n != 0 {
			return n
		}
		return t.normal(a, b)
	}
	if !c.volatile {
		slices.SortStableFunc(t.rows, compare)
		return
	}
	t.sortRanked(compare)
}

// sortRanked sorts by the places that rows had; those without one by compare,
// behind the others.
func (t *table[T]) sortRanked(compare func(a, b T) int) {
	type placed struct {
		row   T
		place int
	}
	all := make([]placed, len(t.rows))
	for i, r := range t.rows {
		place, ok := t.rank[t.id(r)]
		if !ok {
			place = len(t.rank)
		}
		all[i] = placed{r, place}
	}
	slices.SortStableFunc(all, func(a, b placed) int {
		if a.place != b.place {
			return a.place - b.place
		}
		return compare(a.row, b.row)
	})
	t.rank = make(map[identity]int, len(all))
	for i, p := range all {
		t.rows[i] = p.row
		t.rank[t.id(p.row)] = i
	}
}

// resort forgets the places that rows keep, and sorts anew.
func (t *table[T]) resort() {
	t.rank = nil
	t.set(t.rows)
}

// measure finds the widest row of the columns that ask for it.
func (t *table[T]) measure() {
	t.widest = make([]int, len(t.columns))
	for i, c := range t.columns {
		if c.width == nil {
			continue
		}
		for _, r := range t.rows {
			t.widest[i] = max(t.widest[i], c.width(r))
		}
	}
}

// visible is the rows that are drawn.
func (t *table[T]) visible() []T {
	return t.rows[t.top:min(t.top+t.height, len(t.rows))]
}

// draw renders the head and the visible rows into exactly height lines of
// exactly width cells. Without focus the cursor is drawn quietly.
func (t *table[T]) draw(e *env, width, height int, focus bool) []string {
	if height <= 0 {
		return nil
	}
	gutter := 2
	if t.mark != nil {
		gutter = 4
	}
	room := width - gutter - 1
	widths, gap := fit(t.columns, t.widest, room, e.absent), spaces(columnGap(room))
	lines := make([]string, 0, height)
	lines = append(lines, e.line(width, t.heads(e, widths, gutter, gap)...))
	if len(t.rows) == 0 && t.empty != nil {
		lines = append(lines, spaces(width))
		for _, s := range t.empty(e) {
			lines = append(lines, e.inset(width, dim(s)))
		}
		return fill(lines, width, height)
	}
	for i, r := range t.visible() {
		base := toneText
		if t.top+i == t.at {
			base = toneCursor
			if !focus {
				base = tonePick
			}
		}
		lines = append(lines, t.row(e, r, widths, gap, width, base))
	}
	return fill(lines, width, height)
}

// heads are the titles of the columns that have room; the sort column is marked.
func (t *table[T]) heads(e *env, widths []int, gutter int, gap string) []span {
	spans := []span{plain(spaces(gutter))}
	for i, c := range t.columns {
		if widths[i] == 0 {
			continue
		}
		title, behind, tone := aligned(c.title, widths[i], c.right), gap, toneDim
		if t.by == i+1 {
			tone = toneAccent
			sign := e.glyphs.rising
			if t.down {
				sign = e.glyphs.falling
			}
			if c.right || cells(c.title) >= widths[i] { // the sign stands in the gap: the title stays whole
				spans = append(spans, span{title, tone})
				title, behind = sign, gap[1:]
			} else {
				title = fitLeft(c.title+sign, widths[i])
			}
		}
		spans = append(spans, span{title, tone}, plain(behind))
	}
	return spans[:len(spans)-1] // no gap after the last
}

// page lays all rows under their head as lines of a page, without a cursor.
func (t *table[T]) page(e *env, width int) []pageLine {
	widths, gap := fit(t.columns, t.widest, width-2, e.absent), spaces(columnGap(width-2))
	out := []pageLine{newPageLine(t.heads(e, widths, 2, gap)...)}
	for _, r := range t.rows {
		out = append(out, newPageLine(t.cells(e, r, widths, gap, []span{plain("  ")})...))
	}
	return out
}

// row renders one row. The row under the cursor is in one tone from edge to
// edge: the words and glyphs still say what the colours would.
func (t *table[T]) row(e *env, r T, widths []int, gap string, width int, base tone) string {
	spans := make([]span, 0, 2*len(widths)+3)
	cursor := " "
	if base != toneText {
		cursor = ">"
	}
	spans = append(spans, plain(cursor))
	if t.mark != nil {
		m := t.mark(e, r)
		if t.isMarked(r) {
			spans = append(spans, span{"*", toneAccent}, span{fitRight(m.text, 1), m.tone})
		} else {
			spans = append(spans, span{fitRight(m.text, 2), m.tone})
		}
	}
	spans = t.cells(e, r, widths, gap, append(spans, plain(" ")))
	if base != toneText {
		var b strings.Builder
		for _, s := range spans {
			b.WriteString(s.text)
		}
		return e.line(width, span{fitLeft(b.String(), width), base})
	}
	return e.line(width, spans...)
}

// cells appends the cells of a row to spans.
func (t *table[T]) cells(e *env, r T, widths []int, gap string, spans []span) []span {
	for i, c := range t.columns {
		if widths[i] == 0 {
			continue
		}
		s := c.cell(e, r)
		s.text = aligned(s.text, widths[i], c.right)
		if e.old(c.source) {
			s.tone = toneDim
		}
		spans = append(spans, s, plain(gap))
	}
	return spans[:len(spans)-1] // no gap after the last
}

// sorted says how the rows are sorted, for the title.
func (t *table[T]) sorted() string {
	if t.by == 0 {
		return t.word
	}
	return "by " + strings.ToLower(t.columns[t.by-1].title)
}

// aligned makes s exactly width cells wide.
func aligned(s string, width int, right bool) string {
	if right {
		return fitRight(s, width)
	}
	return fitLeft(s, width)
}
