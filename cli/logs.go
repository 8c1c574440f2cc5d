package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"paddock/fleet"
	"paddock/live"
	"paddock/logs"
)

// logsWish is what paddock logs was asked for.
type logsWish struct {
	workers  string
	role     string
	follow   bool
	until    string
	since    time.Duration
	tail     int64
	format   string
	noPrefix bool
	times    bool
	logs.Wish
}

// allLines is --tail for all of them, as kubectl has it.
const allLines = -1

// mostFollowed is how many logs are followed at a time, unless said otherwise.
const mostFollowed = 64

func (a *app) logsCommand() *cobra.Command {
	var w logsWish
	cmd := &cobra.Command{
		Use: "logs JOB", Short: "Print the logs of all workers of a Job as one, sorted by time",
		Long: "Lines of all workers come in the order in which they were printed. With -f new workers and new attempts join by\n" +
			"themselves, and a broken connection is opened again where it broke: no line is lost, none comes twice; what the\n" +
			"server can't give any more is said on the error stream, as is how each worker ended.\n" + workerHelp + "\n" + jobHelp,
		Args: takes(1, 1), ValidArgsFunction: a.completeArguments(change{most: 1, complete: jobNames}),
		RunE: func(cmd *cobra.Command, args []string) error { return a.logs(cmd.Context(), args[0], w) },
	}
	fs := cmd.Flags()
	fs.StringVar(&w.workers, "worker", "", "These workers only: 0,3-5")
	fs.StringVar(&w.role, "role", "", "Workers of this role only: worker, master, ps, launcher")
	fs.StringVarP(&w.Container, "container", "c", "", "This container; without it the one with the GPUs")
	fs.BoolVarP(&w.follow, "follow", "f", false, "Go on with what is printed from now on")
	fs.StringVar(&w.until, "until", "", "done: follow until the Job has ended, as -f does")
	fs.DurationVar(&w.since, "since", 0, "What was printed in this time only: 10m")
	fs.Int64Var(&w.tail, "tail", allLines, "The last lines of each worker only; -1 for all")
	fs.BoolVarP(&w.Previous, "previous", "p", false, "The attempt of each worker before the present one")
	fs.StringVarP(&w.format, "output", "o", "text", "How to print: text or json, an object a line")
	fs.BoolVar(&w.noPrefix, "no-prefix", false, "Print no worker before each line")
	fs.BoolVarP(&w.times, "timestamps", "t", false, "Print when each line was printed")
	fs.IntVar(&w.Most, "most", mostFollowed, "With -f, how many workers are followed at a time: failed ones and worker 0 first")
	complete(cmd, "output", func(*cobra.Command, string) []string { return []string{"text", "json"} })
	complete(cmd, "until", func(*cobra.Command, string) []string { return []string{"done"} })
	return strict(cmd)
}

// check finds what contradicts itself.
func (w *logsWish) check() error {
	switch {
	case w.format != "text" && w.format != "json":
		return fmt.Errorf("there is no output %q: use text or json", w.format)
	case w.until != "" && w.until != "done":
		return fmt.Errorf("--until knows done alone, not %q", w.until)
	case w.tail == 0 || w.tail < allLines:
		return errors.New("--tail is 1 at least, or -1 for all lines")
	case w.since < 0:
		return errors.New("--since is how long ago: 10m")
	case w.Previous && (w.follow || w.until != ""):
		return errors.New("the attempt before has ended: it can't be followed")
	case w.Most < 1:
		return errors.New("--most is at least 1")
	}
	return nil
}

func (a *app) logs(ctx context.Context, named string, w logsWish) error {
	if err := w.check(); err != nil {
		return misuse{err}
	}
	var labels []string
	if w.workers != "" {
		var err error
		if labels, err = parseWorkers(w.workers); err != nil {
			return misuse{err}
		}
	}
	if team, _, ok := strings.Cut(named, "/"); ok && len(a.namespaces) == 0 && strings.Count(named, "/") == 1 {
		a.namespaces = []string{team} // nothing else need be read
	}
	if w.Tail = max(w.tail, 0); w.since > 0 {
		w.Since = time.Now().Add(-w.since)
	}
	if w.Follow = w.follow || w.until != ""; !w.Follow {
		w.Most = 0 // to sort all, all must be read at a time
	}
	return a.during(ctx, func(l *live.Live) error {
		f, err := a.picture(ctx, l)
		if err != nil {
			return err
		}
		j, err := findJob(f, named)
		if err != nil {
			return err
		}
		chosen, err := w.choose(j, labels)
		if err != nil {
			return err
		}
		return a.tail(ctx, l, j, chosen, w)
	})
}

