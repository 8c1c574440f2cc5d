package act

import (
	"fmt"

	"paddock/fleet"
)

// Scale changes how many workers a batch/v1 Job has.
type Scale struct {
	From, To int // parallelism
	// Completions tells that completions change together with parallelism, as
	// an Indexed Job whose two numbers are equal allows.
	Completions bool
}

// Suspend stops a job's workers and keeps the job.
type Suspend struct{}

// Resume starts the workers of a suspended job.
type Resume struct{}

// Delete removes a job, and its workers with it.
type Delete struct {
	Foreground bool // the job stays until its workers are gone
}

// Verb is "scale".
func (Scale) Verb() string { return "scale" }

// Verb is "suspend".
func (Suspend) Verb() string { return "suspend" }

// Verb is "resume".
func (Resume) Verb() string { return "resume" }

// Verb is "delete".
func (Delete) Verb() string { return "delete" }

// jobTarget is a job as a target.
func jobTarget(j *fleet.Job) Target {
	return Target{Ref: j.Ref, APIVersion: j.APIVersion, UID: j.UID, Job: j.Ref, JobUID: j.UID, Queue: j.Queue}
}

// owned checks that a change to the job itself holds: it is the topmost object
// that is made by people, and one that paddock reads.
func owned(j *fleet.Job) error {
	t := jobTarget(j)
	switch {
	case j.Ref.Kind == "Pod":
		return refuse(t, "it is a pod without a job: kill it instead")
	case !j.Known:
		return refuse(t, "paddock knows it by its pods alone and does not read %ss: change it with kubectl", j.Ref.Kind)
	}
	for _, p := range j.Parents {
		if p.Ref.Kind != "CronJob" { // that only makes the next one
			return refuse(t, "it is made and kept as it is by %s %s: change that", p.Ref.Kind, p.Ref.Name)
		}
	}
	return bound(t)
}

// alive checks in addition that the job goes on.
func alive(j *fleet.Job) error {
	switch {
	case j.State.Over():
		return refuse(jobTarget(j), "it is over (%s)", j.State)
	case going(j):
		return refuse(jobTarget(j), "it is being deleted")
	}
	return owned(j)
}

// going tells a job whose object is being deleted from one whose workers end.
func going(j *fleet.Job) bool {
	return j.State == fleet.Ending && j.Reason == "Terminating" && j.Why == "being deleted"
}

// queued is a job that a queue holds back: the queue starts it, not a hand.
func queued(j *fleet.Job) bool { return j.State == fleet.Waiting && j.Reason == "Queued" }

// CanScale says why a job can't be scaled; nil when it can.
func CanScale(j *fleet.Job) error {
	if err := alive(j); err != nil {
		return err
	}
	t := jobTarget(j)
	switch {
	case j.Ref.Kind == "JobSet":
		return refuse(t, "the replicas of a JobSet never change")
	case j.Ref.Kind == "TrainJob":
		return refuse(t, "the nodes of a TrainJob never change")
	case j.Ref.Kind != "Job":
		return refuse(t, "paddock can't scale a %s", j.Ref.Kind)
	case j.Shape.Completions == 1:
		return refuse(t, "its completions are 1, so that one worker runs at a time whatever its parallelism, and completions never change on such a Job")
	}
	return nil
}

// NewScale scales a batch/v1 Job to so many workers.
func NewScale(j *fleet.Job, workers int) (Action, error) {
	if err := CanScale(j); err != nil {
		return Action{}, err
	}
	t, s := jobTarget(j), j.Shape
	c := Scale{From: s.Parallelism, To: workers, Completions: s.Indexed && s.Completions == s.Parallelism}
	switch {
	case workers < 1:
		return Action{}, refuse(t, "without workers it would end as if it were done: suspend it instead")
	case workers == c.From:
		return Action{}, already(t, "it has %s already", count(workers, "worker"))
	case !c.Completions && s.Completions >= 0 && workers > s.Completions:
		return Action{}, refuse(t, "never more than its %d completions run at a time", s.Completions)
	}
	return Action{t, c}, nil
}

// NewSuspend suspends a job. One that a queue holds is taken out of the queue.
func NewSuspend(j *fleet.Job) (Action, error) {
	if err := alive(j); err != nil {
		return Action{}, err
	}
	if j.State == fleet.Suspended {
		return Action{}, already(jobTarget(j), "it is suspended already")
	}
	return Action{jobTarget(j), Suspend{}}, nil
}

// NewResume resumes a job. For one that a queue holds, that is the queue's to
// decide: it is only let back into it.
func NewResume(j *fleet.Job) (Action, error) {
	if err := alive(j); err != nil {
		return Action{}, err
	}
	if j.State != fleet.Suspended && !queued(j) {
		return Action{}, already(jobTarget(j), "it is not suspended")
	}
	return Action{jobTarget(j), Resume{}}, nil
}

// NewDelete deletes a job in whatever state it is.
func NewDelete(j *fleet.Job, foreground bool) (Action, error) {
	if going(j) {
		return Action{}, refuse(jobTarget(j), "it is being deleted already")
	}
	if err := owned(j); err != nil {
		return Action{}, err
	}
	return Action{jobTarget(j), Delete{foreground}}, nil
}

func (c Scale) states() (before, after string) {
	return c.words(c.From), c.words(c.To)
}

func (c Scale) words(n int) string {
	if c.Completions {
		return fmt.Sprintf("parallelism %d, completions %d", n, n)
	}
	return fmt.Sprintf("parallelism %d", n)
}

func (Suspend) states() (before, after string) { return "active", "suspended" }
func (Resume) states() (before, after string)  { return "suspended", "active" }

func (c Delete) states() (before, after string) {
	if c.Foreground {
		return "there", "deleted in the foreground"
	}
	return "there", "deleted in the background"
}

func (c Scale) title(t Target) string {
	return fmt.Sprintf("scale %s from %d to %s", t.Ref, c.From, count(c.To, "worker"))
}
func (Suspend) title(t Target) string { return "suspend " + t.Ref.String() }
func (Resume) title(t Target) string  { return "resume " + t.Ref.String() }
func (Delete) title(t Target) string  { return "delete " + t.Ref.String() }

func (Scale) rights(t Target) []Right   { return []Right{to("patch", t)} }
func (Suspend) rights(t Target) []Right { return switching(t) }
func (Resume) rights(t Target) []Right  { return switching(t) }
func (Delete) rights(t Target) []Right  { return []Right{to("delete", t)} }

// switching are the rights to suspend and resume: of a queue's job its
// Workload is changed, because Kueue undoes what is done to the job.
func switching(t Target) []Right {
	if t.Queue != "" {
		return workloads(t.Job)
	}
	return []Right{to("patch", t)}
}
