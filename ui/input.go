package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"
)

// key gives a key to whom it belongs in the current mode.
func (m *Model) key(k tea.KeyPressMsg) tea.Cmd {
	if k.String() == "ctrl+c" {
		return m.quit()
	}
	if m.frame.small { // nothing is drawn that could be answered
		if k.String() == "q" {
			return m.quit()
		}
		return nil
	}
	m.status = ""
	switch m.mode {
	case modeFilter:
		return m.filterKey(k)
	case modeCommand:
		return m.commandKey(k)
	case modeSwitch:
		return m.switchKey(k)
	case modeDialog:
		return m.dialogKey(k)
	}
	if s, ok := m.top().screen.(typist); ok {
		return m.enter(s.typed(&m.env, k))
	}
	do, ok := press(m.bindings(), k.String())
	if !ok {
		return nil
	}
	return m.enter(do)
}

// wheel moves as the arrows do.
func (m *Model) wheel(w tea.MouseWheelMsg) tea.Cmd {
	key := ""
	switch w.Button {
	case tea.MouseWheelUp:
		key = "up"
	case tea.MouseWheelDown:
		key = "down"
	}
	if m.mode != modeNormal || key == "" {
		return nil
	}
	do, _ := press(m.bindings(), key)
	return m.enter(do)
}

// bindings are the keys that hold now: the screen's before the root's.
func (m *Model) bindings() []binding {
	if _, ok := m.top().screen.(typist); ok {
		return m.top().screen.keys(&m.env)
	}
	return append(m.top().screen.keys(&m.env), m.keys()...)
}

// filterKey edits the filter; the screen narrows while one types.
func (m *Model) filterKey(k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "enter":
		if m.lineError != "" { // it stays, to be mended; esc leaves it
			return nil
		}
		m.mode = modeNormal
		m.filterLine.keep()
	case "esc":
		m.mode = modeNormal
		m.narrow(m.before)
	case "tab":
		if found := m.top().screen.complete(&m.env, m.filterLine.value()); len(found) > 0 {
			m.filterLine.set(common(found))
			m.narrow(m.filterLine.value())
		}
	default:
		if m.filterLine.key(k) {
			m.narrow(m.filterLine.value())
		}
	}
	return nil
}

// commandKey edits the command line.
func (m *Model) commandKey(k tea.KeyPressMsg) tea.Cmd {
	m.lineError = ""
	switch k.String() {
	case "enter":
		m.mode = modeNormal
		do := m.command(m.commandLine.value())
		if do.bad && do.dialog == nil && cells(m.commandLine.value()+do.status)+8 <= m.width { // it stays, to be mended
			m.mode, m.lineError = modeCommand, do.status
			return nil
		}
		m.commandLine.keep()
		return m.enter(do)
	case "esc":
		m.mode = modeNormal
	case "backspace":
		if m.commandLine.value() == "" {
			m.mode = modeNormal
		}
		m.commandLine.key(k)
	case "tab":
		if found := m.completions(m.commandLine.value()); len(found) > 0 {
			m.commandLine.set(common(found))
		}
	default:
		m.commandLine.key(k)
	}
	return nil
}

// paste puts pasted text into the line that is open; elsewhere it is no keys.
func (m *Model) paste(text string) tea.Cmd {
	switch m.mode {
	case modeNormal:
		if s, ok := m.top().screen.(typist); ok {
			return s.pasted(&m.env, tea.PasteMsg{Content: text})
		}
	case modeFilter:
		m.filterLine.insert(text)
		m.narrow(m.filterLine.value())
	case modeCommand:
		m.commandLine.insert(text)
	case modeDialog:
		if l := m.dialog.typing(); l != nil {
			l.input.insert(text)
		}
	}
	return nil
}

// common is the only one of several texts, or what they all begin with.
func common(texts []string) string {
	first := texts[0]
	for _, s := range texts[1:] {
		n := 0
		for n < len(first) && n < len(s) && first[n] == s[n] {
			n++
		}
		first = first[:n]
	}
	return first
}

// openFilter opens the filter line with the filter that holds.
func (m *Model) openFilter() effect {
	m.mode, m.before = modeFilter, m.top().filter
	m.filterLine.start("/", m.before)
	return effect{}
}

// openCommand opens the command line.
func (m *Model) openCommand() effect {
	m.mode = modeCommand
	m.commandLine.start(":", "")
	return effect{}
}

// quit ends the program. While a change has no answer yet it asks first: a
// restart that is left half-way leaves its job suspended.
func (m *Model) quit() tea.Cmd {
	if m.env.unanswered() == 0 || m.frame.small || m.mode == modeDialog && m.dialog.word == quitWord {
		return tea.Quit
	}
	return m.openDialog(&dialog{
		title: func() string { return "Quit while changes are under way?" },
		word:  quitWord,
		says: func(e *env, width int) []pageLine {
			var all []string
			for _, d := range e.doing {
				if d.until.IsZero() {
					all = append(all, d.action.Title()+": no answer yet")
				}
			}
			slices.Sort(all)
			return sentences(width, "- ", toneText, append(all, "paddock leaves the screen, and ends when they have one: a restart is not left half-way unless ctrl-c is pressed once more then")...)
		},
		yes: func(*env) effect { return effect{cmd: tea.Quit} },
	})
}

const quitWord = "quit"
