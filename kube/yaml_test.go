package kube

import (
	"strings"
	"testing"
	"unicode"

	"sigs.k8s.io/yaml"
)

func TestMasked(t *testing.T) {
	const text = `# a comment
apiVersion: v1
kind: Secret
metadata: {name: s, managedFields: [{manager: kubectl}]}
stringData: {pass: hunter2}
---
# nothing here
---
kind: List
items:
- {kind: Secret, data: {pass: hunter2}, metadata: {annotations: {kubectl.kubernetes.io/last-applied-configuration: hunter2}}}
- kind: Pod
  spec: {containers: [{name: c, command: [run, --token, hunter2], env: [{name: HF_TOKEN, value: hunter2}]}]}
---
name: a-recipe
env: {HF_TOKEN: hunter2, NCCL_DEBUG: INFO, KEY: {secret: wandb/key}}
note: "red \e[31m alert"
`
	got, err := Masked(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"hunter2", "managedFields", "last-applied", "comment", "\x1b"} {
		if strings.Contains(got, bad) {
			t.Errorf("%q in:\n%s", bad, got)
		}
	}
	for _, good := range []string{"pass: (hidden)", "NCCL_DEBUG: INFO", "secret: wandb/key", "- (hidden)"} {
		if !strings.Contains(got, good) {
			t.Errorf("no %q in:\n%s", good, got)
		}
	}
	if n := strings.Count(got, "---\n"); n != 2 {
		t.Errorf("%d lines between documents in:\n%s", n, got)
	}
	if got, err := Masked(""); got != "" || err != nil {
		t.Errorf("of nothing: %q, %v", got, err)
	}
	for _, wrong := range []string{"kind: [Job", "a: b\n\tc: d", "a: b: c"} {
		if got, err := Masked(wrong); err == nil || !strings.HasPrefix(err.Error(), "this is no YAML: ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %q, %v", wrong, got, err)
		}
	}
}

// FuzzMasked: whatever stands before it, the value of a secret variable never
// shows, and what shows is safe to draw.
func FuzzMasked(f *testing.F) {
	f.Add("kind: Job\n", "hunter2")
	f.Add("a: &x [b]\nc: *x\n---\n- 1\n", "s3cr\x1b[2Jet")
	f.Add("env: {A_TOKEN: 'x'}\n# y\n", "p\u202eq")
	f.Fuzz(func(t *testing.T, before, secret string) {
		pod, err := yaml.Marshal(map[string]any{"kind": "Pod", "spec": map[string]any{"containers": []any{
			map[string]any{"env": []any{map[string]any{"name": "HF_TOKEN", "value": "the-secret-" + secret}}}}}})
		if err != nil {
			t.Skip()
		}
		got, err := Masked(before + "\n---\n" + string(pod))
		if err != nil {
			return
		}
		if strings.Contains(got, "the-secret-") && !strings.Contains(before, "the-secret-") {
			t.Errorf("the secret shows:\n%s", got)
		}
		if i := strings.IndexFunc(got, func(r rune) bool { return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) }); i >= 0 {
			t.Errorf("%q is drawn: %q", got[i:i+1], got)
		}
	})
}
