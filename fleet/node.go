package fleet

import (
	"cmp"
	"slices"
	"strings"
)

// newNode joins one node with the workers that run on it and the devices that
// report there. held is false when not all pods may be seen: then nobody knows
// what is free.
func newNode(o *NodeObject, ws []*Worker, ix *index, held, metrics bool) *Node {
	n := &Node{Object: o, Name: o.Name, Ready: o.Ready, Workers: ws, Why: unusable(o)}
	n.Devices = devicesOf(o.Name, ws, ix)
	var all gather
	for _, d := range n.Devices {
		if len(d.Holders) > 0 {
			all.device(d.Reading, d.History)
		}
	}
	n.Load = all.result()
	n.GPUs = arithmetic(o, ws, held)
	n.GPUs.Missing = missing(o, n.Devices, metrics)
	return n
}

// unusable says why nothing can be scheduled on the node now.
func unusable(o *NodeObject) string {
	switch {
	case !o.Ready:
		return joinWords("NotReady", orElse(o.Message, o.Reason))
	case o.Cordoned:
		return "cordoned"
	case len(o.Pressure) > 0:
		return strings.Join(o.Pressure, ", ")
	}
	return ""
}

// devicesOf are the devices of a node: those its workers hold as they were
// joined, and the rest as they report. A shared device stands once.
func devicesOf(node string, ws []*Worker, ix *index) []*Device {
	out := make([]*Device, 0, len(ix.byNode[node]))
	has := func(r *Reading) bool {
		return slices.ContainsFunc(out, func(d *Device) bool { return d.Reading == r })
	}
	for _, w := range ws {
		for _, d := range w.Devices {
			if !has(d.Reading) {
				out = append(out, d)
			}
		}
	}
	for _, at := range ix.byNode[node] {
		if r := &ix.devices[at]; !has(r) {
			out = append(out, &Device{Reading: r, Node: node, Holders: r.Holders, History: r.History})
		}
	}
	slices.SortFunc(out, byIndex)
	return out
}

func byIndex(a, b *Device) int {
	return cmp.Or(cmp.Compare(a.Reading.Index, b.Reading.Index), cmp.Compare(a.Reading.Slice, b.Reading.Slice),
		cmp.Compare(a.Reading.UUID, b.Reading.UUID))
}

func arithmetic(o *NodeObject, ws []*Worker, held bool) NodeGPUs {
	g := NodeGPUs{Capacity: o.Capacity, Allocatable: o.Allocatable}
	for _, w := range ws {
		if w.Pod.Holds() {
			g.Held += w.Pod.GPUs
		}
	}
	g.Broken = max(0, o.Capacity-o.Allocatable)
	switch {
	case !held:
		g.Held, g.Free = -1, -1 // others may hold them too
	case !o.Ready:
		g.Broken = max(0, o.Capacity-g.Held)
	case !o.Cordoned:
		g.Free = max(0, o.Allocatable-g.Held)
	}
	return g
}

// missing counts the real GPUs of a node that don't report while metrics are
// live. They are missing, not idle.
func missing(o *NodeObject, ds []*Device, metrics bool) int {
	if !metrics {
		return -1
	}
	want := o.GPUCount
	if want < 0 || o.MIG == "single" {
		if o.Capacity == 0 {
			return 0
		}
		if want < 0 && (o.Shared > 1 || o.MIG != "" && o.MIG != "none") {
			return -1
		}
		want = o.Capacity
	}
	if o.MIG == "single" {
		return max(0, want-len(ds))
	}
	gpus := 0 // slices of one GPU stand beside each other
	for i, d := range ds {
		if i == 0 || d.Reading.Index < 0 || d.Reading.Index != ds[i-1].Reading.Index {
			gpus++
		}
	}
	return max(0, want-gpus)
}
