package act

import (
	"fmt"
	"slices"
	"time"

	"paddock/fleet"
)

// The Job controller's back-off: it doubles from the first wait with each
// failed pod since the last success, also with those that the policy ignores.
// See k8s.io/kubernetes/pkg/controller/job/backoff_utils.go.
const (
	firstBackoff = 10 * time.Second
	mostBackoff  = 10 * time.Minute
)

// backoff is the wait after so many failures.
func backoff(failures int) time.Duration {
	if failures < 1 {
		return 0
	}
	if failures > 7 { // 10 s doubled six times are over 10 minutes
		return mostBackoff
	}
	return min(firstBackoff<<(failures-1), mostBackoff)
}

func (c Kill) cost(ts []Target, v view) Cost {
	j := v.job(ts[0].JobUID)
	if j == nil {
		return gone()
	}
	killed, others := split(j, ts)
	if len(killed) == 0 {
		return gone()
	}
	var out Cost
	out.loses(killed, v)
	out.comesBack(j, killed, others)
	if j.Ref.Kind == "Job" && j.Known {
		out.failures(j, killed, len(others), c.How == Evict && j.Shape.IgnoresDisruptions)
	}
	switch c.How {
	case Evict:
		out.say("a disruption budget may refuse it")
	case Force:
		out.say("nobody waits until its processes have ended: on a node that does not answer they go on")
	}
	return out
}

// split parts the workers of a job that have not ended into those that are
// meant and the others.
func split(j *fleet.Job, ts []Target) (meant, others []*fleet.Worker) {
	for _, w := range j.Workers {
		switch {
		case slices.ContainsFunc(ts, func(t Target) bool { return t.UID == w.Pod.UID }):
			meant = append(meant, w)
		case !w.State.Over():
			others = append(others, w)
		}
	}
	return meant, others
}

// comesBack says who takes the place of what is killed, and what the others do.
func (c *Cost) comesBack(j *fleet.Job, killed, others []*fleet.Worker) {
	who := make([]string, len(killed))
	for i, w := range killed {
		who[i] = w.Label()
	}
	switch {
	case j.Ref.Kind == "Pod":
		c.say("it belongs to no job: nothing starts it again")
		return
	case !j.Known:
		c.say("its %s decides whether %s again", j.Ref.Kind, startWords(who))
	default:
		c.say("%s again as %s, on any node", startWords(who), newPods(len(who)))
	}
	if n := len(others); n > 0 {
		c.say("without elastic training the whole job starts over: the other %s or hang without it", exits(n))
	}
}

func newPods(n int) string {
	if n == 1 {
		return "a new pod"
	}
	return "new pods"
}

func startWords(who []string) string {
	if len(who) == 1 {
		return who[0] + " starts"
	}
	return list(who) + " start"
}

func exits(n int) string {
	if n == 1 {
		return "worker exits"
	}
	return count(n, "worker") + " exit"
}

// failures says what the Job controller makes of it: what counts, what is left,
// and how long it waits.
func (c *Cost) failures(j *fleet.Job, killed []*fleet.Worker, others int, ignored bool) {
	s, k := j.Shape, len(killed)
	left := s.BackoffLimit - j.Failures
	switch {
	case ignored:
		c.say("an eviction does not count as a failure of this job")
		if others > 0 && !s.PerIndex && others > left {
			c.say("what exits because of it does count: if all do, the job ends, because %s", leftWords(left, s.BackoffLimit))
		}
	case s.PerIndex:
		c.say("it counts against the back-off limit of that worker alone")
	case k > left:
		c.say("this ends the job: it counts as %s, and %s", count(k, "failure"), leftWords(left, s.BackoffLimit))
		return
	case k+others > left:
		c.say("it counts as %s, and %s: if the others exit because of it, the job ends", count(k, "failure"), leftWords(left, s.BackoffLimit))
	default:
		c.say("it counts as %s, and %s", count(k, "failure"), leftWords(left, s.BackoffLimit))
	}
	wait := backoff(j.Failures + k)
	if s.PerIndex {
		wait = 0
		for _, w := range killed {
			wait = max(wait, backoff(w.Attempt))
		}
	}
	c.say("the Job controller waits about %s before the next attempt, 10 s doubling to 10 min with each failure", fleet.Age(wait))
	if s.ReplacesFailed {
		c.say("it is replaced only once it has ended: never on a lost node")
	}
}

// plenty is a number of failures left that nobody counts: Jobs with a back-off
// limit for each worker have the largest there is.
const plenty = 10_000

func leftWords(left, limit int) string {
	switch {
	case limit == 0:
		return "its back-off limit is 0"
	case left >= plenty:
		return "its back-off limit is far away"
	case left <= 0:
		return fmt.Sprintf("all %d that it may have are used up", limit)
	case left == 1:
		return fmt.Sprintf("1 of %d is left", limit)
	}
	return fmt.Sprintf("%d of %d are left", left, limit)
}

func (c ForceDelete) cost(ts []Target, v view) Cost {
	j := v.job(ts[0].JobUID)
	if j == nil {
		return gone()
	}
	stuck, _ := split(j, ts)
	if len(stuck) == 0 {
		return gone()
	}
	var out Cost
	out.ends(stuck, v)
	out.say("if %s still runs, its processes go on unseen, and two live copies may write one checkpoint", orNode(c.Node))
	if c.Fail {
		out.say("it is marked as failed by a disruption, which no kubelet is left to do and its Job waits for")
	}
	if j.Ref.Kind == "Job" {
		out.say("the Job controller then makes its next attempt on another node")
	}
	return out
}

func orNode(name string) string {
	if name == "" {
		return "its node"
	}
	return name
}
