package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"paddock/act"
	"paddock/e2e/cluster"
	"paddock/fleet"
)

// expectField waits until kubectl shows a value.
func expectField(t *testing.T, ns, kind, name, path, want string) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s of %s %s is %q", path, kind, name, want), func() error {
		if got := field(t, ns, kind, name, path); got != want {
			return fmt.Errorf("it is %q", got)
		}
		return nil
	})
}

func TestActOnJobs(t *testing.T) {
	ns := namespace(t)
	apply(t, trainJob(ns, "ix", indexedSpec(4)), trainJob(ns, "plain", map[string]any{"parallelism": 2}))
	e := eyesOf(t, cluster.Admin, ns)
	const workers = "{.spec.parallelism} {.spec.completions}"

	e.do(act.NewScale(e.job("ix", fleet.Running, 4), 6))
	expectField(t, ns, "job", "ix", workers+" {.status.ready}", "6 6 6")
	e.do(act.NewScale(e.job("ix", fleet.Running, 6), 2))
	expectField(t, ns, "job", "ix", workers+" {.status.active}", "2 2 2")
	e.do(act.NewScale(e.job("plain", fleet.Running, 2), 3))
	expectField(t, ns, "job", "plain", workers+" {.status.ready}", "3  3")

	for name, n := range map[string]int{"ix": 2, "plain": 3} {
		e.do(act.NewSuspend(e.job(name, fleet.Running, n)))
		expectField(t, ns, "job", name, "{.spec.suspend} {.status.active}", "true ")
		e.do(act.NewResume(e.job(name, fleet.Suspended, 0)))
		expectField(t, ns, "job", name, "{.spec.suspend} {.status.ready}", fmt.Sprintf("false %d", n))

		before := e.job(name, fleet.Running, n)
		old := pods(t, ns, name)
		e.do(act.NewRestart(before))
		expectField(t, ns, "job", name, "{.spec.suspend} {.status.ready} {.metadata.uid}", fmt.Sprintf("false %d %s", n, before.UID))
		if now := pods(t, ns, name); len(now) != n || slices.ContainsFunc(now, func(p string) bool { return slices.Contains(old, p) }) {
			t.Errorf("%s: pods %v were %v before the restart", name, now, old)
		}
		again := e.job(name, fleet.Running, n)
		restartAnew(t, e, again, n)
	}

	e.do(act.NewDelete(e.job("ix", fleet.Running, 2), true))
	e.do(act.NewDelete(e.job("plain", fleet.Running, 3), false))
	eventually(t, "the jobs are gone with their pods", func() error {
		if left := kubectl(t, "-n", ns, "get", "jobs,pods", "-o", "name"); left != "" {
			return fmt.Errorf("left: %s", left)
		}
		return nil
	})
}

// restartAnew deletes a job and creates it from its own manifest.
func restartAnew(t *testing.T, e *eyes, j *fleet.Job, workers int) {
	t.Helper()
	a, err := act.NewSuspend(j)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := e.client.Manifest(t.Context(), a.Target)
	if err != nil {
		t.Fatal(err)
	}
	for _, stale := range []string{"uid", "resourceVersion", "status:", "finalizers", "managedFields", "selector"} {
		if strings.Contains(manifest, stale) {
			t.Errorf("the manifest keeps %s:\n%s", stale, manifest)
		}
	}
	e.do(act.NewRestartAnew(j, manifest))
	name := j.Ref.Name
	expectField(t, j.Ref.Namespace, "job", name, "{.status.ready}", fmt.Sprint(workers))
	if now := field(t, j.Ref.Namespace, "job", name, "{.metadata.uid}"); now == j.UID {
		t.Errorf("%s has still the UID %s", name, now)
	}
	e.until("the new life is seen", func(f *fleet.Fleet) bool {
		return slices.ContainsFunc(f.Jobs, func(n *fleet.Job) bool {
			return n.Ref == j.Ref && n.UID != j.UID && n.State == fleet.Running && len(n.Workers) == workers
		})
	})
	if managers := field(t, j.Ref.Namespace, "job", name, `{.metadata.managedFields[*].manager}`); !strings.Contains(managers, "paddock") {
		t.Errorf("managers: %s", managers)
	}
	e.vain(name + " is another Job now")(act.NewScale(j, workers+1))
	e.vain(name + " is another Job now")(act.NewSuspend(j))
	e.vain(name + " is another Job now")(act.NewDelete(j, false))
	e.vain(name + " is another Job now")(act.NewRestart(j))
	e.vain(name + " is another Job now")(act.NewRestartAnew(j, manifest))
}

