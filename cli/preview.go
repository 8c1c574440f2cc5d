package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"paddock/act"
	"paddock/fleet"
)

// preview tells what a plan does, to whom, what that costs, and what of it can't be.
func preview(p act.Plan, f *fleet.Fleet, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, on %s\n", p.Title(), f.Cluster.Context)
	for _, line := range members(p.Actions) {
		b.WriteString("  " + line + "\n")
	}
	for _, says := range folded(p.Cost(f, now).Says, wholes(p.Actions)) {
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

// members names what a plan of several is about: the workers of a job on one
// line, everything else on its own. One alone stands in the title.
func members(actions []act.Action) []string {
	if len(actions) < 2 {
		return nil
	}
	var out []string
	var last fleet.Ref
	for _, x := range actions {
		t := x.Target
		switch {
		case t.Label == "":
			out = append(out, t.Ref.String())
		case t.Job == last:
			out[len(out)-1] += ", " + t.Label
		default:
			out = append(out, t.Job.String()+": "+t.Label)
			last = t.Job
		}
	}
	return out
}

// wholes names the jobs and nodes that a plan is about, as its costs do.
func wholes(actions []act.Action) []string {
	var out []string
	for _, x := range actions {
		ref := x.Target.Job
		if ref.Name == "" {
			ref = x.Target.Ref
		}
		if name := ref.String(); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// folded says once what is said alike of each of several.
func folded(says, names []string) []string {
	if len(names) < 2 {
		return says
	}
	times := map[string]int{}
	plain := func(s string) string {
		name, rest, _ := strings.Cut(s, ": ")
		if slices.Contains(names, name) {
			return rest
		}
		return s
	}
	for _, s := range says {
		times[plain(s)]++
	}
	var out []string
	for _, s := range says {
		switch p := plain(s); {
		case times[p] < len(names):
			out = append(out, s)
		case !slices.Contains(out, "each: "+p):
			out = append(out, "each: "+p)
		}
	}
	return out
}
