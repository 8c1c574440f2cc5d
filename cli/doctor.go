package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"paddock/fleet"
)

// doctorPatience bounds all questions of doctor together.
const doctorPatience = 60 * time.Second

func (a *app) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Args: cobra.NoArgs,
		Short: "Tell what works on this cluster and what does not, and what to do",
		Long: "doctor asks the API server, tries each watch and each right, metrics.k8s.io and Prometheus, and tells which DCGM series and labels were found.\n" +
			"It changes nothing. The exit code is 1 when something fails.",
		RunE: func(cmd *cobra.Command, _ []string) error { return a.doctor(cmd.Context()) },
	}
}

func (a *app) doctor(ctx context.Context) error {
	l, closeLog, err := a.dashboard()
	if err != nil {
		return err
	}
	defer closeLog()
	ctx, cancel := context.WithTimeout(ctx, doctorPatience)
	defer cancel()
	checks := l.Check(ctx)
	fmt.Fprint(a.out, renderChecks(checks))
	for _, c := range checks {
		if c.Status == fleet.CheckFail {
			return silent{code: exitFailed}
		}
	}
	return nil
}

// renderChecks prints a line a check, what to do below it, and a sum.
func renderChecks(checks []fleet.Check) string {
	width := 0
	counts := map[fleet.CheckStatus]int{}
	for _, c := range checks {
		width = max(width, len(c.Name))
		counts[c.Status]++
	}
	var b strings.Builder
	for _, c := range checks {
		fmt.Fprintf(&b, "%-4s  %-*s  %s\n", c.Status, width, c.Name, c.Detail)
		if c.Hint != "" {
			fmt.Fprintf(&b, "      %-*s  -> %s\n", width, "", c.Hint)
		}
	}
	fmt.Fprintf(&b, "\n%d ok, %d with a loss, %d failed, %d not tried\n",
		counts[fleet.CheckOK], counts[fleet.CheckWarn], counts[fleet.CheckFail], counts[fleet.CheckSkip])
	return b.String()
}
