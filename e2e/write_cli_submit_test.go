package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"paddock/e2e/cluster"
	"paddock/e2e/terminal"
)

// A recipe of two workers that need no GPU.
const twoWorkers = `name: small
framework: plain
image: harbor.example/ocr/small:1.0
command: [python, train.py]
workers: 2
gpus: 0
memory: 16Gi
env: {HF_TOKEN: very-secret, NCCL_DEBUG: INFO}
`

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "job.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// there are the names of what a submit may leave in the namespace.
func (h hands) there() string {
	h.t.Helper()
	return strings.Join(strings.Fields(kubectl(h.t, "-n", h.ns, "get", "jobs,services", "-o", "name")), " ")
}

func TestCLISubmit(t *testing.T) {
	ns := namespace(t)
	h := handsOn(t, ns)
	f := file(t, twoWorkers)

	if o := h.run(0, "submit", "-f", f, "-n", ns, "-o", "yaml"); !strings.Contains(o.out, "kind: Service") || !strings.Contains(o.out, "namespace: "+ns) {
		t.Errorf("%s%s", o.out, o.errs)
	}
	o := h.run(0, "submit", "-f", f, "-n", ns, "--dry-run")
	if o.out != "would create Service "+ns+"/small\nwould create Job "+ns+"/small\n" {
		t.Errorf("%s%s", o.out, o.errs)
	}
	if c := h.run(0, "submit", "-f", f, "-n", ns, "--dry-run", "-o", "json").changed(t); !c.DryRun || len(c.Would) != 2 || c.Would[1].Name != "small" || len(c.Done) != 0 {
		t.Errorf("%+v", c)
	}
	if o := h.run(unconfirmed, "submit", "-f", f, "-n", ns); !strings.Contains(o.errs, "add --yes") {
		t.Errorf("%s", o.errs)
	}
	h.run(refused, "submit", "-f", f, "-n", ns, "--yes", "--read-only")
	if left := h.there(); left != "" {
		t.Fatalf("left: %s", left)
	}

	c := h.do(0, "submit", "-f", f, "--set", "env.EPOCHS=3", "-o", "json").changed(t)
	if c.Action != "create" || len(c.Done) != 2 || c.Done[1].UID != field(t, ns, "job", "small", "{.metadata.uid}") {
		t.Errorf("%+v", c)
	}
	expectField(t, ns, "job", "small", "{.status.ready}", "2")
	if owner := field(t, ns, "service", "small", "{.metadata.ownerReferences[*].uid}"); owner != c.Done[1].UID {
		t.Errorf("the Service belongs to %q", owner)
	}
	if o := h.do(refused, "submit", "-f", f); !strings.Contains(o.errs, "is there already") {
		t.Errorf("%s", o.errs)
	}
	h.remembers("create", "create")
}

// TestCLIRecipe submits what it prints, with the secret filled in again.
func TestCLIRecipe(t *testing.T) {
	ns := namespace(t)
	h := handsOn(t, ns)
	job := trainJob(ns, "ix", indexedSpec(2))
	container := job["spec"].(map[string]any)["template"].(map[string]any)["spec"].(map[string]any)["containers"].([]any)[0].(map[string]any)
	container["env"] = []any{map[string]any{"name": "HF_TOKEN", "value": "very-secret"}}
	apply(t, job)
	expectField(t, ns, "job", "ix", "{.status.ready}", "2")
	o := h.run(0, "recipe", "ix", "-n", ns)
	if strings.Contains(o.out+o.errs, "very-secret") || !strings.Contains(o.out, "name: ix") || !strings.Contains(o.errs, "# 1 value that looks secret is hidden") {
		t.Errorf("%s%s", o.out, o.errs)
	}
	again := file(t, o.out)
	if o := h.do(refused, "submit", "-f", again, "--set", "name=iy"); !strings.Contains(o.errs, "HF_TOKEN is still (hidden)") {
		t.Errorf("%s", o.errs)
	}
	h.do(0, "submit", "-f", again, "--set", "name=iy", "--set", "env.HF_TOKEN=other")
	expectField(t, ns, "job", "iy", "{.status.ready}", "2")
	if o := h.run(0, "recipe", ns+"/ix", "-n", ns, "--show-secrets"); !strings.Contains(o.out, "HF_TOKEN: very-secret") {
		t.Errorf("%s%s", o.out, o.errs)
	}
	if o := h.run(1, "recipe", "conformer"); !strings.Contains(o.errs, "JobSet speech/conformer") {
		t.Errorf("%s", o.errs)
	}
}

