package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
)

// expectedJob is what a row of paddock jobs must say.
type expectedJob struct {
	kind                           string
	wanted, ready, requested, held int // -1: unknown
	final                          string
}

func TestPaddockJobsAreKubectls(t *testing.T) {
	agree(t, "jobs", 30, view.expectJobs, func(r report) map[string]expectedJob {
		got := map[string]expectedJob{}
		for _, j := range r.Jobs {
			key := j.Namespace + "/" + j.Name
			if _, twice := got[key]; twice {
				t.Errorf("%s stands twice", key)
			}
			e := expectedJob{kind: j.Kind, wanted: number(j.Workers.Wanted), ready: j.Workers.Ready, requested: j.GPUs.Requested, held: j.GPUs.Held}
			switch j.State {
			case "done", "failed", "suspended":
				e.final = j.State
			}
			got[key] = e
		}
		return got
	})
}

// expectJobs are the jobs with GPUs: Jobs that nothing controls, topmost
// controllers of pods, and pods of their own.
func (v view) expectJobs() map[string]expectedJob {
	out := map[string]expectedJob{}
	for key, j := range v.jobs {
		if kind, _ := owner(j.ObjectMeta); kind == "" && gpus(j.Spec.Template.Spec) > 0 {
			out[key] = expectJob(j)
		}
	}
	for _, p := range v.pods {
		kind, name := v.root(p)
		key := p.Namespace + "/" + name
		if gpus(p.Spec) == 0 {
			continue
		}
		e, known := out[key]
		if !known {
			e = expectedJob{kind: kind, wanted: -1}
		}
		if _, batchJob := v.jobs[key]; !batchJob {
			e.loose(p)
		}
		if holds(p) {
			e.held += gpus(p.Spec)
		}
		if state(p) == "running" && v.lost(p) {
			e.ready-- // the Job counts what the kubelet said last
		}
		out[key] = e
	}
	for key, e := range out { // a JobSet's Jobs say what it wants
		if e.kind == "JobSet" {
			e.wanted = 0
			for _, j := range v.jobs {
				if _, set := owner(j.ObjectMeta); j.Namespace+"/"+set == key {
					e.wanted += wanted(j)
				}
			}
			out[key] = e
		}
	}
	return out
}

// loose counts a pod of a job whose object says nothing.
func (e *expectedJob) loose(p core.Pod) {
	if state(p) == "running" {
		e.ready++
	}
	if state(p) != "ending" {
		e.requested += gpus(p.Spec)
	}
}

func expectJob(j batch.Job) expectedJob {
	e := expectedJob{kind: "Job", wanted: wanted(j)}
	e.requested = e.wanted * gpus(j.Spec.Template.Spec)
	if j.Status.Ready != nil {
		e.ready = int(*j.Status.Ready)
	}
	for _, c := range j.Status.Conditions {
		if c.Status != core.ConditionTrue {
			continue
		}
		switch c.Type {
		case batch.JobComplete:
			e.final = "done"
		case batch.JobFailed:
			e.final = "failed"
		case batch.JobSuspended:
			e.final = "suspended"
		}
	}
	return e
}

// wanted is how many workers run at once when all goes well.
func wanted(j batch.Job) int {
	n := int(*j.Spec.Parallelism)
	if j.Spec.Completions != nil {
		n = min(n, int(*j.Spec.Completions))
	}
	return n
}

