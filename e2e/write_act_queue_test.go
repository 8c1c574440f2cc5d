package e2e

import (
	"context"
	"errors"
	"testing"

	"paddock/act"
	"paddock/e2e/cluster"
	"paddock/fleet"
)

var errNotYet = errors.New("not yet")

// TestActOnAQueuesJob stops and starts a job through its Workload. Kueue itself
// does not run: its definition and its object stand here for it.
func TestActOnAQueuesJob(t *testing.T) {
	ns := namespace(t)
	queued := trainJob(ns, "queued", indexedSpec(2))
	queued["metadata"].(map[string]any)["labels"] = map[string]any{"kueue.x-k8s.io/queue-name": "gold"}
	apply(t, queued)
	e := eyesOf(t, cluster.Admin, ns)
	j := e.job("queued", fleet.Running, 2)

	// Without Kueue the label is a mere word.
	e.do(act.NewSuspend(j))
	expectField(t, ns, "job", "queued", "{.spec.suspend}", "true")
	e.do(act.NewResume(e.job("queued", fleet.Waiting, 0)))
	expectField(t, ns, "job", "queued", "{.spec.suspend}", "false")

	installWorkloads(t, ns)
	j = e.job("queued", fleet.Running, 2)
	e.vain("Kueue has made no Workload of it")(act.Action{Target: jobTarget(t, j), Change: act.Suspend{}}, nil)
	apply(t, map[string]any{
		"apiVersion": "kueue.x-k8s.io/v1beta2", "kind": "Workload", "spec": map[string]any{"queueName": "gold"},
		"metadata": map[string]any{"namespace": ns, "name": "job-queued-1a2b3", "labels": map[string]any{"kueue.x-k8s.io/job-uid": j.UID}},
	})
	e.do(act.NewSuspend(j))
	expectField(t, ns, "workload", "job-queued-1a2b3", "{.spec.active}", "false")
	expectField(t, ns, "job", "queued", "{.spec.suspend}", "false") // the rest is Kueue's to do
	e.vain("inactive already; nothing was done")(act.Action{Target: jobTarget(t, j), Change: act.Suspend{}}, nil)
	e.do(act.Action{Target: jobTarget(t, j), Change: act.Resume{}}, nil)
	expectField(t, ns, "workload", "job-queued-1a2b3", "{.spec.active}", "true")
	e.vain("in its queue already")(act.Action{Target: jobTarget(t, j), Change: act.Resume{}}, nil)
}

// installWorkloads makes the API server serve Kueue's Workloads, in the version
// of its newer releases only.
func installWorkloads(t *testing.T, ns string) {
	t.Helper()
	const name = "workloads.kueue.x-k8s.io"
	apply(t, map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": map[string]any{"name": name, "annotations": map[string]any{"api-approved.kubernetes.io": "unapproved, a stand-in for tests"}},
		"spec": map[string]any{
			"group": "kueue.x-k8s.io", "scope": "Namespaced",
			"names": map[string]any{"kind": "Workload", "plural": "workloads", "singular": "workload", "listKind": "WorkloadList"},
			"versions": []any{map[string]any{
				"name": "v1beta2", "served": true, "storage": true,
				"schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
			}},
		},
	})
	t.Cleanup(func() { kubectlAs(context.Background(), cluster.Admin, "delete", "crd", name, "--timeout=30s") })
	eventually(t, "Workloads are served", func() error {
		_, err := kubectlAs(t.Context(), cluster.Admin, "get", "--raw", "/apis/kueue.x-k8s.io/v1beta2/namespaces/"+ns+"/workloads")
		return err
	})
}

// TestActOnAJobSet suspends the topmost owner of a run: the field is not there
// before, and its children are left to their controller.
func TestActOnAJobSet(t *testing.T) {
	e := eyesOf(t, cluster.Admin, "speech")
	j := e.job("conformer", fleet.Running, 2)
	if j.Ref.Kind != "JobSet" {
		t.Fatalf("conformer is a %s", j.Ref.Kind)
	}
	suspended := func() string { return field(t, "speech", "jobset", "conformer", "{.spec.suspend}") }
	if got := suspended(); got != "" {
		t.Fatalf("suspend is %q before", got)
	}
	e.do(act.NewSuspend(j))
	if got := suspended(); got != "true" {
		t.Errorf("suspend is %q", got)
	}
	e.vain("conformer is suspended already")(act.NewSuspend(j))
	e.do(act.Action{Target: jobTarget(t, j), Change: act.Resume{}}, nil)
	if got := suspended(); got != "false" {
		t.Errorf("suspend is %q after", got)
	}
	if _, err := act.NewScale(j, 4); err == nil {
		t.Error("a JobSet can be scaled")
	}
}
