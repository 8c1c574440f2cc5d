package ui

import "strings"

// moves are the keys that move the cursor of any table; the same on every
// screen that has one.
func (t *table[T]) moves() []binding {
	move := func(keys []string, show, help string, to func() int) binding {
		return binding{keys: keys, show: show, help: help, run: func() effect {
			t.move(to())
			t.moved = true
			return effect{}
		}}
	}
	return []binding{
		move([]string{"up", "k"}, "↑ k", "up", func() int { return t.at - 1 }),
		move([]string{"down", "j"}, "↓ j", "down", func() int { return t.at + 1 }),
		move([]string{"pgup", "ctrl+b"}, "PgUp ctrl-b", "a page up", func() int { return t.at - max(t.height-1, 1) }),
		move([]string{"pgdown", "ctrl+f"}, "PgDn ctrl-f", "a page down", func() int { return t.at + max(t.height-1, 1) }),
		move([]string{"g", "home"}, "g Home", "to the top", func() int { return 0 }),
		move([]string{"G", "end"}, "G End", "to the end", func() int { return len(t.rows) - 1 }),
	}
}

// sorts are the keys that sort a table: a shift-letter for a column, or
// shift-arrows to the next one.
func (t *table[T]) sorts() []binding {
	var out []binding
	for i, c := range t.columns {
		if c.letter == "" || !c.sortable() {
			continue
		}
		out = append(out, binding{
			keys: []string{c.letter, "shift+" + strings.ToLower(c.letter)}, show: "shift-" + strings.ToLower(c.letter),
			help: "sort by " + c.title, sorts: c.title, run: func() effect { return t.sortBy(i + 1) },
		})
	}
	return append(out,
		binding{keys: []string{"shift+right"}, show: "shift-→", help: "sort by the next column", run: func() effect { return t.sortNext(1) }},
		binding{keys: []string{"shift+left"}, show: "shift-←", help: "sort by the column before", run: func() effect { return t.sortNext(-1) }},
	)
}

// sortBy sorts by column n-1, 0 being the normal order; by the same column
// again it turns the order round.
func (t *table[T]) sortBy(n int) effect {
	switch {
	case n == 0:
		t.down = false
	case n == t.by:
		t.down = !t.down
	default:
		t.down = t.columns[n-1].falling
	}
	t.by = n
	t.resort()
	return effect{}
}

// sortNext moves the order to the next sortable column, over the normal order.
func (t *table[T]) sortNext(step int) effect {
	n, all := t.by, len(t.columns)+1
	for range all {
		n = (n + step + all) % all
		if n == 0 || t.columns[n-1].sortable() {
			break
		}
	}
	return t.sortBy(n)
}
