package ui

import (
	"cmp"
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"paddock/fleet"
)

// readTimeout bounds a read that a key asked for: longer, and one would think
// that the key did nothing.
const readTimeout = 10 * time.Second

// yamlMsg is an object's YAML, or why there is none.
type yamlMsg struct {
	of   selection
	text string
	err  error
}

// describedMsg is an object's description, or why there is none.
type describedMsg struct {
	of          selection
	description fleet.Description
	err         error
}

// openYAML reads the object under the cursor and shows it as YAML.
func (m *Model) openYAML() effect {
	of := m.top().screen.selected()
	e := m.env
	return effect{status: "reading " + of.ref.String() + " ...", cmd: func() tea.Msg {
		ctx, cancel := context.WithTimeout(e.ctx, readTimeout)
		defer cancel()
		text, err := e.dash.YAML(ctx, of.ref, of.apiVersion)
		return yamlMsg{of, text, err}
	}}
}

// describe is the command that reads what the watches don't keep of an object.
func describe(e *env, of selection) tea.Cmd {
	parent, dash := e.ctx, e.dash
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(parent, readTimeout)
		defer cancel()
		description, err := dash.Describe(ctx, of.ref, of.apiVersion)
		return describedMsg{of, description, err}
	}
}

// showYAML opens the YAML that was read, unless one went elsewhere meanwhile.
func (m *Model) showYAML(msg yamlMsg) {
	if m.mode != modeNormal || m.top().screen.selected() != msg.of {
		return
	}
	m.status = ""
	if msg.err != nil {
		m.status, m.statusBad = msg.err.Error(), true
		return
	}
	p := newPager("YAML of "+msg.of.ref.String(), yamlPage(msg.text))
	p.of = msg.of
	p.of.text, p.of.what = msg.text, "YAML of "+msg.of.ref.String()
	m.hold()
	m.show(yamlScreen{p}, "")
}

// yamlName and describeName are the names of the screens that show one object.
const (
	yamlName     = "YAML"
	describeName = "describe"
)

// yamlScreen is an object as the server has it.
type yamlScreen struct{ *pager }

func (yamlScreen) name() string { return yamlName }

// settleTime is how long the cursor stays on an object before it is read: who
// runs down a table must not ask the server for every row.
const settleTime = 300 * time.Millisecond

// settledMsg comes when the cursor may have settled on an object.
type settledMsg struct{ of selection }

// readNext waits for the cursor to settle when the screen shows the description
// of another object than before; on a screen that one has just opened it reads at once.
func (m *Model) readNext() tea.Cmd {
	defer func() { m.opened = false }()
	of := m.top().screen.reading()
	if of == m.read {
		return nil
	}
	m.read = of
	if !of.ok() {
		return nil
	}
	if m.opened {
		return m.readAgain()
	}
	return tea.Tick(settleTime, func(time.Time) tea.Msg { return settledMsg{of} })
}

// readAgain reads the description that the screen shows.
func (m *Model) readAgain() tea.Cmd {
	if !m.read.ok() {
		return nil
	}
	return describe(&m.env, m.read)
}

// copy puts the selected name, or the text that is shown, on the clipboard.
func (m *Model) copy() effect {
	of := m.top().screen.selected()
	text := cmp.Or(of.text, of.ref.Name)
	what := text // a name or a UUID says itself
	if s, ok := m.top().screen.(interface {
		copied() (text, what string, ok bool)
	}); ok {
		if t, w, ok := s.copied(); ok {
			text, of.what = t, w
		}
	}
	if of.what != "" {
		what = of.what + " (" + size(int64(len(text))) + ")"
	}
	return effect{cmd: newClipboard(m.env.vars).copy(what, text)}
}
