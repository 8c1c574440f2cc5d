package ui

import (
	"slices"
	"strings"

	"paddock/fleet"
)

// sectionsOf are the keys that hold on screens, each screen's own first; what
// moves and sorts in every table stands apart, and so do the words of `:`.
func sectionsOf(e *env, root []binding, screens ...screen) []section {
	var any table[int] // a table without columns has the keys of all tables
	sorts := any.sorts()
	common := append(any.moves(), sorts...)
	in := func(all []binding, b binding) bool {
		return slices.ContainsFunc(all, func(t binding) bool { return t.shown() == b.shown() && t.told() == b.told() })
	}
	var out []section
	tables := false
	for _, s := range screens {
		own := s.keys(e)
		if slices.ContainsFunc(own, func(b binding) bool { return in(sorts, b) }) { // a table
			tables = true
			own = slices.DeleteFunc(slices.Clone(own), func(b binding) bool { return in(common, b) })
		}
		out = append(out, section{s.name(), gatherSorts(own)})
	}
	if tables {
		out = append(out, section{"tables", common})
	}
	var words []binding
	for _, c := range commands() {
		words = append(words, binding{show: ":" + c.names[0] + after(" ", c.argument), help: c.help})
	}
	return append(out, section{"everywhere", root}, dialogSection(), section{"commands", words}, signSection(e), filterSection())
}

// dialogSection is how a dialog is answered; what it asks, its footer tells too.
func dialogSection() section {
	return section{"dialogs", []binding{
		{show: "y", help: "do it; where a line is to be typed, it is typed first"},
		{show: "n esc", help: "leave it; nothing is done"},
		{show: "← → enter", help: "choose an answer, and give it; at first it is No"},
		{show: "tab", help: "another way to do it, where there are several"},
		{show: "PgUp PgDn", help: "read on"},
	}}
}

// gatherSorts makes one line of all keys that sort by a column.
func gatherSorts(bindings []binding) []binding {
	var out []binding
	var columns []string
	for _, b := range bindings {
		if b.sorts == "" {
			out = append(out, b)
			continue
		}
		columns = append(columns, strings.TrimPrefix(b.shown(), "shift-")+" "+strings.ToLower(b.sorts))
	}
	if columns == nil {
		return out
	}
	return append(out, binding{show: "shift-letter", help: "sort by a column, again turns it round: " + strings.Join(columns, ", ")})
}

// helpName is the name of the help's screen.
const helpName = "help"

// helpScreen is all keys of the screen that it was opened on, and what `:` and
// the filter know.
type helpScreen struct {
	*pager
	sections []section
	wide     int
}

// openHelp shows all keys that hold here.
func (m *Model) openHelp() effect {
	if m.top().screen.name() == helpName {
		return effect{}
	}
	sections := sectionsOf(&m.env, m.keys(), m.top().screen)
	for _, s := range sections {
		for i, b := range s.bindings { // what can't be used there, not in the help itself
			why := b.reason()
			s.bindings[i].disabled = func() string { return why }
		}
	}
	return open(&helpScreen{pager: newPager("Help", nil), sections: sections})
}

func (s *helpScreen) name() string { return helpName }

func (s *helpScreen) arrange(e *env, width, height int) {
	if width != s.wide {
		s.wide = width
		s.set(helpPage(s.sections, width))
	}
	s.pager.arrange(e, width, height)
}

// helpPage lays the help out for a width.
func helpPage(sections []section, width int) []pageLine {
	var page []pageLine
	title := func(text string) {
		if page != nil {
			page = append(page, newPageLine())
		}
		page = append(page, newPageLine(span{" " + text, toneTitle}))
	}
	line := func(key, told, reason string) {
		if reason != "" {
			told += " (now: " + reason + ")"
		}
		page = append(page, hanging([]span{plain("   "), {fitLeft(key, 18), toneAccent}, plain(" ")}, told, toneText, width)...)
	}
	for _, s := range sections {
		if len(s.bindings) == 0 {
			continue
		}
		title(s.name)
		for _, b := range s.bindings {
			line(b.shown(), b.told(), b.reason())
		}
	}
	return page
}

// signSection explains the signs that stand before rows, and with counts in a
// narrow header.
func signSection(e *env) section {
	var out []binding
	sign := func(show, help string) { out = append(out, binding{show: show, help: help}) }
	state := func(s fleet.State, help string) { sign(e.glyphs.states[s], help) }
	state(fleet.Failing, "failing or failed; a node that is broken or not ready")
	state(fleet.UnknownState, "unknown: its node does not answer")
	state(fleet.Restarting, "restarting: a worker is coming back")
	state(fleet.Waiting, "waiting for a node, a queue or a quota")
	state(fleet.Starting, "starting: volumes, image, containers")
	state(fleet.Ending, "being deleted")
	sign("!", "runs, but something stands out; a node that works with a fault")
	state(fleet.Suspended, "suspended; a node that is cordoned")
	state(fleet.Done, "done")
	sign(">", "the cursor")
	return section{"signs", out}
}
