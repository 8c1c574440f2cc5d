package ui

import (
	"slices"
	"strings"

	"paddock/fleet"
)

// allChoice is how the list of namespaces calls all of them.
const allChoice = "all namespaces"

// openContexts opens the list of contexts.
func (m *Model) openContexts() effect {
	contexts, err := m.env.dash.Contexts()
	if err != nil {
		return complain(err.Error())
	}
	s := &switcher{title: "Contexts", done: func(chosen []string) effect { return m.switchContext(chosen[0]) }}
	for _, c := range contexts {
		guard := ""
		switch {
		case c.Protected:
			guard = "PROTECTED"
		case c.ReadOnly:
			guard = "read-only"
		}
		note := "cluster " + c.Cluster + after("  user ", c.User) + after("  namespace ", c.Namespace)
		s.items = append(s.items, choice{name: c.Name, note: note, guard: guard, now: c.Name == m.env.fleet.Cluster.Context})
	}
	return m.openSwitcher(s)
}

// openNamespaces opens the list of namespaces.
func (m *Model) openNamespaces() effect {
	looked := m.env.fleet.Cluster.Namespaces
	s := &switcher{title: "Namespaces", several: true, done: func(chosen []string) effect {
		if slices.Contains(chosen, allChoice) {
			return m.allNamespaces()
		}
		return m.switchNamespaces(chosen)
	}}
	s.items = append(s.items, choice{name: allChoice, now: len(looked) == 0})
	for _, t := range m.env.fleet.Teams {
		note := plural(t.Jobs, "job") + after("  ", t.Display)
		if t.Held > 0 {
			note += "  " + plural(t.Held, "GPU") + " held"
		}
		s.items = append(s.items, choice{name: t.Name, note: note, now: slices.Contains(looked, t.Name)})
	}
	return m.openSwitcher(s)
}

// switchContext looks at another context. What is on screen goes at once:
// nobody shall take one cluster for the other.
func (m *Model) switchContext(name string) effect {
	contexts, err := m.env.dash.Contexts()
	if err != nil {
		return complain(err.Error())
	}
	if !slices.ContainsFunc(contexts, func(c fleet.ContextInfo) bool { return c.Name == name }) {
		return complain("there is no context " + name + "; :ctx lists them")
	}
	m.env.dash.Switch(name, nil)
	m.env.fleet = &fleet.Fleet{Cluster: fleet.Cluster{Context: name}}
	m.forgetPermits()
	return effect{home: newJobs(&m.env), status: "switching to " + name}
}

// switchNamespaces looks at some namespaces only.
func (m *Model) switchNamespaces(names []string) effect {
	m.env.dash.Switch("", names)
	return say("looking at " + strings.Join(names, ", "))
}

// allNamespaces looks at all namespaces.
func (m *Model) allNamespaces() effect {
	m.env.dash.Switch("", nil)
	return say("looking at all namespaces")
}
