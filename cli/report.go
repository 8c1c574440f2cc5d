package cli

import (
	"fmt"
	"slices"

	"paddock/act"
)

// nothing is the word for a change to what is that way already.
const nothing = "nothing to do"

// complainOf tells what can't be done, and what need not be.
func (a *app) complainOf(refused []*act.Refusal) {
	for _, r := range refused {
		if r.Already {
			fmt.Fprintln(a.errs, nothing+": "+r.Error())
			continue
		}
		a.complain(r.Error(), "")
	}
}

// report tells what came of a change, in d too, and is the error that it ends
// with. What was refused before anything was sent stands on the error stream
// already.
func (a *app) report(d *changeDoc, outcomes []act.Outcome, refused []*act.Refusal, format string) error {
	d.came(outcomes)
	d.refused(refused)
	failed := slices.DeleteFunc(slices.Clone(refused), func(r *act.Refusal) bool { return r.Already })
	switch {
	case format == "json":
	case len(outcomes) > 0:
		for _, line := range act.Report(outcomes, failed) {
			fmt.Fprintln(a.out, line)
		}
	case len(refused) == 0:
		fmt.Fprintln(a.out, nothing)
	}
	a.advise(outcomes)
	return d.end()
}

// advise prints what to do about what went wrong, each piece of advice once.
func (a *app) advise(outcomes []act.Outcome) {
	var given []string
	for _, o := range outcomes {
		if o.Hint != "" && o.Result != act.Done && !slices.Contains(given, o.Hint) {
			given = append(given, o.Hint)
			fmt.Fprintln(a.errs, "  -> "+o.Hint)
		}
	}
}
