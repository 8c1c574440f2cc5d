package kinds

import (
	"strconv"
	"strings"

	"paddock/fleet"
)

// Member is what labels and annotations say about an object's place in a training run.
type Member struct {
	Known bool        // a label of a training kind is there
	Above fleet.Owner // the run that stands above the object's own controller, without a UID; zero when no label names one
	Role  string      // "" when the kind has none
	Index int         // completion or replica index; -1 when unknown

	// Block is the index of the child job below an owner that makes several
	// (a JobSet's replicated job): the worker's index is then
	// Block x the child's parallelism + Index. -1 without such an owner.
	Block int
	// Blocks is how many child jobs there are in this role; 0 when unknown.
	Blocks int
}

// The labels of the training kinds. Sources: k8s.io/api/batch/v1 (well-known
// labels), kubeflow/training-operator pkg/apis/kubeflow.org/v1, mpi-operator
// v2beta1, jobset v1alpha2, volcano apis batch/v1alpha1, ray-operator
// utils/constant.go, lws v1, paddle-operator.
const (
	batchIndex = "batch.kubernetes.io/job-completion-index"

	kubeflowJob   = "training.kubeflow.org/job-name"
	kubeflowRole  = "training.kubeflow.org/replica-type"
	kubeflowMPI   = "training.kubeflow.org/job-role" // mpi-operator's launcher and worker; "master" elsewhere
	kubeflowIndex = "training.kubeflow.org/replica-index"
	kubeflowBy    = "training.kubeflow.org/operator-name"

	trainStep = "trainer.kubeflow.org/trainjob-ancestor-step"

	jobsetName   = "jobset.sigs.k8s.io/jobset-name"
	jobsetRole   = "jobset.sigs.k8s.io/replicatedjob-name"
	jobsetBlock  = "jobset.sigs.k8s.io/job-index"
	jobsetBlocks = "jobset.sigs.k8s.io/replicatedjob-replicas"

	volcanoJob   = "volcano.sh/job-name"
	volcanoRole  = "volcano.sh/task-spec"
	volcanoIndex = "volcano.sh/task-index"
	volcanoQueue = "volcano.sh/queue-name"

	paddleRole = "paddle-res-type"

	ownFramework = "paddock.dev/framework" // of what package submit makes

	rayCluster = "ray.io/cluster"
	rayType    = "ray.io/node-type"
	rayGroup   = "ray.io/group"
	rayFrom    = "ray.io/originated-from-cr-name"
	rayFromCRD = "ray.io/originated-from-crd"

	lwsName  = "leaderworkerset.sigs.k8s.io/name"
	lwsGroup = "leaderworkerset.sigs.k8s.io/group-index"
	lwsIndex = "leaderworkerset.sigs.k8s.io/worker-index"
	lwsSize  = "leaderworkerset.sigs.k8s.io/size" // an annotation

	statefulIndex = "apps.kubernetes.io/pod-index"
	templateHash  = "pod-template-hash"

	kueueQueue = "kueue.x-k8s.io/queue-name"
	kueueGroup = "kueue.x-k8s.io/pod-group-name"
)

// Labelled is the part of an object's metadata that ReadLabels looks at.
type Labelled struct {
	Namespace, Name     string
	Labels, Annotations map[string]string
	Controller          fleet.Owner
}

// ReadLabels finds an object's place in a training run by the labels of the
// kinds, the most telling first.
func ReadLabels(o Labelled) Member {
	m := Member{Index: -1, Block: -1}
	if v, ok := o.get(batchIndex); ok {
		m.Index = number(v)
	}
	switch {
	case o.has(jobsetName):
		readJobSet(o, &m)
	case o.has(kubeflowJob):
		readKubeflow(o, &m)
	case o.has(volcanoJob):
		m.Known, m.Role = true, o.Labels[volcanoRole]
		m.Index = o.index(volcanoIndex)
	case o.has(rayCluster):
		readRay(o, &m)
	case o.has(lwsName):
		readLeaderWorkerSet(o, &m)
	case o.has(paddleRole):
		m.Known, m.Role, m.Index = true, o.Labels[paddleRole], trailing(o.Name)
	case o.has(kueueGroup):
		m.Known, m.Above = true, o.above("", "PodGroup", o.Labels[kueueGroup])
	case o.has(ownFramework):
		m.Known = true
	case o.Controller.Ref.Kind == "ReplicaSet":
		m.Above = deployment(o)
	case o.has(statefulIndex):
		m.Index = number(o.Labels[statefulIndex])
	}
	return m
}

