package act

import (
	"encoding/json"
	"time"

	"paddock/fleet"
)

// record is one line of the audit file.
type record struct {
	Time    time.Time `json:"time"`
	User    string    `json:"user"`
	Context string    `json:"context"`
	Server  string    `json:"server"`
	Object  string    `json:"object"` // Kind namespace/name
	UID     string    `json:"uid"`
	Action  string    `json:"action"`
	Before  string    `json:"before"`
	After   string    `json:"after"`
	Result  Result    `json:"result"`
	Answer  string    `json:"answer"`
}

// Audit is the line that remembers an outcome: JSON, with its newline. Of an
// edit it tells how many lines changed, never what they say: that may be
// secret.
func (o Outcome) Audit(at time.Time, c fleet.Cluster) []byte {
	t := o.Action.Target
	before, after := o.Action.Change.states()
	answer := o.Says
	if o.Hint != "" { // it may name the file that a job is left in
		answer += "; " + o.Hint
	}
	line, err := json.Marshal(record{
		Time: at.UTC(), User: c.User, Context: c.Context, Server: c.Server,
		Object: t.Ref.Kind + " " + t.Ref.String(), UID: t.UID, Action: verb(o.Action.Change),
		Before: before, After: after, Result: o.Result, Answer: answer,
	})
	if err != nil { // strings and a time: only a year beyond 9999 fails
		line = []byte(`{"answer":"this line could not be written"}`)
	}
	return append(line, '\n')
}

// verb is the action's word; of a kill with its way.
func verb(c Change) string {
	if k, ok := c.(Kill); ok && k.How != Remove {
		return c.Verb() + " (" + string(k.How) + ")"
	}
	return c.Verb()
}
