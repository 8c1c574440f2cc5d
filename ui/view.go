package ui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// View draws the screen. It changes nothing, and asks nothing.
func (m *Model) View() tea.View {
	v := tea.NewView(strings.Join(m.lines(), "\n"))
	v.AltScreen = true
	v.WindowTitle = m.windowTitle()
	if m.env.opts.Mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	if line := m.typing(); line != nil && !m.frame.small {
		_, x := line.draw(m.frame.footer.w - 1)
		v.Cursor = tea.NewCursor(x, m.frame.footer.y)
	}
	if m.mode == modeDialog && !m.frame.small {
		if x, y, ok := m.dialog.cursor(m.frame.body.w, m.frame.body.h); ok {
			v.Cursor = tea.NewCursor(x, m.frame.body.y+y)
		}
	}
	return v
}

// lines is the whole screen, line by line.
func (m *Model) lines() []string {
	f := m.frame
	if f.small {
		return m.tooSmall()
	}
	lines := make([]string, 0, m.height)
	lines = append(lines, m.header(f.header.w, f.header.h)...)
	lines = fill(lines, m.width, f.title.y)
	lines = append(lines, m.title(f.title.w))
	lines = append(lines, m.body(f.body.w, f.body.h)...)
	lines = fill(lines, m.width, f.footer.y)
	return append(lines, m.footer(f.footer.w))
}

// body is the screen, or what is open over it.
func (m *Model) body(width, height int) []string {
	switch m.mode {
	case modeSwitch:
		return m.switcher.draw(&m.env, width, height)
	case modeDialog:
		return m.dialog.draw(&m.env, width, height)
	}
	return m.top().screen.draw(&m.env, width, height)
}

// title says where one is and what is narrowed; on the right how much is shown.
func (m *Model) title(width int) string {
	left := []span{plain(" ")}
	for i, p := range m.stack {
		if i > 0 {
			left = append(left, dim(" "+m.env.glyphs.crumb+" "))
		}
		t := toneDim
		if i == len(m.stack)-1 {
			t = toneTitle
		}
		left = append(left, span{p.screen.crumb(), t})
	}
	if filter := m.top().filter; filter != "" {
		left = append(left, plain("  "), span{"/" + filter, toneAccent})
	}
	return m.env.split(width, left, []span{dim(m.top().screen.note(&m.env) + " ")})
}

// footer is the last line: what is being typed, else what was said, else the
// keys that matter here.
func (m *Model) footer(width int) string {
	e := &m.env
	if line := m.typing(); line != nil {
		text, _ := line.draw(width - 1)
		spans := []span{plain(text)}
		if m.lineError != "" {
			spans = append(spans, span{"   " + m.lineError, toneBad})
		} else if found := m.offers(); len(found) > 0 {
			spans = append(spans, dim("   tab: "+strings.Join(found, "  ")))
		}
		return e.line(width, spans...)
	}
	if m.mode == modeDialog {
		return e.line(width, m.dialog.hints(width)...)
	}
	if m.status == "" {
		return e.line(width, m.hints(width)...)
	}
	t := toneText
	if m.statusBad {
		t = toneBad
	}
	said := []span{{" " + m.status, t}}
	if left := width - widthOf(said) - statusGap; left >= leastHints {
		return e.split(width, said, m.hints(left))
	}
	return e.line(width, said...)
}

// hints are the keys that matter now; `?` tells the others, where keys are not typed into the screen.
func (m *Model) hints(width int) []span {
	if _, ok := m.top().screen.(typist); ok {
		return hints(m.bindings(), width)
	}
	return hints(m.bindings(), width, part(0, span{"?", toneAccent}, plain(" help")))
}

// What is said leaves room for the keys when that is enough for some of them.
const (
	statusGap  = 3
	leastHints = 24
)

// typing is the line that is being typed into; nil when there is none.
func (m *Model) typing() *prompt {
	switch m.mode {
	case modeFilter:
		return &m.filterLine
	case modeCommand:
		return &m.commandLine
	case modeSwitch:
		return &m.switcher.line
	}
	return nil
}

// offers are the completions of what is being typed.
func (m *Model) offers() []string {
	switch m.mode {
	case modeFilter:
		return m.top().screen.complete(&m.env, m.filterLine.value())
	case modeCommand:
		return m.completions(m.commandLine.value())
	}
	return nil
}

// tooSmall says that the terminal is too small, as far as it can be said.
func (m *Model) tooSmall() []string {
	text := fmt.Sprintf("This terminal is %dx%d; paddock needs %dx%d. Make it larger, or q quits.", m.width, m.height, leastWidth, leastHeight)
	var lines []string
	for _, s := range wrap(text, m.width) {
		lines = append(lines, m.env.line(m.width, plain(s)))
	}
	return fill(lines, m.width, m.height)
}

// windowTitle names the cluster, so that terminals with several can be told apart.
func (m *Model) windowTitle() string {
	if c := m.env.fleet.Cluster.Context; c != "" {
		return "paddock " + c
	}
	return "paddock"
}
