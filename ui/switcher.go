package ui

import (
	"cmp"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// switcher is a list to choose from, open over the screen: contexts, or
// namespaces, of which one may mark several. What is typed narrows it.
type switcher struct {
	title   string
	several bool   // space marks
	verb    string // what enter does; "" is "switches"
	items   []choice
	line    prompt
	at      int
	done    func(chosen []string) effect
}

// choice is one line of a switcher.
type choice struct {
	name   string
	note   string // beside the name
	guard  string // a warning beside the name
	now    bool   // it is what is looked at now
	marked bool
}

// matching are the indices of the choices that match what was typed.
func (s *switcher) matching() []int {
	var out []int
	typed := strings.ToLower(s.line.value())
	for i, c := range s.items {
		if strings.Contains(strings.ToLower(c.name+" "+c.note), typed) {
			out = append(out, i)
		}
	}
	return out
}

// draw lists the choices that match, around the one under the cursor.
func (s *switcher) draw(e *env, width, height int) []string {
	hint := "enter " + cmp.Or(s.verb, "switches") + "  esc leaves  typing narrows"
	if s.several {
		hint = "space marks several  " + hint
	}
	lines := []string{e.split(width, []span{plain(" "), {s.title, toneTitle}}, []span{dim(hint + " ")})}
	found := s.matching()
	if len(found) == 0 {
		lines = append(lines, e.line(width, dim("   nothing matches "+s.line.value())))
	}
	names := 0
	for _, c := range s.items {
		names = max(names, cells(c.name))
	}
	room := height - len(lines)
	first := max(min(s.at-room/2, len(found)-room), 0)
	for row, i := range found[first:min(first+max(room, 0), len(found))] {
		lines = append(lines, s.row(e, s.items[i], min(names, width/2), width, first+row == s.at))
	}
	return fill(lines, width, height)
}

func (s *switcher) row(e *env, c choice, names, width int, here bool) string {
	mark := "  "
	switch {
	case c.marked:
		mark = "x "
	case c.now:
		mark = "* "
	}
	note := c.note
	if c.now {
		note += after("  ", "now")
	}
	if here {
		return e.line(width, span{fitLeft(" > "+mark+fitLeft(c.name, names)+"  "+c.guard+"  "+note, width), toneCursor})
	}
	return e.line(width, plain("   "+mark+fitLeft(c.name, names)), plain("  "), span{c.guard, toneBad}, dim("  "+note))
}

// switchKey gives a key to the open switcher.
func (m *Model) switchKey(k tea.KeyPressMsg) tea.Cmd {
	s := m.switcher
	found := s.matching()
	switch k.String() {
	case "esc":
		m.mode = modeNormal
	case "up", "ctrl+p":
		s.at = max(s.at-1, 0)
	case "down", "ctrl+n":
		s.at = min(s.at+1, max(len(found)-1, 0))
	case "pgup":
		s.at = max(s.at-10, 0)
	case "pgdown":
		s.at = min(s.at+10, max(len(found)-1, 0))
	case "space":
		if s.several && s.at < len(found) {
			s.items[found[s.at]].marked = !s.items[found[s.at]].marked
		}
	case "enter":
		m.mode = modeNormal
		if chosen := s.chosen(found); len(chosen) > 0 {
			return m.enter(s.done(chosen))
		}
	default:
		if s.line.key(k) {
			s.at = 0
		}
	}
	return nil
}

// chosen are the marked choices, else the one under the cursor.
func (s *switcher) chosen(found []int) []string {
	var out []string
	for _, c := range s.items {
		if c.marked {
			out = append(out, c.name)
		}
	}
	if len(out) == 0 && s.at < len(found) {
		out = []string{s.items[found[s.at]].name}
	}
	return out
}

// openSwitcher opens a list, with the cursor on what is looked at now.
func (m *Model) openSwitcher(s *switcher) effect {
	s.line.start("choose: ", "")
	s.at = max(slices.IndexFunc(s.items, func(c choice) bool { return c.now }), 0)
	m.switcher, m.mode = s, modeSwitch
	return effect{}
}
