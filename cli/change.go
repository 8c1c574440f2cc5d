package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"paddock/act"
	"paddock/fleet"
	"paddock/live"
)

// change is one command that changes the cluster.
type change struct {
	use, short, long string
	verb             string       // of its actions, where that is not its name
	least, most      int          // arguments; see takes
	check            func() error // of the flags, before anything is asked; nil when there is nothing to check
	plan             planner
	complete         func(f *fleet.Fleet, typed string) []string // its arguments; nil for none
}

// planner makes a plan of what was named. An error is what keeps all of it from
// being tried.
type planner func(f *fleet.Fleet, args []string) (act.Plan, error)

// manner is how a change is done: what is agreed to beforehand, and how it is reported.
type manner struct {
	consent
	format string
}

func (a *app) changeCommand(c change) *cobra.Command {
	var m manner
	cmd := &cobra.Command{
		Use: c.use, Short: c.short, Long: strings.TrimSpace(c.short + ".\n" + c.long), Args: takes(c.least, c.most),
		RunE: func(cmd *cobra.Command, args []string) error {
			if c.check != nil {
				if err := c.check(); err != nil {
					return misuse{err}
				}
			}
			if err := m.check(); err != nil {
				return err
			}
			verb := c.verb
			if verb == "" {
				verb = cmd.Name()
			}
			return a.documented(m.format, newChangeDoc(verb), func(d *changeDoc) error { return a.change(cmd.Context(), c.plan, args, m, d) })
		},
	}
	m.bind(cmd)
	if c.complete != nil {
		cmd.ValidArgsFunction = a.completeArguments(c)
	}
	return strict(cmd)
}

func (m *manner) bind(cmd *cobra.Command) {
	m.consent.bind(cmd.Flags())
	cmd.Flags().StringVarP(&m.format, "output", "o", "text", "How to report: text or json")
	complete(cmd, "output", func(*cobra.Command, string) []string { return []string{"text", "json"} })
}

func (m *manner) check() error {
	if m.format == "text" || m.format == "json" {
		return nil
	}
	return misuse{fmt.Errorf("-o %s is not known: use text or json", m.format)}
}

// change plans, asks, does and reports.
func (a *app) change(ctx context.Context, plan planner, named []string, m manner, d *changeDoc) error {
	return a.during(ctx, func(l *live.Live) error {
		if err := a.mayChange(l); err != nil {
			return err
		}
		f, err := a.picture(ctx, l)
		if err != nil {
			return err
		}
		p, err := plan(f, named)
		if err != nil {
			return err
		}
		return a.carryOut(ctx, l, f, p, m, d)
	})
}

// carryOut does what a plan says, if it may be and is wanted.
func (a *app) carryOut(ctx context.Context, l *live.Live, f *fleet.Fleet, p act.Plan, m manner, d *changeDoc) error {
	allowed, err := l.Allowed(ctx, p.Needs())
	if err == nil { // else the server says it
		p = p.Permit(allowed)
	}
	words, err := wanted(p, f.Cluster)
	if err != nil {
		return a.fail(exitRefused, err.Error(), "")
	}
	if len(p.Actions) == 0 {
		a.complainOf(p.Refused)
		return a.report(d, nil, p.Refused, m.format)
	}
	fmt.Fprint(a.errs, preview(p, f, time.Now()))
	if err := a.confirm(ctx, p.Title(), words, m.consent); err != nil {
		return err
	}
	return a.report(d, l.Do(ctx, f.Cluster, p.Actions), p.Refused, m.format)
}

// mayChange refuses, without a question to anybody, what is read-only from here.
func (a *app) mayChange(l *live.Live) error {
	contexts, err := l.Contexts()
	if err != nil {
		return err
	}
	name := ""
	for _, c := range contexts {
		if c.Current && c.ReadOnly {
			name = c.Name
		}
	}
	if name == "" && !a.readOnly {
		return nil
	}
	_, err = act.Plan{}.Guard(fleet.Cluster{Context: name, ReadOnly: true})
	return a.fail(exitRefused, strings.TrimPrefix(err.Error(), ": "), "")
}

// picture waits for what the API server says. Prometheus is not waited for: a
// change needs no readings.
func (a *app) picture(ctx context.Context, l *live.Live) (*fleet.Fleet, error) {
	f, err := l.Cluster(ctx, patience)
	switch {
	case ctx.Err() != nil:
		return nil, a.unconfirmed("")
	case err != nil:
		return nil, err
	case f == nil:
		return nil, a.fail(exitFailed, "the API server does not answer", "")
	}
	if what, hint := outage(f); what != "" {
		return nil, a.fail(exitFailed, what, hint)
	}
	if len(f.Absent) > 0 {
		return nil, a.fail(exitFailed, "there is no namespace "+f.Absent[0]+" on this cluster", "")
	}
	if missing := unheard(f); len(missing) > 0 {
		a.complain("not everything is known: nothing was heard of "+strings.Join(missing, ", "), "")
	}
	return f, nil
}

// unheard are the watches that have not answered so far.
func unheard(f *fleet.Fleet) []string {
	var out []string
	for _, s := range f.Sources {
		if watched(s) && (s.Health == fleet.Connecting || s.Health == fleet.Down) {
			out = append(out, s.Name)
		}
	}
	return out
}

// each plans one action for each of several things.
func each[T any](things []T, make func(T) (act.Action, error)) act.Plan {
	var p act.Plan
	for _, x := range things {
		p.Add(make(x))
	}
	return p
}
