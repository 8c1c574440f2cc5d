package e2e

import (
	"context"
	"slices"
	"strings"
	"testing"

	"paddock/act"
	"paddock/e2e/cluster"
	"paddock/fleet"
)

// TestActDryRun asks for everything and changes nothing.
func TestActDryRun(t *testing.T) {
	ns := namespace(t)
	apply(t, trainJob(ns, "ix", indexedSpec(2)), trainJob(ns, "held", map[string]any{"parallelism": 1, "suspend": true}))
	e := eyesOf(t, cluster.Admin, ns)
	j, held := e.job("ix", fleet.Running, 2), e.job("held", fleet.Suspended, 0)
	manifest, err := e.client.Manifest(t.Context(), jobTarget(t, j))
	if err != nil {
		t.Fatal(err)
	}
	text, err := e.client.Editable(t.Context(), jobTarget(t, j))
	if err != nil {
		t.Fatal(err)
	}
	const spec = "{.items[*].metadata.uid} {.items[*].metadata.generation} {.items[*].metadata.deletionTimestamp}"
	look := func() string {
		return status(t, spec, "-n", ns, "jobs") + strings.Join(pods(t, ns, "ix"), " ") + status(t, "{.spec.unschedulable}", "node", "gpu-014")
	}
	before := look()
	node := &fleet.Node{Name: "gpu-014", Object: &fleet.NodeObject{Name: "gpu-014", UID: status(t, "{.metadata.uid}", "node", "gpu-014")}}
	for _, make := range []func() (act.Action, error){
		func() (act.Action, error) { return act.NewScale(j, 3) },
		func() (act.Action, error) { return act.NewSuspend(j) },
		func() (act.Action, error) { return act.NewResume(held) },
		func() (act.Action, error) { return act.NewRestart(j) },
		func() (act.Action, error) { return act.NewRestartAnew(j, manifest) },
		func() (act.Action, error) { return act.NewDelete(j, true) },
		func() (act.Action, error) { return act.NewDelete(j, false) },
		func() (act.Action, error) { return act.NewKill(j, j.Workers[0], act.Evict) },
		func() (act.Action, error) { return act.NewKill(j, j.Workers[0], act.Remove) },
		func() (act.Action, error) { return act.NewKill(j, j.Workers[0], act.Force) },
		func() (act.Action, error) { return act.NewCordon(node) },
		func() (act.Action, error) {
			return act.NewEdit(j.Ref, "batch/v1", j.UID, text, strings.Replace(text, "backoffLimit: 100", "backoffLimit: 7", 1))
		},
	} {
		a, err := make()
		if err != nil {
			t.Fatal(err)
		}
		if o, err := e.client.DryRun(t.Context(), a); err != nil || o.Says != "the server would take it: "+a.Title() {
			t.Errorf("%s: %s (%v)", a.Title(), o.Says, err)
		}
	}
	if after := look(); after != before {
		t.Errorf("dry runs left\n%s\nit was\n%s", after, before)
	}
	wrong := strings.Replace(manifest, "restartPolicy: Never", "restartPolicy: Sometimes", 1)
	a, err := act.NewRestartAnew(j, wrong)
	if err != nil {
		t.Fatal(err)
	}
	e.vain("Unsupported value")(a, nil) // in earnest: it must be found out before the deletion
	if after := look(); after != before {
		t.Errorf("a manifest that is not valid left\n%s\nit was\n%s", after, before)
	}
}

func TestActEdit(t *testing.T) {
	ns := namespace(t)
	apply(t, trainJob(ns, "ix", indexedSpec(2)))
	e := eyesOf(t, cluster.Admin, ns)
	j := e.job("ix", fleet.Running, 2)
	before, err := e.client.Editable(t.Context(), jobTarget(t, j))
	if err != nil {
		t.Fatal(err)
	}
	edit := func(pairs ...string) (act.Action, error) {
		return act.NewEdit(j.Ref, "batch/v1", j.UID, before, strings.NewReplacer(pairs...).Replace(before))
	}
	e.do(edit("backoffLimit: 100", "activeDeadlineSeconds: 90000\n  backoffLimit: 100", "paddle-res-type: worker", "paddle-res-type: worker\n    team/run: \"7\""))
	expectField(t, ns, "job", "ix", `{.spec.activeDeadlineSeconds} {.spec.backoffLimit} {.metadata.labels.team/run}`, "90000 100 7")
	e.vain("field is immutable")(mustEdit(t, j, before, "image: paddle:3", "image: paddle:4"), nil)
	e.vain("can't be changed")(mustEdit(t, j, before, "name: ix", "name: iy"), nil)
	e.vain("no YAML")(mustEdit(t, j, before, "kind: Job", "kind: [Job"), nil)
	kubectl(t, "-n", ns, "patch", "job", "ix", "--type=merge", "-p", `{"spec":{"backoffLimit":55}}`)
	e.vain("ix was changed meanwhile; nothing was done")(mustEdit(t, j, before, "backoffLimit: 100", "backoffLimit: 8"), nil)
	expectField(t, ns, "job", "ix", "{.spec.backoffLimit} {.spec.template.spec.containers[0].image}", "55 paddle:3")
}

