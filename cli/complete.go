package cli

import (
	"strings"
	"time"

	"github.com/spf13/cobra"
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
	f, err := a.once(cmd.Context(), completePatience)
	if err != nil || f == nil {
		return nil
	}
	names := make([]string, len(f.Teams))
	for i, t := range f.Teams {
		names[i] = before + t.Name
	}
	return names
}
