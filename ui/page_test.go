package ui

import (
	"strings"
	"testing"
)

// Wrapped at blanks, no row is wider than the screen and nothing is lost.
func TestWrapAtWords(t *testing.T) {
	for _, text := range []string{"one two three four five six", strings.Repeat("x", 50), "a " + strings.Repeat("字", 30) + " b", strings.Repeat("ab ", 40), "  indented words that go on and on", ""} {
		for _, width := range []int{1, 2, 7, 10, 23} {
			l := newPageLine(plain(text))
			l.words = true
			got := ""
			for i := range l.rows(width) {
				from, to := l.row(i, width)
				got += l.text[from:to]
				if n := cells(l.text[from:to]); n > width && n > 2 {
					t.Errorf("%q at %d: row %q has %d cells", text, width, l.text[from:to], n)
				}
			}
			if got != text {
				t.Errorf("%q at %d becomes %q", text, width, got)
			}
		}
	}
	l := newPageLine(plain("the loss is 2.3456 now"))
	l.words = true
	if from, to := l.row(0, 15); l.text[from:to] != "the loss is " {
		t.Errorf("%q", l.text[from:to])
	}
}
