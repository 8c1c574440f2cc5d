package ui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"paddock/fleet"
)

// pageLine is one line of a pager: its text, and the same text as spans.
type pageLine struct {
	text   string
	spans  []span
	simple bool // printable ASCII alone, so that bytes are cells
	words  bool // it is wrapped at blanks where there are some

	starts  []int // where its rows begin when it is wrapped at wrapped cells: worked out once, as a line may be a megabyte
	wrapped int
}

// newPageLine makes a line out of spans.
func newPageLine(spans ...span) pageLine {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.text)
	}
	text := b.String()
	return pageLine{text: text, spans: spans, simple: printable(text)}
}

// textPage makes a page out of plain text, made safe to draw.
func textPage(text string) []pageLine {
	var out []pageLine
	for s := range strings.Lines(text) {
		s = safeLine(strings.TrimRight(s, "\r\n"))
		out = append(out, pageLine{text: s, spans: []span{plain(s)}, simple: printable(s)})
	}
	return out
}

// safeLine is a line that can be drawn, with its indentation kept.
func safeLine(s string) string {
	rest := strings.TrimLeft(s, " \t")
	indent := strings.ReplaceAll(s[:len(s)-len(rest)], "\t", "    ")
	const room = 4 // so that Clean, which adds nothing, has no reason to cut
	return indent + fleet.Clean(rest, len(rest)+room)
}

// rows is how many rows a line takes when it is wrapped at width cells.
func (l *pageLine) rows(width int) int {
	if l.simple && !l.words {
		return max((len(l.text)+width-1)/width, 1)
	}
	return len(l.breaks(width))
}

// breaks are the offsets at which the rows of a wrapped line begin.
func (l *pageLine) breaks(width int) []int {
	if l.wrapped == width {
		return l.starts
	}
	starts, room := []int{0}, width
	blank, blankRoom := -1, 0 // behind the last blank of the row, and the room there was
	for at := 0; at < len(l.text); {
		size, w := 1, 1
		if !l.simple {
			var cluster string
			cluster, w = ansi.FirstGraphemeCluster(l.text[at:], ansi.GraphemeWidth)
			size = max(len(cluster), 1)
		}
		if w > room && room < width {
			switch {
			case l.words && blank > 0 && blankRoom <= width/2 && blank < at:
				starts, room = append(starts, blank), width-(blankRoom-room)
			default:
				starts, room = append(starts, at), width
			}
			blank = -1
		}
		room -= w
		if l.text[at] == ' ' {
			blank, blankRoom = at+size, room
		}
		at += size
	}
	l.starts, l.wrapped = starts, width
	return starts
}

// row is the part of the text that row i of the wrapped line shows.
func (l *pageLine) row(i, width int) (from, to int) {
	if l.simple && !l.words {
		return min(i*width, len(l.text)), min((i+1)*width, len(l.text))
	}
	starts := l.breaks(width)
	if i+1 < len(starts) {
		return starts[i], starts[i+1]
	}
	return starts[min(i, len(starts)-1)], len(l.text)
}

// rowOf is the row of a wrapped line that shows offset.
func (l *pageLine) rowOf(offset, width int) int {
	if l.simple && !l.words {
		return offset / width
	}
	row, found := slices.BinarySearch(l.breaks(width), offset)
	if !found {
		row--
	}
	return row
}

// window is the part of the text that stands in the cells left to left+width,
// and how many cells of it are blank because a wide letter was cut in two.
func (l *pageLine) window(left, width int) (from, to, blank int) {
	if l.simple {
		return min(left, len(l.text)), min(left+width, len(l.text)), 0
	}
	from, past := l.advance(0, left)
	if past < left && from < len(l.text) {
		// a wide letter straddles the left edge: it is left out
		cluster, w := ansi.FirstGraphemeCluster(l.text[from:], ansi.GraphemeWidth)
		from += len(cluster)
		blank = past + w - left
	}
	to, _ = l.advance(from, width-blank)
	return from, to, blank
}

// advance walks at most width cells from offset at; it returns where it came to and the cells passed.
func (l *pageLine) advance(at, width int) (int, int) {
	past := 0
	for at < len(l.text) {
		cluster, w := ansi.FirstGraphemeCluster(l.text[at:], ansi.GraphemeWidth)
		if past+w > width {
			break
		}
		past += w
		at += max(len(cluster), 1)
	}
	return at, past
}

// cut is the spans of the text between two offsets.
func (l *pageLine) cut(from, to int) []span {
	var out []span
	at := 0
	for _, s := range l.spans {
		a, b := max(from-at, 0), min(to-at, len(s.text))
		if a < b {
			out = append(out, span{s.text[a:b], s.tone})
		}
		at += len(s.text)
	}
	return out
}
