package ui

import (
	"slices"
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"
)

// prompt is a line that one types into: a filter or a command.
type prompt struct {
	sign   string // what stands before it: "/" or ":"
	text   []rune
	at     int      // the cursor, an index into text
	past   []string // lines typed before, oldest first
	recall int      // how far up in past the line comes from; 0 is none
}

// start begins a line anew.
func (p *prompt) start(sign, text string) {
	p.sign, p.recall = sign, 0
	p.set(text)
}

// set replaces the line.
func (p *prompt) set(text string) {
	p.text = []rune(text)
	p.at = len(p.text)
}

// value is what was typed.
func (p *prompt) value() string { return string(p.text) }

// keep remembers the line for the up key.
func (p *prompt) keep() {
	line := p.value()
	if line != "" && (len(p.past) == 0 || p.past[len(p.past)-1] != line) {
		p.past = append(p.past, line)
	}
}

// insert puts text in at the cursor, without what can't stand in a line.
func (p *prompt) insert(text string) {
	clean := []rune(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf) {
			return -1
		}
		return r
	}, text))
	p.text = slices.Insert(p.text, p.at, clean...)
	p.at += len(clean)
}

// key edits the line; it reports whether the key was one of the line's own.
func (p *prompt) key(k tea.KeyPressMsg) bool {
	switch k.String() {
	case "left", "ctrl+b":
		p.at = max(p.at-1, 0)
	case "right", "ctrl+f":
		p.at = min(p.at+1, len(p.text))
	case "home", "ctrl+a":
		p.at = 0
	case "end", "ctrl+e":
		p.at = len(p.text)
	case "backspace", "ctrl+h":
		p.remove(max(p.at-1, 0), p.at)
	case "delete":
		p.remove(p.at, min(p.at+1, len(p.text)))
	case "ctrl+u":
		p.remove(0, p.at)
	case "ctrl+k":
		p.remove(p.at, len(p.text))
	case "ctrl+w":
		p.remove(p.wordStart(), p.at)
	case "up":
		p.older(1)
	case "down":
		p.older(-1)
	default:
		if k.Text == "" {
			return false
		}
		p.insert(k.Text)
	}
	return true
}

func (p *prompt) remove(from, to int) {
	p.text = slices.Delete(p.text, from, to)
	p.at = from
}

// wordStart is where the word before the cursor begins.
func (p *prompt) wordStart() int {
	i := p.at
	for i > 0 && p.text[i-1] == ' ' {
		i--
	}
	for i > 0 && p.text[i-1] != ' ' {
		i--
	}
	return i
}

// older walks through the lines typed before.
func (p *prompt) older(step int) {
	n := p.recall + step
	if n < 0 || n > len(p.past) {
		return
	}
	p.recall = n
	if n == 0 {
		p.set("")
		return
	}
	p.set(p.past[len(p.past)-n])
}

// draw gives the line, and the column of its cursor. A line longer than width
// shows the part around the cursor.
func (p *prompt) draw(width int) (text string, cursor int) {
	from := 0
	for from < p.at && cells(p.sign)+cells(string(p.text[from:p.at])) >= width {
		from++
	}
	return p.sign + string(p.text[from:]), cells(p.sign) + cells(string(p.text[from:p.at]))
}
