package ui

import (
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
	p := newPager("YAML", yamlPage(msg.text))
	p.of = msg.of
	p.of.text = msg.text
	m.show(p, "")
}

// openDescription goes to all that is known of the object under the cursor.
func (m *Model) openDescription() effect {
	return effect{}
}

// copy puts the selected name, or the text that is shown, on the clipboard.
func (m *Model) copy() effect { return effect{} }

// openHelp shows all keys that hold here.
func (m *Model) openHelp() effect { return effect{} }

// openCost shows what paddock itself costs, and the health of its sources.
func (m *Model) openCost() effect { return effect{} }
