package fleet

import (
	"slices"
	"time"
)

// index finds readings by the pod that holds a device and by the node that it
// is in. It is built anew with each set of readings or nodes.
type index struct {
	nodes  map[string]*NodeObject
	byPod  map[Ref][]*Reading
	byNode map[string][]*Reading
	node   map[*Reading]string
	// plain are the nodes whose series name no pod at all: there, and only
	// there, the pod that holds the whole node stands for missing labels.
	plain map[string]bool
	// inferred are the readings given to a pod that way.
	inferred map[Ref][]*Reading

	now      time.Time // end of the histories
	labelled int
	lost     int // readings whose node is not known
}

func newIndex(nodes []*NodeObject, readings *Readings) *index {
	ix := &index{
		nodes: make(map[string]*NodeObject, len(nodes)), byPod: map[Ref][]*Reading{}, byNode: map[string][]*Reading{},
		node: map[*Reading]string{}, plain: map[string]bool{}, inferred: map[Ref][]*Reading{},
	}
	alias := make(map[string]string, 2*len(nodes))
	for _, n := range nodes {
		ix.nodes[n.Name] = n
		alias[n.Address] = n.Name
		alias[n.Hostname] = n.Name
	}
	if readings == nil {
		return ix
	}
	for i := range readings.Devices {
		r := &readings.Devices[i]
		node := ix.resolve(r, alias)
		if node == "" {
			ix.lost++
		}
		ix.node[r] = node
		if _, seen := ix.byNode[node]; !seen {
			ix.plain[node] = node != ""
		}
		ix.byNode[node] = append(ix.byNode[node], r)
		for _, pod := range r.Holders {
			ix.byPod[pod] = append(ix.byPod[pod], r)
		}
		if len(r.Holders) > 0 {
			ix.labelled++
			ix.plain[node] = false
		}
	}
	return ix
}

// resolve finds the node of a reading: by a relabelled node name, by Hostname
// when that is a node (old installs put the exporter's pod there), by the
// address of the target. Without readable nodes the label is taken as it is.
func (ix *index) resolve(r *Reading, alias map[string]string) string {
	for _, name := range []string{r.NodeLabel, r.Hostname} {
		if ix.nodes[name] != nil {
			return name
		}
	}
	for _, name := range []string{r.NodeLabel, r.Hostname, r.Instance} {
		if node := alias[name]; name != "" && node != "" {
			return node
		}
	}
	if len(ix.nodes) == 0 {
		return orElse(r.NodeLabel, r.Hostname)
	}
	return ""
}

// infer looks which pod stands for missing labels on a node: the only one that
// holds GPUs there, when it holds all of them.
func (ix *index) infer(node string, pods []*Pod) {
	var only *Pod
	for _, p := range pods {
		delete(ix.inferred, p.Ref)
		if !p.Holds() {
			continue
		}
		if only != nil {
			return
		}
		only = p
	}
	readings := ix.byNode[node]
	if only == nil || len(readings) == 0 || only.GPUs != len(readings) {
		return
	}
	if n := ix.nodes[node]; n != nil && n.Capacity != only.GPUs {
		return
	}
	ix.inferred[only.Ref] = readings
}

// attach gives a worker its devices, and sums what they do. Readings older
// than the pod, or from another node, belong to an earlier pod of that name.
func (ix *index) attach(w *Worker) {
	p := w.Pod
	if !p.Holds() {
		w.Load = new(gather).result()
		return
	}
	readings, inferred := ix.byPod[p.Ref], false
	if len(readings) == 0 {
		readings = ix.inferred[p.Ref]
		inferred = len(readings) > 0
	}
	start := p.started()
	var all gather
	for _, r := range readings {
		node := ix.node[r]
		if r.At.Before(start) || (node != "" && node != p.Node) {
			continue
		}
		d := &Device{Reading: *r, Node: p.Node, Holders: r.Holders, Inferred: inferred}
		if inferred {
			d.Holders = []Ref{p.Ref}
		}
		d.Reading.History = r.History.Since(start)
		d.Idle = idle(d.Reading.History)
		w.Devices = append(w.Devices, d)
		all.device(&d.Reading, d.Reading.History)
	}
	slices.SortFunc(w.Devices, byIndex)
	w.Load = all.result()
}

// product is what the worker runs on: by its node's label, else by its devices.
func (ix *index) product(w *Worker) string {
	if n := ix.nodes[w.Pod.Node]; n != nil && n.Product != "" && w.Pod.GPUs > 0 {
		return n.Product
	}
	if len(w.Devices) > 0 {
		return w.Devices[0].Reading.Product
	}
	return ""
}
