package e2e

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// view is the cluster as kubectl shows it. What paddock should make of it is
// worked out here from the objects, not with paddock's own code.
type view struct {
	pods   []core.Pod
	jobs   map[string]batch.Job // by namespace/name
	nodes  []core.Node
	quotas []core.ResourceQuota
}

func look(t *testing.T) view {
	t.Helper()
	var pods core.PodList
	var jobs batch.JobList
	var nodes core.NodeList
	var quotas core.ResourceQuotaList
	decode(t, &pods, "pods", "-A")
	decode(t, &jobs, "jobs", "-A")
	decode(t, &nodes, "nodes")
	decode(t, &quotas, "resourcequotas", "-A")
	v := view{pods: pods.Items, nodes: nodes.Items, quotas: quotas.Items, jobs: map[string]batch.Job{}}
	for _, j := range jobs.Items {
		v.jobs[j.Namespace+"/"+j.Name] = j
	}
	return v
}

func decode(t *testing.T, into any, args ...string) {
	t.Helper()
	if err := json.Unmarshal([]byte(kubectl(t, append([]string{"get", "-o", "json"}, args...)...)), into); err != nil {
		t.Fatalf("kubectl get %v: %v", args, err)
	}
}

// A row is wrong when paddock and kubectl differ over it at every one of so
// many looks: the Job controller counts a worker that crashes and comes back a
// moment later than the kubelet reports it.
const (
	looks     = 8
	betweenIt = time.Second
)

// agree compares what paddock says with what kubectl said right before and
// right after; what changed in between is left out. At least so many rows must
// be compared at one look.
func agree[T comparable](t *testing.T, list string, least int, expect func(view) map[string]T, read func(report) map[string]T) {
	t.Helper()
	var wrong map[string]string
	most := 0
	for range looks {
		before := look(t)
		r := ask(t, list)
		after := look(t)
		differs, compared := differences(expect(before), expect(after), read(r))
		most = max(most, compared)
		for k := range wrong {
			if differs[k] == "" {
				delete(wrong, k)
			}
		}
		if wrong == nil {
			wrong = differs
		}
		if len(wrong) == 0 && most >= least {
			return
		}
		time.Sleep(betweenIt)
	}
	for k, what := range wrong {
		t.Errorf("%s: %s", k, what)
	}
	if most < least {
		t.Errorf("only %d %s were compared", most, list)
	}
}

// differences are the rows that differ, and how many were compared.
func differences[T comparable](before, after, got map[string]T) (wrong map[string]string, compared int) {
	wrong = map[string]string{}
	keys := map[string]bool{}
	for _, m := range []map[string]T{before, after, got} {
		for k := range m {
			keys[k] = true
		}
	}
	for k := range keys {
		want, was := before[k]
		then, is := after[k]
		if want != then || was != is {
			continue
		}
		compared++
		switch said, there := got[k]; {
		case there && !was:
			wrong[k] = fmt.Sprintf("kubectl does not have it, paddock says %+v", said)
		case was && !there:
			wrong[k] = fmt.Sprintf("paddock does not have it, kubectl says %+v", want)
		case want != said:
			wrong[k] = fmt.Sprintf("\n  kubectl %+v\n  paddock %+v", want, said)
		}
	}
	return wrong, compared
}

// gpus is how many GPUs a pod's spec asks for.
func gpus(spec core.PodSpec) int {
	n := 0
	for _, c := range spec.Containers {
		n += devicesIn(c.Resources.Limits)
	}
	return n
}

func devicesIn(list core.ResourceList) int {
	n := 0
	for name, q := range list {
		if name == "nvidia.com/gpu" || strings.HasPrefix(string(name), "nvidia.com/mig-") {
			n += int(q.Value())
		}
	}
	return n
}

// holds tells whether a pod's GPUs are taken.
func holds(p core.Pod) bool {
	return p.Spec.NodeName != "" && p.Status.Phase != core.PodSucceeded && p.Status.Phase != core.PodFailed
}

func owner(o meta.ObjectMeta) (kind, name string) {
	if c := meta.GetControllerOfNoCopy(&o); c != nil {
		return c.Kind, c.Name
	}
	return "", ""
}

// root is the topmost controller of a pod: a Job's own controller if it has one.
func (v view) root(p core.Pod) (kind, name string) {
	kind, name = owner(p.ObjectMeta)
	if kind == "" {
		return "Pod", p.Name
	}
	if kind == "Job" {
		if k, n := owner(v.jobs[p.Namespace+"/"+name].ObjectMeta); k != "" {
			return k, n
		}
	}
	return kind, name
}

// index is a pod's place among its job's workers, -1 without one.
func index(p core.Pod) int {
	for _, text := range []string{p.Labels[batch.JobCompletionIndexAnnotation], p.Labels["training.kubeflow.org/replica-index"]} {
		if n, err := strconv.Atoi(text); err == nil {
			return n
		}
	}
	return -1
}

// state is a pod's state in paddock's words.
func state(p core.Pod) string {
	switch {
	case p.Status.Phase == core.PodSucceeded:
		return "done"
	case p.Status.Phase == core.PodFailed:
		return "failed"
	case p.DeletionTimestamp != nil:
		return "ending"
	case p.Spec.NodeName == "":
		return "waiting"
	}
	for _, c := range p.Status.ContainerStatuses {
		if w := c.State.Waiting; w != nil && (strings.HasSuffix(w.Reason, "BackOff") || strings.HasPrefix(w.Reason, "Err")) {
			return "failing"
		}
		if c.State.Terminated != nil {
			return "restarting"
		}
	}
	for _, c := range p.Status.Conditions {
		if c.Type == core.PodReady && c.Status == core.ConditionTrue {
			return "running"
		}
	}
	if len(p.Status.ContainerStatuses) > 0 && p.Status.ContainerStatuses[0].RestartCount > 0 {
		return "restarting"
	}
	return "starting"
}
