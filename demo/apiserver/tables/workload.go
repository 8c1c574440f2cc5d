package tables

import (
	"fmt"
	"slices"
	"strings"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"
)

func (p printer) job(o *batch.Job) []any {
	var names, images []string
	for _, c := range o.Spec.Template.Spec.Containers {
		names, images = append(names, c.Name), append(images, c.Image)
	}
	took := ""
	switch {
	case o.Status.StartTime == nil:
	case o.Status.CompletionTime == nil:
		took = duration.HumanDuration(p.now.Sub(o.Status.StartTime.Time))
	default:
		took = duration.HumanDuration(o.Status.CompletionTime.Sub(o.Status.StartTime.Time))
	}
	return []any{
		o.Name, jobStatus(o), completions(o), took, p.since(o.CreationTimestamp),
		strings.Join(names, ","), strings.Join(images, ","), metav1.FormatLabelSelector(o.Spec.Selector),
	}
}

func completions(o *batch.Job) string {
	switch {
	case o.Spec.Completions != nil:
		return fmt.Sprintf("%d/%d", o.Status.Succeeded, *o.Spec.Completions)
	case o.Spec.Parallelism != nil && *o.Spec.Parallelism > 1:
		return fmt.Sprintf("%d/1 of %d", o.Status.Succeeded, *o.Spec.Parallelism)
	}
	return fmt.Sprintf("%d/1", o.Status.Succeeded)
}

func jobStatus(o *batch.Job) string {
	is := func(kind batch.JobConditionType) bool {
		return slices.ContainsFunc(o.Status.Conditions, func(c batch.JobCondition) bool { return c.Type == kind && c.Status == core.ConditionTrue })
	}
	switch {
	case is(batch.JobComplete):
		return "Complete"
	case is(batch.JobFailed):
		return "Failed"
	case o.DeletionTimestamp != nil:
		return "Terminating"
	case is(batch.JobSuspended):
		return "Suspended"
	case is(batch.JobFailureTarget):
		return "FailureTarget"
	case is(batch.JobSuccessCriteriaMet):
		return "SuccessCriteriaMet"
	}
	return "Running"
}

func (p printer) event(o *core.Event) []any {
	first := p.since(o.FirstTimestamp)
	if o.FirstTimestamp.IsZero() {
		first = p.since(metav1.Time(o.EventTime))
	}
	last := p.since(o.LastTimestamp)
	if o.LastTimestamp.IsZero() {
		last = first
	}
	count := max(o.Count, 1)
	if o.Series != nil {
		last, count = p.since(metav1.Time(o.Series.LastObservedTime)), o.Series.Count
	}
	about := strings.ToLower(o.InvolvedObject.Kind)
	if o.InvolvedObject.Name != "" {
		about += "/" + o.InvolvedObject.Name
	}
	source, host := o.Source.Component, o.Source.Host
	if source == "" {
		source = o.ReportingController
	}
	if host == "" {
		host = o.ReportingInstance
	}
	if host != "" {
		source += ", " + host
	}
	return []any{last, o.Type, o.Reason, about, o.InvolvedObject.FieldPath, source, strings.TrimSpace(o.Message), first, int64(count), o.Name}
}

func (p printer) quota(o *core.ResourceQuota) []any {
	var names []string
	for name := range o.Status.Hard {
		names = append(names, string(name))
	}
	slices.Sort(names)
	var requests, limits []string
	for _, name := range names {
		used, hard := o.Status.Used[core.ResourceName(name)], o.Status.Hard[core.ResourceName(name)]
		text := fmt.Sprintf("%s: %s/%s", name, used.String(), hard.String())
		if strings.HasPrefix(name, "limits.") {
			limits = append(limits, text)
		} else {
			requests = append(requests, text)
		}
	}
	return []any{o.Name, strings.Join(requests, ", "), strings.Join(limits, ", "), p.since(o.CreationTimestamp)}
}

func (p printer) budget(o *policy.PodDisruptionBudget) []any {
	least, most := "N/A", "N/A"
	if o.Spec.MinAvailable != nil {
		least = o.Spec.MinAvailable.String()
	}
	if o.Spec.MaxUnavailable != nil {
		most = o.Spec.MaxUnavailable.String()
	}
	return []any{o.Name, least, most, int64(o.Status.DisruptionsAllowed), p.since(o.CreationTimestamp)}
}
