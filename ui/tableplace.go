package ui

// stand is where one is in a table.
type stand struct {
	cursor identity
	top    int  // first visible row
	moved  bool // by somebody
}

// follow finds the cursor's row again.
func (t *table[T]) follow() {
	if !t.moved {
		t.move(0)
		return
	}
	for i, r := range t.rows {
		if t.id(r) == t.cursor {
			t.move(i)
			return
		}
	}
	t.move(t.at)
}

// arrange fits the table into height lines, the head included, and scrolls so
// that the cursor is visible. Nothing else scrolls: what moves the cursor may
// not know yet how high the table will be.
func (t *table[T]) arrange(height int) {
	t.height = max(height-1, 0)
	t.top = min(t.top, t.at)
	t.top = max(t.top, t.at-t.height+1)
	t.top = max(min(t.top, len(t.rows)-t.height), 0)
}

// move puts the cursor on row i, or the nearest there is.
func (t *table[T]) move(i int) {
	t.at = max(min(i, len(t.rows)-1), 0)
	if len(t.rows) > 0 {
		t.cursor = t.id(t.rows[t.at])
	}
	t.top = min(t.top, len(t.rows))
}

// current is the row under the cursor.
func (t *table[T]) current() (row T, ok bool) {
	if len(t.rows) == 0 {
		return row, false
	}
	return t.rows[t.at], true
}

// find puts the cursor on the row with this identity, now or when it comes.
func (t *table[T]) find(id identity) {
	t.cursor, t.moved = id, true
	t.follow()
}

// hold keeps the cursor on its row from now on: somebody works with it.
func (t *table[T]) hold() { t.moved = true }

// narrow notes where one was when a filter begins, and goes back there when it
// ends, or, while it is typed, as soon as the row is there again. It is told
// before the rows change.
func (t *table[T]) narrow(filtered bool) {
	t.rank = nil
	switch {
	case filtered && t.before == nil:
		t.before = &stand{t.cursor, t.top, t.moved}
	case filtered:
		t.cursor, t.moved = t.before.cursor, t.before.moved
	case !filtered && t.before != nil:
		t.cursor, t.top, t.moved = t.before.cursor, t.before.top, t.before.moved
		t.before = nil
	}
}

// place says which rows are visible when not all are: "19-36 of ".
func (t *table[T]) place() string {
	n := len(t.visible())
	if n == 0 || n == len(t.rows) {
		return ""
	}
	return count(t.top+1) + "-" + count(t.top+n) + " of "
}
