package metrics

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	core "k8s.io/api/core/v1"

	"paddock/demo/controllers/kubelet"
	"paddock/demo/dcgm"
)

// The annotations of a node that say what its labels don't.
const (
	XIDs    = "demo.paddock.dev/xids"    // the last XIDs of its GPUs: "7=79,3=63"
	Dialect = "demo.paddock.dev/dialect" // how its exporter speaks, see dcgm.ParseDialect
)

// Exporters are the dcgm-exporters of all nodes, as the GPU operator runs them:
// a pod a node.
type Exporters struct {
	seed  uint64
	nodes map[string]*exporter
}

// exporter is one node's.
type exporter struct {
	object *core.Node
	node   *dcgm.Node
	holds  map[string]dcgm.Pod // by UID
}

// NewExporters makes exporters of nodes that are not known yet.
func NewExporters(seed uint64) *Exporters {
	return &Exporters{seed: seed, nodes: map[string]*exporter{}}
}

// Targets brings the exporters up to date and lists them. Holdings are in the
// order in which devices were given.
func (e *Exporters) Targets(nodes []*core.Node, holdings []kubelet.Holding) []Target {
	held := map[string][]kubelet.Holding{}
	for _, h := range holdings {
		held[h.Node] = append(held[h.Node], h)
	}
	known := map[string]*exporter{}
	var targets []Target
	for _, n := range nodes {
		x := e.nodes[n.Name]
		if x == nil || x.object != n {
			x = e.describe(x, n)
		}
		if x == nil {
			continue
		}
		known[n.Name] = x
		x.place(held[n.Name])
		targets = append(targets, x.target())
	}
	e.nodes = known
	return targets
}

// describe reads a node; nil: it has no GPUs. What is known of it is kept when
// its hardware is the same.
func (e *Exporters) describe(old *exporter, n *core.Node) *exporter {
	model, ok := dcgm.FindModel(n.Labels["nvidia.com/gpu.product"])
	if !ok {
		return nil
	}
	gpus, _ := strconv.Atoi(n.Labels["nvidia.com/gpu.count"]) // none without the label
	dialect, _ := dcgm.ParseDialect(n.Annotations[Dialect])   // the plain one
	driver := n.Labels["nvidia.com/cuda.driver-version.full"]
	if driver == "" { // as older discovery says it
		driver = strings.Join([]string{n.Labels["nvidia.com/cuda.driver.major"], n.Labels["nvidia.com/cuda.driver.minor"], n.Labels["nvidia.com/cuda.driver.rev"]}, ".")
	}
	spec := dcgm.Spec{
		Name: n.Name, Model: model, Driver: driver, GPUs: gpus, Seed: e.seed, Dialect: dialect,
		ExporterPod: exporterPod(n.Name), XIDs: parseXIDs(n.Annotations[XIDs]),
	}
	if old != nil && old.node.Update(spec) {
		old.object = n
		return old
	}
	return &exporter{object: n, node: dcgm.NewNode(spec), holds: map[string]dcgm.Pod{}}
}

// place gives devices to who holds them now, and takes them from who did.
func (x *exporter) place(holdings []kubelet.Holding) {
	now := map[string]bool{}
	for _, h := range holdings {
		now[h.Pod.UID] = true
	}
	for uid := range x.holds {
		if !now[uid] {
			x.node.Release(uid)
			delete(x.holds, uid)
		}
	}
	for _, h := range holdings {
		if was, ok := x.holds[h.Pod.UID]; ok && was == h.Pod {
			continue
		}
		if x.node.Hold(h.Pod, string(h.Resource), h.Count) == nil { // else there is none to give: the kubelet counts too
			x.holds[h.Pod.UID] = h.Pod
		}
	}
}

func (x *exporter) target() Target {
	address := exporterAddress(x.object)
	return Target{
		URL: "http://" + address + "/metrics",
		Labels: map[string]string{
			"job": "nvidia-dcgm-exporter", "instance": address, "endpoint": "gpu-metrics", "service": "nvidia-dcgm-exporter",
			"namespace": "gpu-operator", "pod": exporterPod(x.object.Name), "container": "nvidia-dcgm-exporter",
		},
		Scrape: func(b []byte, now time.Time) ([]byte, error) {
			if !ready(x.object) || x.node.Spec().Dialect.Down {
				return b, &url.Error{Op: "Get", URL: "http://" + address + "/metrics", Err: context.DeadlineExceeded}
			}
			return x.node.AppendMetrics(b, now), nil
		},
	}
}

// exporterPod and exporterAddress are made from the node's name: its exporter
// keeps them for ever.
func exporterPod(node string) string {
	const letters = "bcdfghjklmnpqrstvwxz2456789"
	name := []byte("nvidia-dcgm-exporter-")
	for h, i := digest(node), 0; i < 5; i++ {
		name = append(name, letters[h%uint32(len(letters))])
		h /= uint32(len(letters))
	}
	return string(name)
}

func exporterAddress(n *core.Node) string {
	for _, a := range n.Status.Addresses {
		if a.Type == core.NodeInternalIP { // 10.0.3.17's pods live in 10.128.17.0/24
			host := a.Address[strings.LastIndexByte(a.Address, '.')+1:]
			return "10.128." + host + ".9:9400"
		}
	}
	return n.Name + ":9400"
}

// digest is FNV-1a.
func digest(s string) uint32 {
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}

func ready(n *core.Node) bool {
	for _, c := range n.Status.Conditions {
		if c.Type == core.NodeReady {
			return c.Status == core.ConditionTrue
		}
	}
	return true
}

func parseXIDs(text string) map[int]int {
	var found map[int]int
	for word := range strings.SplitSeq(text, ",") {
		gpu, xid, ok := strings.Cut(strings.TrimSpace(word), "=")
		i, errGPU := strconv.Atoi(gpu)
		x, errXID := strconv.Atoi(xid)
		if !ok || errGPU != nil || errXID != nil {
			continue
		}
		if found == nil {
			found = map[int]int{}
		}
		found[i] = x
	}
	return found
}
