package kube

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"paddock/fleet"
	"paddock/kube/kinds"
)

// convertNamespace reads a namespace; its name for people comes from the
// annotations of OpenShift, KubeSphere, Rancher, or paddock's own.
func convertNamespace(n *corev1.Namespace) *fleet.Namespace {
	display := first(n.Annotations, "paddock/display-name", "openshift.io/display-name", "kubesphere.io/alias-name",
		"field.cattle.io/display-name", "scheduling.k8s.io/display-name")
	return &fleet.Namespace{
		Name:    n.Name,
		Display: fleet.Clean(display, reasonLimit),
		Ending:  n.DeletionTimestamp != nil,
	}
}

// convertQuota reads what a ResourceQuota bounds of accelerators, one fleet.Quota
// a resource; nothing for a quota on other things. The status holds the bound
// that is in force; right after creation only the spec has one.
func convertQuota(q *corev1.ResourceQuota) []*fleet.Quota {
	hard := q.Status.Hard
	if len(hard) == 0 {
		hard = q.Spec.Hard
	}
	var out []*fleet.Quota
	for name, limit := range hard {
		resource, ok := strings.CutPrefix(string(name), corev1.DefaultResourceRequestsPrefix)
		if !ok || !kinds.Accelerator(resource) {
			continue
		}
		used := q.Status.Used[name]
		out = append(out, &fleet.Quota{
			Namespace: q.Namespace, Name: q.Name, Resource: resource,
			Hard: int(limit.Value()), Used: int(used.Value()),
		})
	}
	slices.SortFunc(out, func(a, b *fleet.Quota) int { return strings.Compare(a.Resource, b.Resource) })
	return out
}

// convertEvent reads an event of either API: events.k8s.io's fields are in
// series and eventTime, the core group's in count and lastTimestamp.
func convertEvent(e *corev1.Event) *fleet.Event {
	out := &fleet.Event{
		Ref:     fleet.Ref{Kind: e.InvolvedObject.Kind, Namespace: e.InvolvedObject.Namespace, Name: e.InvolvedObject.Name},
		UID:     string(e.InvolvedObject.UID),
		Type:    fleet.Clean(e.Type, reasonLimit),
		Reason:  fleet.Clean(e.Reason, reasonLimit),
		Message: fleet.Clean(e.Message, messageLimit),
		Source:  fleet.Clean(e.Source.Component, reasonLimit),
		Count:   int(e.Count),
		First:   e.FirstTimestamp.Time,
		Last:    e.LastTimestamp.Time,
	}
	if out.Source == "" {
		out.Source = fleet.Clean(e.ReportingController, reasonLimit)
	}
	if e.Series != nil {
		out.Count = max(out.Count, int(e.Series.Count))
		out.Last = e.Series.LastObservedTime.Time
	}
	if out.First.IsZero() {
		out.First = e.EventTime.Time
	}
	if out.First.IsZero() {
		out.First = e.CreationTimestamp.Time
	}
	if out.Last.IsZero() {
		out.Last = out.First
	}
	out.Count = max(out.Count, 1)
	return out
}
