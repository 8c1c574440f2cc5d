package act

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"paddock/fleet"
)

// Cost is what people decide by.
type Cost struct {
	GPUs int // that are let go
	// GPUHours were worked by the workers that end, since the last checkpoint that
	// their job told of, or else since their start: what is lost, at most.
	GPUHours float64
	Says     []string // what it means, a sentence each, the most telling first
}

// Cost says what the change means in the Fleet as it is now.
func (a Action) Cost(f *fleet.Fleet, now time.Time) Cost {
	return a.Change.cost([]Target{a.Target}, view{f, now})
}

// view looks a target up in the Fleet of now.
type view struct {
	fleet *fleet.Fleet
	now   time.Time
}

func (v view) job(uid string) *fleet.Job {
	i := slices.IndexFunc(v.fleet.Jobs, func(j *fleet.Job) bool { return j.UID == uid })
	if i < 0 {
		return nil
	}
	return v.fleet.Jobs[i]
}

func (v view) node(uid string) *fleet.Node {
	i := slices.IndexFunc(v.fleet.Nodes, func(n *fleet.Node) bool { return n.Object.UID == uid })
	if i < 0 {
		return nil
	}
	return v.fleet.Nodes[i]
}

// gone is the cost of what is not there any more.
func gone() Cost { return Cost{Says: []string{"it is not there any more"}} }

// saved is when a job saved the last checkpoint that its log tells of; zero
// where that is not known.
func (v view) saved(j fleet.Ref) time.Time {
	for _, x := range v.fleet.Jobs {
		if p := v.fleet.Progress[x.UID]; x.Ref == j && p != nil {
			return p.Checkpoint
		}
	}
	return time.Time{}
}

// ends adds up what workers of one job hold and have worked.
func (c *Cost) ends(ws []*fleet.Worker, v view) {
	if len(ws) == 0 {
		return
	}
	saved := v.saved(ws[0].Job)
	for _, w := range ws {
		if !w.Pod.Holds() {
			continue
		}
		c.GPUs += w.Pod.GPUs
		if t := w.Pod.Main.Started; !t.IsZero() && w.Pod.Main.Finished.IsZero() {
			if saved.After(t) {
				t = saved
			}
			c.GPUHours += float64(w.Pod.GPUs) * max(0, v.now.Sub(t).Hours())
		}
	}
}

// lost says what work is lost.
func (c *Cost) lost(ws []*fleet.Worker, v view) {
	if c.GPUHours == 0 || len(ws) == 0 {
		return
	}
	if saved := v.saved(ws[0].Job); !saved.IsZero() {
		c.say("the last checkpoint was saved %s ago, by its log: %s GPU-hours were worked since then, and are lost", ago(v.now.Sub(saved)), hours(c.GPUHours))
		return
	}
	c.say("%s GPU-hours were worked since the start: what came after the last checkpoint is lost", hours(c.GPUHours))
}

// ago words how long ago something was: "43m", "5h".
func ago(d time.Duration) string {
	if d < 2*time.Hour {
		return fmt.Sprintf("%dm", max(int(d/time.Minute), 0))
	}
	return fmt.Sprintf("%dh", int(d/time.Hour))
}

func (c *Cost) say(format string, args ...any) { c.Says = append(c.Says, fmt.Sprintf(format, args...)) }

// loses says what ends and what its work was.
func (c *Cost) loses(ws []*fleet.Worker, v view) {
	c.ends(ws, v)
	if c.GPUs > 0 {
		c.say("frees %s", count(c.GPUs, "GPU"))
	}
	c.lost(ws, v)
}

// hours words GPU-hours: "0.4", "12", "1340".
func hours(h float64) string {
	if h < 10 {
		return strconv.FormatFloat(h, 'f', 1, 64)
	}
	return strconv.FormatFloat(h, 'f', 0, 64)
}

// living are the workers that have not ended.
func living(j *fleet.Job) []*fleet.Worker {
	var out []*fleet.Worker
	for _, w := range j.Workers {
		if !w.State.Over() {
			out = append(out, w)
		}
	}
	return out
}

// asks says how many GPUs are asked for, and what of them could be had.
func (c *Cost) asks(v view, j *fleet.Job, gpus int) {
	if gpus <= 0 {
		return
	}
	s := "asks for " + count(gpus, "GPU")
	if free := v.fleet.Totals.Free; free >= 0 {
		s += fmt.Sprintf("; %d are free in the cluster now", free)
	}
	c.Says = append(c.Says, s)
	for _, t := range v.fleet.Teams {
		if t.Name == j.Ref.Namespace && t.Limit >= 0 && t.Limit-t.Used < gpus {
			c.say("team %s has %d of its %d left by quota: not all workers will be created", t.Name, max(0, t.Limit-t.Used), t.Limit)
		}
	}
}

