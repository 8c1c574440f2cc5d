package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"paddock/act"
	"paddock/fleet"
	"paddock/submit"
)

// jobHelp says how a job is named.
const jobHelp = "JOB is the name of a job, or TEAM/NAME where several teams have one of that name."

func (a *app) changeCommands() []*cobra.Command {
	return []*cobra.Command{
		a.scaleCommand(), a.suspendCommand(), a.resumeCommand(), a.restartCommand(), a.deleteCommand(), a.pruneCommand(),
		a.killCommand(), a.forceDeleteCommand(), a.cordonCommand(), a.uncordonCommand(),
	}
}

func (a *app) scaleCommand() *cobra.Command {
	workers := -1
	cmd := a.changeCommand(change{
		use: "scale JOB --workers N", short: "Change how many workers a Job has", long: jobHelp,
		least: 1, most: 1, complete: jobNames,
		check: func() error {
			if workers < 0 {
				return errors.New("say how many: --workers N")
			}
			return nil
		},
		plan: eachJob(func(j *fleet.Job) (act.Action, error) { return act.NewScale(j, workers) }),
	})
	cmd.Flags().IntVar(&workers, "workers", workers, "How many workers it shall have")
	return cmd
}

func (a *app) suspendCommand() *cobra.Command {
	return a.changeCommand(change{
		use: "suspend JOB...", short: "Stop the workers of jobs and keep the jobs", long: jobHelp,
		least: 1, most: anyNumber, complete: jobNames, plan: eachJob(act.NewSuspend),
	})
}

func (a *app) resumeCommand() *cobra.Command {
	return a.changeCommand(change{
		use: "resume JOB...", short: "Start suspended jobs again", long: jobHelp,
		least: 1, most: anyNumber, complete: jobNames, plan: eachJob(act.NewResume),
	})
}

func (a *app) restartCommand() *cobra.Command {
	anew := false
	cmd := a.changeCommand(change{
		use: "restart JOB...", short: "End all workers of jobs and start them over",
		long:  "A job is suspended and resumed. With --anew it is deleted and created again; its manifest is saved first.\n" + jobHelp,
		least: 1, most: anyNumber, complete: jobNames,
		plan: eachJob(func(j *fleet.Job) (act.Action, error) {
			if anew {
				return act.NewRestartAnew(j, "")
			}
			return act.NewRestart(j)
		}),
	})
	cmd.Flags().BoolVar(&anew, "anew", false, "Delete the job and create it again, which a job that is over needs")
	return cmd
}

func (a *app) deleteCommand() *cobra.Command {
	foreground := false
	cmd := a.changeCommand(change{
		use: "delete JOB...", short: "Delete jobs with their workers", long: jobHelp,
		least: 1, most: anyNumber, complete: jobNames,
		plan: eachJob(func(j *fleet.Job) (act.Action, error) { return act.NewDelete(j, foreground) }),
	})
	cmd.Flags().BoolVar(&foreground, "foreground", false, "Keep the job until its workers are gone")
	return cmd
}

func (a *app) pruneCommand() *cobra.Command {
	age := "7d"
	var olderThan submit.Span
	cmd := a.changeCommand(change{
		use: "prune", verb: act.Delete{}.Verb(), short: "Delete the jobs that ended long ago", long: "It looks at the namespaces of -n, else at all that may be read.",
		check: func() (err error) {
			olderThan, err = submit.ParseSpan(age)
			return err
		},
		plan: func(f *fleet.Fleet, _ []string) (act.Plan, error) {
			return act.Prune(f.Jobs, time.Duration(olderThan), time.Now()), nil
		},
	})
	cmd.Flags().StringVar(&age, "older-than", age, "How long ago they must have ended: 90m, 36h, 7d")
	return cmd
}

func (a *app) killCommand() *cobra.Command {
	list, how := "", string(act.Evict)
	cmd := a.changeCommand(change{
		use: "kill JOB --worker 1,3-5", short: "End workers of a job; their next attempts follow",
		long: "evict asks, and disruption budgets may refuse; delete tells the kubelet, which grants the grace period; force grants none.\n" +
			workerHelp + "\n" + jobHelp,
		least: 1, most: 1, complete: jobNames,
		check: func() error {
			if !slices.Contains(ways(), how) {
				return fmt.Errorf("--how %s is not known: use %s", how, strings.Join(ways(), ", "))
			}
			return checkWorkers(list)
		},
		plan: eachWorker(&list, func(_ *fleet.Fleet, j *fleet.Job, w *fleet.Worker) (act.Action, error) {
			return act.NewKill(j, w, act.How(how))
		}, latest),
	})
	cmd.Flags().StringVar(&list, "worker", "", "Which workers: 1,3-5")
	cmd.Flags().StringVar(&how, "how", how, "How: evict, delete or force")
	complete(cmd, "how", func(*cobra.Command, string) []string { return ways() })
	a.completeWorkers(cmd)
	return cmd
}

