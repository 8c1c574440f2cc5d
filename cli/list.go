package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"paddock/fleet"
	"paddock/live"
)

// patience is how long a command that prints waits for sources that don't
// answer; then it prints what is there and says what is missing.
const patience = 15 * time.Second

// listing is one command that prints a part of the Fleet.
type listing struct {
	use, short string
	aliases    []string
	needs      []string // the sources any of which must have answered for it to tell anything
	columns    func(f *fleet.Fleet, now time.Time) table
	document   func(f *fleet.Fleet, d *document)
}

func (a *app) listCommands() []*cobra.Command {
	var out []*cobra.Command
	for _, l := range []listing{
		{"jobs", "Print all training jobs", []string{"job"}, []string{"jobs", "pods"}, jobTable, func(f *fleet.Fleet, d *document) { d.Jobs = jobDocs(f) }},
		{"workers", "Print all workers of all jobs", []string{"worker", "pods"}, []string{"pods"}, workerTable, func(f *fleet.Fleet, d *document) { d.Workers = workerDocs(f) }},
		{"nodes", "Print all nodes with their GPUs", []string{"node"}, []string{"nodes"}, nodeTable, func(f *fleet.Fleet, d *document) { d.Nodes = nodeDocs(f) }},
		{"teams", "Print all teams with quota, held and idle GPUs", []string{"team"}, []string{"jobs", "pods", "quotas"}, teamTable, func(f *fleet.Fleet, d *document) { d.Teams = teamDocs(f) }},
	} {
		out = append(out, a.listCommand(l))
	}
	return out
}

func (a *app) listCommand(l listing) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use: l.use, Short: l.short, Aliases: l.aliases, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkFormat(format); err != nil {
				return err
			}
			f, err := a.once(cmd.Context(), patience)
			if err != nil {
				return err
			}
			if err := a.print(f, l, format); err != nil {
				return err
			}
			return a.warn(f, l)
		},
	}
	cmd.Flags().StringVarP(&format, "output", "o", "table", "How to print: table, wide, json or yaml")
	complete(cmd, "output", func(*cobra.Command, string) []string { return formats() })
	return cmd
}

// formats are the ways to print.
func formats() []string { return []string{"table", "wide", "json", "yaml"} }

func checkFormat(format string) error {
	if slices.Contains(formats(), format) {
		return nil
	}
	return fmt.Errorf("-o %s is not known: use table, wide, json or yaml", format)
}

// once watches until the picture is complete, for so long at most, and takes it.
func (a *app) once(ctx context.Context, patience time.Duration) (f *fleet.Fleet, err error) {
	err = a.during(ctx, func(l *live.Live) error {
		f, err = l.Once(ctx, patience)
		return err
	})
	return f, err
}

// during runs use while the dashboard runs. It goes on when ctx ends, until use
// returns: what was begun then still gets its answer.
func (a *app) during(ctx context.Context, use func(*live.Live) error) error {
	l, closeLog, err := a.dashboard()
	if err != nil {
		return err
	}
	defer closeLog()
	watch, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- l.Run(watch) }()
	err = use(l)
	stop()
	<-ended
	return err
}

func (a *app) print(f *fleet.Fleet, l listing, format string) error {
	switch format {
	case "json", "yaml":
		d := newDocument(f)
		l.document(f, d)
		data, err := json.MarshalIndent(d, "", "  ")
		if err == nil && format == "yaml" {
			data, err = yaml.JSONToYAML(data)
		} else {
			data = append(data, '\n')
		}
		if err != nil {
			return err
		}
		_, err = a.out.Write(data)
		return err
	}
	if !l.answered(f) || nowhere(f) {
		return nil // an empty table would say that there is nothing
	}
	_, err := fmt.Fprint(a.out, l.columns(f, f.At).render(format == "wide"))
	return err
}

// warn names on the error stream what the output lacks. That what was asked for
// can't be known at all is a failure.
func (a *app) warn(f *fleet.Fleet, l listing) error {
	if what, hint := outage(f); what != "" {
		a.complain(what, hint)
		return silent{code: exitFailed}
	}
	for _, s := range f.Sources {
		if s.Health == fleet.Live || s.Health == fleet.Off {
			continue
		}
		line := fmt.Sprintf("paddock: %s: %s", s.Name, s.Health)
		if s.Err != "" {
			line += ": " + s.Err
		}
		if s.Hint != "" {
			line += " (" + s.Hint + ")"
		}
		fmt.Fprintln(a.errs, line)
	}
	for _, note := range f.Metrics.Notes {
		fmt.Fprintln(a.errs, "paddock: "+note)
	}
	for _, name := range f.Absent {
		a.complain("there is no namespace "+name+" on this cluster", "")
	}
	if !l.answered(f) || len(f.Absent) > 0 {
		return silent{code: exitFailed}
	}
	return nil
}

// watched tells the sources that are watches of the API server.
func watched(s fleet.Source) bool { return s.Name != "prometheus" && s.Name != "metrics.k8s.io" }

// answered tells whether the API server told anything of what is listed.
func (l listing) answered(f *fleet.Fleet) bool {
	return slices.ContainsFunc(l.needs, func(name string) bool {
		health := f.Source(name).Health
		return health == fleet.Live || health == fleet.Stale
	})
}

// nowhere tells whether none of the namespaces that are looked at exists.
func nowhere(f *fleet.Fleet) bool {
	return len(f.Absent) > 0 && len(f.Absent) == len(f.Cluster.Namespaces)
}

// outage is the one thing that is wrong when all watches fail alike, and what
// to do; Prometheus is then not worth a word.
func outage(f *fleet.Fleet) (what, hint string) {
	for _, s := range f.Sources {
		switch {
		case !watched(s):
		case s.Health != fleet.Down || what != "" && s.Err != what:
			return "", ""
		default:
			what, hint = s.Err, s.Hint
		}
	}
	return what, hint
}
