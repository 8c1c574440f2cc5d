package act

import (
	"encoding/json"
	"testing"
	"time"

	"paddock/fleet"
)

func TestAuditKeepsTheHint(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	sft := Target{Ref: fleet.Ref{Kind: "Job", Namespace: "nlp", Name: "sft"}, UID: "j1"}
	w3 := Target{Ref: fleet.Ref{Kind: "Pod", Namespace: "nlp", Name: "sft-3"}, UID: "p3", Label: "w3", Job: sft.Ref}
	for _, c := range []struct {
		outcome               Outcome
		action, after, answer string
	}{
		{Outcome{Action{sft, Restart{Anew: true}}, Half, "it is deleted, but was not created anew", "kubectl create -f /x.yaml"},
			"restart", "deleted and created anew", "it is deleted, but was not created anew; kubectl create -f /x.yaml"},
		{Outcome{Action{sft, Suspend{}}, Done, "the server took it", ""}, "suspend", "suspended", "the server took it"},
		{Outcome{Action{w3, Reached{Shell, "container trainer"}}, Done, "opened", ""}, "shell", "container trainer", "opened"},
	} {
		var got record
		if err := json.Unmarshal(c.outcome.Audit(at, fleet.Cluster{}), &got); err != nil {
			t.Fatal(err)
		}
		if got.Action != c.action || got.After != c.after || got.Answer != c.answer {
			t.Errorf("%+v, want %+v", got, c)
		}
	}
}
