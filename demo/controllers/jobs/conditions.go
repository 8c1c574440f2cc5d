package jobs

import (
	"math"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func findCondition(job *batch.Job, kind batch.JobConditionType) *batch.JobCondition {
	for i := range job.Status.Conditions {
		if job.Status.Conditions[i].Type == kind {
			return &job.Status.Conditions[i]
		}
	}
	return nil
}

func isTrue(job *batch.Job, kind batch.JobConditionType) bool {
	c := findCondition(job, kind)
	return c != nil && c.Status == core.ConditionTrue
}

func finished(job *batch.Job) bool {
	return isTrue(job, batch.JobComplete) || isTrue(job, batch.JobFailed)
}

func newCondition(kind batch.JobConditionType, status core.ConditionStatus, reason, message string, now time.Time) batch.JobCondition {
	at := meta.NewTime(now.Truncate(time.Second))
	return batch.JobCondition{Type: kind, Status: status, Reason: reason, Message: message, LastProbeTime: at, LastTransitionTime: at}
}

// setCondition reports whether anything changed. What never was true is not
// written as false.
func setCondition(job *batch.Job, c batch.JobCondition) bool {
	old := findCondition(job, c.Type)
	switch {
	case old == nil && c.Status == core.ConditionFalse:
		return false
	case old == nil:
		job.Status.Conditions = append(job.Status.Conditions, c)
		return true
	case old.Status == c.Status && old.Reason == c.Reason && old.Message == c.Message:
		return false
	}
	*old = c
	return true
}

func suspended(job *batch.Job) bool { return job.Spec.Suspend != nil && *job.Spec.Suspend }

func isIndexed(job *batch.Job) bool {
	return job.Spec.CompletionMode != nil && *job.Spec.CompletionMode == batch.IndexedCompletion
}

func perIndex(job *batch.Job) bool { return isIndexed(job) && job.Spec.BackoffLimitPerIndex != nil }

func onlyReplaceFailed(job *batch.Job) bool {
	return job.Spec.PodReplacementPolicy != nil && *job.Spec.PodReplacementPolicy == batch.Failed
}

// The defaults of the API, for Jobs that were written without them.
func parallelism(job *batch.Job) int32 { return deref(job.Spec.Parallelism, 1) }

func backoffLimit(job *batch.Job) int32 {
	if perIndex(job) {
		return deref(job.Spec.BackoffLimit, math.MaxInt32)
	}
	return deref(job.Spec.BackoffLimit, 6)
}

func deref[T any](p *T, or T) T {
	if p == nil {
		return or
	}
	return *p
}
