package ui

import (
	"slices"

	"paddock/fleet"
)

// jobs is the home screen: every training job, worst first, and below the
// table what is known of the one under the cursor.
type jobs struct {
	quiet
	table  table[jobRow]
	only   filter[*fleet.Job]
	all    int  // jobs before the filter
	loaded bool // everything has answered
}

// jobRow is a job with what the screen counted of it.
type jobRow struct {
	*fleet.Job
	idle int // devices that it holds and does not use
	rank int // of its state, worst first
}

func newJobs(*env) screen {
	return &jobs{table: table[jobRow]{
		columns: jobColumns(), normal: worstJob, word: "worst first",
		id:   func(r jobRow) identity { return identity{r.Ref, r.UID} },
		mark: func(e *env, r jobRow) span { return e.state(r.State) },
	}}
}

func (s *jobs) name() string  { return "jobs" }
func (s *jobs) crumb() string { return "Jobs" }

func (s *jobs) note(*env) string {
	if s.all == 0 {
		return ""
	}
	return shownOf(len(s.table.rows), s.all) + " jobs, " + s.table.sorted()
}

// shownOf is how many of how many rows are shown.
func shownOf(shown, all int) string {
	if shown == all {
		return count(all)
	}
	return count(shown) + " of " + count(all)
}

func (s *jobs) refresh(e *env) {
	rows := make([]jobRow, 0, len(e.fleet.Jobs))
	rank := stateRanks()
	for _, j := range e.fleet.Jobs {
		if s.only.match(j) {
			rows = append(rows, jobRow{j, idleDevices(j.Workers), rank[j.State]})
		}
	}
	s.all = len(e.fleet.Jobs)
	s.table.set(rows)
	if !s.loaded && !s.table.moved {
		s.table.move(0) // while states arrive rows change places: the worst stays in view
	}
	s.loaded = e.fleet.Complete
}

// idleDevices counts the devices that are held and not used.
func idleDevices(workers []*fleet.Worker) int {
	n := 0
	for _, w := range workers {
		for _, d := range w.Devices {
			if d.Idle {
				n++
			}
		}
	}
	return n
}

// leastDetail is the lines that the detail below the jobs needs.
const leastDetail = 5

func (s *jobs) arrange(_ *env, width, height int) {
	list, _ := under(width, height, len(s.table.rows)+1, leastDetail)
	s.table.arrange(list.h)
}

func (s *jobs) draw(e *env, width, height int) []string {
	list, detail := under(width, height, len(s.table.rows)+1, leastDetail)
	if len(s.table.rows) == 0 {
		return s.blank(e, width, height)
	}
	lines := s.table.draw(e, width, list.h, true)
	if detail.h == 0 {
		return lines
	}
	lines = append(lines, spaces(width))
	row, _ := s.table.current()
	return append(lines, jobDetail(e, row, width, detail.h)...)
}

// blank says why there are no jobs: nothing answered yet, a filter, or there
// are none.
func (s *jobs) blank(e *env, width, height int) []string {
	switch {
	case s.all > 0:
		return message(e, width, height, "No job matches the filter.  esc clears it.")
	case waiting(e):
		return message(e, width, height, connecting(e)...)
	}
	return message(e, width, height, noJobs(e)...)
}

func (s *jobs) keys(e *env) []binding {
	own := []binding{
		{keys: []string{"enter"}, help: "open", long: "open the job under the cursor", footer: true, disabled: s.unselected, run: func() effect {
			r, _ := s.table.current()
			return open(newJob(e, r.Ref))
		}},
	}
	return slices.Concat(own, s.table.moves(), s.table.sorts())
}

func (s *jobs) unselected() string {
	if len(s.table.rows) == 0 {
		return "there is no job"
	}
	return ""
}

// resort sorts anew what was held in place.
func (s *jobs) resort() { s.table.resort() }

func (s *jobs) filter(e *env, text string) error {
	only, err := parseFilter(text, jobKeys())
	if err != nil {
		return err
	}
	s.only = only
	s.table.rank = nil
	s.refresh(e)
	return nil
}

func (s *jobs) complete(e *env, text string) []string {
	return completeFilter(text, jobKeys(), e.fleet)
}

func (s *jobs) selected() selection {
	r, ok := s.table.current()
	if !ok {
		return selection{}
	}
	return selection{ref: r.Ref, apiVersion: r.APIVersion, uid: r.UID}
}
