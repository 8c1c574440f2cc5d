package ui

import (
	"slices"
	"strings"
)

// placeNames are the screens that `:` can go to by their name alone.
func placeNames() []string { return []string{"jobs"} }

// placeNamed makes the screen with this name; nil when there is none.
func placeNamed(name string) func(*env) screen {
	switch name {
	case "jobs":
		return newJobs
	}
	return nil
}

// command does what a `:` line says.
func (m *Model) command(line string) effect {
	words := strings.Fields(line)
	if len(words) == 0 {
		return effect{}
	}
	if place := placeNamed(words[0]); place != nil {
		return effect{home: place(&m.env), filter: strings.Join(words[1:], " ")}
	}
	return complain("there is no :" + words[0] + "; ? shows what there is")
}

// completions lists whole lines that a `:` line may become.
func (m *Model) completions(line string) []string {
	var found []string
	for _, name := range placeNames() {
		if strings.HasPrefix(name, line) {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}
