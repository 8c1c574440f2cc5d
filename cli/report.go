package cli

import (
	"encoding/json"
	"fmt"
	"slices"

	"paddock/act"
)

// changeDoc is what -o json reports of a change. Like document it is stable.
type changeDoc struct {
	Action  string       `json:"action"` // scale, suspend, ...; "" when nothing could be tried
	Done    []changedDoc `json:"done"`
	Refused []changedDoc `json:"refused"` // nothing was done to these
	Half    []changedDoc `json:"half"`    // of these the first part was done and the next not
	Unknown []changedDoc `json:"unknown"` // the connection broke after it was sent
}

type changedDoc struct {
	Object string `json:"object"`         // "Job nlp/sft", "w3 of nlp/sft"
	UID    string `json:"uid,omitempty"`  // that the change was bound to
	Why    string `json:"why,omitempty"`  // it was not done
	Hint   string `json:"hint,omitempty"` // what to do about it
}

func newChangeDoc(outcomes []act.Outcome, refused []*act.Refusal) changeDoc {
	d := changeDoc{Done: []changedDoc{}, Refused: []changedDoc{}, Half: []changedDoc{}, Unknown: []changedDoc{}}
	for _, o := range outcomes {
		d.Action = o.Action.Change.Verb()
		x := changedDoc{o.Action.Target.String(), o.Action.Target.UID, o.Says, o.Hint}
		switch o.Result {
		case act.Done:
			d.Done = append(d.Done, changedDoc{Object: x.Object, UID: x.UID})
		case act.Half:
			d.Half = append(d.Half, x)
		case act.Unknown:
			d.Unknown = append(d.Unknown, x)
		default:
			d.Refused = append(d.Refused, x)
		}
	}
	for _, r := range refused {
		d.Refused = append(d.Refused, changedDoc{Object: r.Of, Why: r.Why})
	}
	return d
}

// code is what a change ends with.
func (d changeDoc) code() int {
	undone := len(d.Refused) + len(d.Half)
	switch {
	case len(d.Unknown) > 0:
		return exitUnknown
	case undone == 0:
		return 0
	case len(d.Done) > 0 || len(d.Half) > 0:
		return exitPart
	}
	return exitRefused
}

// report tells what came of a change, and is the error that it ends with. What
// was refused before anything was sent stands on the error stream already.
func (a *app) report(outcomes []act.Outcome, refused []*act.Refusal, format string) error {
	d := newChangeDoc(outcomes, refused)
	switch {
	case format == "json":
		if err := a.printJSON(d); err != nil {
			return err
		}
	case len(outcomes) > 0:
		for _, line := range act.Report(outcomes, refused) {
			fmt.Fprintln(a.out, line)
		}
	case len(refused) == 0:
		fmt.Fprintln(a.out, "nothing to do")
	}
	a.advise(outcomes)
	if code := d.code(); code != 0 {
		return silent{code}
	}
	return nil
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

func (a *app) printJSON(v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = a.out.Write(append(data, '\n'))
	return err
}