// TestPaddockStatesOfScenarios checks the words for jobs that are not simply
// running or over.
func TestPaddockStatesOfScenarios(t *testing.T) {
	for name, want := range map[string]string{
		"ocr/ocr-rec-v4": "running", "ocr/ocr-ablation-07": "suspended", "ocr/table-rec": "running",
		"nlp/llm-b200-trial": "waiting: w0", "nlp/llm-pretrain-70b": "waiting: w0", "nlp/debug-shell": "running",
		"research/rl-over-quota": "waiting: exceeded quota", "vision/seg-bad-tag": "failing: manifest unknown|failing: ImagePullBackOff",
		"vision/seg-no-secret": "failing: unauthorized|failing: ImagePullBackOff", "vision/resnet-done": "done",
		"vision/gan-oom": "failed", "speech/asr-lost-node": "unknown: node gpu-007 is not ready|restarting", "speech/conformer": "running", "nlp/llama-ft": "running",
	} {
		t.Run(name, func(t *testing.T) {
			eventually(t, want, func() error {
				for _, j := range ask(t, "jobs").Jobs {
					if j.Namespace+"/"+j.Name == name && says(j, want) {
						return nil
					} else if j.Namespace+"/"+j.Name == name {
						return fmt.Errorf("%s: %s", j.State, j.Why)
					}
				}
				return fmt.Errorf("it is not there")
			})
		})
	}
}

// says tells whether a job is in one of the states, with that in its why.
func says(j reportedJob, choices string) bool {
	for choice := range strings.SplitSeq(choices, "|") {
		state, why, _ := strings.Cut(choice, ": ")
		if j.State == state && strings.Contains(j.Why, why) {
			return true
		}
	}
	return false
}

// expectedWorker is what a row of paddock workers must say.
type expectedWorker struct {
	job, kind, node, state string
	index, gpus            int
}

func TestPaddockWorkersAreKubectlsPods(t *testing.T) {
	agree(t, "workers", 50, view.expectWorkers, func(r report) map[string]expectedWorker {
		got := map[string]expectedWorker{}
		for _, w := range r.Workers {
			got[w.Namespace+"/"+w.Pod] = expectedWorker{w.Job, w.JobKind, w.Node, w.State, -1, w.GPUs}.at(number(w.Index))
		}
		return got
	})
}

// at notes the index, but of kinds that number their workers in ways of their own.
func (e expectedWorker) at(index int) expectedWorker {
	if e.kind == "Job" {
		e.index = index
	}
	return e
}

// expectWorkers are the pods of jobs with GPUs; of a place in a job whose
// attempts ended, the last one.
func (v view) expectWorkers() map[string]expectedWorker {
	out := map[string]expectedWorker{}
	jobs := v.expectJobs()
	for _, p := range v.pods {
		kind, name := v.root(p)
		if _, ours := jobs[p.Namespace+"/"+name]; ours && !v.replaced(p) {
			out[p.Namespace+"/"+p.Name] = expectedWorker{name, kind, p.Spec.NodeName, v.state(p), -1, gpus(p.Spec)}.at(index(p))
		}
	}
	return out
}

// state is a pod's state in paddock's words, with what the others tell: that
// its node is lost, or that those before it failed as well.
func (v view) state(p core.Pod) string {
	s := state(p)
	if v.lost(p) && s != "ending" && s != "done" && s != "failed" {
		return "unknown"
	}
	if s != "running" || time.Since(readySince(p)) > 10*time.Minute {
		return s
	}
	kind, name := v.root(p)
	failed := 0
	for _, q := range v.pods {
		if k, n := v.root(q); q.Namespace == p.Namespace && k == kind && n == name && index(q) == index(p) && state(q) == "failed" {
			failed++
		}
	}
	for _, c := range p.Status.ContainerStatuses {
		if end := c.LastTerminationState.Terminated; c.RestartCount > 2 && end != nil && end.ExitCode != 0 {
			return "failing"
		}
	}
	if failed > 2 {
		return "failing"
	}
	return s
}

func readySince(p core.Pod) time.Time {
	for _, c := range p.Status.Conditions {
		if c.Type == core.PodReady {
			return c.LastTransitionTime.Time
		}
	}
	return time.Time{}
}

// lost tells whether a pod's node does not answer.
func (v view) lost(p core.Pod) bool {
	for _, n := range v.nodes {
		for _, c := range n.Status.Conditions {
			if n.Name == p.Spec.NodeName && c.Type == core.NodeReady {
				return c.Status != core.ConditionTrue
			}
		}
	}
	return false
}

