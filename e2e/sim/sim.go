// Package sim names the annotations by which objects of the cluster choose how
// the hardware under them is simulated. This is the one place that documents
// them; kwok's stages (cluster/kwok), the kubelet's events and the exporter
// simulator read them.
//
// On a pod (so also in a Job's pod template):
//
//	sim.paddock/profile       GPU behaviour, and by worker index: "busy", "busy,2=straggler,4=hung".
//	                          The words are those of demo/dcgm.Profile. Default: busy.
//	sim.paddock/xid           the XID that its devices report a minute after the container started: "79"
//	sim.paddock/pull-for      how long the image is pulled: "10m". Default: 0.8 to 4 s.
//	sim.paddock/pull-fails    the registry's answer; the pod ends in ImagePullBackOff:
//	                          "manifest unknown", "unauthorized"
//	sim.paddock/run-for       how long the container runs, then it exits: "3m". Default: for ever.
//	sim.paddock/exit-code     what it exits with. Default: 0.
//	sim.paddock/exit-reason   Error, OOMKilled, ... Default: Completed or Error.
//	sim.paddock/exit-message  its termination message
//	sim.paddock/exit-index    only the worker of this completion index exits: "2"
//	sim.paddock/never-gone    "true": the kubelet never confirms its deletion, as on a lost node
//	sim.paddock/killed        "true": one of the pods so marked is evicted every three minutes
//	kwok.x-k8s.io/usage-cpu, kwok.x-k8s.io/usage-memory   what metrics.k8s.io says of it
//
// On a node:
//
//	sim.paddock/exporter      words of Dialect below, comma separated: "renamed,vgpu", "down", ...
//	sim.paddock/mig           the slices that each of its GPUs is cut into: "3g.40gb,1g.10gb,1g.10gb"
//	sim.paddock/replicas      time slicing: how many pods share a GPU: "4"
//	sim.paddock/xids          XIDs by GPU index: "3=79,5=48"
//	sim.paddock/missing       GPU indexes that have no series: "7"
package sim

// The annotations.
const (
	Profile     = "sim.paddock/profile"
	XID         = "sim.paddock/xid"
	PullFor     = "sim.paddock/pull-for"
	PullFails   = "sim.paddock/pull-fails"
	RunFor      = "sim.paddock/run-for"
	ExitCode    = "sim.paddock/exit-code"
	ExitReason  = "sim.paddock/exit-reason"
	ExitMessage = "sim.paddock/exit-message"
	ExitIndex   = "sim.paddock/exit-index"
	NeverGone   = "sim.paddock/never-gone"
	Killed      = "sim.paddock/killed"
	UsageCPU    = "kwok.x-k8s.io/usage-cpu"
	UsageMemory = "kwok.x-k8s.io/usage-memory"

	Exporter = "sim.paddock/exporter"
	MIG      = "sim.paddock/mig"
	Replicas = "sim.paddock/replicas"
	XIDs     = "sim.paddock/xids"
	Missing  = "sim.paddock/missing"
)