// readJobSet reads a JobSet's pod or child Job. A Trainer v2 TrainJob makes a
// JobSet of its own name, and marks the steps.
func readJobSet(o Labelled, m *Member) {
	m.Known, m.Role = true, o.Labels[jobsetRole]
	m.Block, m.Blocks = number(o.Labels[jobsetBlock]), 0
	if v, ok := o.get(jobsetBlocks); ok {
		m.Blocks = max(number(v), 0)
	}
	m.Above = o.above("jobset.x-k8s.io/v1alpha2", "JobSet", o.Labels[jobsetName])
	if o.has(trainStep) {
		m.Above = o.above("trainer.kubeflow.org/v1alpha1", "TrainJob", o.Labels[jobsetName])
	}
}

// readKubeflow reads a pod of the training or the MPI operator. The MPI
// launcher is a pod of a batch Job of its own; all others belong to their
// kubeflow object directly.
func readKubeflow(o Labelled, m *Member) {
	m.Known, m.Role = true, strings.ToLower(o.Labels[kubeflowRole])
	if m.Role == "" {
		m.Role = o.Labels[kubeflowMPI]
	}
	if v, ok := o.get(kubeflowIndex); ok {
		m.Index = number(v)
	}
	if o.Labels[kubeflowBy] == "mpi-operator" && BatchJob(o.Controller) {
		m.Above = o.above("kubeflow.org/v2beta1", "MPIJob", o.Labels[kubeflowJob])
	}
}

// readRay reads a pod of a RayCluster, which may have been made for a RayJob.
func readRay(o Labelled, m *Member) {
	m.Known, m.Role = true, o.Labels[rayType]
	if g := o.Labels[rayGroup]; g != "" && m.Role != "head" {
		m.Role = g
	}
	if o.Labels[rayFromCRD] == "RayJob" {
		m.Above = o.above("ray.io/v1", "RayJob", o.Labels[rayFrom])
	}
}

// readLeaderWorkerSet numbers the pods of all groups in a row.
func readLeaderWorkerSet(o Labelled, m *Member) {
	m.Known = true
	m.Above = o.above("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", o.Labels[lwsName])
	group, worker := number(o.Labels[lwsGroup]), number(o.Labels[lwsIndex])
	m.Role = "worker"
	if worker == 0 {
		m.Role = "leader"
	}
	size := number(o.Annotations[lwsSize])
	if group >= 0 && worker >= 0 && size > 0 {
		m.Index = group*size + worker
	}
}

// deployment names the Deployment above a ReplicaSet: the ReplicaSet's name is
// the Deployment's with the template's hash behind it.
func deployment(o Labelled) fleet.Owner {
	hash := o.Labels[templateHash]
	name, ok := strings.CutSuffix(o.Controller.Ref.Name, "-"+hash)
	if hash == "" || !ok {
		return fleet.Owner{}
	}
	return o.above("apps/v1", "Deployment", name)
}

// Queue is the queue that an object waits in by its labels or annotations; "" when none.
func Queue(labels, annotations map[string]string) string {
	for _, key := range []string{kueueQueue, volcanoQueue, "scheduling.volcano.sh/queue-name"} {
		if q := labels[key]; q != "" {
			return q
		}
		if q := annotations[key]; q != "" {
			return q
		}
	}
	return ""
}

// Top is the run that an object with this controller belongs to, as far as its
// own metadata tells: what the labels put above the controller, else the controller.
func (m Member) Top(controller fleet.Owner) fleet.Owner {
	if m.Above.Ref.Name == "" || m.Above.Ref == controller.Ref {
		return controller
	}
	return m.Above
}

// Worker is the index of a worker in its role, over all child jobs;
// parallelism is that of its child job, 0 when unknown.
func (m Member) Worker(parallelism int) int {
	switch {
	case m.Block < 0 || m.Blocks == 1:
		return m.Index
	case parallelism == 0:
		return -1
	case parallelism == 1:
		return m.Block
	case m.Index < 0:
		return -1
	}
	return m.Block*parallelism + m.Index
}

func (o Labelled) has(label string) bool { return o.Labels[label] != "" }

// get reads a label, or the annotation of the same name: several kinds moved
// a key from one to the other between versions.
func (o Labelled) get(key string) (string, bool) {
	if v, ok := o.Labels[key]; ok {
		return v, true
	}
	v, ok := o.Annotations[key]
	return v, ok
}

// index reads an index from a label or annotation, else from the pod's name.
func (o Labelled) index(key string) int {
	if v, ok := o.get(key); ok {
		return number(v)
	}
	return trailing(o.Name)
}

func (o Labelled) above(apiVersion, kind, name string) fleet.Owner {
	return fleet.Owner{Ref: fleet.Ref{Kind: kind, Namespace: o.Namespace, Name: name}, APIVersion: apiVersion}
}

// number reads an index; -1 when it is none.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// trailing reads the index at the end of a name like "run-worker-3"; -1 without one.
func trailing(name string) int {
	i := strings.LastIndexByte(name, '-')
	if i < 0 {
		return -1
	}
	return number(name[i+1:])
}