func mustEdit(t *testing.T, j *fleet.Job, before, from, to string) act.Action {
	t.Helper()
	a, err := act.NewEdit(j.Ref, "batch/v1", j.UID, before, strings.Replace(before, from, to, 1))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestActRights checks that a team's user can change his own team's jobs only,
// and is told so before he tries.
func TestActRights(t *testing.T) {
	ns := namespace(t)
	apply(t, trainJob(ns, "ix", indexedSpec(2)))
	admin := eyesOf(t, cluster.Admin, ns)
	foreign := admin.job("ix", fleet.Running, 2)
	team := eyesOf(t, cluster.TeamA, cluster.TeamNamespace)
	own := team.job("ocr-ablation-07", fleet.Suspended, 0)

	var p act.Plan
	p.Add(act.NewScale(foreign, 3))
	p.Add(act.NewKill(foreign, foreign.Workers[0], act.Remove))
	p.Add(act.NewDelete(foreign, false))
	p.Add(act.NewResume(own))
	p.Add(act.NewCordon(&fleet.Node{Name: "gpu-014", Object: &fleet.NodeObject{Name: "gpu-014", UID: status(t, "{.metadata.uid}", "node", "gpu-014")}}))
	allowed, err := team.client.Allowed(t.Context(), append(p.Needs(), act.Right{Verb: "create", Resource: "pods", Subresource: "eviction", Namespace: cluster.TeamNamespace}))
	if err != nil {
		t.Fatal(err)
	}
	for right, ok := range allowed {
		out, _ := kubectlAs(t.Context(), cluster.TeamA, strings.Fields(right.Check())[1:]...)
		if strings.HasPrefix(out, "yes") != ok {
			t.Errorf("%s: paddock says %v, %s says %s", right, ok, right.Check(), out)
		}
	}
	permitted := p.Permit(allowed)
	if len(permitted.Actions) != 1 || permitted.Actions[0].Target.Ref != own.Ref || len(permitted.Refused) != 4 {
		t.Errorf("permitted: %+v\nrefused: %v", permitted.Actions, permitted.Refused)
	}
	for _, a := range p.Actions {
		if a.Target.Ref != own.Ref {
			team.vain("user team-ocr may not")(a, nil)
		}
	}
	expectField(t, ns, "job", "ix", "{.spec.parallelism} {.status.ready}", "2 2")
	all, err := admin.client.Allowed(t.Context(), p.Needs())
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Permit(all); len(got.Refused) != 0 {
		t.Errorf("the administrator: %v", got.Refused)
	}
}

// TestActQuotaAndPolicy meets what the cluster's own rules refuse.
func TestActQuotaAndPolicy(t *testing.T) {
	ns := namespace(t)
	apply(t, trainJob(ns, "ix", indexedSpec(1)), map[string]any{
		"apiVersion": "v1", "kind": "ResourceQuota", "metadata": map[string]any{"namespace": ns, "name": "few"},
		"spec": map[string]any{"hard": map[string]any{"count/jobs.batch": "1"}},
	})
	e := eyesOf(t, cluster.Admin, ns)
	j := e.job("ix", fleet.Running, 1)
	expectField(t, ns, "resourcequota", "few", `{.status.used.count/jobs\.batch}`, "1")
	manifest, err := e.client.Manifest(t.Context(), jobTarget(t, j))
	if err != nil {
		t.Fatal(err)
	}
	// the quota is full only while the first Job is there: that the try is refused for it says nothing
	old := j.UID
	e.do(act.Action{Target: jobTarget(t, j), Change: act.Restart{Anew: true, Manifest: manifest}}, nil)
	e.until("ix runs anew", func(f *fleet.Fleet) bool {
		i := slices.IndexFunc(f.Jobs, func(j *fleet.Job) bool { return j.Ref.Name == "ix" && j.UID != old && j.State == fleet.Running })
		if i >= 0 {
			j = f.Jobs[i]
		}
		return i >= 0
	})
	apply(t, map[string]any{
		"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": map[string]any{"name": "act-broken"},
		"webhooks": []any{map[string]any{
			"name": "jobs.broken.example", "sideEffects": "None", "admissionReviewVersions": []any{"v1"}, "failurePolicy": "Fail", "timeoutSeconds": 1,
			"clientConfig":      map[string]any{"url": "https://127.0.0.1:9/refuse"},
			"namespaceSelector": map[string]any{"matchLabels": map[string]any{"kubernetes.io/metadata.name": ns}},
			"rules":             []any{map[string]any{"apiGroups": []any{"batch"}, "apiVersions": []any{"v1"}, "resources": []any{"jobs"}, "operations": []any{"UPDATE"}}},
		}},
	})
	t.Cleanup(func() {
		kubectlAs(context.Background(), cluster.Admin, "delete", "validatingwebhookconfiguration", "act-broken")
	})
	eventually(t, "the webhook is asked", func() error {
		_, err := kubectlAs(t.Context(), cluster.Admin, "-n", ns, "annotate", "job", "ix", "--overwrite", "a=b", "--dry-run=server")
		if err == nil {
			return errNotYet
		}
		return nil
	})
	e.vain("an admission webhook does not answer")(act.Action{Target: jobTarget(t, j), Change: act.Suspend{}}, nil)
	expectField(t, ns, "job", "ix", "{.spec.suspend}", "false")
}
