package act

import "fmt"

// Result is how an attempt to carry out an Action ended.
type Result string

// The results.
const (
	Done      Result = "done"    // the server has it; the watch shows what comes of it
	Unchanged Result = "refused" // nothing was done
	Half      Result = "half"    // the first part was done, the second not
	Unknown   Result = "unknown" // the connection broke after it was sent
)

// Outcome is what came of an Action.
type Outcome struct {
	Action Action
	Result Result
	Says   string // one sentence, ready to be drawn
	Hint   string // what to do about it; "" when there is nothing
}

// Report sums outcomes up: one line for what was done, and one for each that
// was not, named.
func Report(outcomes []Outcome, refused []*Refusal) []string {
	var done int
	var out []string
	for _, o := range outcomes {
		if o.Result == Done {
			done++
			continue
		}
		out = append(out, o.Action.Target.String()+": "+o.Says)
	}
	for _, r := range refused {
		out = append(out, r.Error())
	}
	if done == 1 && len(out) == 0 {
		return []string{outcomes[0].Says}
	}
	total := len(outcomes) + len(refused)
	verb := ""
	if len(outcomes) > 0 {
		verb = outcomes[0].Action.Change.Verb() + ": "
	}
	return append([]string{fmt.Sprintf("%s%d of %d done", verb, done, total)}, out...)
}
