package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"paddock/act"
	"paddock/e2e/cluster"
	"paddock/fleet"
	"paddock/kube"
)

// eyes is a user's paddock without a screen: its client, and the Fleet that it
// would draw.
type eyes struct {
	t      *testing.T
	client *kube.Client
	joiner fleet.Joiner
	last   *fleet.Fleet
}

// eyesOf connects as a user, to one namespace or, with none, to what may be seen.
func eyesOf(t *testing.T, user string, namespaces ...string) *eyes {
	t.Helper()
	t.Setenv("KUBECONFIG", shared.Kubeconfig)
	client, err := new(kube.Flags).Connect(kube.Target{Context: user, Namespaces: namespaces})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- client.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error("run:", err)
		}
	})
	return &eyes{t: t, client: client}
}

// until waits for a Fleet in which something is so.
func (e *eyes) until(what string, ok func(*fleet.Fleet) bool) *fleet.Fleet {
	e.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for e.last == nil || !e.last.Complete || !ok(e.last) {
		select {
		case s := <-e.client.Snapshots():
			e.last = e.joiner.Join(s, nil, time.Now())
		case <-limit.C:
			e.t.Fatalf("%s: still not after %s", what, patience)
		}
	}
	return e.last
}

// job waits until a job is in a state with so many workers, and returns it.
func (e *eyes) job(name string, state fleet.State, workers int) *fleet.Job {
	e.t.Helper()
	var found *fleet.Job
	e.until(fmt.Sprintf("%s is %s with %d workers", name, state, workers), func(f *fleet.Fleet) bool {
		i := slices.IndexFunc(f.Jobs, func(j *fleet.Job) bool {
			return j.Ref.Name == name && j.State == state && len(j.Workers) == workers
		})
		if i >= 0 {
			found = f.Jobs[i]
		}
		return i >= 0
	})
	return found
}

// do carries an action out and expects the server to take it.
func (e *eyes) do(a act.Action, err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
	if o, err := e.client.Do(e.t.Context(), a); err != nil || o.Result != act.Done {
		e.t.Fatalf("%s: %s (%v)", a.Title(), o.Says, err)
	}
}

// vain expects of the action that it is given that nothing is done, for a reason.
func (e *eyes) vain(want string) func(act.Action, error) {
	return func(a act.Action, err error) {
		e.t.Helper()
		if err != nil {
			e.t.Fatal(err)
		}
		o, err := e.client.Do(e.t.Context(), a)
		if err == nil || o.Result != act.Unchanged || !strings.Contains(o.Says, want) {
			e.t.Errorf("%s: %s, %q (%v), want %q", a.Title(), o.Result, o.Says, err, want)
		}
	}
}

// apply makes objects through kubectl, as JSON.
func apply(t *testing.T, objects ...map[string]any) {
	t.Helper()
	text, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": objects})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), shared.Program("kubectl"), "--kubeconfig", shared.Kubeconfig, "--context", cluster.Admin, "apply", "-f", "-")
	cmd.Stdin = strings.NewReader(string(text))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("kubectl apply: %v\n%s", err, out)
	}
}

// namespace makes one for a test alone. Its jobs go with the test; the rest of
// it may take its time.
func namespace(t *testing.T) string {
	t.Helper()
	name := strings.ToLower(t.Name())
	apply(t, map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name}})
	t.Cleanup(func() {
		ctx := context.Background()
		_, err1 := kubectlAs(ctx, cluster.Admin, "-n", name, "delete", "jobs", "--all", "--timeout=60s")
		_, err2 := kubectlAs(ctx, cluster.Admin, "-n", name, "delete", "pods", "--all", "--force", "--grace-period=0", "--wait=false")
		_, err3 := kubectlAs(ctx, cluster.Admin, "delete", "namespace", name, "--wait=false")
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Error("take the namespace away:", err)
		}
	})
	return name
}

// trainJob is a small Job that paddock takes for training by its label: it
// needs no GPU, so that it runs however full the cluster is.
func trainJob(namespace, name string, spec map[string]any) map[string]any {
	template := map[string]any{"spec": map[string]any{"restartPolicy": "Never", "containers": []any{map[string]any{"name": "trainer", "image": "paddle:3"}}}}
	if spec["template"] == nil {
		spec["template"] = template
	}
	return map[string]any{
		"apiVersion": "batch/v1", "kind": "Job", "spec": spec,
		"metadata": map[string]any{"namespace": namespace, "name": name, "labels": map[string]any{"paddle-res-type": "worker"}},
	}
}

func indexedSpec(workers int) map[string]any {
	return map[string]any{"completionMode": "Indexed", "completions": workers, "parallelism": workers, "backoffLimit": 100}
}

// pods are the UIDs of a job's pods that are not going, by kubectl.
func pods(t *testing.T, namespace, job string) []string {
	t.Helper()
	out := kubectl(t, "-n", namespace, "get", "pods", "-l", "batch.kubernetes.io/job-name="+job, "-o",
		`go-template={{range .items}}{{if not .metadata.deletionTimestamp}}{{.metadata.uid}} {{end}}{{end}}`)
	return strings.Fields(out)
}

// field is one field of an object in a namespace, by kubectl.
func field(t *testing.T, namespace, kind, name, path string) string {
	t.Helper()
	return status(t, path, "-n", namespace, kind, name)
}