func (c Scale) cost(ts []Target, v view) Cost {
	j := v.job(ts[0].JobUID)
	if j == nil {
		return gone()
	}
	var out Cost
	if by := c.To - c.From; by > 0 {
		out.asks(v, j, by*gpusOfWorker(j))
		if c.Completions {
			out.say("%s added", labels(c.From, c.To))
		}
	} else {
		out.fewer(c, j, v)
	}
	if c.Completions && len(living(j)) > 0 {
		out.say("running workers keep the old world size: without an elastic rendezvous training breaks")
	}
	if !c.Completions && j.Shape.Completions > 0 {
		out.say("its %d completions stay: this is how many of them run at a time", j.Shape.Completions)
	}
	if j.Queue != "" {
		out.say("queue %s: Kueue will stop it and queue it again with its new size", j.Queue)
	}
	return out
}

// fewer says which workers end. Of an Indexed Job those with the highest
// indexes do; of others the Job controller chooses.
func (c *Cost) fewer(s Scale, j *fleet.Job, v view) {
	alive := living(j)
	if s.Completions {
		end := slices.DeleteFunc(slices.Clone(alive), func(w *fleet.Worker) bool { return w.Index < s.To })
		c.loses(end, v)
		c.say("%s", endWords(labels(s.To, s.From), s.From-s.To))
		return
	}
	if n := len(alive) - s.To; n > 0 {
		c.GPUs = n * gpusOfWorker(j)
		c.say("frees up to %s; the Job controller chooses which %s", count(c.GPUs, "GPU"), endWords(count(n, "worker"), n))
		return
	}
	c.say("no more than %s run now: none ends", count(s.To, "worker"))
}

func endWords(what string, n int) string {
	if n == 1 {
		return what + " ends"
	}
	return what + " end"
}

// labels words the workers from one index up to, without, another: "w8-w15".
func labels(from, to int) string {
	if to-from == 1 {
		return "w" + strconv.Itoa(from)
	}
	return fmt.Sprintf("w%d-w%d", from, to-1)
}

func gpusOfWorker(j *fleet.Job) int {
	if len(j.Roles) == 0 {
		return 0
	}
	return j.Roles[0].GPUs
}

func (Suspend) cost(ts []Target, v view) Cost {
	j := v.job(ts[0].JobUID)
	if j == nil {
		return gone()
	}
	var c Cost
	alive := living(j)
	c.loses(alive, v)
	if len(alive) > 0 {
		c.say("%s; the job stays", endWords(count(len(alive), "worker"), len(alive)))
	} else {
		c.say("no worker runs: nothing is lost")
	}
	if j.Queue != "" {
		c.say("it leaves queue %s, through its Workload, until it is resumed", j.Queue)
	}
	return c
}

func (Resume) cost(ts []Target, v view) Cost {
	j := v.job(ts[0].JobUID)
	if j == nil {
		return gone()
	}
	var c Cost
	c.asks(v, j, j.GPUs.Requested)
	if j.Queue != "" {
		c.say("it goes back into queue %s: Kueue starts it when there is quota", j.Queue)
	}
	return c
}

func (c Restart) cost(ts []Target, v view) Cost {
	j := v.job(ts[0].JobUID)
	if j == nil {
		return gone()
	}
	var out Cost
	alive := living(j)
	out.ends(alive, v)
	if n := len(alive); n > 0 {
		out.say("%s and as many start anew", endWords(count(n, "worker"), n))
	}
	out.lost(alive, v)
	if out.GPUs > 0 {
		out.say("its %s are free for a moment: a job that waits may take them", count(out.GPUs, "GPU"))
	}
	switch {
	case c.Anew:
		out.say("the job is created anew under its name: its history, its attempts and their logs go; its manifest is saved first")
	case j.Queue != "":
		out.say("it goes to the end of queue %s", j.Queue)
	default:
		out.say("the job keeps its UID; failures so far stay counted")
	}
	return out
}

func (c Delete) cost(ts []Target, v view) Cost {
	j := v.job(ts[0].JobUID)
	if j == nil {
		return gone()
	}
	var out Cost
	alive := living(j)
	out.loses(alive, v)
	if len(alive) > 0 {
		out.say("%s", endWords(count(len(alive), "worker"), len(alive)))
	}
	out.say("its pods go, and their logs with them: nothing brings it back")
	if c.Foreground {
		out.say("the job stays until its workers are gone")
	}
	if i := slices.IndexFunc(j.Parents, func(p fleet.Owner) bool { return p.Ref.Kind == "CronJob" }); i >= 0 {
		out.say("CronJob %s goes on to make new ones", j.Parents[i].Ref.Name)
	}
	return out
}

// list words names: "w1, w3 and w5", of many the first.
func list(names []string) string {
	const shown = 8
	if len(names) > shown {
		names = append(slices.Clone(names[:shown]), fmt.Sprintf("%d more", len(names)-shown))
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
