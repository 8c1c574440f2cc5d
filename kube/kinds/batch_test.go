package kinds

import (
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/fleet"
)

var noon = metav1.NewTime(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))

func ptr[T any](v T) *T { return &v }

func gpuJob(change func(*batchv1.Job)) *batchv1.Job {
	j := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Namespace: "ocr", Name: "det", UID: "u1"}}
	j.Spec.Template.Spec.Containers = []corev1.Container{
		{Name: "proxy", Image: "envoy"},
		{Name: "train", Image: "paddle:2.6.0", Resources: corev1.ResourceRequirements{Limits: list("nvidia.com/gpu", "1")}},
	}
	if change != nil {
		change(j)
	}
	return j
}

func TestBatchPhase(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*batchv1.Job)
		phase  fleet.Phase
		reason string
	}{
		{"fresh", nil, fleet.PhaseActive, ""},
		{"suspended by hand", func(j *batchv1.Job) { j.Spec.Suspend = ptr(true) }, fleet.PhaseSuspended, ""},
		{"held by Kueue", func(j *batchv1.Job) {
			j.Spec.Suspend = ptr(true)
			j.Labels = map[string]string{kueueQueue: "team"}
		}, fleet.PhaseQueued, ""},
		{"admitted by Kueue", func(j *batchv1.Job) { j.Labels = map[string]string{kueueQueue: "team"} }, fleet.PhaseActive, ""},
		{"done", func(j *batchv1.Job) {
			j.Status.Conditions = []batchv1.JobCondition{
				{Type: batchv1.JobSuccessCriteriaMet, Status: "True", Reason: "CompletionsReached"},
				{Type: batchv1.JobComplete, Status: "True", Reason: "CompletionsReached"},
			}
		}, fleet.PhaseDone, "CompletionsReached"},
		{"failed, then suspended", func(j *batchv1.Job) {
			j.Spec.Suspend = ptr(true)
			j.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobFailed, Status: "True", Reason: "BackoffLimitExceeded", LastTransitionTime: noon}}
		}, fleet.PhaseFailed, "BackoffLimitExceeded"},
		{"about to fail", func(j *batchv1.Job) {
			j.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobFailureTarget, Status: "True", Reason: "PodFailurePolicy"}}
		}, fleet.PhaseActive, "PodFailurePolicy"},
		{"resumed", func(j *batchv1.Job) {
			j.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobSuspended, Status: "False", Reason: "JobResumed"}}
		}, fleet.PhaseActive, ""},
	} {
		job, _, ok := Batch{}.Job(gpuJob(c.change))
		if !ok || job.Phase != c.phase || job.Reason != c.reason {
			t.Errorf("%s: %v %+v, want %s %q", c.name, ok, job, c.phase, c.reason)
		}
	}
}

func TestBatchRole(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*batchv1.Job)
		wanted int
		shape  fleet.Shape
	}{
		{"defaults", nil, 1, fleet.Shape{Completions: -1, Parallelism: 1, BackoffLimit: 6}},
		{"one completion runs one worker", func(j *batchv1.Job) {
			j.Spec.Completions, j.Spec.Parallelism = ptr(int32(1)), ptr(int32(4))
		}, 1, fleet.Shape{Completions: 1, Parallelism: 4, BackoffLimit: 6}},
		{"indexed", func(j *batchv1.Job) {
			j.Spec.Completions, j.Spec.Parallelism, j.Spec.BackoffLimit = ptr(int32(16)), ptr(int32(16)), ptr(int32(0))
			j.Spec.CompletionMode = ptr(batchv1.IndexedCompletion)
		}, 16, fleet.Shape{Indexed: true, Completions: 16, Parallelism: 16}},
		{"evictions don't count", func(j *batchv1.Job) {
			j.Spec.PodFailurePolicy, j.Spec.PodReplacementPolicy = onDisruption(batchv1.PodFailurePolicyActionIgnore), ptr(batchv1.Failed)
			j.Spec.BackoffLimitPerIndex = ptr(int32(1))
		}, 1, fleet.Shape{Completions: -1, Parallelism: 1, BackoffLimit: 6, PerIndex: true, IgnoresDisruptions: true, ReplacesFailed: true}},
		{"evictions count by a policy", func(j *batchv1.Job) {
			j.Spec.PodFailurePolicy = onDisruption(batchv1.PodFailurePolicyActionCount)
		}, 1, fleet.Shape{Completions: -1, Parallelism: 1, BackoffLimit: 6}},
	} {
		job, _, _ := Batch{}.Job(gpuJob(c.change))
		want := fleet.RoleSpec{Name: "worker", Wanted: c.wanted, GPUs: 1, Resource: "nvidia.com/gpu", Image: "paddle:2.6.0"}
		if len(job.Roles) != 1 || job.Roles[0] != want || job.Shape != c.shape {
			t.Errorf("%s: %+v %+v", c.name, job.Roles, job.Shape)
		}
	}
}

