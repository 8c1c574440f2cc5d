// Package dcgm simulates the GPUs of nodes and the dcgm-exporter that reports
// them. It is pure: time comes in, text goes out; equal calls give equal text.
// What the text looks like follows NVIDIA/dcgm-exporter (render_metrics.go,
// default-counters.csv) of several generations, see Dialect.
package dcgm

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Spec describes a node's hardware and its exporter.
type Spec struct {
	Name        string
	Model       Model
	Driver      string
	GPUs        int
	MIG         []string // the slices that each GPU is cut into: "3g.40gb", ...; none: whole GPUs
	Replicas    int      // time slicing: how many pods share a GPU; 0 and 1: none do
	Seed        uint64
	Dialect     Dialect
	ExporterPod string      // the name of the exporter's own pod
	XIDs        map[int]int // XIDs by GPU index
	Missing     []int       // GPU indexes without any series: fallen off the bus
}

// Pod is who holds devices.
type Pod struct {
	UID, Namespace, Name, Container string
	Profile                         Profile
	XID                             int       // reported by its devices a minute after Started; 0: none
	Started                         time.Time // of its container; zero: not yet
}

// unit is what a pod can hold: a GPU or a slice of one.
type unit struct {
	gpu     int
	uuid    string
	slice   string // MIG profile; empty: the whole GPU
	sliceID int
	memory  int // MiB
	noise   uint64
	pods    []*Pod // more than one when the GPU is shared
	energy  float64
}

// Node is a simulated node. It is not safe for concurrent use.
type Node struct {
	spec  Spec
	units []*unit
	pods  map[string]*Pod
	last  time.Time // of the energy counters
	rows  []row     // the labels of every line; nil: build them
}

// NewNode makes a node whose devices nobody holds.
func NewNode(spec Spec) *Node {
	n := &Node{spec: spec, pods: map[string]*Pod{}}
	for gpu := range spec.GPUs {
		noise := hash(spec.Seed, spec.Name, uint64(gpu))
		add := func(slice string, id, memory int) {
			n.units = append(n.units, &unit{
				gpu: gpu, uuid: uuid(noise), slice: slice, sliceID: id, memory: memory,
				noise: noise + uint64(id), energy: float64(noise%9_000_000) * 1000,
			})
		}
		if len(spec.MIG) == 0 {
			add("", 0, spec.Model.MemoryMiB)
		}
		for i, slice := range spec.MIG {
			add(slice, 7+i, sliceMemory(slice)) // DCGM's instance ids start behind the fixed ones
		}
	}
	return n
}

// Spec is the node's description.
func (n *Node) Spec() Spec { return n.spec }

// Update changes what may change while pods run: driver, exporter and faults.
// It reports false when the hardware differs, which needs a new Node.
func (n *Node) Update(spec Spec) bool {
	old := n.spec
	same := old.Name == spec.Name && old.Model == spec.Model && old.GPUs == spec.GPUs &&
		slices.Equal(old.MIG, spec.MIG) && old.Replicas == spec.Replicas && old.Seed == spec.Seed
	if same {
		n.spec, n.rows = spec, nil
	}
	return same
}

// Hold gives a pod count devices of a resource, the first free ones. Held again
// by the same UID the pod keeps its devices and only its description changes.
func (n *Node) Hold(pod Pod, resource string, count int) error {
	n.rows = nil
	if held := n.pods[pod.UID]; held != nil {
		*held = pod
		return nil
	}
	free := n.free(resource)
	if len(free) < count {
		return fmt.Errorf("hold %d %s on %s for %s/%s: only %d are free", count, resource, n.spec.Name, pod.Namespace, pod.Name, len(free))
	}
	n.pods[pod.UID] = &pod
	for _, u := range free[:count] {
		u.pods = append(u.pods, &pod)
	}
	return nil
}

// Holds reports whether a pod holds devices here.
func (n *Node) Holds(uid string) bool { return n.pods[uid] != nil }

// Release takes a pod's devices back.
func (n *Node) Release(uid string) {
	if n.pods[uid] == nil {
		return
	}
	delete(n.pods, uid)
	n.rows = nil
	for _, u := range n.units {
		u.pods = slices.DeleteFunc(u.pods, func(p *Pod) bool { return p.UID == uid })
	}
}

// Device is what a pod holds.
type Device struct {
	GPU   int
	UUID  string
	Slice string
}

// Devices lists what a pod holds.
func (n *Node) Devices(uid string) []Device {
	var held []Device
	for _, u := range n.units {
		if slices.ContainsFunc(u.pods, func(p *Pod) bool { return p.UID == uid }) {
			held = append(held, Device{u.gpu, u.uuid, u.slice})
		}
	}
	return held
}

// free lists the units of a resource that can take one more pod, the least
// shared first, as the device plugin chooses them. It gives no GPU away that has
// fallen off the bus.
func (n *Node) free(resource string) []*unit {
	slice, isSlice := strings.CutPrefix(resource, "nvidia.com/mig-")
	slice = strings.TrimSuffix(slice, ".shared")
	var free []*unit
	for _, u := range n.units {
		room := len(u.pods) < max(1, n.spec.Replicas) && !slices.Contains(n.spec.Missing, u.gpu)
		if room && isSlice == (u.slice != "") && (!isSlice || u.slice == slice) {
			free = append(free, u)
		}
	}
	slices.SortStableFunc(free, func(a, b *unit) int { return len(a.pods) - len(b.pods) })
	return free
}

// sliceMemory reads the MiB out of a MIG profile: "3g.40gb".
func sliceMemory(profile string) int {
	_, size, _ := strings.Cut(profile, ".")
	gb, err := strconv.Atoi(strings.TrimSuffix(size, "gb"))
	if err != nil {
		return 0
	}
	return gb * 1024 * 97 / 100 // NVML reports a little less than the name says
}
