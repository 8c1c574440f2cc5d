package jobs

import (
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"paddock/demo/controllers/typed"
)

// flush writes the status with the newly ended pods counted, lets these pods
// go, and then, when nothing of the Job is left running, writes its end.
func (r *round) flush() error {
	status := &r.job.Status
	status.Active, status.Ready, status.Terminating = r.activeNow, &r.readyNow, &r.terminatingNow
	if status.UncountedTerminatedPods == nil {
		status.UncountedTerminatedPods = &batch.UncountedTerminatedPods{}
	}
	release := r.tally()
	if r.ending != nil {
		setCondition(r.job, *r.ending)
	}
	if err := r.write(); err != nil {
		return err
	}
	r.Controller.backoff[r.job.UID] = r.backoff
	for _, p := range release {
		r.untrack(p)
	}
	if r.ending == nil || r.terminatingNow > 0 {
		return nil
	}
	final := batch.JobFailed
	if r.ending.Type == batch.JobSuccessCriteriaMet {
		final = batch.JobComplete
	}
	end := newCondition(final, core.ConditionTrue, r.ending.Reason, r.ending.Message, r.sim.Now())
	setCondition(r.job, end)
	if final == batch.JobComplete {
		status.CompletionTime = &end.LastTransitionTime
	}
	if err := r.write(); err != nil {
		return err
	}
	if final == batch.JobComplete {
		r.record.Normal(r.about(), "Completed", "Job completed")
	} else {
		r.record.Warning(r.about(), end.Reason, "%s", end.Message)
	}
	return nil
}

// tally counts the pods that have ended, and those that a failed Job gives up,
// and returns all whose finalizer may go.
func (r *round) tally() (release []*core.Pod) {
	status := &r.job.Status
	failing := r.ending != nil && r.ending.Type == batch.JobFailureTarget
	for _, p := range r.pods {
		broken := failed(p, r.job)
		if !tracked(p) || !r.releasable(p, broken) {
			continue
		}
		release = append(release, p)
		valid := !isIndexed(r.job) || r.inRange(index(p))
		switch {
		case p.Status.Phase == core.PodSucceeded:
			if !isIndexed(r.job) {
				status.Succeeded++
			}
		case (broken || failing) && valid && judge(r.job.Spec.PodFailurePolicy, p).counts:
			status.Failed++
		}
	}
	if isIndexed(r.job) {
		status.Succeeded, status.CompletedIndexes = int32(len(r.done)), r.done.String()
		if r.broken != nil {
			text := r.broken.String()
			status.FailedIndexes = &text
		}
	}
	return release
}

// releasable says that a pod's finalizer may go. One that awaits its
// replacement keeps it: the replacement takes over its count of failures.
func (r *round) releasable(p *core.Pod, broken bool) bool {
	if r.job.DeletionTimestamp != nil || r.ending != nil || p.Status.Phase == core.PodSucceeded {
		return true
	}
	return broken && r.replaced[index(p)] != p
}

// write keeps the status, if the round changed it.
func (r *round) write() error {
	if equality.Semantic.DeepEqual(r.written, r.job.Status) {
		return nil
	}
	_, err := typed.Change(r.store, r.key, r.job, func(job *batch.Job) { r.job.Status.DeepCopyInto(&job.Status) })
	r.written = *r.job.Status.DeepCopy()
	return err
}
