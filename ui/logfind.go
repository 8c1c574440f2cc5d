package ui

import (
	"errors"

	tea "charm.land/bubbletea/v2"

	"paddock/logs"
)

// filter searches from the cursor on, and then from the other side.
func (s *logScreen) filter(_ *env, text string) error {
	q, err := logs.ParseQuery(text)
	if err != nil {
		return err
	}
	s.query = q
	p, ok := s.shown()
	if !ok || q.All() || q.Matches(s.view.Line(p).Text) {
		return nil
	}
	for _, forward := range []bool{!s.follows, s.follows} {
		left := mostTyped
		if hit, ok := s.view.Search(p, q, forward, func() bool { left--; return left < 0 }); ok {
			s.jump(s.view.Line(hit).Place())
			return nil
		} else if left < 0 { // it may stand further away: n goes there
			return nil
		}
	}
	return errors.New("no line has it")
}

// mostTyped is how many blocks are searched at each key that is typed: what
// lies further is found by n, which does not hold the screen up.
const mostTyped = 2000

// logFoundMsg is where a search came to.
type logFoundMsg struct {
	of   *logScreen
	what string // what to say when there is nothing
	at   logs.Place
	ok   bool
}

// seek looks for something beside the screen, from the cursor on.
func (s *logScreen) seek(what string, find func(v *logs.View, p logs.Pos, stop func() bool) (logs.Pos, bool)) effect {
	p, ok := s.shown()
	if !ok {
		return complain("there is nothing to search")
	}
	v := s.state.Log.Through(s.lens) // its own: a view is not shared
	ctx := s.turn.ctx
	return effect{cmd: func() tea.Msg {
		hit, ok := find(v, p, func() bool { return ctx.Err() != nil })
		if !ok {
			return logFoundMsg{of: s, what: what}
		}
		return logFoundMsg{s, what, v.Line(hit).Place(), true}
	}}
}

func (s *logScreen) next(forward bool) effect {
	if s.query.All() {
		return complain("nothing to go to: / searches")
	}
	q := s.query
	return s.seek(noFurther(forward, "line with "+q.String()), func(v *logs.View, p logs.Pos, stop func() bool) (logs.Pos, bool) {
		return v.Search(p, q, forward, stop)
	})
}

func (s *logScreen) nextError(forward bool) effect {
	return s.seek(noFurther(forward, "error"), func(v *logs.View, p logs.Pos, _ func() bool) (logs.Pos, bool) { return v.Error(p, forward) })
}

// noFurther says that there is none in a direction.
func noFurther(forward bool, what string) string {
	if forward {
		return "no further " + what
	}
	return "no " + what + " before"
}

// firstError is the first of all.
func (s *logScreen) firstError() effect {
	return s.seek("no error among what was read", func(v *logs.View, _ logs.Pos, _ func() bool) (logs.Pos, bool) {
		p, ok := v.First()
		if ok && v.Line(p).Level != logs.Error {
			p, ok = v.Error(p, true)
		}
		return p, ok
	})
}
