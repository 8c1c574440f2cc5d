package kinds

import (
	"testing"

	"paddock/fleet"
)

func owner(apiVersion, kind, name string) fleet.Owner {
	return fleet.Owner{Ref: fleet.Ref{Kind: kind, Namespace: "nlp", Name: name}, APIVersion: apiVersion, UID: "uid-" + name}
}

func TestReadLabels(t *testing.T) {
	type labels = map[string]string
	for _, c := range []struct {
		name       string
		pod        string
		labels     labels
		notes      labels
		controller fleet.Owner
		top        string // kind/name
		role       string
		worker     int // with one worker a child job
		known      bool
	}{
		{name: "plain Job", pod: "ocr-3-x7k2p", labels: labels{batchIndex: "3"}, controller: owner("batch/v1", "Job", "ocr"),
			top: "Job/ocr", worker: 3},
		{name: "index in the annotation only", notes: labels{batchIndex: "5"}, controller: owner("batch/v1", "Job", "ocr"),
			top: "Job/ocr", worker: 5},
		{name: "PyTorchJob", labels: labels{kubeflowJob: "llm", kubeflowRole: "Worker", kubeflowIndex: "2"},
			controller: owner("kubeflow.org/v1", "PyTorchJob", "llm"), top: "PyTorchJob/llm", role: "worker", worker: 2, known: true},
		{name: "MPI launcher", labels: labels{kubeflowJob: "hvd", kubeflowMPI: "launcher", kubeflowBy: "mpi-operator"},
			controller: owner("batch/v1", "Job", "hvd-launcher"), top: "MPIJob/hvd", role: "launcher", worker: -1, known: true},
		{name: "MPI worker", labels: labels{kubeflowJob: "hvd", kubeflowMPI: "worker", kubeflowBy: "mpi-operator", kubeflowIndex: "1"},
			controller: owner("kubeflow.org/v2beta1", "MPIJob", "hvd"), top: "MPIJob/hvd", role: "worker", worker: 1, known: true},
		{name: "JobSet of many jobs", labels: labels{jobsetName: "run", jobsetRole: "node", jobsetBlock: "7", batchIndex: "0"},
			controller: owner("batch/v1", "Job", "run-node-7"), top: "JobSet/run", role: "node", worker: 7, known: true},
		{name: "JobSet of one job", labels: labels{jobsetName: "run", jobsetRole: "node", jobsetBlock: "0", jobsetBlocks: "1", batchIndex: "4"},
			controller: owner("batch/v1", "Job", "run-node-0"), top: "JobSet/run", role: "node", worker: 4, known: true},
		{name: "TrainJob", labels: labels{jobsetName: "run", jobsetRole: "node", jobsetBlock: "0", jobsetBlocks: "1", batchIndex: "1", trainStep: "trainer"},
			controller: owner("batch/v1", "Job", "run-node-0"), top: "TrainJob/run", role: "node", worker: 1, known: true},
		{name: "Volcano", pod: "vc-worker-6", labels: labels{volcanoJob: "vc", volcanoRole: "worker"},
			controller: owner("batch.volcano.sh/v1alpha1", "Job", "vc"), top: "Job/vc", role: "worker", worker: 6, known: true},
		{name: "Ray for a RayJob", labels: labels{rayCluster: "r-abc", rayType: "worker", rayGroup: "gpu", rayFrom: "r", rayFromCRD: "RayJob"},
			controller: owner("ray.io/v1", "RayCluster", "r-abc"), top: "RayJob/r", role: "gpu", worker: -1, known: true},
		{name: "Ray head", labels: labels{rayCluster: "r-abc", rayType: "head", rayGroup: "headgroup"},
			controller: owner("ray.io/v1", "RayCluster", "r-abc"), top: "RayCluster/r-abc", role: "head", worker: -1, known: true},
		{name: "LeaderWorkerSet", labels: labels{lwsName: "serve", lwsGroup: "2", lwsIndex: "1"}, notes: labels{lwsSize: "4"},
			controller: owner("apps/v1", "StatefulSet", "serve-2"), top: "LeaderWorkerSet/serve", role: "worker", worker: 9, known: true},
		{name: "paddle-operator", pod: "wide-ps-1", labels: labels{paddleRole: "ps"},
			controller: owner("batch.paddlepaddle.org/v1", "PaddleJob", "wide"), top: "PaddleJob/wide", role: "ps", worker: 1, known: true},
		{name: "a recipe of paddock's without GPUs", labels: labels{ownFramework: "plain"}, notes: labels{batchIndex: "2"},
			controller: owner("batch/v1", "Job", "prep"), top: "Job/prep", worker: 2, known: true},
		{name: "Deployment", labels: labels{templateHash: "5d8f"}, controller: owner("apps/v1", "ReplicaSet", "serve-5d8f"),
			top: "Deployment/serve", worker: -1},
		{name: "ReplicaSet without a hash", controller: owner("apps/v1", "ReplicaSet", "serve-5d8f"), top: "ReplicaSet/serve-5d8f", worker: -1},
		{name: "nonsense index", labels: labels{kubeflowJob: "llm", kubeflowIndex: "-4"},
			controller: owner("kubeflow.org/v1", "PyTorchJob", "llm"), top: "PyTorchJob/llm", worker: -1, known: true},
	} {
		m := ReadLabels(Labelled{Namespace: "nlp", Name: c.pod, Labels: c.labels, Annotations: c.notes, Controller: c.controller})
		top := m.Top(c.controller)
		if got := top.Ref.Kind + "/" + top.Ref.Name; got != c.top {
			t.Errorf("%s: top %s, want %s", c.name, got, c.top)
		}
		if m.Role != c.role || m.Worker(1) != c.worker || m.Known != c.known {
			t.Errorf("%s: role %q worker %d known %v, want %q %d %v", c.name, m.Role, m.Worker(1), m.Known, c.role, c.worker, c.known)
		}
	}
}

func TestWorkerOverChildJobs(t *testing.T) {
	for _, c := range []struct{ block, blocks, index, parallelism, want int }{
		{-1, 0, 3, 0, 3}, // no child jobs
		{2, 4, 1, 3, 7},
		{2, 4, 1, 0, -1}, // nobody told how many a child has
		{0, 1, 5, 0, 5},
		{3, 4, -1, 1, 3},
		{3, 4, -1, 2, -1},
	} {
		m := Member{Index: c.index, Block: c.block, Blocks: c.blocks}
		if got := m.Worker(c.parallelism); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

func TestTrains(t *testing.T) {
	cron := owner("batch/v1", "CronJob", "cleanup")
	for _, c := range []struct {
		name    string
		devices int
		known   bool
		by      fleet.Owner
		queue   string
		want    bool
	}{
		{"asks for a GPU", 1, false, fleet.Owner{}, "", true},
		{"a CronJob's cleanup", 0, false, cron, "", false},
		{"a parameter server", 0, true, owner("kubeflow.org/v1", "TFJob", "wide"), "", true},
		{"a launcher without labels", 0, false, owner("kubeflow.org/v2beta1", "MPIJob", "hvd"), "", true},
		{"waits in a queue", 0, false, fleet.Owner{}, "team-queue", true},
		{"a web server", 0, false, owner("apps/v1", "ReplicaSet", "web-1"), "", false},
	} {
		if got := Trains(c.devices, Member{Known: c.known}, c.by, c.queue); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
