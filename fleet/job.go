package fleet

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// newJob joins one group with the devices of its workers.
func newJob(g *Group, ix *index, now time.Time) *Job {
	j := &Job{
		Ref: g.Owner.Ref, APIVersion: g.Owner.APIVersion, UID: g.Owner.UID, Parents: g.Parents,
		Known: g.Job != nil, Events: g.Events, Roles: rolesOf(g),
	}
	j.Workers = workers(g, j.Ref, roleOrder(j.Roles), now)
	if o := g.Job; o != nil {
		j.Created, j.Started, j.Finished = o.Created, o.Started, o.Finished
		j.Shape, j.Queue, j.Priority, j.Failures = o.Shape, o.Queue, o.Priority, o.FailedPods
	}
	assignRanks(j)
	for _, w := range j.Workers {
		ix.attach(w)
		w.onLostNode(ix.nodes[w.Pod.Node])
		if j.until.IsZero() || !w.until.IsZero() && w.until.Before(j.until) {
			j.until = w.until
		}
	}
	j.times(g)
	j.count(g)
	j.devices(ix)
	j.idle = countIdle(j.Workers)
	j.ending = endingGPUs(j.Workers)
	j.State, j.Reason, j.Why = jobState(j, g)
	return j
}

// rolesOf takes the roles from the object, or from what its pods are called.
func rolesOf(g *Group) []Role {
	var out []Role
	if g.Job != nil {
		for _, r := range g.Job.Roles {
			out = append(out, Role{Name: r.Name, Wanted: r.Wanted, GPUs: r.GPUs})
		}
	}
	for _, p := range g.Pods {
		name := orElse(p.Role, "worker")
		if !slices.ContainsFunc(out, func(r Role) bool { return r.Name == name }) {
			out = append(out, Role{Name: name, Wanted: -1, GPUs: p.GPUs})
		}
	}
	if len(out) == 0 {
		out = []Role{{Name: "worker", Wanted: -1}}
	}
	return out
}

func roleOrder(roles []Role) map[string]int {
	order := make(map[string]int, len(roles))
	for i, r := range roles {
		order[r.Name] = i
	}
	return order
}

// times fills what the object doesn't tell from the pods.
func (j *Job) times(g *Group) {
	var first, last, created time.Time
	for _, p := range g.Pods {
		if t := p.Main.Started; !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
		if t := p.ended(); t.After(last) {
			last = t
		}
		if created.IsZero() || p.Created.Before(created) {
			created = p.Created
		}
	}
	if j.Created.IsZero() {
		j.Created = created
	}
	if !first.IsZero() {
		j.Started = first
	}
	if g.Job == nil && !slices.ContainsFunc(j.Workers, func(w *Worker) bool { return !w.State.Over() }) {
		j.Finished = last
	}
}

// count counts workers, GPUs and restarts.
func (j *Job) count(g *Group) {
	for _, p := range g.Pods {
		j.Restarts += p.Restarts
		if p.Holds() {
			j.GPUs.Held += p.GPUs
		}
		if j.GPUs.Resource == "" {
			j.GPUs.Resource = p.Resource
		}
		if j.Image == "" {
			j.Image = p.Main.Image
		}
	}
	byRole := make(map[string]*Role, len(j.Roles))
	present := make(map[string]int, len(j.Roles))
	for i := range j.Roles {
		byRole[j.Roles[i].Name] = &j.Roles[i]
	}
	for _, w := range j.Workers {
		j.Restarts += len(w.Earlier)
		if w.State != Ending {
			present[w.Role]++
		}
		byRole[w.Role].Counts.add(w)
	}
	over := g.Job != nil && (g.Job.Phase == PhaseDone || g.Job.Phase == PhaseFailed)
	stopped := g.Job != nil && (g.Job.Phase == PhaseSuspended || g.Job.Phase == PhaseQueued)
	j.Counts.Wanted = 0
	for i := range j.Roles {
		r := &j.Roles[i]
		r.Counts.Wanted = r.Wanted
		if missing := r.Wanted - present[r.Name]; missing > 0 && !over && !stopped {
			r.Counts.Waiting += missing
		}
		j.Counts.sum(r.Counts)
		j.GPUs.Requested += r.asked(present[r.Name])
	}
	if g.Job != nil && len(g.Job.Roles) > 0 {
		j.Image = orElse(j.Image, g.Job.Roles[0].Image)
		j.GPUs.Resource = orElse(j.GPUs.Resource, g.Job.Roles[0].Resource)
	}
}

