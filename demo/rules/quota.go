package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"paddock/demo/store"
)

// withinQuota refuses a new object that a quota of its namespace has no room
// for; see the admission plugin ResourceQuota. What is used is counted anew,
// so that it is right before any controller has written it down.
func withinQuota(r store.Reader, k store.Key, old, next store.Object) error {
	if old != nil || k.Namespace == "" || k.Resource.Resource == "events" {
		return nil
	}
	for _, o := range r.List(schema.GroupResource{Resource: "resourcequotas"}, k.Namespace) {
		quota := o.(*core.ResourceQuota)
		wanted := mask(usageOf(k, next, quota), quota.Spec.Hard)
		if pod, ok := next.(*core.Pod); ok && matches(quota, pod) {
			if err := specified(pod, quota); err != nil {
				return errors.NewForbidden(k.Resource, k.Name, fmt.Errorf("failed quota: %s: %w", quota.Name, err))
			}
		}
		if len(wanted) == 0 {
			continue
		}
		used, exceeded := Used(r, quota), core.ResourceList{}
		for name, n := range wanted {
			sum := used[name].DeepCopy()
			sum.Add(n)
			if sum.Cmp(quota.Spec.Hard[name]) > 0 {
				exceeded[name] = n
			}
		}
		if len(exceeded) > 0 {
			return errors.NewForbidden(k.Resource, k.Name, fmt.Errorf("exceeded quota: %s, requested: %s, used: %s, limited: %s",
				quota.Name, pretty(exceeded), pretty(mask(used, exceeded)), pretty(mask(quota.Spec.Hard, exceeded))))
		}
	}
	return nil
}

// Used is what the objects of a namespace use of a quota: its status.used.
func Used(r store.Reader, quota *core.ResourceQuota) core.ResourceList {
	used := core.ResourceList{}
	for name := range quota.Spec.Hard {
		used[name] = resource.MustParse("0")
	}
	counted := map[schema.GroupResource]bool{{Resource: "pods"}: true}
	for name := range quota.Spec.Hard {
		if kind, ok := countedKind(name); ok {
			counted[kind] = true
		}
	}
	for kind := range counted {
		for _, o := range r.List(kind, quota.Namespace) {
			k := store.Key{Resource: kind, Namespace: o.GetNamespace(), Name: o.GetName()}
			add(used, mask(usageOf(k, o, quota), quota.Spec.Hard))
		}
	}
	return used
}

// countedKind is the kind whose objects a resource counts: "count/jobs.batch",
// or one of the few that have a name of their own.
func countedKind(name core.ResourceName) (schema.GroupResource, bool) {
	if kind, ok := strings.CutPrefix(string(name), "count/"); ok {
		return schema.ParseGroupResource(kind), true
	}
	switch name {
	case core.ResourceServices, core.ResourceSecrets, core.ResourceConfigMaps, core.ResourcePersistentVolumeClaims, core.ResourceQuotas:
		return schema.GroupResource{Resource: string(name)}, true
	}
	return schema.GroupResource{}, false
}

// specified refuses a container that leaves cpu or memory open where a quota
// counts them.
func specified(o *core.Pod, quota *core.ResourceQuota) error {
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(quota.Spec.Hard)) {
		var who []string
		for _, c := range append(slices.Clone(o.Spec.Containers), o.Spec.InitContainers...) {
			resource, limit := strings.CutPrefix(string(name), "limits.")
			resource = strings.TrimPrefix(resource, "requests.")
			if resource != string(core.ResourceCPU) && resource != string(core.ResourceMemory) {
				continue
			}
			has := c.Resources.Requests
			if limit {
				has = c.Resources.Limits
			}
			if _, ok := has[core.ResourceName(resource)]; !ok {
				who = append(who, c.Name)
			}
		}
		if len(who) > 0 {
			slices.Sort(who)
			missing = append(missing, fmt.Sprintf("%s for: %s", name, strings.Join(who, ",")))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("must specify %s", strings.Join(missing, "; "))
}
