package fleet

import "time"

// Step is one step of a worker's way from creation to readiness.
type Step struct {
	Name   string // "created", "scheduled", "devices bound", "image pulled", "started", "ready"
	Status StepStatus
	At     time.Time     // when it was done; zero when it was not, or nobody knows
	Took   time.Duration // since the step before it; -1 when unknown
	Note   string        // where it stands: "waiting 41m: 0/12 nodes are available: ..."
}

// StepStatus tells how far a Step is.
type StepStatus string

// The statuses of a Step. At most one step of a way is StepNow or StepFailed.
const (
	StepDone   StepStatus = "done"
	StepNow    StepStatus = "now"
	StepFailed StepStatus = "failed"
	StepNext   StepStatus = "next"
)

// Way is how far a worker has come, from its conditions, container states and
// events. Events are kept for an hour by most servers: a step that only they
// tell is done, at an unknown time, once a later step is.
func Way(w *Worker, events []Event, now time.Time) []Step {
	p := w.Pod
	steps := []Step{
		{Name: "created", At: p.Created, Status: StepDone},
		{Name: "scheduled", At: p.Scheduled},
		{Name: boundName(p), At: p.Admitted},
		imageStep(p, events),
		startStep(p),
		{Name: "ready", At: p.Ready},
	}
	last := 0
	for i := range steps {
		if !steps[i].At.IsZero() || steps[i].Status == StepDone {
			last = i
		}
	}
	if p.Phase == "Succeeded" {
		last = len(steps) - 1
	}
	for i := range steps {
		s := &steps[i]
		switch {
		case i <= last:
			s.Status = StepDone
		case i == last+1:
			s.Status, s.Note = standing(w, steps[last].At, s.Note, now)
		default:
			s.Status, s.Note = StepNext, ""
		}
	}
	took(steps)
	return steps
}

func boundName(p *Pod) string {
	if p.GPUs > 0 {
		return "devices bound"
	}
	return "taken by node"
}

// startStep is the first start of the container. A restart in place moves the
// times that the API tells: then it is done, nobody knows when.
func startStep(p *Pod) Step {
	s := Step{Name: "started"}
	switch {
	case p.Main.Restarts > 0:
		s.Status = StepDone
	case p.Main.State == "waiting" && p.Main.Last != nil:
		s.At = p.Main.Last.Started
	default:
		s.At = p.Main.Started
	}
	return s
}

// imageStep reads the pull from the events of the main container.
func imageStep(p *Pod, events []Event) Step {
	s := Step{Name: "image pulled"}
	for i := len(events) - 1; i >= 0; i-- { // oldest first
		switch e := events[i]; e.Reason {
		case "Pulled": // every restart in place says again that it is there: the first counts
			if s.At.IsZero() {
				s.At, s.Note = e.First, e.Message
			}
			if s.At.IsZero() {
				s.At = e.Last
			}
		case "Pulling":
			if s.At.IsZero() {
				s.Note = e.Message
			}
		}
	}
	return s
}

// standing says how long a worker has stood at its next step, and why.
func standing(w *Worker, since time.Time, note string, now time.Time) (StepStatus, string) {
	status := StepNow
	switch w.State {
	case Failed, Failing:
		status = StepFailed
	case UnknownState:
		return StepNow, w.Why
	}
	why := orElse(w.Why, note)
	if end := w.Pod.ended(); w.State.Over() && !end.IsZero() {
		if since.IsZero() || end.Before(since) {
			return status, why
		}
		return status, joinWords("after "+Age(end.Sub(since)), why)
	}
	if w.State.Over() || since.IsZero() || now.Before(since) {
		return status, why
	}
	if why == "" {
		return status, Age(now.Sub(since)) + " so far"
	}
	return status, Age(now.Sub(since)) + " so far: " + why
}

// took fills how long each step took after the one before it whose time is known.
func took(steps []Step) {
	var before time.Time
	for i := range steps {
		s := &steps[i]
		s.Took = -1
		if s.At.IsZero() {
			continue
		}
		if !before.IsZero() && !s.At.Before(before) {
			s.Took = s.At.Sub(before)
		}
		before = s.At
	}
}
