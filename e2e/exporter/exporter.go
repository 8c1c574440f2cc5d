// Package exporter is the dcgm-exporter of every node of the cluster, in one
// HTTP server: it watches nodes and pods, gives each GPU that a pod holds to
// that pod, and serves what NVIDIA's exporter would say of it.
package exporter

import (
	"cmp"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"

	"paddock/demo/dcgm"
	"paddock/e2e/sim"
)

// Options are what nodes do not say themselves.
type Options struct {
	Dialect     string // for nodes without the annotation; see Dialect
	HonorLabels bool   // how Prometheus scrapes them
	Seed        uint64
}

// Exporter serves all nodes.
type Exporter struct {
	options Options

	mu    sync.Mutex
	nodes map[string]*node
	pods  map[string]map[string]*core.Pod // with GPUs, by node and UID; also on nodes that are not known yet
}

// node is one exporter. Its own lock lets scrapes of different nodes run at
// the same time.
type node struct {
	mu    sync.Mutex
	sim   *dcgm.Node
	honor bool
}

// New makes an exporter that follows the informers of a factory; the caller
// starts the factory.
func New(factory informers.SharedInformerFactory, o Options) (*Exporter, error) {
	e := &Exporter{options: o, nodes: map[string]*node{}, pods: map[string]map[string]*core.Pod{}}
	if _, err := ParseDialect(o.Dialect); err != nil {
		return nil, err
	}
	_, err := factory.Core().V1().Nodes().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(o any) { e.setNode(o.(*core.Node)) },
		UpdateFunc: func(_, o any) { e.setNode(o.(*core.Node)) },
		DeleteFunc: func(o any) { forget(o, e.removeNode) },
	})
	if err != nil {
		return nil, err
	}
	_, err = factory.Core().V1().Pods().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(o any) { e.setPod(o.(*core.Pod)) },
		UpdateFunc: func(old, o any) {
			if was, is := old.(*core.Pod), o.(*core.Pod); was.UID != is.UID { // recreated while we were disconnected
				e.removePod(was)
			}
			e.setPod(o.(*core.Pod))
		},
		DeleteFunc: func(o any) { forget(o, e.removePod) },
	})
	return e, err
}

// forget unwraps what an informer says of an object whose deletion it missed.
func forget[T any](o any, remove func(T)) {
	if tombstone, ok := o.(cache.DeletedFinalStateUnknown); ok {
		o = tombstone.Obj
	}
	if object, ok := o.(T); ok {
		remove(object)
	}
}

func (e *Exporter) setNode(object *core.Node) {
	spec, honor, err := e.nodeSpec(object)
	if err != nil {
		slog.Warn("read the node's simulation", "node", object.Name, "error", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if spec.GPUs == 0 {
		delete(e.nodes, object.Name)
		return
	}
	n := e.nodes[object.Name]
	if n == nil {
		n = &node{}
		e.nodes[object.Name] = n
	}
	n.mu.Lock()
	n.honor = honor
	same := n.sim != nil && n.sim.Update(spec)
	if !same {
		n.sim = dcgm.NewNode(spec)
	}
	n.mu.Unlock()
	if !same {
		e.placeAgain(object.Name)
	}
}

// placeAgain gives what devices a node has to the pods on it, the oldest first.
func (e *Exporter) placeAgain(name string) {
	here := slices.SortedFunc(maps.Values(e.pods[name]), func(a, b *core.Pod) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.UID, b.UID))
	})
	for _, p := range here {
		e.place(p)
	}
}

func (e *Exporter) removeNode(object *core.Node) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.nodes, object.Name)
}

