package ui

import (
	"slices"
	"strings"
)

// keys are the bindings that hold on every screen.
func (m *Model) keys() []binding {
	return m.free(append(m.changeKeys(), []binding{
		{keys: []string{"/"}, help: m.filterWord(), long: "filter the rows; in text, search", footer: true, run: m.openFilter},
		{keys: []string{":"}, help: "go to", long: "go somewhere by name: :jobs, :nodes, :teams, :ns, :ctx, ...", footer: true, run: m.openCommand},
		{keys: []string{"y"}, help: "YAML", long: "the object as the server has it", footer: true, disabled: m.noYAML, run: m.openYAML},
		{keys: []string{"d"}, help: "describe", long: "conditions, events, containers, volumes", footer: true, disabled: m.noDescription, run: m.openDescription},
		{keys: []string{"c", "ctrl+y"}, show: "c ctrl-y", help: "copy", long: "copy the name; in text, the text", disabled: m.unselected, run: m.copy},
		{keys: []string{"0"}, help: "all namespaces", run: m.allNamespaces},
		{keys: []string{"ctrl+r"}, show: "ctrl-r", help: "refresh", long: "ask again what is asked in turns, and sort anew", run: m.refreshNow},
		{keys: []string{"$"}, help: "cost", long: "what paddock itself costs the cluster", run: m.openCost},
		{keys: []string{"?"}, help: "help", long: "all keys", run: m.openHelp},
		{keys: []string{"esc"}, help: m.escapeWord(), long: "drop the filter, else go back", stays: m.escapeWord() != "", run: m.escape},
		{keys: []string{"q"}, help: "back", long: "go back; quit at home", run: m.backOrQuit},
		{keys: []string{"ctrl+c"}, show: "ctrl-c", help: "quit", run: func() effect { return effect{quit: true} }},
	}...))
}

// free leaves out the keys that mean something else on this screen.
func (m *Model) free(all []binding) []binding {
	taken := map[string]bool{}
	for _, own := range m.top().screen.keys(&m.env) {
		for _, k := range own.keys {
			taken[k] = true
		}
	}
	for i := range all {
		b := &all[i]
		n := len(b.keys)
		if b.keys = slices.DeleteFunc(b.keys, func(k string) bool { return taken[k] }); len(b.keys) < n {
			b.show = strings.ReplaceAll(strings.Join(b.keys, " "), "ctrl+", "ctrl-")
		}
	}
	return slices.DeleteFunc(all, func(b binding) bool { return len(b.keys) == 0 })
}

// changeKeys are the keys that change things on every screen.
func (m *Model) changeKeys() []binding {
	if m.env.readOnly() {
		return nil
	}
	return []binding{
		{keys: []string{"a"}, help: "submit", long: "submit a job: a form, or the recipe of a job to be changed", footer: len(m.stack) == 1, run: m.openSubmit},
		{keys: []string{"e"}, help: "edit", long: "edit the object's YAML in $EDITOR; the difference is shown before it is sent", disabled: m.uneditable, run: m.openEditor},
	}
}

// unselected says why nothing can be done with the object under the cursor.
func (m *Model) unselected() string {
	if m.top().screen.selected().ok() {
		return ""
	}
	return "nothing is selected"
}

// objectless says why what is selected can't be read from the cluster.
func (m *Model) objectless() string {
	if of := m.top().screen.selected(); of.ok() && of.ref.Kind == "" {
		return "it is no object of the cluster"
	}
	return m.unselected()
}

// noYAML says why there is no YAML to go to.
func (m *Model) noYAML() string {
	if m.top().screen.name() == yamlName {
		return "this is it"
	}
	return m.objectless()
}

// noDescription says why there is no description to go to.
func (m *Model) noDescription() string {
	if m.top().screen.name() == describeName {
		return "this is it"
	}
	return m.objectless()
}

// filterWord is what the filter does here.
func (m *Model) filterWord() string {
	if s, ok := m.top().screen.(interface{ searches() bool }); ok && s.searches() {
		return "search"
	}
	return "filter"
}

// escape drops the filter that was typed here, else goes back. The filter that
// a screen was opened with is what one came for: at home alone, where there is
// no way back, it is dropped too.
func (m *Model) escape() effect {
	if s, ok := m.top().screen.(interface{ unmark() bool }); ok && s.unmark() {
		return effect{}
	}
	switch p := m.top(); {
	case p.filter == "" || p.filter == p.given && len(m.stack) > 1:
		return effect{back: true}
	case p.filter == p.given || p.given == "":
		m.narrow("")
	default:
		m.narrow(p.given)
	}
	return effect{}
}

// escapeWord is what esc does now; "" for nothing.
func (m *Model) escapeWord() string {
	if s, ok := m.top().screen.(interface{ holds() string }); ok && s.holds() != "" {
		return s.holds()
	}
	switch p := m.top(); {
	case p.filter != "" && (p.filter != p.given || len(m.stack) == 1):
		return "clear"
	case len(m.stack) > 1:
		return "back"
	}
	return ""
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