// TestCLISubmitHalf creates a Service and may not create the Job: nothing of
// it stays, unless that is wanted.
func TestCLISubmitHalf(t *testing.T) {
	ns := namespace(t)
	apply(t, map[string]any{
		"apiVersion": "v1", "kind": "ResourceQuota", "metadata": map[string]any{"namespace": ns, "name": "no-jobs"},
		"spec": map[string]any{"hard": map[string]any{"count/jobs.batch": "0"}},
	})
	expectField(t, ns, "resourcequota", "no-jobs", `{.status.hard.count/jobs\.batch}`, "0")
	h := handsOn(t, ns)
	f := file(t, twoWorkers)

	o := h.do(refused, "submit", "-f", f)
	expectAll(t, o.errs, "error ", "no-jobs", "nothing was created: errors stand in the way")
	if left := h.there(); left != "" || o.out != "" {
		t.Errorf("left: %s, said %s", left, o.out)
	}
	o = h.do(refused, "submit", "-f", f, "--overrule")
	expectAll(t, o.errs, "Job "+ns+"/small: it would exceed the team's quota", "took back Service "+ns+"/small")
	if left := h.there(); left != "" {
		t.Errorf("left: %s", left)
	}
	if c := h.do(refused, "submit", "-f", f, "-o", "json").changed(t); len(c.Problems) == 0 || c.Problems[0].Severity != "error" || c.Error == "" || len(c.Done) != 0 {
		t.Errorf("%+v", c)
	}
	if c := h.do(refused, "submit", "-f", f, "--overrule", "-o", "json").changed(t); len(c.Done) != 0 || len(c.Refused) != 1 || c.Refused[0].Object != "Job "+ns+"/small" {
		t.Errorf("%+v", c)
	}

	s := open(t, 160, 200, h.env(), "submit", "-f", f, "-n", ns, "--overrule")
	s.shows("kind: Service", "[y/N]")
	if text := s.Text(); strings.Contains(text, "very-secret") {
		t.Errorf("the secret is on the screen:\n%s", text)
	}
	s.press("y" + terminal.Enter)
	s.shows("Take back what was created (Service " + ns + "/small)? [Y/n]")
	s.press(terminal.Enter)
	if code, err := s.Wait(t.Context()); code != refused || err != nil || h.there() != "" {
		t.Errorf("exit code %d, %v, left %s", code, err, h.there())
	}

	o = h.do(partly, "submit", "-f", f, "--overrule", "--keep")
	if left := h.there(); left != "service/small" || !strings.Contains(o.errs, "what was created stays: Service "+ns+"/small") {
		t.Errorf("left: %s\n%s", left, o.errs)
	}
	for _, l := range h.audited() {
		if l["user"] != cluster.Admin || l["object"] == "" {
			t.Errorf("%v", l)
		}
	}
	if n := len(h.audited()); n != 3*3+2 { // created, refused, taken back
		t.Errorf("%d lines in the audit log: %v", n, h.audited())
	}
}

// TestCLISubmitManifests creates several kinds at once, into the namespace of -n.
func TestCLISubmitManifests(t *testing.T) {
	ns := namespace(t)
	h := handsOn(t, ns)
	f := file(t, `apiVersion: v1
kind: ConfigMap
metadata: {name: hyper}
data: {lr: "0.1"}
---
apiVersion: batch/v1
kind: Job
metadata: {name: eval}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: eval, image: "harbor.example/eval:1", envFrom: [{configMapRef: {name: hyper}}]}]
`)
	o := h.do(0, "submit", "-f", f)
	expectAll(t, o.out, "create ConfigMap "+ns+"/hyper", "create Job "+ns+"/eval")
	expectField(t, ns, "job", "eval", "{.status.active}", "1")
	if got := field(t, ns, "configmap", "hyper", "{.data.lr}"); got != "0.1" {
		t.Errorf("lr is %q", got)
	}
}
