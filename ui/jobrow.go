package ui

import (
	"paddock/fleet"
)

// jobRow is a job with what the screen made of it.
type jobRow struct {
	*fleet.Job
	idle   int    // devices that it holds and does not use
	hint   string // what stands out though it seems to run well
	rank   int    // how soon one should look, least first
	lately bool   // it failed so lately that somebody may not know
	wide   int    // cells of what its row says
	told   *fleet.Progress
}

func newJobRow(e *env, j *fleet.Job) jobRow {
	r := jobRow{Job: j, idle: j.IdleDevices(), hint: jobHint(j, e.now)}
	return r.ranked(e)
}

// ranked is the row with what changes by time alone.
func (r jobRow) ranked(e *env) jobRow {
	r.rank, r.lately = r.Urgency(e.now), r.FailedLately(e.now)
	r.wide = cells(jobSays(e, r).text)
	r.told = e.fleet.Progress[r.UID]
	return r
}

// suspect tells whether a job that seems to run well is worth a look.
func (r jobRow) suspect() bool { return r.idle > 0 || r.hint != "" }

// tone is the tone of the job's state; a failure of long ago is quiet.
func (r jobRow) tone() tone {
	if r.State == fleet.Failed && !r.lately {
		return toneDim
	}
	return stateTone(r.State)
}

// whyTone is the tone of the reason of its state.
func (r jobRow) whyTone() tone {
	if r.State == fleet.Failed && !r.lately {
		return toneDim
	}
	return toneText
}

// jobMark is the sign before a job: of its state, or that it is worth a look.
func jobMark(e *env, r jobRow) span {
	if r.State == fleet.Running && r.suspect() {
		return span{"!", toneWarn}
	}
	return span{e.state(r.State).text, r.tone()}
}
