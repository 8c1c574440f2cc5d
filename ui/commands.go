package ui

import (
	"slices"
	"strings"

	"paddock/fleet"
)

// command is one word of the `:` line.
type command struct {
	names    []string // the first is offered as a completion
	argument string   // what may follow, for the help; "" for nothing
	help     string
	run      func(m *Model, argument string) effect
	values   func(m *Model) []string // what the argument may be
}

// commands are all words of the `:` line.
func commands() []command {
	return []command{
		{names: []string{"jobs", "j"}, argument: "[filter]", help: "all jobs", run: home(newJobs)},
		{names: []string{"job"}, argument: "[team/]name", help: "one job", run: (*Model).goJob, values: jobNames},
		{names: []string{"nodes", "no"}, argument: "[filter]", help: "all nodes", run: home(newNodes)},
		{names: []string{"node"}, argument: "name", help: "one node", run: (*Model).goNode, values: nodeNames},
		{names: []string{"teams", "t"}, argument: "[filter]", help: "all teams", run: home(newTeams)},
		{names: []string{"ns", "namespace", "namespaces"}, argument: "[a,b|all]", help: "look at these namespaces only", run: (*Model).goNamespaces, values: namespaceNames},
		{names: []string{"ctx", "context", "contexts"}, argument: "[name]", help: "look at another cluster", run: (*Model).goContext, values: contextNames},
		{names: []string{"logs"}, argument: "[team/]name [role|w0,w3]", help: "the logs of a job, of a role, or of some of its workers", run: (*Model).goLogs, values: jobNames},
		{names: []string{"only"}, argument: "[text]", help: "in logs: leave out the lines without a text", run: onLogs(func(s *logScreen, _ *env, text string) effect { return s.onlyLines(text) })},
		{names: []string{"since"}, argument: "90s|14:30", help: "in logs: read what was printed since then", run: onLogs((*logScreen).since)},
		{names: []string{"container"}, argument: "[name]", help: "in logs: read this container", run: onLogs((*logScreen).container)},
		{names: []string{"submit"}, argument: "[file]", help: "submit a job, from a recipe's or a manifest's file", run: (*Model).submitFile},
		{names: []string{"scale"}, argument: "n", help: "give the job that is shown, or selected, so many workers", run: (*Model).scaleTo},
		{names: []string{"prune"}, argument: "age", help: "delete the jobs that ended longer ago: :prune 7d", run: (*Model).askPrune},
		{names: []string{"forwards"}, help: "the ports that are forwarded; choosing one ends it", run: func(m *Model, _ string) effect { return m.openForwards() }},
		{names: []string{"cost"}, help: "what paddock itself costs", run: func(m *Model, _ string) effect { return m.openCost() }},
		{names: []string{"help", "h"}, help: "all keys", run: func(m *Model, _ string) effect { return m.openHelp() }},
		{names: []string{"q", "quit", "q!"}, help: "quit", run: func(*Model, string) effect { return effect{quit: true} }},
	}
}

// commandNamed finds a command; nil when there is none.
func commandNamed(name string) *command {
	all := commands()
	i := slices.IndexFunc(all, func(c command) bool { return slices.Contains(c.names, name) })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// home goes to a list, with a filter.
func home(list func(*env) screen) func(*Model, string) effect {
	return func(m *Model, filter string) effect { return effect{home: list(&m.env), filter: filter} }
}

// command does what a `:` line says.
func (m *Model) command(line string) effect {
	name, argument, _ := strings.Cut(strings.TrimSpace(line), " ")
	if name == "" {
		return effect{}
	}
	c := commandNamed(name)
	if c == nil {
		return complain("there is no :" + name + "; ? lists what there is")
	}
	return c.run(m, strings.TrimSpace(argument))
}

// completions lists whole lines that a `:` line may become.
func (m *Model) completions(line string) []string {
	name, argument, spaced := strings.Cut(line, " ")
	var found []string
	if !spaced {
		for _, c := range commands() {
			if strings.HasPrefix(c.names[0], name) && c.names[0] != name {
				found = append(found, c.names[0])
			}
		}
		return found
	}
	c := commandNamed(name)
	if c == nil || c.values == nil {
		return nil
	}
	kept := argument[:strings.LastIndex(argument, ",")+1]
	for _, v := range c.values(m) {
		if typed := argument[len(kept):]; strings.HasPrefix(v, typed) && v != typed {
			found = append(found, name+" "+kept+v)
		}
	}
	return found
}

// goJob opens a job by its name; by team and name where several have it.
func (m *Model) goJob(name string) effect {
	var found []fleet.Ref
	for _, j := range m.env.fleet.Jobs {
		if j.Ref.Name == name || j.Ref.String() == name {
			found = append(found, j.Ref)
		}
	}
	switch {
	case name == "":
		return complain(":job needs a name")
	case len(found) == 0:
		return complain("there is no job " + name)
	case len(found) > 1:
		team, short, both := strings.Cut(name, "/")
		if !both {
			return effect{home: newJobs(&m.env), filter: "name:" + name}
		}
		return effect{home: newJobs(&m.env), filter: "team:" + team + " name:" + short}
	}
	return effect{home: newJobs(&m.env), push: newJob(&m.env, found[0])}
}

// goNode opens a node by its name.
func (m *Model) goNode(name string) effect {
	if !slices.ContainsFunc(m.env.fleet.Nodes, func(n *fleet.Node) bool { return n.Name == name }) {
		return complain("there is no node " + name)
	}
	return effect{home: newNodes(&m.env), push: newNode(name)}
}

// goNamespaces looks at other namespaces; without any it opens the list.
func (m *Model) goNamespaces(names string) effect {
	switch names {
	case "":
		return m.openNamespaces()
	case "all", "*":
		return m.allNamespaces()
	}
	list := strings.FieldsFunc(names, func(r rune) bool { return r == ',' || r == ' ' })
	return m.switchNamespaces(list)
}

// goContext looks at another context; without one it opens the list.
func (m *Model) goContext(name string) effect {
	if name == "" {
		return m.openContexts()
	}
	return m.switchContext(name)
}

func jobNames(m *Model) []string {
	var names []string
	for _, j := range m.env.fleet.Jobs {
		names = append(names, j.Ref.String())
	}
	return names
}

func nodeNames(m *Model) []string {
	var names []string
	for _, n := range m.env.fleet.Nodes {
		names = append(names, n.Name)
	}
	return names
}

func namespaceNames(m *Model) []string {
	names := []string{"all"}
	for _, t := range m.env.fleet.Teams {
		names = append(names, t.Name)
	}
	return names
}

func contextNames(m *Model) []string {
	contexts, _ := m.env.dash.Contexts() // the list says what is wrong; here nothing is offered
	var names []string
	for _, c := range contexts {
		names = append(names, c.Name)
	}
	return names
}
