package ui

import (
	"slices"

	"paddock/fleet"
)

// jobs is the home screen: every training job, worst first, and below the
// table what is known of the one under the cursor.
type jobs struct {
	listing[*fleet.Job, jobRow]
}

// jobRow is a job with what the screen counted of it.
type jobRow struct {
	*fleet.Job
	idle int // devices that it holds and does not use
	rank int // of its state, worst first
}

func newJobs(*env) screen {
	rank := stateRanks()
	return &jobs{listing[*fleet.Job, jobRow]{
		noun:  "job",
		of:    func(f *fleet.Fleet) []*fleet.Job { return f.Jobs },
		row:   func(j *fleet.Job) jobRow { return jobRow{j, idleDevices(j.Workers), rank[j.State]} },
		words: jobKeys,
		choose: func(r jobRow) selection {
			return selection{ref: r.Ref, apiVersion: r.APIVersion, uid: r.UID}
		},
		detail: jobDetail, least: 5,
		table: table[jobRow]{
			columns: jobColumns(), normal: worstJob, word: "worst first",
			id:   func(r jobRow) identity { return identity{r.Ref, r.UID} },
			mark: func(e *env, r jobRow) span { return e.state(r.State) },
		},
	}}
}

func (s *jobs) name() string  { return "jobs" }
func (s *jobs) crumb() string { return "Jobs" }

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

func (s *jobs) draw(e *env, width, height int) []string {
	if len(s.table.rows) > 0 {
		return s.listing.draw(e, width, height)
	}
	if why, ok := s.filtered(); ok {
		return message(e, width, height, why)
	}
	if waiting(e) {
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
