package kube

import (
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"paddock/kube/kinds"
)

// resources is everything that is watched. Jobs stand first: they are few, and
// the screen can show them before the pods have come.
func resources(a *api, s *store) []watched {
	return []watched{
		{
			source: "jobs", plural: kinds.Batch{}.Resource().Resource, client: a.batch, scoped: true, shelf: s.jobs,
			newList: func() runtime.Object { return &batchv1.JobList{} },
			convert: convertJobs(kinds.Batch{}),
		},
		{
			source: "pods", plural: "pods", client: a.wire, scoped: true, shelf: s.pods,
			newList: func() runtime.Object { return &corev1.PodList{} },
			convert: func() func(runtime.Object) any {
				c := newPodConverter()
				return each(func(p *corev1.Pod) any {
					if body := c.convert(p); body != nil {
						return body
					}
					return nil
				})
			},
		},
		{
			source: "nodes", plural: "nodes", client: a.wire, shelf: s.nodes,
			newList: func() runtime.Object { return &corev1.NodeList{} },
			convert: func() func(runtime.Object) any {
				in := interner{}
				return each(func(n *corev1.Node) any { return convertNode(n, in) })
			},
		},
		{
			source: "namespaces", plural: "namespaces", client: a.core, shelf: s.namespaces,
			newList: func() runtime.Object { return &corev1.NamespaceList{} },
			convert: func() func(runtime.Object) any {
				return each(func(n *corev1.Namespace) any { return convertNamespace(n) })
			},
		},
		{
			source: "quotas", plural: "resourcequotas", client: a.core, scoped: true, shelf: s.quotas,
			newList: func() runtime.Object { return &corev1.ResourceQuotaList{} },
			convert: func() func(runtime.Object) any {
				return each(func(q *corev1.ResourceQuota) any {
					if list := convertQuota(q); len(list) > 0 {
						return list
					}
					return nil
				})
			},
		},
		{
			// FailedCreate of a quota or a webhook shows on the Job alone. Other
			// events are read when their object is opened: there are too many.
			source: "events", plural: "events", client: a.core, scoped: true, shelf: s.events,
			fields:  "involvedObject.kind=Job",
			newList: func() runtime.Object { return &corev1.EventList{} },
			convert: func() func(runtime.Object) any {
				return each(func(e *corev1.Event) any { return convertEvent(e) })
			},
		},
	}
}

// each adapts a converter of one type.
func each[T runtime.Object](convert func(T) any) func(runtime.Object) any {
	return func(o runtime.Object) any {
		if w, ok := o.(interface{ object() runtime.Object }); ok {
			o = w.object()
		}
		if t, ok := o.(T); ok {
			return convert(t)
		}
		return nil
	}
}

func convertJobs(kind kinds.Kind) func() func(runtime.Object) any {
	return func() func(runtime.Object) any {
		return func(o runtime.Object) any {
			if job, member, ok := kind.Job(o); ok {
				return newJobBody(job, member)
			}
			return nil
		}
	}
}
