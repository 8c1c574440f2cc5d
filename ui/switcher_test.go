package ui

import (
	"slices"
	"strings"
	"testing"

	"paddock/fleet"
)

func TestSwitcher(t *testing.T) {
	for _, c := range []struct {
		name string
		keys string
		want []string // what the program was told
	}{
		{"the namespace under the cursor", ": n s enter down enter", []string{": [nlp]"}},
		{"several marked", ": n s enter down space down space enter", []string{": [nlp speech]"}},
		{"typing narrows", ": n s enter v i s enter", []string{": [vision]"}},
		{"marks outlive narrowing", ": n s enter down space v i s space enter", []string{": [nlp vision]"}},
		{"all stands for all", ": n s enter enter", []string{": []"}},
		{"nothing matches", ": n s enter z z enter", nil},
		{"esc leaves", ": n s enter down esc", nil},
		{"by name", ": n s space n l p , v i s i o n enter", []string{": [nlp vision]"}},
		{"0", "0", []string{": []"}},
		{"a context", ": c t x enter down enter", []string{"dev: []"}},
		{"a context that there is not", ": c t x space x enter esc", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := modelOf(sample().fleet(), 100, 30, Options{})
			b := m.env.dash.(*board)
			b.contexts = []fleet.ContextInfo{{Name: "prod-a", Current: true}, {Name: "dev"}}
			pressOn(m, strings.Fields(c.keys)...)
			if !slices.Equal(b.switched, c.want) {
				t.Errorf("told %q, want %q", b.switched, c.want)
			}
			if m.mode != modeNormal {
				t.Errorf("still in mode %d", m.mode)
			}
		})
	}
}

func TestSwitcherWithoutContexts(t *testing.T) {
	m := pressOn(modelOf(nil, 100, 30, Options{}), ":", "c", "t", "x", "enter")
	if m.mode != modeCommand || !strings.Contains(m.lineError, "has no contexts") {
		t.Errorf("mode %d, said %q", m.mode, m.lineError)
	}
}
