package act

import (
	"encoding/json"
	"testing"

	"paddock/fleet"
)

func TestCreate(t *testing.T) {
	target := func(apiVersion, kind string) Target {
		return Target{Ref: fleet.Ref{Kind: kind, Namespace: "nlp", Name: "bert"}, APIVersion: apiVersion}
	}
	for _, c := range []struct {
		target      Target
		title, need string
	}{
		{target("v1", "Service"), "create Service nlp/bert", "create services in namespace nlp"},
		{target("batch/v1", "Job"), "create Job nlp/bert", "create jobs.batch in namespace nlp"},
		{target("networking.k8s.io/v1", "Ingress"), "create Ingress nlp/bert", "create ingresses.networking.k8s.io in namespace nlp"},
		{target("networking.k8s.io/v1", "NetworkPolicy"), "create NetworkPolicy nlp/bert", "create networkpolicies.networking.k8s.io in namespace nlp"},
	} {
		a := Action{c.target, Create{}}
		if got := a.Title(); got != c.title {
			t.Errorf("title %q, want %q", got, c.title)
		}
		if needs := a.Needs(); len(needs) != 1 || needs[0].String() != c.need {
			t.Errorf("%s needs %v, want %s", c.title, needs, c.need)
		}
		if cost := a.Cost(fleetOf(), noon()); cost.GPUs != 0 || len(cost.Says) != 0 {
			t.Errorf("%s costs %+v", c.title, cost)
		}
	}
	made := target("v1", "Service")
	made.UID = "s1"
	var line map[string]string
	if err := json.Unmarshal(Outcome{Action{made, Create{}}, Done, "the server took it", ""}.Audit(noon(), fleet.Cluster{}), &line); err != nil {
		t.Fatal(err)
	}
	if line["action"] != "create" || line["before"] != "" || line["after"] != "there" || line["uid"] != "s1" {
		t.Errorf("audit: %v", line)
	}
}
