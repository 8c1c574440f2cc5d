// Package kinds knows the kinds of training jobs: one file a kind turns its
// object into paddock's neutral JobObject, and labels.go reads from a pod's or
// a job's labels which run it belongs to, in which role and at which index.
//
// Everything here is a pure function of API objects. Pods of a kind without an
// adapter are still one row: their controller and labels group them.
package kinds

import (
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"paddock/fleet"
)

// Kind is the adapter of one kind of training job.
type Kind interface {
	// Resource is where the API server keeps the objects of this kind.
	Resource() schema.GroupVersionResource
	// Job reads an object. ok is false when it is no training job (see
	// Trains); such objects are not kept.
	Job(obj runtime.Object) (job *fleet.JobObject, member Member, ok bool)
}

// trainingGroups are the API groups whose objects are training runs: what they
// own belongs to a run even when it asks for no accelerator (a parameter
// server, an MPI launcher, a Ray head).
func trainingGroup(group string) bool {
	switch group {
	case "kubeflow.org", "trainer.kubeflow.org", "jobset.x-k8s.io", "batch.volcano.sh",
		"batch.paddlepaddle.org", "ray.io", "leaderworkerset.x-k8s.io":
		return true
	}
	return false
}

// Trains is the one rule of what paddock keeps. A pod or a job is kept when
//
//   - it asks for an accelerator, or
//   - its labels name a training run (see ReadLabels), or
//   - its controller is of an API group of training kinds, or
//   - it waits in a queue made for such work (Kueue, Volcano).
//
// A batch/v1 Job that asks for none of this (a CronJob's cleanup, a database
// migration) is not a training job. Of pods without accelerators below a
// batch/v1 Job nothing is known until the Job is: they are shown with it, or
// not at all.
func Trains(devices int, m Member, controller fleet.Owner, queue string) bool {
	return devices > 0 || m.Known || queue != "" || trainingGroup(group(controller.APIVersion))
}

// BatchJob tells whether an owner is a batch/v1 Job: Volcano's kind is called
// Job as well.
func BatchJob(o fleet.Owner) bool { return o.Ref.Kind == "Job" && group(o.APIVersion) == "batch" }

// group is the API group of an apiVersion; "" for the core group.
func group(apiVersion string) string {
	gv, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		return ""
	}
	return gv.Group
}