func (e *Exporter) setPod(p *core.Pod) {
	if _, count := gpuRequest(p); count == 0 || p.Spec.NodeName == "" {
		return
	}
	if p.Status.Phase == core.PodSucceeded || p.Status.Phase == core.PodFailed {
		e.removePod(p)
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	here := e.pods[p.Spec.NodeName]
	if here == nil {
		here = map[string]*core.Pod{}
		e.pods[p.Spec.NodeName] = here
	}
	here[string(p.UID)] = p
	e.place(p)
}

func (e *Exporter) removePod(p *core.Pod) {
	e.mu.Lock()
	defer e.mu.Unlock()
	here := e.pods[p.Spec.NodeName]
	if here[string(p.UID)] == nil {
		return
	}
	delete(here, string(p.UID))
	n := e.nodes[p.Spec.NodeName]
	if n == nil {
		return
	}
	n.mu.Lock()
	n.sim.Release(string(p.UID))
	n.mu.Unlock()
	e.placeAgain(p.Spec.NodeName) // a pod may have come before this one was gone
}

// place gives a pod its devices, or tells the simulator what is new of it. A
// pod that finds none waits for removePod.
func (e *Exporter) place(p *core.Pod) {
	n := e.nodes[p.Spec.NodeName]
	if n == nil {
		return
	}
	resource, count := gpuRequest(p)
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := n.sim.Hold(simulated(p), resource, count); err != nil {
		slog.Debug("give a pod its devices", "error", err)
	}
}

// AppendNode appends what a node's exporter answers; false: nobody answers.
func (e *Exporter) AppendNode(b []byte, name string, now time.Time) ([]byte, bool) {
	e.mu.Lock()
	n := e.nodes[name]
	e.mu.Unlock()
	if n == nil {
		return b, false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.sim.Spec().Dialect.Down {
		return b, false
	}
	return n.sim.AppendMetrics(b, now), true
}

// Devices lists what a pod holds on a node.
func (e *Exporter) Devices(nodeName, uid string) []dcgm.Device {
	e.mu.Lock()
	n := e.nodes[nodeName]
	e.mu.Unlock()
	if n == nil {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.sim.Devices(uid)
}

// names lists the nodes whose targets are scraped one way, sorted.
func (e *Exporter) names(honor bool) []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var names []string
	for name, n := range e.nodes {
		n.mu.Lock()
		if n.honor == honor {
			names = append(names, name)
		}
		n.mu.Unlock()
	}
	slices.Sort(names)
	return names
}

// gpuRequest is the NVIDIA resource that a pod asks for, and how many.
func gpuRequest(p *core.Pod) (resource string, count int) {
	for _, c := range p.Spec.Containers {
		for name, quantity := range c.Resources.Limits {
			if n := string(name); n == "nvidia.com/gpu" || n == "nvidia.com/gpu.shared" || strings.HasPrefix(n, "nvidia.com/mig-") {
				resource, count = n, count+int(quantity.Value())
			}
		}
	}
	return resource, count
}

// simulated tells the simulator of a pod.
func simulated(p *core.Pod) dcgm.Pod {
	pod := dcgm.Pod{UID: string(p.UID), Namespace: p.Namespace, Name: p.Name, Container: gpuContainer(p), XID: atoi(p.Annotations[sim.XID])}
	index := -1
	if i, ok := p.Annotations["batch.kubernetes.io/job-completion-index"]; ok {
		index = atoi(i)
	} else if i, ok := p.Labels["training.kubeflow.org/replica-index"]; ok {
		index = atoi(i)
	}
	profile, err := dcgm.ParseProfile(p.Annotations[sim.Profile], index)
	if err != nil {
		slog.Warn("read the pod's profile", "pod", p.Namespace+"/"+p.Name, "error", err)
	}
	pod.Profile = profile
	for _, c := range p.Status.ContainerStatuses {
		if c.Name == pod.Container && c.State.Running != nil {
			pod.Started = c.State.Running.StartedAt.Time
		}
	}
	return pod
}

func gpuContainer(p *core.Pod) string {
	for _, c := range p.Spec.Containers {
		for name := range c.Resources.Limits {
			if strings.HasPrefix(string(name), "nvidia.com/") {
				return c.Name
			}
		}
	}
	return ""
}
