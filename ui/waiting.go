package ui

import (
	"strings"

	"paddock/fleet"
)

// waiting tells whether answers are still to come before one can say what
// there is.
func waiting(e *env) bool { return !e.fleet.Complete }

// connecting says what is being waited for, and how far it is.
func connecting(e *env) []string {
	c := e.fleet.Cluster
	if c.Context == "" {
		return []string{"connecting ..."}
	}
	lines := []string{"connecting to " + c.Context + " (" + c.Server + ") ..."}
	var far []string
	for _, s := range e.fleet.Sources {
		switch s.Health {
		case fleet.Live:
			far = append(far, s.Name+" live")
		case fleet.Connecting:
			if s.Objects > 0 {
				far = append(far, s.Name+" "+count(s.Objects)+" so far")
			}
		}
	}
	if len(far) > 0 {
		lines = append(lines, strings.Join(far, ", "))
	}
	return append(lines, troubles(e)...)
}

// troubles are the errors of the sources, with what to do; sources that say
// the same are told as one.
func troubles(e *env) []string {
	var lines []string
	said := map[string]bool{}
	for _, s := range e.fleet.Sources {
		if s.Err == "" || said[s.Err] {
			continue
		}
		said[s.Err] = true
		var names []string
		for _, other := range e.fleet.Sources {
			if other.Err == s.Err {
				names = append(names, other.Name)
			}
		}
		lines = append(lines, "", strings.Join(names, ", ")+" "+string(s.Health)+": "+s.Err)
		if s.Hint != "" {
			lines = append(lines, "  "+s.Hint)
		}
	}
	return lines
}

// unreadable tells whether nothing may be read that jobs and teams are known by.
func unreadable(e *env) bool { return !e.readable("pods") && !e.readable("jobs") }

// absentNamespaces says that namespaces which are looked at don't exist.
func absentNamespaces(names []string) []string {
	if len(names) == 1 {
		return []string{"There is no namespace " + names[0] + " on this cluster."}
	}
	return []string{"There are no namespaces " + strings.Join(names, ", ") + " on this cluster."}
}

// noTeams says why there is no team, or that teams may not be read.
func noTeams(e *env) []string {
	switch {
	case len(e.fleet.Absent) > 0:
		return append(absentNamespaces(e.fleet.Absent), troubles(e)...)
	case unreadable(e):
		return append([]string{"Teams can't be read: neither jobs nor pods may be seen."}, troubles(e)...)
	}
	return append([]string{"No namespace has training jobs or a quota on GPUs."}, troubles(e)...)
}

// noJobs says that there are none, where that was looked for, and what to do;
// jobs that may not be read are not none.
func noJobs(e *env) []string {
	ns := e.fleet.Cluster.Namespaces
	none, where := "No training jobs ", "on this cluster."
	if len(ns) > 0 {
		where = "in " + teamsWord(ns) + "."
	}
	if unreadable(e) {
		none = "Jobs can't be read "
	}
	lines := []string{none + where}
	if absent := e.fleet.Absent; len(absent) > 0 {
		lines = absentNamespaces(absent)
	}
	if len(ns) > 0 {
		lines = append(lines, ":ns switches team, 0 shows all namespaces.")
	}
	return append(lines, troubles(e)...)
}
