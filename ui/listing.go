package ui

import "paddock/fleet"

// listing is what the lists of the Fleet have in common: a table with a filter
// and, below it, what is known of the row under the cursor. T is what the
// Fleet has and the filter looks at, R the table's row made of it.
type listing[T, R any] struct {
	quiet
	table  table[R]
	noun   string // what a row is: "job"
	of     func(*fleet.Fleet) []T
	row    func(*env, T) R
	words  func() []filterKey[T]
	choose func(R) selection
	detail func(e *env, row R, width, height int) []string
	least  int // lines that the detail needs

	only filter[T]
	all  int // before the filter
}

func (s *listing[T, R]) note(*env) string {
	if s.all == 0 {
		return ""
	}
	return s.table.marking() + s.table.place() + s.shown() + ", " + s.table.sorted()
}

// shown is how many rows are shown, of how many when that is not all.
func (s *listing[T, R]) shown() string {
	if n := len(s.table.rows); n != s.all {
		return count(n) + " of " + plural(s.all, s.noun)
	}
	return plural(s.all, s.noun)
}

func (s *listing[T, R]) refresh(e *env) {
	all := s.of(e.fleet)
	rows := make([]R, 0, len(all))
	for _, o := range all {
		if s.only.match(o, e.now) {
			rows = append(rows, s.row(e, o))
		}
	}
	s.all = len(all)
	s.table.set(rows)
}

func (s *listing[T, R]) arrange(_ *env, width, height int) {
	list, _ := under(width, height, len(s.table.rows)+1, s.least)
	s.table.arrange(list.h)
}

// draw draws the table and the detail; without rows there is nothing to draw,
// and the screen says why.
func (s *listing[T, R]) draw(e *env, width, height int) []string {
	list, detail := under(width, height, len(s.table.rows)+1, s.least)
	lines := s.table.draw(e, width, list.h, true)
	row, ok := s.table.current()
	if detail.h == 0 || !ok {
		return fill(lines, width, height)
	}
	return append(append(lines, spaces(width)), s.detail(e, row, width, detail.h)...)
}

// filtered says that only the filter hides the rows, if it does.
func (s *listing[T, R]) filtered() (sentence string, ok bool) {
	return "No " + s.noun + " matches the filter.  esc clears it.", s.all > 0
}

// unselected says why nothing is under the cursor; "" when something is.
func (s *listing[T, R]) unselected() string {
	if len(s.table.rows) == 0 {
		return "there is no " + s.noun
	}
	return ""
}

// unmark drops the marks; it reports whether there were any.
func (s *listing[T, R]) unmark() bool { return s.table.unmark() }

func (s *listing[T, R]) holds() string { return s.table.holds() }

// hold keeps the cursor on its row.
func (s *listing[T, R]) hold() { s.table.hold() }

// resort sorts anew what was held in place.
func (s *listing[T, R]) resort() { s.table.resort() }

func (s *listing[T, R]) filter(e *env, text string) error {
	only, err := parseFilter(text, s.words())
	if err != nil {
		return err
	}
	s.only = only
	s.table.narrow(!only.empty())
	s.refresh(e)
	return nil
}

func (s *listing[T, R]) complete(e *env, text string) []string {
	return completeFilter(text, s.words(), e.fleet)
}

func (s *listing[T, R]) selected() selection {
	r, ok := s.table.current()
	if !ok {
		return selection{}
	}
	return s.choose(r)
}
