package submit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"paddock/fleet"
)

// place is where workers may land.
type place struct {
	list []*fleet.Node
	// sure is false when something was asked of nodes that can't be held against
	// what is known of them: there may be fewer.
	sure    bool
	empty   string // why there is none, when there is none
	unknown bool   // nodes can't be read
}

// nodesFor are the nodes with the resource that the workload's selector and
// tolerations allow.
func (c *checker) nodesFor(w *workload, resource string) place {
	if c.fleet == nil || c.fleet.Totals.Nodes < 0 || len(c.fleet.Nodes) == 0 {
		return place{unknown: true}
	}
	p := place{sure: w.spec.Affinity == nil}
	for _, n := range c.fleet.Nodes {
		if n.Object.Resource == resource && !n.Object.Cordoned {
			p.list = append(p.list, n)
		}
	}
	if len(p.list) == 0 {
		p.empty = "no node in use has " + resource
		return p
	}
	before := len(p.list)
	p.list = slices.DeleteFunc(p.list, func(n *fleet.Node) bool {
		fits, known := c.selected(w, n.Object)
		p.sure = p.sure && known
		return !fits
	})
	if len(p.list) == 0 {
		p.empty = fmt.Sprintf("none of %s with %s has the labels %s", plural(before, "node"), resource, selector(w.spec.NodeSelector))
		return p
	}
	before = len(p.list)
	taints := map[string]int{}
	p.list = slices.DeleteFunc(p.list, func(n *fleet.Node) bool {
		for _, t := range n.Object.Taints {
			if repels(t, w.spec.Tolerations) && !strings.HasPrefix(t, resource) {
				taints[t]++
				return true
			}
		}
		return false
	})
	if len(p.list) == 0 {
		p.empty = fmt.Sprintf("%s would do, but their taints are not tolerated: %s", plural(before, "node"), strings.Join(sortedKeys(taints), ", "))
	}
	return p
}

// selected tells whether a node has the labels that are asked for. Without an
// answer of the cluster only some labels are known.
func (c *checker) selected(w *workload, o *fleet.NodeObject) (fits, known bool) {
	ref := fleet.Ref{Kind: NodeSelector, Name: selector(w.spec.NodeSelector)}
	if a := c.facts[ref]; a.Presence == Present || a.Presence == Absent {
		return slices.Contains(a.Nodes, o.Name), true
	}
	known = true
	for key, value := range w.spec.NodeSelector {
		has := ""
		switch key {
		case labelProduct:
			has = o.Product
		case corev1.LabelHostname:
			has = o.Hostname
		case corev1.LabelTopologyZone:
			has = o.Zone
		default:
			known = false
			continue
		}
		if has != value {
			return false, true
		}
	}
	return true, known
}

// repels tells whether a taint, "key=value:Effect", keeps pods off that bear
// these tolerations.
func repels(taint string, tolerations []corev1.Toleration) bool {
	rest, effect, _ := strings.Cut(taint, ":")
	key, value, _ := strings.Cut(rest, "=")
	if effect == string(corev1.TaintEffectPreferNoSchedule) {
		return false
	}
	return !slices.ContainsFunc(tolerations, func(t corev1.Toleration) bool {
		return (t.Key == "" || t.Key == key) && (t.Effect == "" || string(t.Effect) == effect) &&
			(t.Operator == corev1.TolerationOpExists || t.Value == value)
	})
}

// room holds the GPUs that are asked for against what there is and what is free.
func (c *checker) room(w *workload, p place, gpus int, resource string) {
	switch {
	case p.unknown:
		if c.fleet != nil {
			c.say(Hint, "nodes-unseen", "nodes can't be seen from here: nobody held the GPUs against them", "")
		}
		return
	case len(p.list) == 0:
		c.say(c.never(p), "no-node", "no node can take a worker: "+p.empty, c.products(resource))
		return
	}
	c.gpuTaint(w, p, resource)
	largest, all := 0, 0
	for _, n := range p.list {
		largest = max(largest, n.GPUs.Allocatable)
		all += n.GPUs.Allocatable / gpus
	}
	asks := fmt.Sprintf("it asks for %s of %d x %s", plural(w.workers, "worker"), gpus, resource)
	switch {
	case largest < gpus:
		c.say(c.never(p), "node-too-small", fmt.Sprintf("a worker asks for %d GPUs; the largest node that it may land on has %d", gpus, largest), c.do("more workers with fewer gpus", "more replicas with fewer GPUs"))
		return
	case all < c.least(w):
		c.say(c.never(p), "cluster-too-small", fmt.Sprintf("%s; %s %s room for %d even when all is free", asks, plural(len(p.list), "node"), have(len(p.list)), all), "")
		return
	}
	c.free(w, p, gpus, asks)
}

// never is the severity of what can't run on the nodes that there are.
func (c *checker) never(p place) Severity {
	if p.sure || p.empty != "" {
		return Error
	}
	return Warning
}

// least is how many workers have to run for the job to train.
func (c *checker) least(w *workload) int {
	if c.recipe != nil {
		return c.recipe.Workers.Min
	}
	return w.workers
}

// free tells how many workers find room now.
func (c *checker) free(w *workload, p place, gpus int, asks string) {
	var blocks []int
	fit := 0
	for _, n := range p.list {
		switch {
		case n.GPUs.Free < 0:
			c.say(Hint, "free-unseen", "not all pods can be seen from here: nobody knows what is free", "")
			return
		case n.GPUs.Free > 0 && n.Ready:
			blocks = append(blocks, n.GPUs.Free)
			fit += n.GPUs.Free / gpus
		}
	}
	if fit >= w.workers {
		return
	}
	slices.SortFunc(blocks, func(a, b int) int { return b - a })
	c.say(Warning, "no-room", fmt.Sprintf("%s; now there is room for %d (free on a node: %s)", asks, fit, blockList(blocks)), "it waits until others end")
}

func blockList(blocks []int) string {
	const most = 6
	if len(blocks) == 0 {
		return "none"
	}
	var out []string
	for i, b := range blocks {
		if i == most {
			return strings.Join(out, ", ") + fmt.Sprintf(" and %d more", len(blocks)-most)
		}
		out = append(out, strconv.Itoa(b))
	}
	return strings.Join(out, ", ")
}

// gpuTaint tells of a taint that GPU nodes have against all other pods. Many
// clusters tolerate it for pods that ask for the resource by themselves (the
// admission plugin ExtendedResourceToleration).
func (c *checker) gpuTaint(w *workload, p place, resource string) {
	tainted := 0
	taint := ""
	for _, n := range p.list {
		for _, t := range n.Object.Taints {
			if strings.HasPrefix(t, resource) && repels(t, w.spec.Tolerations) {
				tainted++
				taint = t
				break
			}
		}
	}
	if tainted == len(p.list) {
		c.say(Warning, "gpu-taint", fmt.Sprintf("all nodes that would do have the taint %s; not every cluster lets pods with GPUs through by itself", taint),
			c.do(fmt.Sprintf("tolerations: [%q]", resource), "tolerate "+resource))
	}
}

// products names what GPUs there are.
func (c *checker) products(resource string) string {
	seen := map[string]int{}
	for _, n := range c.fleet.Nodes {
		if n.Object.Resource == resource && n.Object.Product != "" {
			seen[n.Object.Product]++
		}
	}
	if len(seen) == 0 {
		return ""
	}
	return "there are " + strings.Join(sortedKeys(seen), ", ")
}
