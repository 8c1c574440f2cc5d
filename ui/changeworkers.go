package ui

import (
	"slices"

	"paddock/act"
	"paddock/fleet"
)

// squad is some workers of one job.
type squad struct {
	job     *fleet.Job
	workers []*fleet.Worker
}

func (c squad) names() []string {
	out := make([]string, len(c.workers))
	for i, w := range c.workers {
		out[i] = w.Ref.Name
	}
	return out
}

// workerChanges are the keys that act on workers: those that chosen gives when
// the key is pressed.
func workerChanges(e *env, chosen func() squad) []binding {
	out := []binding{{keys: []string{"f"}, help: "port-forward", long: "let a port of this machine lead to one of the worker",
		disabled: oneWorker(e, chosen, act.Reach("portforward")), run: func() effect { return askForward(e, chosen()) }}}
	if e.readOnly() {
		return out
	}
	return append([]binding{
		{keys: []string{"ctrl+k"}, show: "ctrl-k", help: "kill", long: "kill the worker: evict it, delete it, or delete it at once", footer: true,
			disabled: squadCant(e, chosen), run: func() effect { return askKill(e, chosen(), act.Evict) }},
		{keys: []string{"ctrl+d"}, show: "ctrl-d", help: "delete", long: "kill the worker, by deleting it",
			disabled: squadCant(e, chosen), run: func() effect { return askKill(e, chosen(), act.Remove) }},
		{keys: []string{"s"}, help: "shell", long: "a shell in the worker; its end comes back", footer: true,
			disabled: oneWorker(e, chosen, act.Reach("exec")), run: func() effect { return openShell(e, chosen()) }},
	}, out...)
}

// squadCant says why a single worker can't be killed; of several the dialog tells.
func squadCant(e *env, chosen func() squad) func() string {
	return func() string {
		c := chosen()
		switch len(c.workers) {
		case 0:
			return "there is no worker"
		case 1:
			if stuck(e, c) {
				return e.cant(forget(e)(c.job, c.workers[0]))
			}
			why := e.cant(act.NewKill(c.job, c.workers[0], act.Force))
			if why == "" || e.cant(act.NewKill(c.job, c.workers[0], act.Evict)) == "" {
				return ""
			}
			return why
		}
		return ""
	}
}

// oneWorker says why one can't reach into a worker.
func oneWorker(e *env, chosen func() squad, right func(namespace string) act.Right) func() string {
	return func() string {
		c := chosen()
		switch {
		case len(c.workers) == 0:
			return "there is no worker"
		case len(c.workers) > 1:
			return "one worker at a time"
		case c.workers[0].Pod.Main.State != "running":
			return c.workers[0].Label() + " does not run"
		}
		return e.lacks([]act.Right{right(c.workers[0].Ref.Namespace)})
	}
}

// nodeOf is the node of a worker; nil when it can't be read.
func nodeOf(e *env, w *fleet.Worker) *fleet.Node {
	i := slices.IndexFunc(e.fleet.Nodes, func(n *fleet.Node) bool { return n.Name == w.Pod.Node })
	if i < 0 {
		return nil
	}
	return e.fleet.Nodes[i]
}

// stuck tells whether all these workers are ending on nodes that are lost.
func stuck(e *env, c squad) bool {
	for _, w := range c.workers {
		if n := nodeOf(e, w); w.Pod.Deleted.IsZero() || n == nil || n.Ready {
			return false
		}
	}
	return len(c.workers) > 0
}

// forget makes the forced deletion of a worker.
func forget(e *env) func(*fleet.Job, *fleet.Worker) (act.Action, error) {
	return func(j *fleet.Job, w *fleet.Worker) (act.Action, error) { return act.NewForceDelete(j, w, nodeOf(e, w)) }
}

// squadPlan plans one change for each worker.
func squadPlan(c squad, make func(*fleet.Job, *fleet.Worker) (act.Action, error)) func() act.Plan {
	return func() act.Plan {
		var p act.Plan
		for _, w := range c.workers {
			p.Add(make(c.job, w))
		}
		return p
	}
}

// askKill asks whether workers shall be killed, and how. Those that can't end
// because their node is lost are a question of their own.
func askKill(e *env, c squad, first act.How) effect {
	if stuck(e, c) {
		return askForget(e, c)
	}
	kill := func(how act.How) func() act.Plan {
		return squadPlan(c, func(j *fleet.Job, w *fleet.Worker) (act.Action, error) { return act.NewKill(j, w, how) })
	}
	ways := []way{{"evict", kill(act.Evict)}, {"delete", kill(act.Remove)}, {"at once, no grace", kill(act.Force)}}
	do := asking{word: "kill", names: c.names(), ways: ways}.ask(e)
	if do.dialog != nil && do.dialog.ways != nil && first == act.Remove {
		do.dialog.way = 1
	}
	return do
}

// askForget asks whether the machine of workers that can't end is really off:
// who says so types its name.
func askForget(e *env, c squad) effect {
	node := c.workers[0].Pod.Node
	for _, w := range c.workers {
		if w.Pod.Node != node {
			return complain("they are on several lost nodes: one node at a time")
		}
	}
	line := &dialogLine{label: "is the machine really off? then type " + node, wanted: node}
	return asking{word: "force the deletion", names: c.names(), lines: []*dialogLine{line}, ways: []way{{"force", squadPlan(c, forget(e))}}}.ask(e)
}