func TestActOnWorkers(t *testing.T) {
	ns := namespace(t)
	spec := indexedSpec(4)
	spec["backoffLimitPerIndex"] = 100 // else the Job waits longer with every kill
	apply(t, trainJob(ns, "ix", spec))
	e := eyesOf(t, cluster.Admin, ns)
	for i, how := range []act.How{act.Evict, act.Remove, act.Force} {
		j := e.job("ix", fleet.Running, 4)
		victim := j.Workers[i]
		e.do(act.NewKill(j, victim, how))
		e.until("w"+fmt.Sprint(i)+" is replaced after "+string(how), func(f *fleet.Fleet) bool {
			return slices.ContainsFunc(f.Jobs, func(j *fleet.Job) bool {
				return slices.ContainsFunc(j.Workers, func(w *fleet.Worker) bool {
					return w.Index == i && w.Pod.UID != victim.Pod.UID && w.State == fleet.Running
				})
			})
		})
		if slices.Contains(pods(t, ns, "ix"), victim.Pod.UID) {
			t.Errorf("kubectl still shows the pod that was killed by %s", how)
		}
		e.vain("is gone")(act.NewKill(j, victim, how))
	}
}

// TestActReplacedPodSurvives aims at a pod that was replaced by another one of
// the same name since the key was pressed.
func TestActReplacedPodSurvives(t *testing.T) {
	ns := namespace(t)
	pod := map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"namespace": ns, "name": "run-0", "labels": map[string]any{"paddle-res-type": "worker"}},
		"spec": map[string]any{"containers": []any{map[string]any{"name": "trainer", "image": "paddle:3"}}},
	}
	apply(t, pod)
	e := eyesOf(t, cluster.Admin, ns)
	j := e.job("run-0", fleet.Running, 1)
	kubectl(t, "-n", ns, "delete", "pod", "run-0", "--force", "--grace-period=0")
	apply(t, pod)
	for _, how := range []act.How{act.Evict, act.Remove, act.Force} {
		e.vain("is another pod now; nothing was done")(act.Action{Target: target(t, j), Change: act.Kill{How: how}}, nil)
	}
	if got := field(t, ns, "pod", "run-0", "{.metadata.uid}{.metadata.deletionTimestamp}"); got == "" || got == j.Workers[0].Pod.UID || len(got) != len(j.Workers[0].Pod.UID) {
		t.Errorf("the pod that came after it is %q", got)
	}
}

// target is the first worker as an action names it.
func target(t *testing.T, j *fleet.Job) act.Target {
	t.Helper()
	a, err := act.NewKill(j, j.Workers[0], act.Force)
	if err != nil {
		t.Fatal(err)
	}
	return a.Target
}

// TestActStaleValue changes what somebody else has changed meanwhile.
func TestActStaleValue(t *testing.T) {
	ns := namespace(t)
	apply(t, trainJob(ns, "ix", indexedSpec(2)))
	e := eyesOf(t, cluster.Admin, ns)
	j := e.job("ix", fleet.Running, 2)
	kubectl(t, "-n", ns, "patch", "job", "ix", "--type=merge", "-p", `{"spec":{"parallelism":3,"completions":3}}`)
	e.vain("ix has 3 workers by now, not 2; nothing was done")(act.Action{Target: jobTarget(t, j), Change: act.Scale{From: 2, To: 1, Completions: true}}, nil)
	kubectl(t, "-n", ns, "patch", "job", "ix", "--type=merge", "-p", `{"spec":{"suspend":true}}`)
	e.vain("ix is suspended already; nothing was done")(act.Action{Target: jobTarget(t, j), Change: act.Suspend{}}, nil)
	expectField(t, ns, "job", "ix", "{.spec.parallelism} {.spec.suspend}", "3 true")
}

func jobTarget(t *testing.T, j *fleet.Job) act.Target {
	t.Helper()
	a, err := act.NewDelete(j, false)
	if err != nil {
		t.Fatal(err)
	}
	return a.Target
}

