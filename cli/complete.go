package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"paddock/fleet"
	"paddock/live"
)

// completePatience is how long a shell waits for names of namespaces: whoever
// presses tab is about to type on.
const completePatience = 2 * time.Second

// completions lets the shell complete the flags of all commands.
func (a *app) completions(root *cobra.Command) {
	complete(root, "context", func(*cobra.Command, string) []string { return a.contextNames() })
	complete(root, "namespace", a.namespaceNames)
}

// complete completes a flag by values, nothing else.
func complete(cmd *cobra.Command, flag string, values func(cmd *cobra.Command, typed string) []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		return values(cmd, typed), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // a flag that does not exist: a mistake in the program
	}
}

// contextNames are the contexts of the kubeconfig; none when it can't be read.
func (a *app) contextNames() []string {
	contexts, err := a.flags.Contexts()
	if err != nil {
		return nil
	}
	names := make([]string, len(contexts))
	for i, c := range contexts {
		names[i] = c.Name
	}
	return names
}

// namespaceNames are the teams, of several that are typed for the last one; none
// when the cluster does not tell in time.
func (a *app) namespaceNames(cmd *cobra.Command, typed string) []string {
	before := typed[:strings.LastIndex(typed, ",")+1]
	a.namespaces = nil // what is typed so far may not exist
	f := a.glance(cmd.Context())
	if f == nil {
		return nil
	}
	names := make([]string, len(f.Teams))
	for i, t := range f.Teams {
		names[i] = before + t.Name
	}
	return names
}

// glance is the cluster as a completion sees it; nil when it does not tell in time.
func (a *app) glance(ctx context.Context) (f *fleet.Fleet) {
	_ = a.during(ctx, func(l *live.Live) (err error) { // a completion has nowhere to complain
		f, err = l.Cluster(ctx, completePatience)
		return err
	})
	return f
}

// completeArguments completes a command's arguments from the cluster.
func (a *app) completeArguments(c change) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if c.most != anyNumber && len(args) >= c.most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		f := a.glance(cmd.Context())
		if f == nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		names := slices.DeleteFunc(c.complete(f, typed), func(s string) bool { return slices.Contains(args, s) })
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

// jobNames are the jobs by the shortest name that means them alone; with their
// teams once a slash is typed.
func jobNames(f *fleet.Fleet, typed string) []string {
	times := map[string]int{}
	for _, j := range f.Jobs {
		times[j.Ref.Name]++
	}
	out := make([]string, len(f.Jobs))
	for i, name := range apart(f.Jobs) {
		out[i] = name
		if short := f.Jobs[i].Ref.Name; times[short] == 1 && !strings.Contains(typed, "/") {
			out[i] = short
		}
	}
	return out
}

// nodeNames are the nodes that are cordoned, or those that are not.
func nodeNames(cordoned bool) func(*fleet.Fleet, string) []string {
	return func(f *fleet.Fleet, _ string) []string {
		var out []string
		for _, n := range f.Nodes {
			if n.Object.Cordoned == cordoned {
				out = append(out, n.Name)
			}
		}
		return out
	}
}

// completeWorkers completes --worker, of several that are typed the last one.
func (a *app) completeWorkers(cmd *cobra.Command) {
	err := cmd.RegisterFlagCompletionFunc("worker", func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		var out []string
		if f := a.glance(cmd.Context()); f != nil && len(args) == 1 {
			out = workerLabels(f, args[0], typed)
		}
		return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	})
	if err != nil {
		panic(err) // a flag that does not exist: a mistake in the program
	}
}

// workerLabels are the workers of the job that was named, behind those that
// are typed already.
func workerLabels(f *fleet.Fleet, job, typed string) []string {
	j, err := findJob(f, job)
	if err != nil {
		return nil
	}
	before := typed[:strings.LastIndex(typed, ",")+1]
	var out []string
	for _, w := range j.Workers {
		if label := before + w.Label(); !w.State.Over() && !slices.Contains(out, label) {
			out = append(out, label)
		}
	}
	return out
}
