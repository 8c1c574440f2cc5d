package ui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// span is a piece of one line in one tone. Its text is plain: cleaned at the
// border, without escape sequences.
type span struct {
	text string
	tone tone
}

// plain, dim and the others make spans; they keep lines of spans readable.
func plain(text string) span  { return span{text, toneText} }
func dim(text string) span    { return span{text, toneDim} }
func strong(text string) span { return span{text, toneStrong} }

// line lays spans side by side into exactly width cells: what does not fit is
// cut, what is missing is blank.
func (t *theme) line(width int, spans ...span) string {
	var b strings.Builder
	b.Grow(width + 16*len(spans))
	left := width
	for i, s := range spans {
		w := cells(s.text)
		if w > left {
			s.text, w = cutTo(s.text, left)
		}
		t.paint(&b, s)
		left -= w
		if left <= 0 && i < len(spans)-1 {
			break
		}
	}
	b.WriteString(spaces(left))
	return b.String()
}

// inset is a line of a detail: three blanks before it, one behind it.
func (t *theme) inset(width int, spans ...span) string {
	return t.line(width-1, append([]span{plain("   ")}, spans...)...) + " "
}

// split lays left and right spans into exactly width cells, with the gap
// between them; right gives way first when both do not fit.
func (t *theme) split(width int, left, right []span) string {
	gap := width - widthOf(left) - widthOf(right)
	if gap < 1 {
		return t.line(width, left...)
	}
	all := make([]span, 0, len(left)+len(right)+1)
	all = append(all, left...)
	all = append(all, plain(spaces(gap)))
	return t.line(width, append(all, right...)...)
}

// widthOf is the width of spans side by side.
func widthOf(spans []span) int {
	n := 0
	for _, s := range spans {
		n += cells(s.text)
	}
	return n
}

// spaces is n blanks.
func spaces(n int) string {
	if n <= 0 {
		return ""
	}
	return strings.Repeat(" ", n)
}

// fill makes lines exactly height lines, the missing ones blank.
func fill(lines []string, width, height int) []string {
	if len(lines) > height {
		return lines[:max(height, 0)]
	}
	for len(lines) < height {
		lines = append(lines, spaces(width))
	}
	return lines
}

// beside puts two blocks of lines side by side; both have the same height.
func beside(left, right []string, between string) []string {
	out := make([]string, min(len(left), len(right)))
	for i := range out {
		out[i] = left[i] + between + right[i]
	}
	return out
}

// hyphen stands for "-" while text is wrapped. It is of the private use area,
// which cleaned text has nothing of.
const hyphen = "\ue000"

// wrap breaks plain text into lines of at most width cells, at spaces where
// there are some; never behind a hyphen: a command's "-n" stays one word.
func wrap(s string, width int) []string {
	if width <= 0 {
		return nil
	}
	lines := ansi.Wrap(strings.ReplaceAll(s, "-", hyphen), width, "")
	return strings.Split(strings.ReplaceAll(lines, hyphen, "-"), "\n")
}