// replaced tells whether a pod has ended and another took its place.
func (v view) replaced(p core.Pod) bool {
	if s := state(p); s != "failed" && s != "done" {
		return false
	}
	kind, name := v.root(p)
	for _, q := range v.pods {
		k, n := v.root(q)
		if q.Namespace == p.Namespace && k == kind && n == name && index(q) == index(p) && p.CreationTimestamp.Before(&q.CreationTimestamp) {
			return true
		}
	}
	return false
}

// expectedNode is what a row of paddock nodes must say.
type expectedNode struct {
	ready, cordoned                           bool
	capacity, allocatable, held, free, broken int
}

func TestPaddockNodesAreKubectls(t *testing.T) {
	agree(t, "nodes", 15, view.expectNodes, func(r report) map[string]expectedNode {
		got := map[string]expectedNode{}
		for _, n := range r.Nodes {
			got[n.Name] = expectedNode{n.Ready, n.Cordoned, n.GPUs.Capacity, n.GPUs.Allocatable, n.GPUs.Held, number(n.GPUs.Free), n.GPUs.Broken}
		}
		return got
	})
}

func (v view) expectNodes() map[string]expectedNode {
	out := map[string]expectedNode{}
	for _, n := range v.nodes {
		e := expectedNode{cordoned: n.Spec.Unschedulable, capacity: devicesIn(n.Status.Capacity), allocatable: devicesIn(n.Status.Allocatable)}
		for _, c := range n.Status.Conditions {
			e.ready = e.ready || c.Type == core.NodeReady && c.Status == core.ConditionTrue
		}
		for _, p := range v.pods {
			if p.Spec.NodeName == n.Name && holds(p) {
				e.held += gpus(p.Spec)
			}
		}
		switch {
		case !e.ready:
			e.broken = e.capacity - e.held
		case e.cordoned:
			e.broken = e.capacity - e.allocatable
		default:
			e.broken, e.free = e.capacity-e.allocatable, max(0, e.allocatable-e.held)
		}
		out[n.Name] = e
	}
	return out
}

// expectedTeam is what a row of paddock teams must say.
type expectedTeam struct{ limit, used, held int }

func TestPaddockTeamsAreKubectlsQuotas(t *testing.T) {
	agree(t, "teams", 4, view.expectTeams, func(r report) map[string]expectedTeam {
		got := map[string]expectedTeam{}
		for _, x := range r.Teams {
			got[x.Name] = expectedTeam{number(x.Limit), number(x.Used), x.Held}
			if x.Name == "nlp" && x.Display != "大模型团队" {
				t.Errorf("nlp is called %q", x.Display)
			}
		}
		return got
	})
}

func (v view) expectTeams() map[string]expectedTeam {
	out := map[string]expectedTeam{}
	for _, q := range v.quotas {
		hard, used := q.Status.Hard["requests.nvidia.com/gpu"], q.Status.Used["requests.nvidia.com/gpu"]
		e := expectedTeam{limit: int(hard.Value()), used: int(used.Value())}
		for _, p := range v.pods {
			if p.Namespace == q.Namespace && holds(p) {
				e.held += gpus(p.Spec)
			}
		}
		out[q.Namespace] = e
	}
	return out
}

// TestPaddockLeavesOutWhatHasNoGPU looks for what is none of its business.
func TestPaddockLeavesOutWhatHasNoGPU(t *testing.T) {
	for _, list := range []string{"jobs", "workers"} {
		o := paddock(t, list, "-o", "wide")
		for _, name := range []string{"preprocess-cpu", "tensorboard", "prometheus-k8s"} {
			if strings.Contains(o.out, name) {
				t.Errorf("paddock %s shows %s", list, name)
			}
		}
		if !strings.Contains(o.out, "debug-shell") {
			t.Errorf("paddock %s does not show debug-shell:\n%s", list, o.out)
		}
	}
}