// TestActManyWithABudget kills 50 workers in one go; a budget keeps three.
func TestActManyWithABudget(t *testing.T) {
	ns := namespace(t)
	apply(t, trainJob(ns, "wide", indexedSpec(50)), map[string]any{
		"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": map[string]any{"namespace": ns, "name": "keep"},
		"spec": map[string]any{"minAvailable": 3, "selector": map[string]any{"matchExpressions": []any{
			map[string]any{"key": "batch.kubernetes.io/job-completion-index", "operator": "In", "values": []any{"5", "25", "45"}},
		}}},
	})
	e := eyesOf(t, cluster.Admin, ns)
	j := e.job("wide", fleet.Running, 50)
	expectField(t, ns, "pdb", "keep", "{.status.expectedPods}", "3")
	var p act.Plan
	for _, w := range j.Workers {
		p.Add(act.NewKill(j, w, act.Evict))
	}
	var outcomes []act.Outcome
	for _, a := range p.Actions {
		o, _ := e.client.Do(t.Context(), a)
		outcomes = append(outcomes, o)
	}
	report := act.Report(outcomes, p.Refused)
	if len(report) != 4 || report[0] != "kill: 47 of 50 done" {
		t.Fatalf("%s", strings.Join(report, "\n"))
	}
	for i, w := range []string{"w5", "w25", "w45"} {
		if !strings.HasPrefix(report[i+1], w+" of "+ns+"/wide: a disruption budget does not allow") {
			t.Error(report[i+1])
		}
	}
	left := pods(t, ns, "wide")
	for _, i := range []int{5, 25, 45} {
		if !slices.Contains(left, j.Workers[i].Pod.UID) {
			t.Errorf("w%d was killed", i)
		}
	}
}

// TestActForceDelete forgets a worker whose kubelet never ends it.
func TestActForceDelete(t *testing.T) {
	ns := namespace(t)
	spec := indexedSpec(2)
	spec["template"] = map[string]any{
		"metadata": map[string]any{"annotations": map[string]any{"sim.paddock/never-gone": "true"}},
		"spec":     map[string]any{"restartPolicy": "Never", "containers": []any{map[string]any{"name": "trainer", "image": "paddle:3"}}},
	}
	spec["podReplacementPolicy"] = "Failed"
	apply(t, trainJob(ns, "stuck", spec))
	e := eyesOf(t, cluster.Admin, ns)
	j := e.job("stuck", fleet.Running, 2)
	victim := j.Workers[1].Pod
	e.do(act.NewKill(j, j.Workers[1], act.Remove))
	var ending *fleet.Worker
	e.until("w1 is ending", func(f *fleet.Fleet) bool {
		for _, w := range f.Jobs[0].Workers {
			if w.Pod.UID == victim.UID && !w.Pod.Deleted.IsZero() {
				ending = w
			}
		}
		return ending != nil
	})
	// A force delete alone is not enough: the Job holds on to what has not failed.
	kubectl(t, "-n", ns, "delete", "pod", victim.Ref.Name, "--force", "--grace-period=0", "--wait=false")
	if got := field(t, ns, "pod", victim.Ref.Name, "{.metadata.uid} {.status.phase}"); got != victim.UID+" Running" {
		t.Errorf("after kubectl delete --force the pod is %q", got)
	}
	e.do(act.NewForceDelete(j, ending, nil))
	expectField(t, ns, "job", "stuck", "{.status.ready}", "2")
	eventually(t, "the pod is gone", func() error {
		if out := kubectl(t, "-n", ns, "get", "pods", "-o", "jsonpath={.items[*].metadata.uid}"); strings.Contains(out, victim.UID) {
			return fmt.Errorf("still there: %s", out)
		}
		return nil
	})
}

func TestActOnNodes(t *testing.T) {
	e := eyesOf(t, cluster.Admin)
	node := func(cordoned bool) *fleet.Node {
		var found *fleet.Node
		e.until("gpu-014", func(f *fleet.Fleet) bool {
			i := slices.IndexFunc(f.Nodes, func(n *fleet.Node) bool { return n.Name == "gpu-014" && n.Object.Cordoned == cordoned })
			if i >= 0 {
				found = f.Nodes[i]
			}
			return i >= 0
		})
		return found
	}
	before := node(false)
	e.do(act.NewCordon(before))
	if out := kubectl(t, "get", "node", "gpu-014", "--no-headers"); !strings.Contains(out, "Ready,SchedulingDisabled") {
		t.Errorf("after cordon: %s", out)
	}
	e.vain("gpu-014 is cordoned already")(act.NewCordon(before))
	e.do(act.NewUncordon(node(true)))
	if out := kubectl(t, "get", "node", "gpu-014", "--no-headers"); strings.Contains(out, "SchedulingDisabled") {
		t.Errorf("after uncordon: %s", out)
	}
}
