package ui

import (
	"fmt"
	"slices"
	"strings"
)

// pager is a screen of text that one reads: YAML, a description, the help. It
// does no I/O: whoever makes it hands it lines. Only visible lines are looked
// at, so that it works with 50,000 lines and with lines of a megabyte.
type pager struct {
	quiet
	title string
	lines []pageLine
	of    selection // what the text is about, with the whole text to copy

	width, height int
	unwrapped     bool
	top, row      int // the first visible line, and the row in it when wrapped
	left          int // cells scrolled to the right when not wrapped

	query string
	found []hit
	at    int // index of the current hit
}

// hit is where the query stands.
type hit struct{ line, offset int }

// mostHits bounds what a search of one letter collects.
const mostHits = 10_000

// sideStep is how many cells the arrows scroll sideways.
const sideStep = 8

func newPager(title string, lines []pageLine) *pager {
	p := &pager{title: title}
	p.set(lines)
	return p
}

// set replaces the text, and keeps the place where one reads.
func (p *pager) set(lines []pageLine) {
	p.lines = lines
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.text)
		b.WriteByte('\n')
	}
	p.of.text = b.String()
	p.search(p.query)
	p.settle()
}

func (p *pager) name() string        { return "text" }
func (p *pager) crumb() string       { return p.title }
func (p *pager) selected() selection { return p.of }
func (p *pager) searches() bool      { return true }

// note says where in the text one is.
func (p *pager) note(*env) string {
	var parts []string
	switch {
	case p.query != "" && len(p.found) == 0:
		parts = append(parts, "not found")
	case p.query != "" && len(p.found) == mostHits:
		parts = append(parts, fmt.Sprintf("%s of %s or more", count(p.at+1), count(mostHits)))
	case p.query != "":
		parts = append(parts, fmt.Sprintf("%s of %s found", count(p.at+1), count(len(p.found))))
	}
	if p.left > 0 {
		parts = append(parts, "from column "+count(p.left+1))
	}
	return strings.Join(append(parts, fmt.Sprintf("%s of %s lines", count(min(p.top+1, len(p.lines))), count(len(p.lines)))), "  ")
}

func (p *pager) arrange(_ *env, width, height int) {
	p.width, p.height = width, height
	p.settle()
}

// draw renders the visible lines.
func (p *pager) draw(e *env, width, height int) []string {
	out := make([]string, 0, height)
	line, row := p.top, p.row
	for len(out) < height && line < len(p.lines) {
		l := &p.lines[line]
		if p.unwrapped {
			from, to, blank := l.window(p.left, width)
			out = append(out, e.line(width, append([]span{plain(spaces(blank))}, p.marked(line, from, to)...)...))
			line++
			continue
		}
		from, to := l.row(row, width)
		out = append(out, e.line(width, p.marked(line, from, to)...))
		if row++; row >= l.rows(width) {
			line, row = line+1, 0
		}
	}
	return fill(out, width, height)
}

// marked is a part of a line with the hits in it marked.
func (p *pager) marked(line, from, to int) []span {
	l := &p.lines[line]
	if p.query == "" {
		return l.cut(from, to)
	}
	var out []span
	done := from
	near := max(from-len(p.query)+1, 0)
	i, _ := slices.BinarySearchFunc(p.found, hit{line, near}, compareHits)
	for ; i < len(p.found) && p.found[i].line == line && p.found[i].offset < to; i++ {
		a, b := max(p.found[i].offset, done), min(p.found[i].offset+len(p.query), to)
		if a >= b {
			continue
		}
		t := toneMatch
		if i == p.at {
			t = toneCursor
		}
		out = append(append(out, l.cut(done, a)...), span{l.text[a:b], t})
		done = b
	}
	return append(out, l.cut(done, to)...)
}

func compareHits(a, b hit) int {
	if a.line != b.line {
		return a.line - b.line
	}
	return a.offset - b.offset
}

// filter searches: all lines stay, what is found is marked. Lower case finds either case.
func (p *pager) filter(_ *env, text string) error {
	p.search(text)
	if len(p.found) > 0 {
		p.show()
	}
	return nil
}

// search finds all hits of the query; the current one is the first from here on.
func (p *pager) search(query string) {
	p.query, p.found, p.at = query, nil, 0
	if query == "" {
		return
	}
	fold := query == strings.ToLower(query)
	for i, l := range p.lines {
		for from := 0; len(p.found) < mostHits; {
			n := indexFold(l.text[from:], query, fold)
			if n < 0 {
				break
			}
			p.found = append(p.found, hit{i, from + n})
			from += n + len(query)
		}
	}
	p.at, _ = slices.BinarySearchFunc(p.found, hit{p.top, 0}, compareHits)
	if p.at == len(p.found) {
		p.at = 0
	}
}

// jump goes to another hit, round the ends.
func (p *pager) jump(step int) effect {
	if len(p.found) == 0 {
		return complain("nothing to go to: / searches")
	}
	p.at = (p.at + step + len(p.found)) % len(p.found)
	p.show()
	return effect{}
}

// show scrolls so that the current hit is visible, with a third of the screen above it.
func (p *pager) show() {
	h := p.found[p.at]
	if p.width == 0 || p.visible(h) {
		return
	}
	l := &p.lines[h.line]
	if p.unwrapped {
		column := cells(l.text[:h.offset])
		if column < p.left || column+cells(p.query) > p.left+p.width {
			p.left = max(column-p.width/2, 0)
		}
		p.top, p.row = h.line, 0
	} else {
		p.top, p.row = h.line, l.rowOf(h.offset, p.width)
	}
	p.scroll(-p.height / 3)
}

// visible tells whether a hit is on the screen.
func (p *pager) visible(h hit) bool {
	line, row := p.top, p.row
	for range p.height {
		if line >= len(p.lines) {
			return false
		}
		l := &p.lines[line]
		from, to, rows := 0, 0, 1
		if p.unwrapped {
			from, to, _ = l.window(p.left, p.width)
		} else {
			rows = l.rows(p.width)
			from, to = l.row(row, p.width)
		}
		if h.line == line && h.offset >= from && h.offset < to {
			return true
		}
		if row++; row >= rows {
			line, row = line+1, 0
		}
	}
	return false
}
