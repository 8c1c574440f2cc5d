package fleet

import "time"

// Snapshot is what the API server said, at one instant. Groups, nodes and the
// rest that did not change since the previous Snapshot are the same pointers,
// so the join can reuse what it made of them.
type Snapshot struct {
	Seq        uint64
	At         time.Time
	Cluster    Cluster
	Groups     []*Group      // by namespace, then name of their Owner
	Nodes      []*NodeObject // by name; nil when they can't be read
	Namespaces []*Namespace  // by name
	Quotas     []*Quota      // by namespace, then name; those that bound GPUs
	Sources    []Source
	// Complete is true once every source has answered or been refused, so that
	// what is missing is missing on the server.
	Complete bool
}

// Owner is a controller above an object.
type Owner struct {
	Ref        Ref
	APIVersion string
	UID        string
}

// Group is one job-to-be: the pods of one topmost controller, and the
// controller's object where a kind's adapter read it.
type Group struct {
	// Owner is the topmost controller that is known from owner references,
	// job-name labels and the objects watched; for a pod without a controller,
	// the pod itself.
	Owner   Owner
	Parents []Owner    // above Owner when Owner itself is owned by something that is not read
	Job     *JobObject // nil when no adapter read the object
	Pods    []*Pod     // by name
	Events  []Event    // of the object, newest first
}

// JobObject is what a kind's adapter read from the job's own object.
type JobObject struct {
	Ref        Ref
	APIVersion string
	UID        string
	Owner      Owner // its own controller; zero when none
	Created    time.Time
	Started    time.Time
	Finished   time.Time
	Deleted    time.Time // deletionTimestamp

	Phase   Phase
	Reason  string // of the condition behind Phase
	Message string

	Roles    []RoleSpec
	Shape    Shape
	Queue    string
	Priority string

	Active, Ready, Succeeded, FailedPods, Terminating int // pods, as the controller counts them
}

// Phase is what the job's object says of itself, the same words for every kind.
type Phase string

// The phases. PhaseActive covers everything between creation and an end.
const (
	PhaseActive    Phase = "active"
	PhaseSuspended Phase = "suspended"
	PhaseQueued    Phase = "queued" // suspended by a queue that will start it
	PhaseDone      Phase = "done"
	PhaseFailed    Phase = "failed"
)

// RoleSpec is a role as the object asks for it.
type RoleSpec struct {
	Name     string
	Wanted   int // workers at the same time; see Shape for batch Jobs
	GPUs     int // a worker
	Resource string
	Image    string
	CPU      int64 // millicores a worker, requested
	Memory   int64 // bytes a worker, requested
}

// Pod is what paddock keeps of a pod: a few hundred bytes.
type Pod struct {
	Ref   Ref
	UID   string
	Role  string // from the labels of the kind; "" when it has none
	Index int    // completion or replica index; -1 when unknown

	Node     string
	Phase    string // "Pending", "Running", "Succeeded", "Failed", "Unknown"
	GPUs     int    // devices asked for, over all containers
	Resource string // the resource that GPUs counts
	CPU      int64  // millicores requested
	Memory   int64  // bytes requested

	Created     time.Time
	Scheduled   time.Time // condition PodScheduled
	Admitted    time.Time // status.startTime: the kubelet took it, devices are bound
	Sandbox     time.Time // condition PodReadyToStartContainers: volumes mounted, network up
	Initialized time.Time
	Ready       time.Time // condition Ready is true since
	Deleted     time.Time // deletionTimestamp; set means it is ending

	Reason        string // status.reason: "Evicted", "UnexpectedAdmissionError", "NodeLost"
	Message       string // status.message, or the scheduler's words while it has no node
	Unschedulable bool   // the scheduler said no, see Message
	Gated         bool   // held back by scheduling gates
	Disruption    string // reason of condition DisruptionTarget: "EvictionByEvictionAPI", "PreemptionByScheduler"; "" when none

	// Main is the container with the GPU limit, or the first one.
	Main Container
	// Blocking is the first container, init containers first, that waits for
	// something other than its turn ("ImagePullBackOff"), or failed; nil when none
	// does: most pods have none.
	Blocking        *Container
	Containers      int // without init containers
	ReadyContainers int
	Restarts        int // over all containers

	ServiceAccount string
	Priority       string
}

