package fleet

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// RecentFailure is how long a failed job is news: it may have happened overnight.
const RecentFailure = 24 * time.Hour

// FailedLately tells whether the job failed so lately that somebody may not know yet.
func (j *Job) FailedLately(now time.Time) bool {
	return j.State == Failed && !j.Finished.IsZero() && now.Sub(j.Finished) < RecentFailure
}

// Urgency ranks the job by how soon somebody should look at it, least first: by
// its state, worst first, but what failed lately right behind what waits.
func (j *Job) Urgency(now time.Time) int {
	if j.FailedLately(now) {
		return 2*slices.Index(States(), Waiting) + 1
	}
	return 2 * slices.Index(States(), j.State)
}

// IdleDevices counts the devices that the job's workers hold and don't use.
func (j *Job) IdleDevices() int {
	n := 0
	for _, w := range j.Workers {
		for _, d := range w.Devices {
			if d.Idle {
				n++
			}
		}
	}
	return n
}

// Waste says which of the job's GPUs idle; "" when none does.
func (j *Job) Waste() string {
	const idle = " idle for 15m and more" // IdleWindow
	switch n := j.IdleDevices(); n {
	case 0:
		return ""
	case j.Load.Devices:
		return gpus(n) + idle
	default:
		return fmt.Sprintf("%d of %s%s", n, gpus(j.Load.Devices), idle)
	}
}

// WorstFirst is the jobs in the order in which they need a look: by urgency,
// among equals those that waste GPUs, then the larger ones.
func WorstFirst(jobs []*Job, now time.Time) []*Job {
	type ranked struct {
		*Job
		urgency int
		wastes  bool
	}
	all := make([]ranked, len(jobs))
	for i, j := range jobs {
		all[i] = ranked{j, j.Urgency(now), j.IdleDevices() > 0}
	}
	slices.SortStableFunc(all, func(a, b ranked) int {
		if n := a.urgency - b.urgency; n != 0 {
			return n
		}
		if a.wastes != b.wastes {
			if a.wastes {
				return -1
			}
			return 1
		}
		return cmp.Or(b.GPUs.Requested-a.GPUs.Requested, strings.Compare(a.Ref.Namespace, b.Ref.Namespace), strings.Compare(a.Ref.Name, b.Ref.Name))
	})
	out := make([]*Job, len(all))
	for i, r := range all {
		out[i] = r.Job
	}
	return out
}