// choose is who of a job's workers is meant. It fails when none is.
func (w *logsWish) choose(j *fleet.Job, labels []string) (func(*fleet.Job) []*fleet.Worker, error) {
	for _, l := range labels {
		if len(workersCalled(j, l)) == 0 {
			return nil, fmt.Errorf("%s has no worker %s%s", j.Ref, l, has(j))
		}
	}
	if w.role != "" && !slices.ContainsFunc(j.Workers, func(x *fleet.Worker) bool { return x.Role == w.role }) {
		return nil, fmt.Errorf("%s has no worker of the role %s%s", j.Ref, w.role, has(j))
	}
	if len(j.Workers) == 0 && !w.Follow {
		return nil, fmt.Errorf("%s has no worker now: its pods are gone, or have not been created yet", j.Ref)
	}
	return func(j *fleet.Job) []*fleet.Worker {
		out := j.Workers
		if labels != nil {
			out = nil
			for _, l := range labels {
				out = append(out, workersCalled(j, l)...)
			}
		}
		if w.role != "" {
			out = slices.DeleteFunc(slices.Clone(out), func(x *fleet.Worker) bool { return x.Role != w.role })
		}
		return out
	}, nil
}

// has names a job's workers.
func has(j *fleet.Job) string {
	var names []string
	for _, w := range j.Workers {
		names = append(names, w.Label())
	}
	const most = 8
	if len(names) > most {
		names = append(names[:most:most], fmt.Sprintf("%d more", len(names)-most))
	}
	if len(names) == 0 {
		return ": it has none now"
	}
	return "; it has " + strings.Join(names, ", ")
}

// jobOf is the job in a newer Fleet; nil when it is gone.
func jobOf(f *fleet.Fleet, uid string) *fleet.Job {
	i := slices.IndexFunc(f.Jobs, func(j *fleet.Job) bool { return j.UID == uid })
	if i < 0 {
		return nil
	}
	return f.Jobs[i]
}

// tail prints what the workers of a job print, until there is no more to come.
func (a *app) tail(ctx context.Context, l *live.Live, j *fleet.Job, chosen func(*fleet.Job) []*fleet.Worker, w logsWish) error {
	run, stop := context.WithCancel(ctx)
	t, err := l.Tail(run, w.Wish)
	if err != nil {
		stop()
		return err
	}
	defer t.Wait()
	defer stop()
	p := newLogPrinter(a, t, w)
	t.Follow(chosen(j))
	if all, _ := t.Sources(); len(all) == 0 && w.Previous {
		return fmt.Errorf("no worker of %s had an attempt before this one", j.Ref)
	}
	gone := false
	wait := time.NewTimer(0)
	defer wait.Stop()
	p.open(time.Now())
	for {
		pause, err := p.print(time.Now())
		if err != nil {
			return err
		}
		if over := gone || j.State.Over() || !w.Follow; over && p.ended() {
			return p.result()
		}
		if pause > 0 {
			wait.Reset(pause)
		}
		select {
		case <-ctx.Done():
			return p.flush()
		case b := <-t.Batches():
			p.add(b, time.Now())
		case <-t.News():
			p.open(time.Now())
		case <-wait.C:
		case f := <-l.Updates():
			now := jobOf(f, j.UID)
			if now == nil {
				if gone = f.Complete && f.Source("jobs").Health == fleet.Live && f.Source("pods").Health == fleet.Live; gone {
					t.Follow(nil)
				}
				continue
			}
			j = now
			if w.Follow {
				t.Follow(chosen(j))
			}
		}
	}
}
