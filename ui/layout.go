package ui

// rect is a box on the screen, in cells.
type rect struct{ x, y, w, h int }

// The least terminal that can be drawn on. Below it a message says so.
const (
	leastWidth  = 60
	leastHeight = 12
)

// frame is where the parts of every screen stand.
type frame struct {
	small  bool // too small to draw on
	header rect // cluster and sources
	title  rect // where one is, and the filter
	body   rect // the screen's own
	footer rect // keys, status or input
}

// frameOf lays out the frame: header on top, one line of title, one line of
// footer, the rest for the screen. A high terminal gets air between them.
func frameOf(width, height int) frame {
	if width < leastWidth || height < leastHeight {
		return frame{small: true, body: rect{0, 0, width, height}}
	}
	head := 2
	if height < 16 {
		head = 1
	}
	air := 0
	if height >= 30 {
		air = 1
	}
	f := frame{
		header: rect{0, 0, width, head},
		title:  rect{0, head + air, width, 1},
		footer: rect{0, height - 1, width, 1},
	}
	top := f.title.y + 1
	f.body = rect{0, top, width, height - 1 - air - top}
	return f
}

// under splits a box into a table of so many rows, its head included, and the
// detail of its cursor row below it. A blank line parts them. The detail gets
// at least least lines, and what the table does not need; when that leaves the
// table less than leastTable lines it keeps all.
func under(width, height, rows, least int) (table, detail rect) {
	n := max(least, min(height/3, 2*least))
	if height-n-1 < leastTable {
		return rect{0, 0, width, height}, rect{}
	}
	high := min(rows, height-n-1)
	return rect{0, 0, width, high}, rect{0, high + 1, width, height - high - 1}
}

// leastTable is the lines below which a table is not worth its head.
const leastTable = 6
