package dcgm

import (
	"fmt"
	"strings"
)

// Names is a generation of metric names.
type Names int

// The generations; see the comment of each series in series.go for its units.
const (
	Classic Names = iota // DCGM_FI_DEV_GPU_UTIL: dcgm-exporter up to 4.8
	Renamed              // DCGM_FI_DEV_GPU_UTIL_RATIO: 4.9, other units too
	Legacy               // dcgm_gpu_utilization: 1.x, no Hostname, no profiling metrics
)

// PodLabels is how an exporter says which pod holds a GPU.
type PodLabels int

// The ways.
const (
	Attributed   PodLabels = iota // pod, namespace, container on held GPUs
	AlwaysThere                   // the same, and pod="" on free GPUs: older versions
	NoPodLabels                   // not at all: Kubernetes mode off, or no pod-resources socket
	OldNamespace                  // pod_name, pod_namespace, container_name, uuid: --use-old-namespace
)

// Dialect is how one exporter speaks: its version and its settings.
type Dialect struct {
	Names     Names
	PodLabels PodLabels

	LowerHostname bool // the label is hostname: from 4.6.0-4.8.3 on
	PodHostname   bool // its value is the exporter's pod: NODE_NAME is not set
	Virtual       bool // KUBERNETES_VIRTUAL_GPUS: one copy of a shared GPU for each pod, with vgpu
	Blanks        bool // DCGM's blank values are written, as before July 2020, and a NaN
	NoProfiling   bool // DCGM_FI_PROF_* are absent: no CAP_SYS_ADMIN
	Down          bool // the exporter does not answer
}

// ParseDialect reads comma-separated words, such as "renamed,vgpu":
//
//	classic renamed legacy                        metric names
//	nopods emptypods oldnamespace                 pod labels
//	hostname podhostname vgpu blanks noprof down  the settings of the same names
//
// The empty text is the zero Dialect: classic names, pods attributed.
func ParseDialect(text string) (Dialect, error) {
	var d Dialect
	for word := range strings.SplitSeq(text, ",") {
		switch strings.TrimSpace(word) {
		case "", "classic":
		case "renamed":
			d.Names = Renamed
		case "legacy":
			d.Names = Legacy
		case "nopods":
			d.PodLabels = NoPodLabels
		case "emptypods":
			d.PodLabels = AlwaysThere
		case "oldnamespace":
			d.PodLabels = OldNamespace
		case "hostname":
			d.LowerHostname = true
		case "podhostname":
			d.PodHostname = true
		case "vgpu":
			d.Virtual = true
		case "blanks":
			d.Blanks = true
		case "noprof":
			d.NoProfiling = true
		case "down":
			d.Down = true
		default:
			return Dialect{}, fmt.Errorf("exporter dialect %q: unknown word %q", text, word)
		}
	}
	return d, nil
}
