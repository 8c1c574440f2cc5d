package ui

import (
	"github.com/charmbracelet/x/ansi"
)

// cells is the width of plain text on the terminal.
func cells(s string) int {
	if printable(s) {
		return len(s)
	}
	return ansi.StringWidth(s)
}

// fitLeft makes s exactly w cells wide: cut, or padded on its right.
func fitLeft(s string, w int) string {
	s, n := cutTo(s, w)
	return s + spaces(w-n)
}

// fitRight makes s exactly w cells wide: cut, or padded on its left, as numbers are.
func fitRight(s string, w int) string {
	s, n := cutTo(s, w)
	return spaces(w-n) + s
}

// cutTo cuts s to at most w cells, and returns it with its width.
func cutTo(s string, w int) (string, int) {
	w = max(w, 0)
	if len(s) <= w && printable(s) {
		return s, len(s)
	}
	if n := ansi.StringWidth(s); n <= w {
		return s, n
	}
	s = ansi.Truncate(s, w, cutMark)
	return s, ansi.StringWidth(s)
}

// printable tells whether s is printable ASCII alone, so that bytes are cells.
func printable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
