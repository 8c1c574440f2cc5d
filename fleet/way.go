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
