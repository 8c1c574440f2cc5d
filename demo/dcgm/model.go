package dcgm

import "strings"

// Model is a kind of GPU. Names are NVML's; memory is what NVML reports, the
// power limit and clocks are the boards' data sheets'.
type Model struct {
	Name      string // "NVIDIA A100-SXM4-80GB": the exporter's modelName
	Family    string // as GPU feature discovery writes it
	Compute   string // CUDA compute capability
	MemoryMiB int
	PowerW    float64 // limit
	SMClock   int     // MHz, boost
	MemClock  int     // MHz
	HBM       bool    // has a memory temperature
	MIG       bool    // can be cut into slices
}

// Label is the name as a value of the node label nvidia.com/gpu.product.
func (m Model) Label() string { return strings.ReplaceAll(m.Name, " ", "-") }

// Models lists the GPUs that the simulator knows.
func Models() []Model {
	return []Model{
		{Name: "NVIDIA A100-SXM4-80GB", Family: "ampere", Compute: "8.0", MemoryMiB: 81920, PowerW: 400, SMClock: 1410, MemClock: 1593, HBM: true, MIG: true},
		{Name: "NVIDIA H100 80GB HBM3", Family: "hopper", Compute: "9.0", MemoryMiB: 81559, PowerW: 700, SMClock: 1980, MemClock: 2619, HBM: true, MIG: true},
		{Name: "Tesla V100-SXM2-32GB", Family: "volta", Compute: "7.0", MemoryMiB: 32768, PowerW: 300, SMClock: 1530, MemClock: 877, HBM: true},
		{Name: "Tesla T4", Family: "turing", Compute: "7.5", MemoryMiB: 15360, PowerW: 70, SMClock: 1590, MemClock: 5000},
		{Name: "NVIDIA L40S", Family: "ada-lovelace", Compute: "8.9", MemoryMiB: 46068, PowerW: 350, SMClock: 2520, MemClock: 9001},
	}
}

// FindModel finds a model by its name or its label; suffixes that time slicing
// adds to the label (-SHARED) do not matter.
func FindModel(name string) (Model, bool) {
	name = strings.TrimSuffix(name, "-SHARED")
	for _, m := range Models() {
		if m.Name == name || m.Label() == name {
			return m, true
		}
	}
	return Model{}, false
}