// asked is how many GPUs the role asks for; what is present counts where the
// wanted number is not known.
func (r Role) asked(present int) int {
	if r.Wanted < 0 {
		return present * r.GPUs
	}
	return r.Wanted * r.GPUs
}

func (c *Counts) add(w *Worker) {
	switch w.State {
	case Running:
		c.Ready++
	case Waiting, Starting, Restarting:
		c.Waiting++
	case Failed, Failing, UnknownState:
		if !w.until.IsZero() { // runs, for now
			c.Ready++
			return
		}
		c.Failed++
	case Done:
		c.Done++
	}
}

func (c *Counts) sum(o Counts) {
	if c.Wanted >= 0 && o.Wanted >= 0 {
		c.Wanted += o.Wanted
	} else {
		c.Wanted = -1
	}
	c.Ready += o.Ready
	c.Waiting += o.Waiting
	c.Failed += o.Failed
	c.Done += o.Done
}

// devices sums what the workers' devices do.
func (j *Job) devices(ix *index) {
	var all gather
	for _, w := range j.Workers {
		all.load(w.Load)
		product := ix.product(w)
		switch {
		case product == "" || product == j.Product:
		case j.Product == "":
			j.Product = product
		default:
			j.Product = "mixed"
		}
	}
	j.Load = all.result()
}

// maxTries is how many failed attempts of one worker make a job failing
// rather than restarting: one kill is an accident, the third end is a pattern.
const maxTries = 2

// jobState says what the job does: what its object says when that is final,
// else what its worst worker makes of it.
func jobState(j *Job, g *Group) (State, string, string) {
	o := g.Job
	if o == nil {
		return looseState(j)
	}
	switch {
	case o.Phase == PhaseFailed:
		return Failed, o.Reason, failedWhy(j, o)
	case o.Phase == PhaseDone:
		return Done, o.Reason, ""
	case !o.Deleted.IsZero():
		return Ending, "Terminating", "being deleted"
	case o.Phase == PhaseQueued:
		return Waiting, "Queued", "queue " + orElse(o.Queue, "?") + " has not admitted it"
	case o.Phase == PhaseSuspended:
		return Suspended, orElse(o.Reason, "Suspended"), o.Message
	}
	if len(j.Workers) == 0 {
		return notCreated(j, o)
	}
	return activeState(j, max(o.FailedPods, failedPods(g)))
}

// failedWhy is why a job gave up. That the back-off limit was reached says only
// that workers failed; how the last one did is the reason.
func failedWhy(j *Job, o *JobObject) string {
	why := orElse(o.Message, orElse(o.Reason, "failed"))
	if o.Reason != "BackoffLimitExceeded" {
		return why
	}
	worst := slices.IndexFunc(j.Workers, func(w *Worker) bool { return w.State == Failed })
	if worst < 0 {
		return why
	}
	w := j.Workers[worst]
	return w.Label() + ": " + w.Why + "; back-off limit reached"
}

// notCreated is the state of a job that has no pods though it wants some.
func notCreated(j *Job, o *JobObject) (State, string, string) {
	for _, e := range j.Events {
		if e.Type == "Warning" && (e.Reason == "FailedCreate" || e.Reason == "BackoffLimitExceeded") {
			return Waiting, e.Reason, eventSays(e.Message)
		}
	}
	if o.FailedPods > 0 {
		return Restarting, "BackOff", fmt.Sprintf("%d workers failed; the Job waits out its back-off before the next attempt", o.FailedPods)
	}
	return Waiting, "NotCreated", "no worker created yet"
}

// eventSays is a controller's message without what every such message begins with.
func eventSays(message string) string {
	message = strings.TrimPrefix(message, "(combined from similar events): ")
	return strings.TrimPrefix(message, "Error creating: ")
}

