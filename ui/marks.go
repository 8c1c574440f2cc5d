package ui

// marks are the rows that one acts on together, by the UIDs of what they
// stand for: a row that is replaced by another of its name is not marked.
type marks map[string]bool

// marked is the rows that are marked whole, in their order.
func (t *table[T]) marked() []T {
	if len(t.marks) == 0 {
		return nil
	}
	var out []T
	for _, r := range t.rows {
		if t.isMarked(r) {
			out = append(out, r)
		}
	}
	return out
}

// isMarked tells whether all that a row stands for is marked.
func (t *table[T]) isMarked(r T) bool {
	if len(t.marks) == 0 {
		return false
	}
	uids := t.uids(r)
	for _, uid := range uids {
		if !t.marks[uid] {
			return false
		}
	}
	return len(uids) > 0
}

// toggleMark marks the row under the cursor, or takes its mark away, and goes on to the next.
func (t *table[T]) toggleMark() effect {
	r, ok := t.current()
	if !ok {
		return effect{}
	}
	if t.marks == nil {
		t.marks = marks{}
	}
	was := t.isMarked(r)
	for _, uid := range t.uids(r) {
		if was {
			delete(t.marks, uid)
		} else {
			t.marks[uid] = true
		}
	}
	t.move(t.at + 1)
	t.moved = true
	return effect{}
}

// prune drops the marks of what is not in the table any more: nobody acts on
// what can't be seen.
func (t *table[T]) prune() {
	if len(t.marks) == 0 {
		return
	}
	kept := marks{}
	for _, r := range t.rows {
		for _, uid := range t.uids(r) {
			if t.marks[uid] {
				kept[uid] = true
			}
		}
	}
	t.marks = kept
}

// unmark drops all marks; it reports whether there were any.
func (t *table[T]) unmark() bool {
	had := len(t.marks) > 0
	t.marks = nil
	return had
}

// holds is what unmark would do; "" for nothing.
func (t *table[T]) holds() string {
	if len(t.marks) > 0 {
		return "unmark"
	}
	return ""
}

// marking counts the marks for the note of a screen: "3 marked, ".
func (t *table[T]) marking() string {
	if len(t.marks) == 0 {
		return ""
	}
	return count(len(t.marks)) + " marked, "
}

// markKey is the key that marks, for screens whose rows can be acted on.
func (t *table[T]) markKey(unselected func() string) binding {
	return binding{keys: []string{"space"}, help: "mark", long: "mark the row, to act on several at once; esc unmarks", disabled: unselected, run: t.toggleMark}
}

// chosen is what a key acts on: the marked rows, else the one under the cursor.
func (t *table[T]) chosen() []T {
	if rows := t.marked(); len(rows) > 0 {
		return rows
	}
	if r, ok := t.current(); ok {
		return []T{r}
	}
	return nil
}
