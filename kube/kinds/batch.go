package kinds

import (
	"slices"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"paddock/fleet"
)

// Batch is the adapter of batch/v1 Job.
type Batch struct{}

// Resource is batch/v1 jobs.
func (Batch) Resource() schema.GroupVersionResource {
	return batchv1.SchemeGroupVersion.WithResource("jobs")
}

// Job reads a *batchv1.Job.
func (Batch) Job(obj runtime.Object) (*fleet.JobObject, Member, bool) {
	j, ok := obj.(*batchv1.Job)
	if !ok {
		return nil, Member{}, false
	}
	owner := Controller(&j.ObjectMeta)
	member := ReadLabels(Labelled{j.Namespace, j.Name, j.Labels, j.Annotations, owner})
	asked := Requests(&j.Spec.Template.Spec)
	queue := Queue(j.Labels, j.Annotations)
	if !Trains(asked.Devices, member, owner, queue) {
		return nil, member, false
	}
	job := &fleet.JobObject{
		Ref:         fleet.Ref{Kind: "Job", Namespace: j.Namespace, Name: j.Name},
		APIVersion:  "batch/v1",
		UID:         string(j.UID),
		Owner:       owner,
		Created:     j.CreationTimestamp.Time,
		Started:     timeOf(j.Status.StartTime),
		Finished:    timeOf(j.Status.CompletionTime),
		Deleted:     timeOf(j.DeletionTimestamp),
		Shape:       batchShape(&j.Spec),
		Queue:       fleet.Clean(queue, nameLimit),
		Priority:    j.Spec.Template.Spec.PriorityClassName,
		Active:      int(j.Status.Active),
		Succeeded:   int(j.Status.Succeeded),
		FailedPods:  int(j.Status.Failed),
		Ready:       count(j.Status.Ready),
		Terminating: count(j.Status.Terminating),
	}
	job.Roles = []fleet.RoleSpec{batchRole(&j.Spec, member, asked)}
	batchPhase(job, j)
	return job, member, true
}

// The longest texts kept, in bytes: a line or two on a wide screen.
const (
	nameLimit    = 253 // names in Kubernetes
	imageLimit   = 300
	messageLimit = 500
)

func batchShape(s *batchv1.JobSpec) fleet.Shape {
	shape := fleet.Shape{
		Indexed:      s.CompletionMode != nil && *s.CompletionMode == batchv1.IndexedCompletion,
		Completions:  -1,
		Parallelism:  1, // the API server's default for both
		BackoffLimit: 6,
	}
	if s.Completions != nil {
		shape.Completions = int(*s.Completions)
	}
	if s.Parallelism != nil {
		shape.Parallelism = int(*s.Parallelism)
	}
	if s.BackoffLimit != nil {
		shape.BackoffLimit = int(*s.BackoffLimit)
	}
	shape.PerIndex = s.BackoffLimitPerIndex != nil
	shape.IgnoresDisruptions = ignoresDisruptions(s.PodFailurePolicy)
	shape.ReplacesFailed = s.PodReplacementPolicy != nil && *s.PodReplacementPolicy == batchv1.Failed
	return shape
}

// ignoresDisruptions tells what the policy does with a worker that was evicted:
// its first rule that matches decides.
func ignoresDisruptions(p *batchv1.PodFailurePolicy) bool {
	if p == nil {
		return false
	}
	for _, r := range p.Rules {
		for _, c := range r.OnPodConditions {
			if c.Type == corev1.DisruptionTarget && c.Status == corev1.ConditionTrue {
				return r.Action == batchv1.PodFailurePolicyActionIgnore
			}
		}
	}
	return false
}

// batchRole is the one role of a batch Job. It wants as many workers at a time
// as parallelism says, but never more than there are completions: that is why
// `completions: 1` with `parallelism: 4` runs a single worker.
func batchRole(s *batchv1.JobSpec, m Member, asked Request) fleet.RoleSpec {
	shape := batchShape(s)
	wanted := shape.Parallelism
	if shape.Completions >= 0 {
		wanted = min(wanted, shape.Completions)
	}
	role := fleet.RoleSpec{
		Name:     m.Role,
		Wanted:   wanted,
		GPUs:     asked.Devices,
		Resource: asked.Resource,
		CPU:      asked.CPU,
		Memory:   asked.Memory,
	}
	if role.Name == "" {
		role.Name = "worker"
	}
	if c := Main(s.Template.Spec.Containers); c != nil {
		role.Image = fleet.Clean(c.Image, imageLimit)
	}
	return role
}

// batchPhase reads the phase from the conditions, which say more than the
// spec: a Job can be suspended after it was done.
func batchPhase(job *fleet.JobObject, j *batchv1.Job) {
	job.Phase = fleet.PhaseActive
	for _, c := range j.Status.Conditions {
		if c.Status != corev1.ConditionTrue {
			continue
		}
		switch c.Type {
		case batchv1.JobComplete:
			job.Phase = fleet.PhaseDone
		case batchv1.JobFailed:
			job.Phase = fleet.PhaseFailed
			job.Finished = c.LastTransitionTime.Time
		case batchv1.JobFailureTarget:
			// It will fail once its pods are gone: the reason is known already.
		default:
			continue
		}
		job.Reason = fleet.Clean(c.Reason, nameLimit)
		job.Message = fleet.Clean(c.Message, messageLimit)
	}
	if job.Phase == fleet.PhaseActive && j.Spec.Suspend != nil && *j.Spec.Suspend {
		job.Phase = fleet.PhaseSuspended
		if job.Queue != "" { // Kueue suspends until it admits: nobody's hand did it
			job.Phase = fleet.PhaseQueued
		}
	}
}

// Main is the container that trains: the one that asks for accelerators, or
// the first; nil when there is none.
func Main(containers []corev1.Container) *corev1.Container {
	i := slices.IndexFunc(containers, func(c corev1.Container) bool {
		return request(&c.Resources).Devices > 0
	})
	switch {
	case i >= 0:
		return &containers[i]
	case len(containers) > 0:
		return &containers[0]
	}
	return nil
}

// Controller is the owner that controls an object; zero when none does.
func Controller(o *metav1.ObjectMeta) fleet.Owner {
	for i := range o.OwnerReferences {
		r := &o.OwnerReferences[i]
		if r.Controller != nil && *r.Controller {
			return fleet.Owner{
				Ref:        fleet.Ref{Kind: r.Kind, Namespace: o.Namespace, Name: r.Name},
				APIVersion: r.APIVersion,
				UID:        string(r.UID),
			}
		}
	}
	return fleet.Owner{}
}

func timeOf(t *metav1.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.Time
}

func count(n *int32) int {
	if n == nil {
		return 0
	}
	return int(*n)
}
