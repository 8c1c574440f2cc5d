package ui

import tea "charm.land/bubbletea/v2"

// description is all that the server tells of one object, as a text.
type description struct {
	*pager
	of   selection
	told describedMsg
	wide int
}

// openDescription goes to all that is known of the object under the cursor.
func (m *Model) openDescription() effect {
	of := m.top().screen.selected()
	of.text, of.what = "", ""
	return open(&description{of: of, pager: newPager("describe "+of.ref.String(), textPage(" reading "+of.ref.String()+" ..."))})
}

func (s *description) name() string { return describeName }

func (s *description) reading() selection { return s.of }

func (s *description) receive(e *env, msg tea.Msg) effect {
	if m, ok := msg.(describedMsg); ok && m.of == s.of {
		s.told = m
		s.write(e)
	}
	return effect{}
}

func (s *description) refresh(e *env) { s.write(e) }

func (s *description) arrange(e *env, width, height int) {
	if width != s.wide {
		s.wide = width
		s.write(e)
	}
	s.pager.arrange(e, width, height)
}

// write lays the description out for the width of the screen.
func (s *description) write(e *env) {
	switch {
	case s.wide <= 0 || !s.told.of.ok():
	case s.told.err != nil:
		s.set(hanging([]span{{" ! ", toneBad}}, s.told.err.Error(), toneText, s.wide))
	default:
		s.pager.of = s.of
		s.pager.of.what = "description of " + s.of.ref.String()
		s.set(describePage(s.told.description, e.now, s.wide))
	}
}
