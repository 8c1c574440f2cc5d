package cli

import (
	"fmt"
	"strings"
	"time"

	"paddock/act"
	"paddock/fleet"
)

// preview tells what a plan does, to whom, what that costs, and what of it can't be.
func preview(p act.Plan, f *fleet.Fleet, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, on %s\n", p.Title(), f.Cluster.Context)
	if len(p.Actions) > 1 { // one alone stands in the title
		for _, line := range p.Objects() {
			b.WriteString("  " + line + "\n")
		}
	}
	for _, says := range p.Cost(f, now).Says {
		b.WriteString("  - " + says + "\n")
	}
	for _, r := range p.Refused {
		word := "refused"
		if r.Already {
			word = nothing
		}
		b.WriteString("  " + word + ": " + r.Error() + "\n")
	}
	return b.String()
}
