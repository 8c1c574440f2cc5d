package apiserver

import (
	"slices"

	authentication "k8s.io/api/authentication/v1"
	authorization "k8s.io/api/authorization/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	scheduling "k8s.io/api/scheduling/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	metrics "k8s.io/metrics/pkg/apis/metrics/v1beta1"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// resource is one kind of objects and how it is served.
type resource struct {
	schema.GroupVersionResource
	kind         string
	singular     string
	namespaced   bool
	short        []string
	categories   []string
	verbs        []string
	subresources map[string]handler
	virtual      handler // answers instead of the store
}

// handler answers a call, or returns an error to be answered.
type handler func(*call) error

func (r *resource) gvk() schema.GroupVersionKind { return r.GroupVersion().WithKind(r.kind) }

// listKind is the kind of its lists.
func (r *resource) listKind() schema.GroupVersionKind {
	return r.GroupVersion().WithKind(r.kind + "List")
}

func newScheme() *runtime.Scheme {
	s := runtime.NewScheme()
	s.AddKnownTypes(core.SchemeGroupVersion,
		&core.Pod{}, &core.PodList{}, &core.Node{}, &core.NodeList{}, &core.Namespace{}, &core.NamespaceList{},
		&core.ResourceQuota{}, &core.ResourceQuotaList{}, &core.Event{}, &core.EventList{},
		&core.Service{}, &core.ServiceList{}, &core.PersistentVolumeClaim{}, &core.PersistentVolumeClaimList{},
		&core.PersistentVolume{}, &core.PersistentVolumeList{}, &core.ConfigMap{}, &core.ConfigMapList{},
		&core.Secret{}, &core.SecretList{}, &core.ServiceAccount{}, &core.ServiceAccountList{},
		&core.LimitRange{}, &core.LimitRangeList{}, &core.Binding{},
	)
	s.AddKnownTypes(batch.SchemeGroupVersion, &batch.Job{}, &batch.JobList{})
	s.AddKnownTypes(policy.SchemeGroupVersion, &policy.PodDisruptionBudget{}, &policy.PodDisruptionBudgetList{}, &policy.Eviction{})
	s.AddKnownTypes(scheduling.SchemeGroupVersion, &scheduling.PriorityClass{}, &scheduling.PriorityClassList{})
	s.AddKnownTypes(authorization.SchemeGroupVersion,
		&authorization.SelfSubjectAccessReview{}, &authorization.SelfSubjectRulesReview{}, &authorization.SubjectAccessReview{})
	s.AddKnownTypes(authentication.SchemeGroupVersion, &authentication.SelfSubjectReview{})
	s.AddKnownTypes(metrics.SchemeGroupVersion, &metrics.NodeMetrics{}, &metrics.NodeMetricsList{}, &metrics.PodMetrics{}, &metrics.PodMetricsList{})
	for _, gv := range []schema.GroupVersion{
		core.SchemeGroupVersion, batch.SchemeGroupVersion, policy.SchemeGroupVersion, scheduling.SchemeGroupVersion,
		authorization.SchemeGroupVersion, authentication.SchemeGroupVersion, metrics.SchemeGroupVersion,
	} {
		meta.AddToGroupVersion(s, gv)
	}
	addMeta(s)
	return s
}

// allVerbs is what stored objects can do, in discovery's order.
func allVerbs() []string {
	return []string{"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"}
}

// resources is everything that is served, in discovery's order.
func resources(scheme *runtime.Scheme, withMetrics bool) []*resource {
	coreV1 := func(kind, plural string, namespaced bool, short ...string) *resource {
		return stored(core.SchemeGroupVersion, kind, plural, namespaced, short...)
	}
	pods := coreV1("Pod", "pods", true, "po").in("all").with("status", (*call).status).
		with("log", (*call).logs).with("eviction", (*call).evict).with("binding", (*call).bind).
		with("exec", (*call).refuseStream).with("attach", (*call).refuseStream).with("portforward", (*call).refuseStream)
	services := coreV1("Service", "services", true, "svc").in("all").with("status", (*call).status).with("proxy", (*call).proxy)
	list := []*resource{
		coreV1("ConfigMap", "configmaps", true, "cm"),
		coreV1("Event", "events", true, "ev"),
		coreV1("LimitRange", "limitranges", true, "limits"),
		coreV1("Namespace", "namespaces", false, "ns").without("deletecollection").with("status", (*call).status).with("finalize", (*call).finalize),
		coreV1("Node", "nodes", false, "no").with("status", (*call).status),
		coreV1("PersistentVolumeClaim", "persistentvolumeclaims", true, "pvc").with("status", (*call).status),
		coreV1("PersistentVolume", "persistentvolumes", false, "pv").with("status", (*call).status),
		pods,
		coreV1("ResourceQuota", "resourcequotas", true, "quota").with("status", (*call).status),
		coreV1("Secret", "secrets", true),
		coreV1("ServiceAccount", "serviceaccounts", true, "sa"),
		services,
		review(authentication.SchemeGroupVersion, "SelfSubjectReview", "selfsubjectreviews", (*call).reviewSelf),
		review(authorization.SchemeGroupVersion, "SelfSubjectAccessReview", "selfsubjectaccessreviews", (*call).reviewAccess),
		review(authorization.SchemeGroupVersion, "SelfSubjectRulesReview", "selfsubjectrulesreviews", (*call).reviewRules),
		review(authorization.SchemeGroupVersion, "SubjectAccessReview", "subjectaccessreviews", (*call).reviewSubject),
		stored(batch.SchemeGroupVersion, "Job", "jobs", true).in("all").with("status", (*call).status),
		stored(policy.SchemeGroupVersion, "PodDisruptionBudget", "poddisruptionbudgets", true, "pdb").with("status", (*call).status),
		stored(scheduling.SchemeGroupVersion, "PriorityClass", "priorityclasses", false, "pc"),
	}
	if withMetrics {
		list = append(list,
			usage("NodeMetrics", "nodes", false, (*call).nodeUsage), usage("PodMetrics", "pods", true, (*call).podUsage))
	}
	return list
}

func stored(gv schema.GroupVersion, kind, plural string, namespaced bool, short ...string) *resource {
	return &resource{
		GroupVersionResource: gv.WithResource(plural), kind: kind, singular: singular(kind), namespaced: namespaced, short: short,
		verbs: allVerbs(), subresources: map[string]handler{},
	}
}

func review(gv schema.GroupVersion, kind, plural string, answer handler) *resource {
	return &resource{GroupVersionResource: gv.WithResource(plural), kind: kind, singular: singular(kind), verbs: []string{"create"}, virtual: answer}
}

func usage(kind, plural string, namespaced bool, answer handler) *resource {
	return &resource{
		GroupVersionResource: metrics.SchemeGroupVersion.WithResource(plural), kind: kind, namespaced: namespaced,
		verbs: []string{"get", "list"}, virtual: answer,
	}
}

func (r *resource) in(category string) *resource {
	r.categories = append(r.categories, category)
	return r
}

func (r *resource) with(subresource string, answer handler) *resource {
	r.subresources[subresource] = answer
	return r
}

func (r *resource) without(verb string) *resource {
	r.verbs = slices.DeleteFunc(r.verbs, func(v string) bool { return v == verb })
	return r
}

func (r *resource) hasStatus() bool { return r.subresources["status"] != nil }

func (r *resource) can(verb string) bool { return slices.Contains(r.verbs, verb) }
