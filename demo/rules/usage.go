package rules

import (
	"maps"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"paddock/demo/store"
)

// usageOf is what one object uses of a quota.
func usageOf(k store.Key, o store.Object, quota *core.ResourceQuota) core.ResourceList {
	one := resource.MustParse("1")
	usage := core.ResourceList{core.ResourceName("count/" + k.Resource.String()): one}
	switch o := o.(type) {
	case *core.Pod:
		if !matches(quota, o) {
			return nil
		}
		add(usage, podUsage(o))
	case *core.PersistentVolumeClaim:
		usage[core.ResourceRequestsStorage] = o.Spec.Resources.Requests[core.ResourceStorage]
		usage[core.ResourcePersistentVolumeClaims] = one
	default:
		if k.Resource.Group == "" {
			usage[core.ResourceName(k.Resource.Resource)] = one
		}
	}
	return usage
}

// podUsage is what a pod is charged for; nothing once it has ended.
func podUsage(o *core.Pod) core.ResourceList {
	if o.Status.Phase == core.PodSucceeded || o.Status.Phase == core.PodFailed {
		return nil
	}
	usage := core.ResourceList{core.ResourcePods: resource.MustParse("1")}
	requests := total(o, func(r core.ResourceRequirements) core.ResourceList { return r.Requests })
	limits := total(o, func(r core.ResourceRequirements) core.ResourceList { return r.Limits })
	for name, n := range requests {
		usage[core.DefaultResourceRequestsPrefix+name] = n
		if native(name) {
			usage[name] = n
		}
	}
	for name, n := range limits {
		if native(name) {
			usage["limits."+name] = n
		}
	}
	return usage
}

// total is what a pod needs at once: all its containers, or the largest init
// container.
func total(o *core.Pod, of func(core.ResourceRequirements) core.ResourceList) core.ResourceList {
	sum := core.ResourceList{}
	for _, c := range o.Spec.Containers {
		add(sum, of(c.Resources))
	}
	for _, c := range o.Spec.InitContainers {
		for name, n := range of(c.Resources) {
			if n.Cmp(sum[name]) > 0 {
				sum[name] = n
			}
		}
	}
	return sum
}

// native says that a resource is Kubernetes' own, not a device.
func native(name core.ResourceName) bool {
	return !strings.Contains(string(name), "/") || strings.Contains(string(name), core.ResourceDefaultNamespacePrefix)
}

// matches says that a pod is in the scopes of a quota.
func matches(quota *core.ResourceQuota, o *core.Pod) bool {
	for _, scope := range quota.Spec.Scopes {
		if !inScope(o, scope) {
			return false
		}
	}
	if quota.Spec.ScopeSelector == nil {
		return true
	}
	return !slices.ContainsFunc(quota.Spec.ScopeSelector.MatchExpressions, func(e core.ScopedResourceSelectorRequirement) bool {
		if e.ScopeName != core.ResourceQuotaScopePriorityClass {
			return !inScope(o, e.ScopeName)
		}
		class := o.Spec.PriorityClassName
		switch e.Operator {
		case core.ScopeSelectorOpIn:
			return !slices.Contains(e.Values, class)
		case core.ScopeSelectorOpNotIn:
			return slices.Contains(e.Values, class)
		case core.ScopeSelectorOpExists:
			return class == ""
		}
		return class != ""
	})
}

func inScope(o *core.Pod, scope core.ResourceQuotaScope) bool {
	switch scope {
	case core.ResourceQuotaScopeTerminating:
		return o.Spec.ActiveDeadlineSeconds != nil
	case core.ResourceQuotaScopeNotTerminating:
		return o.Spec.ActiveDeadlineSeconds == nil
	case core.ResourceQuotaScopeBestEffort:
		return o.Status.QOSClass == core.PodQOSBestEffort
	case core.ResourceQuotaScopeNotBestEffort:
		return o.Status.QOSClass != core.PodQOSBestEffort
	}
	return true
}

func add(sum, more core.ResourceList) {
	for name, n := range more {
		q := sum[name].DeepCopy()
		q.Add(n)
		sum[name] = q
	}
}

// mask keeps what a second list names.
func mask(list, names core.ResourceList) core.ResourceList {
	kept := core.ResourceList{}
	for name, n := range list {
		if _, ok := names[name]; ok {
			kept[name] = n
		}
	}
	return kept
}

func pretty(list core.ResourceList) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(list)) {
		n := list[name]
		parts = append(parts, string(name)+"="+n.String())
	}
	return strings.Join(parts, ",")
}
