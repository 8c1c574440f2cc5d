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

// noJobs says that there are none, where that was looked for, and what to do;
// jobs that may not be read are not none.
func noJobs(e *env) []string {
	ns := e.fleet.Cluster.Namespaces
	none, where := "No training jobs ", "on this cluster."
	if len(ns) > 0 {
		where = "in " + teamsWord(ns) + "."
	}
	if !e.readable("pods") && !e.readable("jobs") {
		none = "Jobs can't be read "
	}
	lines := []string{none + where}
	if len(ns) > 0 {
		lines = append(lines, ":ns switches team, 0 shows all namespaces.")
	}
	return append(lines, troubles(e)...)
}
