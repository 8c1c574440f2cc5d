package fleet

import "slices"

// index finds readings by the pod that holds a device and by the node that it
// is in. It is built anew when nodes change, or devices or their holders; from
// one refresh to the next only the numbers do, and it serves again.
type index struct {
	nodes   map[string]*NodeObject
	devices []Reading // the newest; what follows are positions in it
	byPod   map[Ref][]located
	byNode  map[string][]int32
	// plain are the nodes whose series name no pod at all: there, and only
	// there, the pod that holds the whole node stands for missing labels.
	plain map[string]bool
	// inferred are the readings given to a pod that way.
	inferred map[Ref][]int32

	labelled int
	lost     int // readings of which neither node nor holder is known
}

// located is a reading with the node that it was resolved to, "" when none.
type located struct {
	at   int32
	node string
}

func newIndex(nodes []*NodeObject, readings *Readings) *index {
	ix := &index{
		nodes: make(map[string]*NodeObject, len(nodes)), byNode: make(map[string][]int32, len(nodes)),
		plain: make(map[string]bool, len(nodes)), inferred: map[Ref][]int32{},
	}
	alias := make(map[string]string, 2*len(nodes))
	for _, n := range nodes {
		ix.nodes[n.Name] = n
		for _, name := range []string{n.Address, n.Hostname} {
			if other, taken := alias[name]; taken && other != n.Name {
				alias[name] = "" // says nothing: two nodes have it
			} else {
				alias[name] = n.Name
			}
		}
	}
	if readings == nil {
		return ix
	}
	ix.devices = readings.Devices
	// One allocation serves all pods with a single device.
	all := make([]located, len(readings.Devices))
	ix.byPod = make(map[Ref][]located, len(readings.Devices))
	for i := range readings.Devices {
		r := &readings.Devices[i]
		node := ix.resolve(r, alias)
		if node == "" && len(r.Holders) == 0 {
			ix.lost++ // else the holder's node is its node
		}
		all[i] = located{int32(i), node}
		if _, seen := ix.byNode[node]; !seen {
			ix.plain[node] = node != ""
		}
		ix.byNode[node] = append(ix.byNode[node], int32(i))
		for _, pod := range r.Holders {
			if held := ix.byPod[pod]; held != nil {
				ix.byPod[pod] = append(held, all[i])
			} else {
				ix.byPod[pod] = all[i : i+1 : i+1]
			}
		}
		if len(r.Holders) > 0 {
			ix.labelled++
			ix.plain[node] = false
		}
	}
	return ix
}

// serves tells whether the index holds for other readings too: the same
// devices at the same places, held by the same pods.
func (ix *index) serves(r *Readings) bool {
	if r == nil || len(r.Devices) != len(ix.devices) {
		return r == nil && len(ix.devices) == 0
	}
	for i := range r.Devices {
		a, b := &ix.devices[i], &r.Devices[i]
		if a.Hardware != b.Hardware && *a.Hardware != *b.Hardware || !slices.Equal(a.Holders, b.Holders) {
			return false
		}
	}
	return true
}

// use takes the numbers of other readings, which the index serves.
func (ix *index) use(r *Readings) {
	if r != nil {
		ix.devices = r.Devices
	}
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
	start := p.started()
	var all gather
	add := func(r *Reading, holders []Ref, inferred bool) {
		if r.At.Before(start) {
			return
		}
		d := &Device{Reading: r, Node: p.Node, Holders: holders, Inferred: inferred, History: r.History.Since(start)}
		if r.At.Sub(start) >= IdleWindow && !(r.Util >= IdleBelow) {
			d.Idle, d.Unsure = idle(d.History)
		}
		w.Devices = append(w.Devices, d)
		all.device(r, d.History)
	}
	for _, l := range ix.byPod[p.Ref] {
		if l.node == "" || l.node == p.Node {
			r := &ix.devices[l.at]
			add(r, r.Holders, false)
		}
	}
	if len(ix.byPod[p.Ref]) == 0 && len(ix.inferred) > 0 {
		for _, at := range ix.inferred[p.Ref] {
			add(&ix.devices[at], []Ref{p.Ref}, true)
		}
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