func onDisruption(action batchv1.PodFailurePolicyAction) *batchv1.PodFailurePolicy {
	return &batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{
		{Action: batchv1.PodFailurePolicyActionFailJob, OnExitCodes: &batchv1.PodFailurePolicyOnExitCodesRequirement{Values: []int32{42}}},
		{Action: action, OnPodConditions: []batchv1.PodFailurePolicyOnPodConditionsPattern{{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue}}},
	}}
}

func TestCleanupJobIsNotKept(t *testing.T) {
	j := gpuJob(func(j *batchv1.Job) {
		j.Spec.Template.Spec.Containers = j.Spec.Template.Spec.Containers[:1]
		j.OwnerReferences = []metav1.OwnerReference{{APIVersion: "batch/v1", Kind: "CronJob", Name: "cleanup", Controller: ptr(true)}}
	})
	if _, _, ok := (Batch{}).Job(j); ok {
		t.Error("a CronJob's Job without accelerators was kept")
	}
}

func TestMerge(t *testing.T) {
	set := fleet.Owner{Ref: fleet.Ref{Kind: "JobSet", Namespace: "nlp", Name: "run"}, APIVersion: "jobset.x-k8s.io/v1alpha2", UID: "s"}
	part := func(name, role string, wanted int, phase fleet.Phase) *fleet.JobObject {
		return &fleet.JobObject{
			Ref: fleet.Ref{Kind: "Job", Namespace: "nlp", Name: name}, Phase: phase, Reason: string(phase), Active: 1,
			Created: noon.Time, Roles: []fleet.RoleSpec{{Name: role, Wanted: wanted, GPUs: 8}},
		}
	}
	for _, c := range []struct {
		name  string
		parts []*fleet.JobObject
		phase fleet.Phase
		roles []fleet.RoleSpec
	}{
		{"all run", []*fleet.JobObject{part("run-node-1", "node", 2, fleet.PhaseActive), part("run-node-0", "node", 2, fleet.PhaseActive), part("run-driver-0", "driver", 1, fleet.PhaseActive)},
			fleet.PhaseActive, []fleet.RoleSpec{{Name: "driver", Wanted: 1, GPUs: 8}, {Name: "node", Wanted: 4, GPUs: 8}}},
		{"one failed", []*fleet.JobObject{part("a", "node", 1, fleet.PhaseDone), part("b", "node", 1, fleet.PhaseFailed)},
			fleet.PhaseFailed, []fleet.RoleSpec{{Name: "node", Wanted: 2, GPUs: 8}}},
		{"one is done, one runs", []*fleet.JobObject{part("a", "node", 1, fleet.PhaseDone), part("b", "node", 1, fleet.PhaseActive)},
			fleet.PhaseActive, []fleet.RoleSpec{{Name: "node", Wanted: 2, GPUs: 8}}},
		{"all held", []*fleet.JobObject{part("a", "node", 1, fleet.PhaseSuspended), part("b", "node", 1, fleet.PhaseSuspended)},
			fleet.PhaseSuspended, []fleet.RoleSpec{{Name: "node", Wanted: 2, GPUs: 8}}},
	} {
		got := Merge(set, c.parts)
		if got == nil || got.Ref != set.Ref || got.UID != "s" || got.Phase != c.phase || got.Active != len(c.parts) {
			t.Errorf("%s: %+v", c.name, got)
			continue
		}
		if len(got.Roles) != len(c.roles) {
			t.Errorf("%s: roles %+v", c.name, got.Roles)
			continue
		}
		for i := range c.roles {
			if got.Roles[i] != c.roles[i] {
				t.Errorf("%s: role %+v, want %+v", c.name, got.Roles[i], c.roles[i])
			}
		}
	}
	if got := Merge(owner("kubeflow.org/v2beta1", "MPIJob", "hvd"), []*fleet.JobObject{part("hvd-launcher", "launcher", 1, fleet.PhaseActive)}); got != nil {
		t.Errorf("an MPIJob's workers are no Jobs, so its launcher can't tell what it wants: %+v", got)
	}
}
