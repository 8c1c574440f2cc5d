package cli

import (
	"encoding/json"
	"errors"

	"paddock/act"
	"paddock/fleet"
	"paddock/kube"
	"paddock/submit"
)

// changeDoc is what -o json reports of a change. Like document it is stable.
type changeDoc struct {
	Action    string       `json:"action"`           // scale, suspend, ...
	DryRun    bool         `json:"dryRun,omitempty"` // nothing was sent, whatever came of it
	Would     []changedDoc `json:"would,omitzero"`   // of a dry run: these would be created; [] when something stands in the way
	Done      []changedDoc `json:"done"`
	Unchanged []changedDoc `json:"unchanged"` // these are that way already
	Refused   []changedDoc `json:"refused"`   // nothing was done to these
	Half      []changedDoc `json:"half"`      // of these the first part was done and the next not
	Unknown   []changedDoc `json:"unknown"`   // the connection broke after it was sent
	Problems  []problemDoc `json:"problems,omitzero"`
	Error     string       `json:"error,omitempty"` // nothing was tried, because of this
	Hint      string       `json:"hint,omitempty"`  // what to do about the error
}

// objectDoc names an object, as people do and as the API does.
type objectDoc struct {
	Object    string `json:"object"` // "Job nlp/sft", "w3 of nlp/sft"
	Kind      string `json:"kind,omitempty"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`   // of a worker its pod's
	Worker    string `json:"worker,omitempty"` // "w3"; of workers alone, like the next
	Job       string `json:"job,omitempty"`
}

type changedDoc struct {
	objectDoc
	UID  string `json:"uid,omitempty"`  // that the change was bound to
	Why  string `json:"why,omitempty"`  // it was not done
	Hint string `json:"hint,omitempty"` // what to do about it
}

// problemDoc is what stands in the way of a submit, or is dearer than it has to be.
type problemDoc struct {
	Severity string `json:"severity"` // error, warning, hint
	ID       string `json:"id"`
	objectDoc
	Says string `json:"says"`
	Do   string `json:"do,omitempty"`
}

func newChangeDoc(verb string) *changeDoc {
	return &changeDoc{Action: verb, Done: []changedDoc{}, Unchanged: []changedDoc{}, Refused: []changedDoc{}, Half: []changedDoc{}, Unknown: []changedDoc{}}
}

func newChanged(t act.Target) changedDoc {
	d := objectDoc{Object: t.String(), Kind: t.Ref.Kind, Namespace: t.Ref.Namespace, Name: t.Ref.Name}
	if t.Label != "" {
		d.Worker, d.Job = t.Label, t.Job.Name
	}
	return changedDoc{objectDoc: d, UID: t.UID}
}

// came notes what came of what was tried.
func (d *changeDoc) came(outcomes []act.Outcome) {
	for _, o := range outcomes {
		x := newChanged(o.Action.Target)
		if o.Result == act.Done {
			d.Done = append(d.Done, x)
			continue
		}
		x.Why, x.Hint = o.Says, o.Hint
		switch o.Result {
		case act.Half:
			d.Half = append(d.Half, x)
		case act.Unknown:
			d.Unknown = append(d.Unknown, x)
		default:
			d.Refused = append(d.Refused, x)
		}
	}
}

// refused notes what was not tried.
func (d *changeDoc) refused(refusals []*act.Refusal) {
	for _, r := range refusals {
		x := changedDoc{objectDoc: objectDoc{Object: r.Of}}
		if r.Target.Ref != (fleet.Ref{}) {
			x = newChanged(r.Target)
		}
		x.Why = r.Why
		if r.Already {
			d.Unchanged = append(d.Unchanged, x)
			continue
		}
		d.Refused = append(d.Refused, x)
	}
}

// reviewed notes what is wrong with what is submitted.
func (d *changeDoc) reviewed(problems []submit.Problem) {
	d.Problems = []problemDoc{}
	for _, p := range problems {
		d.Problems = append(d.Problems, problemDoc{string(p.Severity), p.ID, newChanged(act.Target{Ref: p.Object}).objectDoc, p.Says, p.Do})
	}
}

// failed notes why nothing was tried; silence is a failure that the report tells.
func (d *changeDoc) failed(err error) {
	var quiet silent
	if errors.As(err, &quiet) {
		d.Error, d.Hint = quiet.what, quiet.hint
		return
	}
	d.Error, d.Hint = kube.Explain(err)
}

// end is the error that a change ends with.
func (d *changeDoc) end() error {
	if code := d.code(); code != 0 {
		return silent{code: code}
	}
	return nil
}

// code is what a change ends with.
func (d *changeDoc) code() int {
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

// documented does something and prints as JSON what came of it, whatever ended
// it: one document, unless the command was used wrongly.
func (a *app) documented(format string, d *changeDoc, do func(*changeDoc) error) error {
	err := do(d)
	if format != "json" || errors.As(err, new(misuse)) {
		return err
	}
	d.failed(err)
	if unprinted := a.printJSON(d); err == nil {
		return unprinted
	}
	return err
}

func (a *app) printJSON(v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = a.out.Write(append(data, '\n'))
	return err
}
