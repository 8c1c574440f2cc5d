package jobs

import (
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/demo/controllers/record"
	"paddock/demo/store"
)

// round is one look at a Job. The job is a copy whose status becomes what the
// round finds.
type round struct {
	*Controller
	key     store.Key
	job     *batch.Job
	written batch.JobStatus
	pods    []*core.Pod
	active  []*core.Pod

	uncounted struct{ succeeded, failed []*core.Pod } // ended, and not in the status yet
	succeeded int32                                   // all, these included
	failed    int32
	done      indexes // succeeded
	broken    indexes // failed for good: with a backoff limit per index
	replaced  map[int]*core.Pod
	backoff   backoff
	ending    *batch.JobCondition // how the Job ends; nil: it goes on

	activeNow, readyNow, terminatingNow int32 // after what the round did
}

func (c *Controller) reconcile(key store.Key, job *batch.Job) error {
	r := &round{Controller: c, key: key, job: job, written: *job.Status.DeepCopy(), pods: c.podsOf(key, job.UID)}
	r.count()
	if job.Status.StartTime == nil && !suspended(job) {
		now := meta.NewTime(c.sim.Now().Truncate(time.Second))
		job.Status.StartTime = &now
	}
	r.judge()
	err := r.act()
	if flushed := r.flush(); flushed != nil {
		return flushed
	}
	return err
}

func (r *round) about() record.About { return record.About{Object: r.job} }

// count looks at the pods that ended since the last round.
func (r *round) count() {
	job := r.job
	r.active = filter(r.pods, active)
	r.activeNow, r.readyNow, r.terminatingNow = int32(len(r.active)), count(r.active, ready), count(r.pods, terminating)
	for _, p := range r.pods {
		if !tracked(p) || isIndexed(job) && !r.inRange(index(p)) {
			continue
		}
		if p.Status.Phase == core.PodSucceeded {
			r.uncounted.succeeded = append(r.uncounted.succeeded, p)
		} else if failed(p, job) {
			r.uncounted.failed = append(r.uncounted.failed, p)
		}
	}
	r.backoff = r.Controller.backoff[job.UID].with(r.endsOf(r.uncounted.succeeded), r.endsOf(r.uncounted.failed))
	r.succeeded = job.Status.Succeeded + int32(len(r.uncounted.succeeded))
	r.failed = job.Status.Failed + count(r.uncounted.failed, func(p *core.Pod) bool { return judge(job.Spec.PodFailurePolicy, p).counts })
	if isIndexed(job) {
		r.countIndexes()
	}
}

func (r *round) inRange(index int) bool {
	return index != noIndex && index < int(deref(r.job.Spec.Completions, 0))
}

func (r *round) countIndexes() {
	completions := int(deref(r.job.Spec.Completions, 0))
	r.done = parseIndexes(r.job.Status.CompletedIndexes, completions)
	for _, p := range r.uncounted.succeeded {
		r.done[index(p)] = true
	}
	r.succeeded = int32(len(r.done))
	if !perIndex(r.job) {
		return
	}
	r.broken = parseIndexes(deref(r.job.Status.FailedIndexes, ""), completions)
	for _, p := range r.uncounted.failed {
		v := judge(r.job.Spec.PodFailurePolicy, p)
		if v.action == batch.PodFailurePolicyActionFailIndex || v.counts && failures(p) >= int(*r.job.Spec.BackoffLimitPerIndex) {
			r.broken[index(p)] = true
		}
	}
	r.replaced = r.findReplaced()
}

// judge finds out whether the Job ends, and how: what an earlier round found
// holds; then failure, then success.
func (r *round) judge() {
	job := r.job
	if c := findCondition(job, batch.JobSuccessCriteriaMet); c != nil && c.Status == core.ConditionTrue {
		r.ending = c
		return
	}
	if c := findCondition(job, batch.JobFailureTarget); c != nil && c.Status == core.ConditionTrue {
		r.ending = c
		return
	}
	for _, p := range r.pods {
		if failed(p, job) {
			if v := judge(job.Spec.PodFailurePolicy, p); v.message != "" {
				r.end(batch.JobFailureTarget, batch.JobReasonPodFailurePolicy, v.message)
				return
			}
		}
	}
	switch {
	case r.failed > backoffLimit(job) || r.tooManyRestarts():
		r.end(batch.JobFailureTarget, batch.JobReasonBackoffLimitExceeded, "Job has reached the specified backoff limit")
	case r.pastDeadline():
		r.end(batch.JobFailureTarget, batch.JobReasonDeadlineExceeded, "Job was active longer than specified deadline")
	case job.Spec.MaxFailedIndexes != nil && len(r.broken) > int(*job.Spec.MaxFailedIndexes):
		r.end(batch.JobFailureTarget, batch.JobReasonMaxFailedIndexesExceeded, "Job has exceeded the specified maximal number of failed indexes")
	case len(r.broken) > 0 && len(r.broken)+len(r.done) >= int(*job.Spec.Completions):
		r.end(batch.JobFailureTarget, batch.JobReasonFailedIndexes, "Job has failed indexes")
	case isIndexed(job):
		if message, met := r.successPolicyMet(); met {
			r.end(batch.JobSuccessCriteriaMet, batch.JobReasonSuccessPolicy, message)
		}
	}
}

func (r *round) end(kind batch.JobConditionType, reason, message string) {
	c := newCondition(kind, core.ConditionTrue, reason, message, r.sim.Now())
	r.ending = &c
}

// tooManyRestarts applies the limit to pods that restart in place.
func (r *round) tooManyRestarts() bool {
	if r.job.Spec.Template.Spec.RestartPolicy != core.RestartPolicyOnFailure {
		return false
	}
	sum := int32(0)
	for _, p := range r.pods {
		if !ended(p) {
			sum += restarts(p)
		}
	}
	return sum > 0 && sum >= backoffLimit(r.job)
}

// pastDeadline also has the Job looked at again at its deadline.
func (r *round) pastDeadline() bool {
	job := r.job
	if job.Spec.ActiveDeadlineSeconds == nil || job.Status.StartTime == nil || suspended(job) {
		return false
	}
	ran := r.sim.Moment().Sub(r.sim.Story(job.Status.StartTime.Time))
	left := time.Duration(*job.Spec.ActiveDeadlineSeconds)*time.Second - ran
	if left > 0 {
		r.queue.Add(r.key, left)
	}
	return left <= 0
}

// act brings the pods to what is wanted.
func (r *round) act() (err error) {
	if r.ending != nil {
		return r.remove(r.active, false)
	}
	if r.job.DeletionTimestamp != nil {
		return nil
	}
	err = r.manage()
	complete := r.succeeded > 0 && r.activeNow == 0
	if n := r.job.Spec.Completions; n != nil {
		complete = r.succeeded >= *n && r.activeNow == 0
	}
	if complete {
		r.end(batch.JobSuccessCriteriaMet, batch.JobReasonCompletionsReached, "Reached expected number of succeeded pods")
		return err
	}
	now := r.sim.Now()
	if suspended(r.job) {
		if setCondition(r.job, newCondition(batch.JobSuspended, core.ConditionTrue, "JobSuspended", "Job suspended", now)) {
			r.record.Normal(r.about(), "Suspended", "Job suspended")
			r.job.Status.StartTime = nil
		}
	} else if setCondition(r.job, newCondition(batch.JobSuspended, core.ConditionFalse, "JobResumed", "Job resumed", now)) {
		r.record.Normal(r.about(), "Resumed", "Job resumed")
		at := meta.NewTime(now.Truncate(time.Second))
		r.job.Status.StartTime = &at
	}
	return err
}
