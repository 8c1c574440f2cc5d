package jobs

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
)

// What is different with a backoff limit per index: each index has its own
// failures, which its pods hand on in annotations, and its own wait.

// failures is how often a pod's index has failed before it, counting those
// that matter for the limit.
func failures(p *core.Pod) int {
	n, _ := strconv.Atoi(p.Annotations[batch.JobIndexFailureCountAnnotation])
	return n
}

func ignoredFailures(p *core.Pod) int {
	n, _ := strconv.Atoi(p.Annotations[batch.JobIndexIgnoredFailureCountAnnotation])
	return n
}

// findReplaced finds the failed pods that still wait for their replacement,
// the last one of each index.
func (r *round) findReplaced() map[int]*core.Pod {
	replaced := map[int]*core.Pod{}
	for _, p := range r.uncounted.failed {
		i := index(p)
		held := slices.ContainsFunc(r.active, func(a *core.Pod) bool { return index(a) == i })
		if held || r.done[i] || r.broken[i] {
			continue
		}
		if old := replaced[i]; old == nil || failures(old)+ignoredFailures(old) <= failures(p)+ignoredFailures(p) && !r.ends[p.UID].Before(r.ends[old.UID]) {
			replaced[i] = p
		}
	}
	return replaced
}

// duePlaces keeps the indexes whose wait is over; when there is none it returns
// the shortest wait.
func (r *round) duePlaces(places []int) (due []int, wait time.Duration) {
	due = []int{}
	for _, i := range places {
		left := time.Duration(0)
		if p := r.replaced[i]; p != nil {
			b := backoff{failures: failures(p) + ignoredFailures(p) + 1, last: r.ends[p.UID]}
			left = b.remaining(r.sim.Moment())
		}
		if left == 0 {
			due = append(due, i)
		} else if wait == 0 || left < wait {
			wait = left
		}
	}
	if len(due) > 0 {
		wait = 0
	}
	return due, wait
}

// inherit hands the failures of an index on to its next pod.
func (r *round) inherit(pod, old *core.Pod) {
	counted, ignored := 0, 0
	if old != nil {
		counted, ignored = failures(old), ignoredFailures(old)
		if judge(r.job.Spec.PodFailurePolicy, old).counts {
			counted++
		} else {
			ignored++
		}
	}
	pod.Annotations[batch.JobIndexFailureCountAnnotation] = strconv.Itoa(counted)
	if ignored > 0 {
		pod.Annotations[batch.JobIndexIgnoredFailureCountAnnotation] = strconv.Itoa(ignored)
	}
}

// successPolicyMet says by which rule enough indexes have succeeded.
func (r *round) successPolicyMet() (string, bool) {
	if r.job.Spec.SuccessPolicy == nil {
		return "", false
	}
	for i, rule := range r.job.Spec.SuccessPolicy.Rules {
		met := false
		if rule.SucceededIndexes != nil {
			required := parseIndexes(*rule.SucceededIndexes, int(*r.job.Spec.Completions))
			have := 0
			for j := range required {
				if r.done[j] {
					have++
				}
			}
			met = len(required) > 0 && (have == len(required) || rule.SucceededCount != nil && have >= int(*rule.SucceededCount))
		} else if rule.SucceededCount != nil {
			met = len(r.done) >= int(*rule.SucceededCount)
		}
		if met {
			return fmt.Sprintf("Matched rules at index %d", i), true
		}
	}
	return "", false
}
