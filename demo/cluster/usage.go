package cluster

import (
	"cmp"
	"slices"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	api "k8s.io/metrics/pkg/apis/metrics/v1beta1"

	"paddock/demo/controllers/kubelet"
)

// usageWindow is over how long metrics-server measures by default.
const usageWindow = 15 * time.Second

// usage is what metrics.k8s.io tells: of containers that run, and of the nodes
// that they run on, which need a little themselves.
func (c *Cluster) usage(k *kubelet.Kubelets) func() ([]api.NodeMetrics, []api.PodMetrics) {
	return func() ([]api.NodeMetrics, []api.PodMetrics) {
		var used []kubelet.Usage
		if err := c.sim.Do(func() { used = k.Usage() }); err != nil {
			return nil, nil
		}
		now := meta.NewTime(c.sim.Now().Truncate(usageWindow))
		nodes := map[string]*kubelet.Usage{}
		var pods []api.PodMetrics
		for _, u := range used {
			if nodes[u.Node] == nil {
				nodes[u.Node] = &kubelet.Usage{CPU: 0.4, Memory: 6 << 30} // the system's own
			}
			nodes[u.Node].CPU += u.CPU
			nodes[u.Node].Memory += u.Memory
			if n := len(pods); n == 0 || pods[n-1].Name != u.Pod || pods[n-1].Namespace != u.Namespace {
				pods = append(pods, api.PodMetrics{ObjectMeta: meta.ObjectMeta{Namespace: u.Namespace, Name: u.Pod, CreationTimestamp: now}, Timestamp: now, Window: meta.Duration{Duration: usageWindow}})
			}
			p := &pods[len(pods)-1]
			p.Containers = append(p.Containers, api.ContainerMetrics{Name: u.Container, Usage: quantities(u.CPU, u.Memory)})
		}
		var list []api.NodeMetrics
		for name, u := range nodes {
			list = append(list, api.NodeMetrics{ObjectMeta: meta.ObjectMeta{Name: name, CreationTimestamp: now}, Timestamp: now,
				Window: meta.Duration{Duration: usageWindow}, Usage: quantities(u.CPU, u.Memory)})
		}
		slices.SortFunc(list, func(a, b api.NodeMetrics) int { return cmp.Compare(a.Name, b.Name) })
		slices.SortFunc(pods, func(a, b api.PodMetrics) int {
			return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
		})
		return list, pods
	}
}

func quantities(cores, bytes float64) core.ResourceList {
	return core.ResourceList{
		core.ResourceCPU:    *resource.NewMilliQuantity(int64(cores*1000), resource.DecimalSI),
		core.ResourceMemory: *resource.NewQuantity(int64(bytes)>>10<<10, resource.BinarySI),
	}
}
