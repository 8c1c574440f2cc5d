// Package quota keeps the status of the embedded cluster's resource quotas:
// what their namespaces use of them.
package quota

import (
	"strings"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/resource"

	"paddock/demo/controllers/typed"
	"paddock/demo/sim"
	"paddock/demo/store"
)

// latency is how long the status lags behind what happens.
const latency = 100 * time.Millisecond

// Controller is the quota controller.
type Controller struct {
	sim    *sim.Sim
	store  *store.Store
	queue  *sim.Queue[string]
	counts map[string]map[string]int64 // by namespace and resource.group
}

// New makes the controller; add it to the world.
func New(s *sim.Sim, st *store.Store) *Controller {
	c := &Controller{sim: s, store: st, counts: map[string]map[string]int64{}}
	c.queue = sim.NewQueue(s, c.sync)
	return c
}

// Handle notes which namespace uses more or less than before.
func (c *Controller) Handle(e store.Event) {
	if _, ok := e.Object.(*core.Event); ok || e.Key.Namespace == "" {
		return
	}
	counts := c.counts[e.Key.Namespace]
	if counts == nil {
		counts = map[string]int64{}
		c.counts[e.Key.Namespace] = counts
	}
	changed := true
	switch e.Type {
	case store.Added:
		counts[e.Key.Resource.String()]++
	case store.Deleted:
		counts[e.Key.Resource.String()]--
	default:
		changed = matters(e)
	}
	if changed {
		c.queue.Add(e.Key.Namespace, latency)
	}
}

func matters(e store.Event) bool {
	switch o := e.Object.(type) {
	case *core.ResourceQuota:
		return true
	case *core.Pod:
		return counts(o) != counts(e.Old.(*core.Pod))
	}
	return false
}

// counts says that a pod uses quota: until it has ended.
func counts(p *core.Pod) bool {
	return p.Status.Phase != core.PodSucceeded && p.Status.Phase != core.PodFailed
}

func (c *Controller) sync(namespace string) {
	quotas := typed.List[*core.ResourceQuota](c.store, typed.Quota(namespace, ""))
	if len(quotas) == 0 {
		return
	}
	used := c.used(namespace)
	for _, q := range quotas {
		status := core.ResourceQuotaStatus{Hard: q.Spec.Hard.DeepCopy(), Used: core.ResourceList{}}
		for name := range q.Spec.Hard {
			if amount, ok := used[name]; ok {
				status.Used[name] = amount
			} else {
				status.Used[name] = *resource.NewQuantity(c.count(namespace, name), resource.DecimalSI)
			}
		}
		if equality.Semantic.DeepEqual(status, q.Status) {
			continue
		}
		_, err := typed.Change(c.store, typed.Quota(namespace, q.Name), q, func(q *core.ResourceQuota) { q.Status = status })
		if typed.Unexpected(err) {
			c.sim.Log().Error("count what a quota is used for", "quota", namespace+"/"+q.Name, "error", err)
		}
	}
}

func (c *Controller) used(namespace string) core.ResourceList {
	used := core.ResourceList{core.ResourcePods: resource.Quantity{Format: resource.DecimalSI}} // not those that have ended
	for _, p := range typed.List[*core.Pod](c.store, typed.Pod(namespace, "")) {
		if counts(p) {
			add(used, OfPod(p))
		}
	}
	for _, claim := range typed.List[*core.PersistentVolumeClaim](c.store, typed.Claim(namespace, "")) {
		add(used, core.ResourceList{core.ResourceRequestsStorage: claim.Spec.Resources.Requests[core.ResourceStorage]})
	}
	return used
}

// count is how many objects of a kind there are: "pods", "count/jobs.batch".
func (c *Controller) count(namespace string, name core.ResourceName) int64 {
	kind, isCount := strings.CutPrefix(string(name), "count/")
	if !isCount && strings.ContainsAny(kind, "./") {
		return 0 // an amount that no pod asks for
	}
	return c.counts[namespace][kind]
}

func add(sum, list core.ResourceList) {
	for name, q := range list {
		total := sum[name]
		total.Add(q)
		sum[name] = total
	}
}

// OfPod is what a pod uses of the resources that quotas name, as
// kubernetes' pkg/quota/v1/evaluator/core counts it. Init containers count
// when they need more than the containers together.
func OfPod(p *core.Pod) core.ResourceList {
	requests, limits := core.ResourceList{}, core.ResourceList{}
	for _, c := range p.Spec.Containers {
		add(requests, c.Resources.Requests)
		add(limits, c.Resources.Limits)
	}
	for _, c := range p.Spec.InitContainers {
		atLeast(requests, c.Resources.Requests)
		atLeast(limits, c.Resources.Limits)
	}
	used := core.ResourceList{core.ResourcePods: *resource.NewQuantity(1, resource.DecimalSI)}
	for name, q := range requests {
		switch name {
		case core.ResourceCPU, core.ResourceMemory, core.ResourceEphemeralStorage:
			used[name] = q
		}
		used["requests."+name] = q
	}
	for name, q := range limits {
		switch name {
		case core.ResourceCPU, core.ResourceMemory, core.ResourceEphemeralStorage:
			used["limits."+name] = q
		}
	}
	return used
}

func atLeast(sum, list core.ResourceList) {
	for name, q := range list {
		if total := sum[name]; total.Cmp(q) < 0 {
			sum[name] = q
		}
	}
}
