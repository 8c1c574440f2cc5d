package kinds

import (
	"slices"
	"time"

	"paddock/fleet"
)

// Merges tells whether the batch Jobs below an owner are parts of one run (a
// JobSet's replicated jobs, an MPIJob's launcher). A CronJob only repeats: each
// of its Jobs is a run of its own.
func Merges(owner fleet.Owner) bool {
	return trainingGroup(group(owner.APIVersion))
}

// Merge is the object of a run that consists of batch Jobs alone, put together
// from them: a JobSet, or the TrainJob above it. For other owners, whose
// workers are no Jobs, it is nil: what the run wants stands in its own object.
func Merge(owner fleet.Owner, parts []*fleet.JobObject) *fleet.JobObject {
	if len(parts) == 0 || owner.Ref.Kind != "JobSet" && owner.Ref.Kind != "TrainJob" {
		return nil
	}
	parts = slices.Clone(parts)
	slices.SortFunc(parts, func(a, b *fleet.JobObject) int {
		if a.Ref.Name < b.Ref.Name {
			return -1
		}
		return 1
	})
	whole := &fleet.JobObject{
		Ref: owner.Ref, APIVersion: owner.APIVersion, UID: owner.UID,
		Created: parts[0].Created, Finished: parts[0].Finished,
		Queue: parts[0].Queue, Priority: parts[0].Priority,
	}
	for _, p := range parts {
		whole.Created = earlier(whole.Created, p.Created)
		whole.Started = earlier(whole.Started, p.Started)
		if p.Finished.After(whole.Finished) {
			whole.Finished = p.Finished
		}
		if whole.Queue == "" {
			whole.Queue = p.Queue
		}
		whole.Active += p.Active
		whole.Ready += p.Ready
		whole.Succeeded += p.Succeeded
		whole.FailedPods += p.FailedPods
		whole.Terminating += p.Terminating
		addRoles(whole, p)
	}
	mergePhase(whole, parts)
	return whole
}

// addRoles sums the workers of equal roles: the replicas of a replicated job.
func addRoles(whole, part *fleet.JobObject) {
	for _, r := range part.Roles {
		i := slices.IndexFunc(whole.Roles, func(w fleet.RoleSpec) bool { return w.Name == r.Name })
		if i < 0 {
			whole.Roles = append(whole.Roles, r)
			continue
		}
		whole.Roles[i].Wanted += r.Wanted
	}
}

// mergePhase: one failed part fails the run, all parts done end it well, and
// it is held back only while every part is.
func mergePhase(whole *fleet.JobObject, parts []*fleet.JobObject) {
	n := map[fleet.Phase]int{}
	for _, p := range parts {
		n[p.Phase]++
		if p.Phase == fleet.PhaseFailed || whole.Reason == "" {
			whole.Reason, whole.Message = p.Reason, p.Message
		}
	}
	held := n[fleet.PhaseSuspended] + n[fleet.PhaseQueued]
	switch {
	case n[fleet.PhaseFailed] > 0:
		whole.Phase = fleet.PhaseFailed
	case n[fleet.PhaseDone] == len(parts):
		whole.Phase = fleet.PhaseDone
	case held == len(parts) && (n[fleet.PhaseQueued] > 0 || whole.Queue != ""):
		whole.Phase = fleet.PhaseQueued
	case held == len(parts):
		whole.Phase = fleet.PhaseSuspended
	default:
		whole.Phase = fleet.PhaseActive
	}
	if whole.Phase == fleet.PhaseActive {
		whole.Finished = time.Time{}
		whole.Reason, whole.Message = "", ""
	}
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