// ways are the ways to kill, from the gentlest.
func ways() []string { return []string{string(act.Evict), string(act.Remove), string(act.Force)} }

func (a *app) forceDeleteCommand() *cobra.Command {
	list := ""
	cmd := a.changeCommand(change{
		use: "force-delete JOB --worker 3", short: "Forget a worker that can't end because its node is lost",
		long: "If its machine still runs, two copies of the worker may write one checkpoint. So the node's name must be typed,\n" +
			"or be given with --confirm.\n" + workerHelp + "\n" + jobHelp,
		least: 1, most: 1, complete: jobNames,
		check: func() error { return checkWorkers(list) },
		plan:  eachWorker(&list, forceDelete, stuck),
	})
	cmd.Flags().StringVar(&list, "worker", "", "Which worker: 3")
	a.completeWorkers(cmd)
	return cmd
}

func (a *app) cordonCommand() *cobra.Command {
	return a.changeCommand(change{
		use: "cordon NODE...", short: "Keep new pods off nodes; what runs there goes on",
		least: 1, most: anyNumber, complete: nodeNames(false), plan: eachNode(act.NewCordon),
	})
}

func (a *app) uncordonCommand() *cobra.Command {
	return a.changeCommand(change{
		use: "uncordon NODE...", short: "Let new pods onto nodes again",
		least: 1, most: anyNumber, complete: nodeNames(true), plan: eachNode(act.NewUncordon),
	})
}

func eachJob(action func(*fleet.Job) (act.Action, error)) planner {
	return func(f *fleet.Fleet, named []string) (act.Plan, error) {
		jobs, err := findJobs(f, named)
		return each(jobs, action), err
	}
}

func eachNode(action func(*fleet.Node) (act.Action, error)) planner {
	return func(f *fleet.Fleet, named []string) (act.Plan, error) {
		nodes, err := findNodes(f, named)
		return each(nodes, action), err
	}
}

// workerHelp says how workers are named.
const workerHelp = "Workers are named by index, or as the screen does: 1,3-5 or w1,master."

func checkWorkers(list string) error {
	if list == "" {
		return errors.New("say which: --worker 1,3-5")
	}
	_, err := parseWorkers(list)
	return err
}

// eachWorker plans one action for each worker that a list names. Of several
// lives under one name, choose says which are meant.
func eachWorker(list *string, action func(*fleet.Fleet, *fleet.Job, *fleet.Worker) (act.Action, error), choose func([]*fleet.Worker) []*fleet.Worker) planner {
	return func(f *fleet.Fleet, named []string) (act.Plan, error) {
		j, err := findJob(f, named[0])
		if err != nil {
			return act.Plan{}, err
		}
		names, err := parseWorkers(*list)
		if err != nil {
			return act.Plan{}, misuse{err}
		}
		var p act.Plan
		seen := map[*fleet.Worker]bool{}
		for _, name := range names {
			found := workersCalled(j, name)
			if len(found) == 0 {
				p.Refused = append(p.Refused, noWorker(j, name))
			}
			for _, w := range choose(found) {
				if !seen[w] {
					seen[w] = true
					p.Add(action(f, j, w))
				}
			}
		}
		return p, nil
	}
}

func noWorker(j *fleet.Job, name string) *act.Refusal {
	if digits(name) {
		name = "w" + name
	}
	t := act.Target{Ref: fleet.Ref{Kind: "Pod", Namespace: j.Ref.Namespace}, Label: name, Job: j.Ref}
	return &act.Refusal{Of: t.String(), Why: "there is no such worker now", Target: t}
}

// latest is the life that came last.
func latest(lives []*fleet.Worker) []*fleet.Worker { return lives[max(0, len(lives)-1):] }

// stuck are the lives that are ending; the latest when none is, for its refusal.
func stuck(lives []*fleet.Worker) []*fleet.Worker {
	ending := slices.DeleteFunc(slices.Clone(lives), func(w *fleet.Worker) bool { return w.Pod.Deleted.IsZero() })
	if len(ending) == 0 {
		return latest(lives)
	}
	return ending
}

func forceDelete(f *fleet.Fleet, j *fleet.Job, w *fleet.Worker) (act.Action, error) {
	i := slices.IndexFunc(f.Nodes, func(n *fleet.Node) bool { return n.Name == w.Pod.Node })
	if i < 0 {
		return act.NewForceDelete(j, w, nil)
	}
	return act.NewForceDelete(j, w, f.Nodes[i])
}
