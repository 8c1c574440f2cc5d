package ui

import (
	tea "charm.land/bubbletea/v2"
)

// key gives a key to whom it belongs in the current mode.
func (m *Model) key(k tea.KeyPressMsg) tea.Cmd {
	if k.String() == "ctrl+c" {
		return tea.Quit
	}
	m.status = ""
	switch m.mode {
	case modeFilter:
		return m.filterKey(k)
	case modeCommand:
		return m.commandKey(k)
	case modeSwitch:
		return m.switchKey(k)
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
	return append(m.top().screen.keys(&m.env), m.keys()...)
}

// filterKey edits the filter; the screen narrows while one types.
func (m *Model) filterKey(k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "enter":
		m.mode = modeNormal
		m.filterLine.keep()
		if m.lineError != "" {
			m.status, m.statusBad = m.lineError, true
			m.narrow(m.top().filter)
		}
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
	switch k.String() {
	case "enter":
		m.mode = modeNormal
		m.commandLine.keep()
		return m.enter(m.command(m.commandLine.value()))
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
func (m *Model) paste(text string) {
	switch m.mode {
	case modeFilter:
		m.filterLine.insert(text)
		m.narrow(m.filterLine.value())
	case modeCommand:
		m.commandLine.insert(text)
	}
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