// Over is true when the pod has ended, well or not.
func (p *Pod) Over() bool { return p.Phase == "Succeeded" || p.Phase == "Failed" }

// Holds is true while the pod keeps its GPUs from others: it has a node and has not ended.
func (p *Pod) Holds() bool { return p.GPUs > 0 && p.Node != "" && !p.Over() }

// started is when the pod began to work, as far as is known: what devices did before is not its doing.
func (p *Pod) started() time.Time {
	for _, t := range []time.Time{p.Main.Started, p.Admitted, p.Scheduled} {
		if !t.IsZero() {
			return t
		}
	}
	return p.Created
}

// blocked is the container that Blocking tells of, or an empty one.
func (p *Pod) blocked() Container {
	if p.Blocking == nil {
		return Container{}
	}
	return *p.Blocking
}

// ended is when the pod's main container ended; zero when that is not known.
func (p *Pod) ended() time.Time { return p.Main.Finished }

// Container is the state of one container.
type Container struct {
	Name     string
	Image    string
	Digest   string // "sha256:..." of the image that runs, "" when unknown
	Init     bool
	Ready    bool
	State    string // "waiting", "running", "terminated"; "" before the kubelet spoke
	Reason   string // of the waiting or terminated state: "ContainerCreating", "ImagePullBackOff", "OOMKilled"
	Message  string
	ExitCode int // of a terminated state
	Started  time.Time
	Finished time.Time
	Restarts int
	// Last is how the previous run in place ended; nil when there was none.
	Last *Termination
}

// Termination is how a container ended.
type Termination struct {
	ExitCode int
	Reason   string
	Message  string
	Started  time.Time
	Finished time.Time
}

// NodeObject is what paddock keeps of a node.
type NodeObject struct {
	Name    string
	UID     string
	Created time.Time

	Ready      bool
	ReadySince time.Time // since when Ready has its value
	Reason     string    // of condition Ready when it is not true
	Message    string
	Pressure   []string // "MemoryPressure", "DiskPressure", ... that are true
	Cordoned   bool
	Taints     []string // "key=value:Effect", without the ones that cordon and readiness bring

	Resource    string // the GPU resource that it has most of; "" for a node without GPUs
	Capacity    int    // GPUs, MIG slices and shares included
	Allocatable int
	GPUCount    int    // real GPUs by nvidia.com/gpu.count; -1 without the label
	Product     string // nvidia.com/gpu.product
	GPUMemory   int64  // bytes a GPU; nvidia.com/gpu.memory is MiB
	Driver      string // nvidia.com/cuda.driver-version.full, or rebuilt from its parts
	CUDA        string // highest CUDA that the driver supports
	MIG         string // nvidia.com/mig.strategy; "" or "none" without
	Shared      int    // nvidia.com/gpu.replicas; 1 when not shared, 0 when unknown
	CPU         int64  // allocatable millicores
	Memory      int64  // allocatable bytes
	Pool        string // node pool by the usual labels; "" when none
	Zone        string
	Address     string // InternalIP
	Kubelet     string // version
	Hostname    string // label kubernetes.io/hostname
}

// Parted is true when what the node gives away are parts of GPUs: MIG slices,
// or shares of time-sliced GPUs.
func (o *NodeObject) Parted() bool {
	return o.Shared > 1 || o.MIG == "single" || o.MIG == "mixed"
}

// Namespace is what paddock keeps of a namespace.
type Namespace struct {
	Name    string
	Display string // by the usual annotations; "" when none
	Ending  bool
}

// Quota is one ResourceQuota's bound on one GPU resource.
type Quota struct {
	Namespace string
	Name      string
	Resource  string // without the "requests." prefix
	Hard      int
	Used      int
}

// Event is one event of one object, repeats counted.
type Event struct {
	Ref     Ref    // what it is about
	UID     string // of what it is about
	Type    string // "Normal", "Warning"
	Reason  string
	Message string
	Source  string // component
	Count   int
	First   time.Time
	Last    time.Time
}

// Usage is what metrics.k8s.io says of a pod or a node.
type Usage struct {
	CPU    int64 // millicores
	Memory int64 // bytes, working set
	At     time.Time
	Window time.Duration
}
