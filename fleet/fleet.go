// Package fleet holds paddock's words as plain types, and the join: what the
// sources said (a Snapshot of the API server, Readings of Prometheus) into one
// immutable Fleet that the screens and the commands draw.
//
// The package is pure: it imports the standard library only, does no I/O and
// has no clock of its own. Everything in a Fleet, a Snapshot and Readings is
// never changed after it was published; whoever needs another one builds it.
package fleet

import "time"

// Fleet is all of it joined, at one instant.
type Fleet struct {
	At      time.Time // when the join ran
	Cluster Cluster
	Jobs    []*Job  // by namespace, then name
	Nodes   []*Node // by name
	Teams   []*Team // by name
	Totals  Totals
	Sources []Source // the health of every source, in a fixed order
	// Absent are the namespaces looked at that don't exist, as far as namespaces can be read.
	Absent []string
	// Complete is true once the API server has answered or refused every watch.
	Complete bool
	// Usage is what metrics.k8s.io said of the pods and nodes that were asked
	// for (those on screen), by their Ref. Nil when nothing was asked.
	Usage map[Ref]Usage
	// Progress is how far the jobs are that were asked for, by their UID. Others
	// are missing.
	Progress map[string]*Progress
	// Metrics tells what the GPU numbers of this Fleet rest on.
	Metrics MetricsNote
}

// Cluster says which cluster is looked at, and through which eyes.
type Cluster struct {
	Context    string   // kubeconfig context; "in-cluster" inside a pod
	Server     string   // URL of the API server
	User       string   // kubeconfig user, or the impersonated one
	Version    string   // the server's git version, "" until it is known
	Namespaces []string // the namespaces looked at; nil means all of them
	Protected  bool     // marked as protected in paddock's config
	ReadOnly   bool     // no change may be sent from here
}

// Ref names an object. It is comparable, and says nothing about which life of
// the object is meant: actions are bound to a UID as well.
type Ref struct {
	Kind      string // "Job", "Pod", "Node", "PyTorchJob", ...
	Namespace string // "" for cluster-scoped kinds
	Name      string
}

// String is the form people write: namespace/name, or the name alone.
func (r Ref) String() string {
	if r.Namespace == "" {
		return r.Name
	}
	return r.Namespace + "/" + r.Name
}

// Job is one training run of any kind, joined with its workers and devices.
type Job struct {
	Ref        Ref
	APIVersion string // of the object, "batch/v1"; what a YAML view asks for
	UID        string
	// Parents are the controllers above this object, nearest first; empty for
	// a Job that nobody owns. The topmost one is what actions go through.
	Parents []Owner
	// Known is false when only pods were seen: their controller is of a kind
	// without an adapter, or may not be read. Such a row is read-only, and what
	// stands in the object alone (wanted workers, suspension) is unknown.
	Known bool

	State  State
	Reason string // the API's word behind State: "Unschedulable", "BackoffLimitExceeded"; "" when there is none
	Why    string // one line for people: "w2: ImagePullBackOff: manifest unknown"

	Created  time.Time
	Started  time.Time // zero until the first worker started
	Finished time.Time // zero until the job ended

	Roles    []Role    // at least one
	Workers  []*Worker // by role, index, then creation; the current attempt of each
	Counts   Counts
	Image    string // of the first worker, or of the template
	Queue    string // Kueue's or Volcano's queue, "" when none
	Priority string // priority class, "" when none
	Shape    Shape

	GPUs     GPUs
	Product  string  // of the nodes that its workers run on; "mixed" when they differ, "" when unknown
	Load     Load    // over the devices that the job holds now
	Events   []Event // of the job object itself, newest first: FailedCreate shows only here
	Restarts int     // attempts beyond the first, over all workers, as far as they are known
	Failures int     // ends of workers that its controller counts as failures

	until  time.Time // when its state may change by time alone; zero: never
	idle   idleCount // over its workers' devices
	ending int       // GPUs that are held by workers that are going
}

// Shape is how a batch/v1 Job spreads over pods. For other kinds it is zero.
type Shape struct {
	Indexed      bool
	Completions  int // -1 when unset
	Parallelism  int
	BackoffLimit int
	PerIndex     bool // each worker has a back-off of its own (backoffLimitPerIndex); BackoffLimit then does not end the job
	// IgnoresDisruptions: its pod failure policy does not count a worker that
	// was evicted. Such ends still feed the back-off delay.
	IgnoresDisruptions bool
	// ReplacesFailed: a worker is replaced only once its pod has failed, never
	// while it is ending (podReplacementPolicy Failed).
	ReplacesFailed bool
}

// Role is a group of equal workers in a Job: worker, master, ps, launcher.
type Role struct {
	Name   string // "worker" where the kind has no roles
	Wanted int    // workers asked for; -1 when unknown
	Counts Counts
	GPUs   int // GPUs a worker
}

// Counts tells workers by what they do. Their sum may differ from Wanted:
// workers that were not created yet are in none of them but Waiting, if the job wants them now.
type Counts struct {
	Wanted  int // -1 when unknown
	Ready   int // running and ready
	Waiting int // not yet running: no node, starting, or not created yet
	Failed  int // in a failed or failing state now
	Done    int // finished well
}