// looseState is the state of pods whose controller is not read.
func looseState(j *Job) (State, string, string) {
	alive, failed := 0, (*Worker)(nil)
	for _, w := range j.Workers {
		if !w.State.Over() {
			alive++
		}
		if w.State == Failed && failed == nil {
			failed = w
		}
	}
	switch {
	case alive > 0:
		return activeState(j, 0)
	case failed != nil:
		return Failed, failed.Reason, failed.Label() + ": " + failed.Why
	}
	return Done, "", ""
}

// activeState is the state of a job that goes on, by its worst worker.
func activeState(j *Job, failures int) (State, string, string) {
	worst := worstWorker(j.Workers)
	why := ""
	if worst.Why != "" {
		why = worst.Label() + ": " + worst.Why
	}
	tries := 0
	for _, w := range j.Workers {
		if w.State != Running && w.State != Done {
			tries = max(tries, failedAttempts(w))
		}
	}
	tries = max(tries, failures/max(1, len(j.Workers)))
	switch worst.State {
	case Failing, UnknownState:
		return worst.State, worst.Reason, why
	case Failed:
		if tries > maxTries {
			return Failing, worst.Reason, fmt.Sprintf("%s, attempt %d", why, worst.Attempt)
		}
		return Restarting, worst.Reason, why + ", to be replaced"
	case Restarting:
		return Restarting, worst.Reason, why
	case Waiting, Starting:
		if tries > maxTries {
			last := lastFailure(j.Workers)
			return Failing, last.reason, last.why
		}
		if tries > 0 || failures > 0 {
			return Restarting, worst.Reason, why
		}
		return worst.State, worst.Reason, why
	case Ending:
		if j.Counts.Waiting > 0 || !j.Known {
			return Restarting, worst.Reason, why
		}
		return Ending, worst.Reason, why
	}
	if j.Counts.Waiting > 0 && j.Counts.Done == 0 {
		for _, e := range j.Events {
			if e.Reason == "FailedCreate" {
				return Waiting, e.Reason, eventSays(e.Message)
			}
		}
		if failures > 0 {
			return Restarting, "BackOff", fmt.Sprintf("%d of %d workers not created again yet", j.Counts.Waiting, j.Counts.Wanted)
		}
		return Waiting, "NotCreated", fmt.Sprintf("%d of %d workers not created yet", j.Counts.Waiting, j.Counts.Wanted)
	}
	if worst.State == Done {
		return Running, "", ""
	}
	return worst.State, worst.Reason, why
}

func failedPods(g *Group) int {
	n := 0
	for _, p := range g.Pods {
		if p.Phase == "Failed" {
			n++
		}
	}
	return n
}

func failedAttempts(w *Worker) int {
	n := 0
	for _, p := range w.Earlier {
		if p.Phase == "Failed" {
			n++
		}
	}
	if w.State == Failed {
		n++
	}
	return n
}

type ending struct{ reason, why string }

// lastFailure words how the newest failed attempt ended.
func lastFailure(ws []*Worker) ending {
	var newest *Pod
	var of *Worker
	for _, w := range ws {
		for _, p := range w.Earlier {
			if p.Phase == "Failed" && (newest == nil || p.ended().After(newest.ended())) {
				newest, of = p, w
			}
		}
	}
	if newest == nil {
		return ending{"BackOff", "its workers fail again and again"}
	}
	reason, why := failure(newest)
	return ending{reason, fmt.Sprintf("%s: %s, attempt %d", of.Label(), why, of.Attempt-1)}
}

// worstWorker picks the worker whose state matters most; the first of equals.
func worstWorker(ws []*Worker) *Worker {
	rank := func(w *Worker) int {
		switch w.State {
		case Failing:
			return 0
		case UnknownState:
			return 1
		case Failed:
			return 2
		case Restarting:
			return 3
		case Waiting:
			return 4
		case Starting:
			return 5
		case Ending:
			return 6
		case Running:
			return 7
		}
		return 8
	}
	return slices.MinFunc(ws, func(a, b *Worker) int { return rank(a) - rank(b) })
}
