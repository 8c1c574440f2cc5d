package ui

// keys are the bindings that hold on every screen.
func (m *Model) keys() []binding {
	return []binding{
		{keys: []string{"/"}, help: "filter", long: "filter the rows; in text, search", footer: true, run: m.openFilter},
		{keys: []string{":"}, help: "go to", long: "go somewhere by name: :jobs, :nodes, :teams, :ns, :ctx, ...", footer: true, run: m.openCommand},
		{keys: []string{"y"}, help: "YAML", long: "the object as the server has it", footer: true, disabled: m.unselected, run: m.openYAML},
		{keys: []string{"d"}, help: "describe", long: "conditions, events, containers, volumes", footer: true, disabled: m.unselected, run: m.openDescription},
		{keys: []string{"c"}, help: "copy", long: "copy the name; in text, the text", disabled: m.unselected, run: m.copy},
		{keys: []string{"0"}, help: "all namespaces", run: m.allNamespaces},
		{keys: []string{"ctrl+r"}, show: "ctrl-r", help: "refresh", long: "ask again what is asked in turns, and sort anew", run: m.refreshNow},
		{keys: []string{"$"}, help: "cost", long: "what paddock itself costs the cluster", run: m.openCost},
		{keys: []string{"?"}, help: "help", long: "all keys", run: m.openHelp},
		{keys: []string{"esc"}, help: "back", long: "drop the filter, else go back", run: m.escape},
		{keys: []string{"q"}, help: "back", long: "go back; quit at home", run: m.backOrQuit},
		{keys: []string{"ctrl+c"}, show: "ctrl-c", help: "quit", run: func() effect { return effect{quit: true} }},
	}
}

// unselected says why nothing can be done with the object under the cursor.
func (m *Model) unselected() string {
	if m.top().screen.selected().ok() {
		return ""
	}
	return "nothing is selected"
}

// escape drops the filter when there is one, else goes back.
func (m *Model) escape() effect {
	if m.top().filter != "" {
		m.narrow("")
		return effect{}
	}
	return effect{back: true}
}

// backOrQuit goes back, and at home quits.
func (m *Model) backOrQuit() effect {
	return effect{back: true, quit: len(m.stack) == 1}
}

// refreshNow asks for fresh answers.
func (m *Model) refreshNow() effect {
	m.env.dash.Refresh()
	if s, ok := m.top().screen.(interface{ resort() }); ok {
		s.resort()
	}
	return effect{status: "asked again", cmd: m.readAgain()}
}
