package jobs

import "time"

// The wait before failed pods are replaced: 10 s, doubling with each failure
// since the last success.
const (
	backoffFirst = 10 * time.Second
	backoffMost  = 10 * time.Minute
)

// backoff is what a Job's next pods have to wait for; times are the story's.
type backoff struct {
	failures int
	last     time.Time
}

// with adds what has ended since: only failures after the last success count.
func (b backoff) with(succeeded, failed []time.Time) backoff {
	var success time.Time
	for _, end := range succeeded {
		b = backoff{}
		if end.After(success) {
			success = end
		}
	}
	for _, end := range failed {
		if len(succeeded) > 0 && !end.After(success) {
			continue
		}
		if b.failures++; end.After(b.last) {
			b.last = end
		}
	}
	return b
}

// remaining is how long to wait.
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
