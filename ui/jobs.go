package ui

import (
	"slices"

	"paddock/fleet"
)

// jobs is the home screen: every training job, worst first, and below the
// table what is known of the one under the cursor.
type jobs struct {
	listing[*fleet.Job, jobRow]
	made map[*fleet.Job]jobRow // the rows of the newest Fleet: a job that did not change is the same pointer
	old  map[*fleet.Job]jobRow // of the one before, during refresh
}

func newJobs(*env) screen {
	s := &jobs{made: map[*fleet.Job]jobRow{}}
	s.listing = listing[*fleet.Job, jobRow]{
		noun:  "job",
		of:    func(f *fleet.Fleet) []*fleet.Job { return f.Jobs },
		row:   s.row,
		words: jobKeys,
		choose: func(r jobRow) selection {
			return selection{ref: r.Ref, apiVersion: r.APIVersion, uid: r.UID}
		},
		detail: jobDetail, least: 5,
		table: table[jobRow]{
			columns: jobColumns(), normal: worstJob, word: "worst first", mark: jobMark,
			id:   func(r jobRow) identity { return identity{r.Ref, r.UID} },
			uids: func(r jobRow) []string { return []string{r.UID} },
		},
	}
	return s
}

// row makes the row of a job, or takes the one that was made before.
func (s *jobs) row(e *env, j *fleet.Job) jobRow {
	r, ok := s.made[j]
	if !ok {
		r, ok = s.old[j]
	}
	if ok {
		r = r.ranked(e)
	} else {
		r = newJobRow(e, j)
	}
	s.made[j] = r
	return r
}

func (s *jobs) refresh(e *env) {
	s.old, s.made = s.made, make(map[*fleet.Job]jobRow, len(e.fleet.Jobs))
	s.listing.refresh(e)
	s.old = nil // or it keeps a whole Fleet alive
}

func (s *jobs) name() string  { return "jobs" }
func (s *jobs) crumb() string { return "Jobs" }

// interest is the jobs that are seen and run: how far they are is read in their logs.
func (s *jobs) interest() fleet.Interest {
	var uids []string
	for _, r := range s.table.visible() {
		if r.State != fleet.Waiting && !r.State.Over() {
			uids = append(uids, r.UID)
		}
	}
	return fleet.Interest{Jobs: uids}
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
		logsKey(e, "the logs of all workers of the job", s.unselected, func() *logScreen {
			r, _ := s.table.current()
			return jobLogs(r.Job)
		}),
	}
	return slices.Concat(own, s.changes(e), s.table.moves(), s.table.sorts())
}

// changes are the keys that change the marked jobs, else the one under the cursor.
func (s *jobs) changes(e *env) []binding {
	if e.readOnly() {
		return nil
	}
	own := []binding{
		s.table.markKey(s.unselected),
		{keys: []string{"s"}, help: "scale", long: "change how many workers the job has",
			disabled: oneCant(e, s.chosen, canScale), run: func() effect { return askScale(e, s.chosen(), "") }},
		{keys: []string{"ctrl+d"}, show: "ctrl-d", help: "delete", long: "delete the job, with its workers",
			disabled: oneCant(e, s.chosen, deleteOne), run: func() effect { return askDelete(e, s.chosen()) }},
	}
	return append(own, jobChanges(e, s.chosen)...)
}

// chosen is the marked jobs, else the one under the cursor.
func (s *jobs) chosen() []*fleet.Job {
	rows := s.table.chosen()
	out := make([]*fleet.Job, len(rows))
	for i, r := range rows {
		out[i] = r.Job
	}
	return out
}
