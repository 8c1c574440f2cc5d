package jobs

import (
	"slices"
	"time"

	core "k8s.io/api/core/v1"
)

// The wait before failed pods are replaced: 10 s, doubling with each failure
// since the last success.
const (
	backoffFirst = 10 * time.Second
	backoffMost  = 10 * time.Minute
)

// backoff is what a Job's next pods have to wait for.
type backoff struct {
	failures int
	last     time.Time
}

// with adds what has ended since.
func (b backoff) with(succeeded, failed []*core.Pod) backoff {
	var success time.Time
	for _, p := range succeeded {
		b = backoff{}
		if end := endOf(p); end.After(success) {
			success = end
		}
	}
	ends := make([]time.Time, 0, len(failed))
	for _, p := range failed {
		if end := endOf(p); len(succeeded) == 0 || end.After(success) {
			ends = append(ends, end)
		}
	}
	if len(ends) > 0 {
		b.failures += len(ends)
		b.last = slices.MaxFunc(ends, time.Time.Compare)
	}
	return b
}

// remaining is how long to wait. Both moments are of the same clock.
func (b backoff) remaining(now time.Time) time.Duration {
	if b.failures == 0 {
		return 0
	}
	wait := backoffFirst
	for range b.failures - 1 {
		if wait *= 2; wait >= backoffMost {
			wait = backoffMost
			break
		}
	}
	return max(0, wait-now.Sub(b.last))
}
