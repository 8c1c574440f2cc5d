package ui

import (
	"slices"
	"strings"
)

// sectionsOf are the keys that hold on screens, each screen's own first; what
// moves and sorts in every table stands apart, and so do the words of `:`.
func sectionsOf(e *env, root []binding, screens ...screen) []section {
	var any table[int] // a table without columns has the keys of all tables
	common := append(any.moves(), any.sorts()...)
	var out []section
	tables := false
	for _, s := range screens {
		all := s.keys(e)
		own := slices.DeleteFunc(slices.Clone(all), func(b binding) bool {
			return slices.ContainsFunc(common, func(t binding) bool { return t.shown() == b.shown() && t.told() == b.told() })
		})
		tables = tables || len(own) < len(all)
		out = append(out, section{s.name(), gatherSorts(own)})
	}
	if tables {
		out = append(out, section{"tables", common})
	}
	var words []binding
	for _, c := range commands() {
		words = append(words, binding{show: ":" + c.names[0] + after(" ", c.argument), help: c.help})
	}
	return append(out, section{"everywhere", root}, section{"commands", words}, filterSection())
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
	return open(&helpScreen{pager: newPager("Help", nil), sections: sectionsOf(&m.env, m.keys(), m.top().screen)})
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
	title("filters")
	line("ocr", "text, somewhere in the row", "")
	line("~^asr-", "regular expression, also as /.../", "")
	line("team:nlp,vision", "a key, any of its values; also state: node: kind: image: product: queue: why:", "")
	line("busy:<5% gpus:>8", "comparisons; also held: mem: tens: restarts:", "")
	line("-state:done", "not", "")
	return page
}
