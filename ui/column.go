package ui

import (
	"cmp"
	"math"
)

// column is one column of a table of T.
type column[T any] struct {
	title    string // upper case, as the head shows it
	letter   string // shift-letter that sorts by it, "B"; "" for none
	least    int    // cells without which it is not worth drawing
	most     int    // cells it takes when there is room; 0 is least
	priority int    // 0 is always there; when room is short the highest goes first
	grow     bool   // takes the room that is left over; most is how much makes it comfortable, no more than its widest row
	right    bool   // right-aligned: numbers
	source   string // the source of its numbers; they look old when that is
	// cell is what stands in a row; called for visible rows only.
	cell func(e *env, row T) span
	// width is how many cells a row's text wants; with it the column is as
	// wide as its widest row, between least and most, before any column of a
	// higher priority number gets room. Nil: least.
	width func(row T) int
	// order compares rows, least first; value is the number that they are sorted
	// by, NaN where nobody knows it. With neither it can't be sorted.
	order   func(a, b T) int
	value   func(T) float64
	falling bool // the first press sorts the greatest first
	// volatile says that order changes with every reading: rows then keep
	// their places until a key sorts again, so that the screen stays calm.
	volatile bool
}

// sortable tells whether a table can be sorted by the column.
func (c column[T]) sortable() bool { return c.order != nil || c.value != nil }

// compare orders two rows, least first, or greatest first when down is set;
// what nobody knows comes last either way.
func (c column[T]) compare(a, b T, down bool) int {
	n := 0
	if c.value == nil {
		n = c.order(a, b)
	} else {
		x, y := c.value(a), c.value(b)
		if math.IsNaN(x) || math.IsNaN(y) {
			return compareBool(math.IsNaN(x), math.IsNaN(y))
		}
		n = cmp.Compare(x, y)
	}
	if down {
		return -n
	}
	return n
}

// columnGap is the blank cells between columns: one where room is short, two
// where the eye may rest.
func columnGap(width int) int {
	if width < airyWidth {
		return 1
	}
	return 2
}

// airyWidth is the width from which a table has room for air.
const airyWidth = 110

// widestShare bounds a column that is as wide as its widest row to a part of the
// width: one long name must not push the numbers and reasons out of all rows.
func widestShare(width int) int {
	if width < airyWidth {
		return width * 3 / 10
	}
	return width * 35 / 100
}

// Columns above these priorities are drawn only when the growing column has
// its comfortable width, or half as much again: a reason that can be read comes
// before numbers that are nice to have.
const (
	spare  = 3
	luxury = 5
)

// fit chooses the columns that have room in width cells, and their widths. The
// widths of columns that are left out are 0.
func fit[T any](columns []column[T], widest []int, width int, absent func(source string) bool) []int {
	need := make([]int, len(columns))
	gap := columnGap(width)
	for i, c := range columns {
		need[i] = c.least
		switch {
		case c.priority > 0 && (absent(c.source) || c.width != nil && widest[i] == 0):
			need[i] = 0 // nothing stands in it
		case c.width != nil:
			need[i] = max(min(widest[i], c.most, widestShare(width)), c.least, len(c.title))
		}
	}
	grown := func(room func(c column[T]) int) {
		for i, c := range columns {
			if c.grow {
				least, wants := c.least, room(c)
				if c.width != nil { // a reason that is short needs no more
					least = min(least, max(widest[i], len(c.title)))
					wants = min(wants, widest[i])
				}
				need[i] = max(wants, least)
			}
		}
	}
	grown(func(c column[T]) int { return c.most * 3 / 2 })
	drop(columns, need, gap, width, luxury)
	grown(func(c column[T]) int { return c.most })
	drop(columns, need, gap, width, spare)
	grown(func(c column[T]) int { return c.least })
	left := width - drop(columns, need, gap, width, 0)
	left = squeeze(columns, need, left)
	for left > 0 && widen(columns, need, &left) {
	}
	for i := len(columns) - 1; i >= 0 && left > 0; i-- {
		if columns[i].grow && need[i] > 0 {
			need[i] += left
			left = 0
		}
	}
	return need
}

// drop leaves out columns of a priority above keep, the highest number first,
// until the rest fits or no such column is left. It returns the cells taken.
func drop[T any](columns []column[T], need []int, gap, width, keep int) int {
	for {
		total, worst := -gap, -1
		for i, c := range columns {
			if need[i] == 0 {
				continue
			}
			total += need[i] + gap
			if c.priority > keep && (worst < 0 || c.priority >= columns[worst].priority) {
				worst = i
			}
		}
		if total <= width || worst < 0 {
			return total
		}
		need[worst] = 0
	}
}

// squeeze takes cells back from wide columns when even the columns of priority
// 0 don't fit; it returns the cells left over, 0 or more.
func squeeze[T any](columns []column[T], need []int, left int) int {
	for i := range columns {
		if left >= 0 {
			break
		}
		if give := min(need[i]-columns[i].least, -left); need[i] > 0 && give > 0 {
			need[i] -= give
			left += give
		}
	}
	return max(left, 0)
}

// widen gives every column that may be wider one cell, in order; it tells
// whether any took one.
func widen[T any](columns []column[T], need []int, left *int) bool {
	took := false
	for i, c := range columns {
		if *left > 0 && need[i] > 0 && c.width == nil && !c.grow && need[i] < c.most {
			need[i]++
			*left--
			took = true
		}
	}
	return took
}
