package ui

import (
	"time"

	"paddock/fleet"
)

// nodeWorld is the sample with nodes and teams of every fate.
func nodeWorld() *world {
	w := sample()
	w.snapshot.Namespaces = []*fleet.Namespace{{Name: "nlp", Display: "语言模型组"}, {Name: "speech", Display: "语音组"}, {Name: "vision", Display: "Vision 视觉"}, {Name: "rank", Display: "推荐"}}
	w.snapshot.Quotas = []*fleet.Quota{
		{Namespace: "nlp", Name: "gpus", Resource: "nvidia.com/gpu", Hard: 96, Used: 96},
		{Namespace: "vision", Name: "gpus", Resource: "nvidia.com/gpu", Hard: 256, Used: 208},
		{Namespace: "rank", Name: "gpus", Resource: "nvidia.com/gpu", Hard: 64, Used: 0},
	}
	nodes := w.snapshot.Nodes
	for i, n := range nodes {
		if i >= 30 {
			n.Pool, n.Product, n.Driver, n.CUDA, n.GPUMemory = "a100", "NVIDIA-A100-SXM4-80GB", "450.80.02", "11.0", 80<<30
		}
		n.CPU, n.Memory, n.Address, n.Kubelet, n.Zone = 96_000, 1<<40, "10.0.1.17", "v1.33.4", "cn-north-1b"
	}
	last := nodes[len(nodes)-1]
	last.Ready, last.Reason, last.Message, last.ReadySince = false, "NodeStatusUnknown", "Kubelet stopped posting node status.", noon.Add(-12*time.Minute)
	nodes[len(nodes)-2].Cordoned = true
	nodes[len(nodes)-2].Taints = []string{"maintenance=disk:NoSchedule"}
	nodes[3].Allocatable = 7
	for i := range w.readings.Devices {
		if r := &w.readings.Devices[i]; r.Hostname == nodes[2].Name && r.Index == 5 {
			r.XID, r.XIDAt = 79, noon.Add(-12*time.Minute)
		}
	}
	for _, n := range nodes {
		w.freeDevices(n)
	}
	return w
}

// freeDevices gives readings to the GPUs of a node that no pod was given.
func (w *world) freeDevices(n *fleet.NodeObject) {
	if !n.Ready {
		return
	}
	seen := map[int]bool{}
	for _, r := range w.readings.Devices {
		if r.Hostname == n.Name {
			seen[r.Index] = true
		}
	}
	for i := range n.Capacity {
		if seen[i] || n.Name == "gpu-0037" && i > 5 { // two of them are silent
			continue
		}
		w.readings.Devices = append(w.readings.Devices, fleet.Reading{
			Hardware: &fleet.Hardware{UUID: "GPU-" + n.Name + "-free", Index: i, Hostname: n.Name, Product: n.Product}, At: noon.Add(-5 * time.Second),
			Util: 0, Tensor: 0, MemUsed: 0, MemTotal: 80 << 30, Power: 61, Temp: 29, SMClock: 345e6, History: historyOf(noon, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
		})
	}
}