// GPUs counts the GPUs of a job, in devices (a MIG slice is one).
type GPUs struct {
	Requested int    // over all workers that the job wants
	Held      int    // bound to workers on nodes now
	Resource  string // "nvidia.com/gpu", "nvidia.com/mig-1g.10gb"; "" without GPUs
}

// Worker is one pod of a Job now.
type Worker struct {
	Pod   *Pod
	Ref   Ref // of the pod
	Job   Ref
	Role  string
	Index int // completion or replica index, the node rank; -1 when unknown
	// FirstRank and Ranks are the process ranks that a static launcher gives this
	// worker: FirstRank to FirstRank+Ranks-1. Ranks is 0 when that is not known.
	FirstRank int
	Ranks     int
	Attempt   int // 1 for the first life that paddock knows of; see Pod.Restarts for restarts in place
	State     State
	Reason    string    // the API's word: "CrashLoopBackOff"; "" when there is none
	Why       string    // one line for people
	Devices   []*Device // those that this worker holds and that report; by index
	Load      Load
	// Earlier are this worker's previous attempts that the server still has, newest first.
	Earlier []*Pod

	until time.Time // Failing until then, unless it ends again; zero: by what the server says
}

// Device is one GPU (or MIG slice) on one node.
type Device struct {
	Reading  *Reading // its numbers, shared with Readings; see Reading.At for their age
	History  History  // of Reading, without what was before its holder started
	Node     string   // the node's name, resolved; "" when it could not be
	Holders  []Ref    // pods that hold it; several when it is shared
	Inferred bool     // Holders come from the only pod that holds the whole node, not from labels
	Idle     bool     // held, and not busy over the whole IdleWindow
	Unsure   bool     // held for long enough to be idle, but its readings are too few to tell
}

// Node is one machine with what it has, what is held, and what reports.
type Node struct {
	Object  *NodeObject
	Name    string
	Ready   bool
	Why     string    // why it can't be used: "NotReady 12m: Kubelet stopped posting", "cordoned"; "" when it can
	Devices []*Device // by index; those that report
	Workers []*Worker // that run here, by their pod's name
	GPUs    NodeGPUs
	Load    Load // over the held devices
}

// NodeGPUs is the arithmetic of one node, in devices.
type NodeGPUs struct {
	Capacity    int // what the node has
	Allocatable int // what the device plugin calls healthy
	Held        int // bound to pods that have not ended; -1 when not all pods may be seen
	Free        int // can be given to a pod now: 0 on a node that is cordoned or not ready
	Broken      int // capacity that is not allocatable, or all that is not held of a node that is not ready
	Missing     int // real GPUs (nvidia.com/gpu.count) without a reading, while metrics are live; -1 when unknown
}

// Team is a namespace, with its quota and what it holds.
type Team struct {
	Name      string
	Display   string   // a name for people, from an annotation; "" when none
	Quotas    []*Quota // on GPUs
	Limit     int      // GPUs by the tightest quota; -1 without one
	Used      int      // GPUs that the quota counts as used; -1 without one
	Held      int
	Requested int // by jobs that are not suspended or over
	Waiting   int // GPUs that workers wait for
	Idle      int // devices held and idle; -1 when the readings can't tell
	Jobs      int // that are not over
	Load      Load
	States    map[State]int // jobs by state
}

// Totals are the numbers of the header, over everything that may be seen.
type Totals struct {
	// Whole GPUs; slices of GPUs and shares of GPUs are counted in Parts.
	GPUs        int // capacity of all nodes; -1 when nodes can't be read
	Allocatable int
	Held        int
	Free        int // usable now, on nodes that are ready and not cordoned; -1 when not all pods may be seen
	WholeNodes  int // nodes all of whose GPUs are free
	Fragments   int // free GPUs on nodes that are partly held
	Broken      int
	Blocked     int // not held, on cordoned nodes
	Idle        int // devices held and idle; -1 when the readings can't tell
	Load        Load
	States      map[State]int // jobs by state
	Nodes       int           // -1 when nodes can't be read
	NotReady    int
	Parts       Parts
}

// Parts counts MIG slices and shares of time-sliced GPUs. Eight of them may be
// one GPU: they are never added to whole ones.
type Parts struct {
	Capacity int // of all nodes
	Held     int
	Free     int // -1 when not all pods may be seen
}

// Load is what a set of devices does, from their Readings. Every number that
// nobody told is NaN: unknown is never 0.
type Load struct {
	Devices  int       // devices that the numbers rest on
	Busy     float64   // mean utilisation, 0 to 1
	Tensor   float64   // mean tensor activity, 0 to 1
	MemUsed  float64   // bytes, sum
	MemTotal float64   // bytes, sum
	Power    float64   // watts, sum
	MaxTemp  float64   // degrees Celsius, the hottest device
	At       time.Time // of the oldest sample in it; zero without samples
	History  History   // mean utilisation over the last minutes

	told told // how many devices the means rest on
}

// MetricsNote tells what the GPU numbers rest on.
type MetricsNote struct {
	At       time.Time // when Prometheus was last asked with success; zero before
	Devices  int       // devices that reported
	Labelled int       // devices whose series name the pod that holds them
	Matched  int       // devices joined to a worker
	Notes    []string  // what can't be trusted and why, a sentence each
}
