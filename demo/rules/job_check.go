package rules

import (
	"fmt"
	"maps"
	"slices"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"paddock/demo/store"
)

func checkJob(o *batch.Job, old store.Object) field.ErrorList {
	path := field.NewPath("spec")
	was, ok := old.(*batch.Job)
	if ok && equality.Semantic.DeepEqual(was.Spec, o.Spec) {
		return nil
	}
	var errs field.ErrorList
	if !ok {
		errs = append(errs, checkGenerated(o)...)
	}
	errs = append(errs, checkJobSpec(&o.Spec, path)...)
	if ok {
		errs = append(errs, checkJobUpdate(o, was, path)...)
	}
	if given(o.Spec.CompletionMode, "") == batch.IndexedCompletion && given(o.Spec.Completions, 0) > 0 {
		hostname := fmt.Sprintf("%s-%d", o.Name, *o.Spec.Completions-1)
		if len(validation.IsDNS1123Label(hostname)) > 0 {
			errs = append(errs, field.Invalid(field.NewPath("metadata", "name"), o.Name, "will not able to create pod with invalid DNS label: "+hostname))
		}
	}
	return errs
}

// checkGenerated is validateGeneratedSelector: the labels that say whose a pod
// is are not the user's to write.
func checkGenerated(o *batch.Job) field.ErrorList {
	if given(o.Spec.ManualSelector, false) {
		return nil
	}
	var errs field.ErrorList
	path := field.NewPath("spec", "template", "metadata", "labels")
	uid := string(o.UID)
	for _, want := range []struct{ key, value string }{
		{"controller-uid", uid}, {"job-name", o.Name}, {batch.ControllerUidLabel, uid}, {batch.JobNameLabel, o.Name},
	} {
		if got := o.Spec.Template.Labels[want.key]; got != want.value {
			errs = append(errs, field.Invalid(path.Key(want.key), o.Spec.Template.Labels, fmt.Sprintf("must be '%s'", want.value)))
		}
	}
	generated := map[string]string{batch.ControllerUidLabel: uid}
	if len(o.Spec.Selector.MatchExpressions) > 0 || !maps.Equal(o.Spec.Selector.MatchLabels, generated) {
		errs = append(errs, field.Invalid(field.NewPath("spec", "selector"), o.Spec.Selector, "`selector` not auto-generated"))
	}
	return errs
}

// checkJobSpec is ValidateJobSpec.
func checkJobSpec(s *batch.JobSpec, path *field.Path) field.ErrorList {
	errs := nonnegative(s.Parallelism, path.Child("parallelism"))
	errs = append(errs, nonnegative(s.Completions, path.Child("completions"))...)
	errs = append(errs, nonnegative(s.ActiveDeadlineSeconds, path.Child("activeDeadlineSeconds"))...)
	errs = append(errs, nonnegative(s.BackoffLimit, path.Child("backoffLimit"))...)
	errs = append(errs, nonnegative(s.TTLSecondsAfterFinished, path.Child("ttlSecondsAfterFinished"))...)
	errs = append(errs, nonnegative(s.BackoffLimitPerIndex, path.Child("backoffLimitPerIndex"))...)
	errs = append(errs, checkCompletionMode(s, path)...)
	if s.PodFailurePolicy != nil {
		errs = append(errs, checkFailurePolicy(s, path.Child("podFailurePolicy", "rules"))...)
	}
	replacement := []batch.PodReplacementPolicy{batch.Failed, batch.TerminatingOrFailed}
	if s.PodFailurePolicy != nil {
		replacement = replacement[:1]
	}
	if p := given(s.PodReplacementPolicy, batch.Failed); !slices.Contains(replacement, p) {
		errs = append(errs, field.NotSupported(path.Child("podReplacementPolicy"), p, replacement))
	}
	errs = append(errs, checkTemplate(s, path)...)
	if s.Selector == nil {
		errs = append(errs, field.Required(path.Child("selector"), ""))
	}
	if selector, err := metav1.LabelSelectorAsSelector(s.Selector); err == nil && !selector.Matches(labels.Set(s.Template.Labels)) {
		errs = append(errs, field.Invalid(path.Child("template", "metadata", "labels"), s.Template.Labels, "`selector` does not match template `labels`"))
	}
	return errs
}

func checkTemplate(s *batch.JobSpec, path *field.Path) field.ErrorList {
	at := path.Child("template", "spec")
	errs := checkPodSpec(&s.Template.Spec, at)
	at = at.Child("restartPolicy")
	supported := []core.RestartPolicy{core.RestartPolicyOnFailure, core.RestartPolicyNever}
	switch p := s.Template.Spec.RestartPolicy; {
	case p == core.RestartPolicyAlways:
		return append(errs, field.Required(at, fmt.Sprintf("valid values: %q, %q", supported[0], supported[1])))
	case !slices.Contains(supported, p):
		return append(errs, field.NotSupported(at, p, supported))
	case s.PodFailurePolicy != nil && p != core.RestartPolicyNever:
		return append(errs, field.Invalid(at, p, fmt.Sprintf("only %q is supported when podFailurePolicy is specified", core.RestartPolicyNever)))
	}
	return errs
}

func checkCompletionMode(s *batch.JobSpec, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	switch mode := given(s.CompletionMode, batch.NonIndexedCompletion); mode {
	case batch.IndexedCompletion:
		if s.Completions == nil {
			errs = append(errs, field.Required(path.Child("completions"), fmt.Sprintf("when completion mode is %s", batch.IndexedCompletion)))
		}
		if n := given(s.Parallelism, 0); n > 100000 {
			errs = append(errs, field.Invalid(path.Child("parallelism"), n, fmt.Sprintf("must be less than or equal to %d when completion mode is %s", 100000, batch.IndexedCompletion)))
		}
		return errs
	case batch.NonIndexedCompletion:
		if s.BackoffLimitPerIndex != nil {
			errs = append(errs, field.Invalid(path.Child("backoffLimitPerIndex"), *s.BackoffLimitPerIndex, "requires indexed completion mode"))
		}
	default:
		errs = append(errs, field.NotSupported(path.Child("completionMode"), mode, []batch.CompletionMode{batch.NonIndexedCompletion, batch.IndexedCompletion}))
	}
	if s.SuccessPolicy != nil {
		errs = append(errs, field.Invalid(path.Child("successPolicy"), *s.SuccessPolicy, "requires indexed completion mode"))
	}
	return errs
}

func checkFailurePolicy(s *batch.JobSpec, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i, rule := range s.PodFailurePolicy.Rules {
		at := path.Index(i)
		supported := []batch.PodFailurePolicyAction{
			batch.PodFailurePolicyActionCount, batch.PodFailurePolicyActionFailIndex, batch.PodFailurePolicyActionFailJob, batch.PodFailurePolicyActionIgnore,
		}
		switch {
		case rule.Action == "":
			errs = append(errs, field.Required(at.Child("action"), fmt.Sprintf("valid values: %q", supported)))
		case rule.Action == batch.PodFailurePolicyActionFailIndex && s.BackoffLimitPerIndex == nil:
			errs = append(errs, field.Invalid(at.Child("action"), rule.Action, "requires the backoffLimitPerIndex to be set"))
		case !slices.Contains(supported, rule.Action):
			errs = append(errs, field.NotSupported(at.Child("action"), rule.Action, supported))
		}
		switch {
		case rule.OnExitCodes != nil && len(rule.OnPodConditions) > 0:
			errs = append(errs, field.Invalid(at, field.OmitValueType{}, "specifying both OnExitCodes and OnPodConditions is not supported"))
		case rule.OnExitCodes == nil && len(rule.OnPodConditions) == 0:
			errs = append(errs, field.Invalid(at, field.OmitValueType{}, "specifying one of OnExitCodes and OnPodConditions is required"))
		}
	}
	return errs
}

// checkJobUpdate is ValidateJobSpecUpdate: what is set once.
func checkJobUpdate(o, was *batch.Job, path *field.Path) field.ErrorList {
	s, before := &o.Spec, &was.Spec
	immutable := func(next, old any, name string) field.ErrorList {
		return apivalidation.ValidateImmutableField(next, old, path.Child(name))
	}
	var errs field.ErrorList
	indexed := given(s.CompletionMode, "") == batch.IndexedCompletion
	switch at := path.Child("completions"); {
	case !indexed:
		errs = append(errs, immutable(s.Completions, before.Completions, "completions")...)
	case s.Completions == nil || equality.Semantic.DeepEqual(s.Completions, before.Completions):
	case *s.Completions != given(s.Parallelism, 0):
		errs = append(errs, field.Invalid(at, s.Completions, "can only be modified in tandem with spec.parallelism"))
	}
	errs = append(errs, immutable(s.Selector, before.Selector, "selector")...)
	errs = append(errs, immutable(s.Template, allowedTemplate(o, was), "template")...)
	errs = append(errs, immutable(s.CompletionMode, before.CompletionMode, "completionMode")...)
	errs = append(errs, immutable(s.PodFailurePolicy, before.PodFailurePolicy, "podFailurePolicy")...)
	errs = append(errs, immutable(s.BackoffLimitPerIndex, before.BackoffLimitPerIndex, "backoffLimitPerIndex")...)
	errs = append(errs, immutable(s.ManagedBy, before.ManagedBy, "managedBy")...)
	return append(errs, immutable(s.SuccessPolicy, before.SuccessPolicy, "successPolicy")...)
}

// allowedTemplate is the old template with what may change taken from the new
// one: where pods may run and what they ask for, as long as the Job is
// suspended and none runs.
func allowedTemplate(o, was *batch.Job) core.PodTemplateSpec {
	template := *was.Spec.Template.DeepCopy()
	suspended := slices.ContainsFunc(was.Status.Conditions, func(c batch.JobCondition) bool {
		return c.Type == batch.JobSuspended && c.Status == core.ConditionTrue
	})
	if !given(was.Spec.Suspend, false) || was.Status.StartTime != nil && !suspended || was.Status.Active > 0 {
		return template
	}
	next := &o.Spec.Template
	template.Labels, template.Annotations = next.Labels, next.Annotations
	template.Spec.NodeSelector, template.Spec.Tolerations = next.Spec.NodeSelector, next.Spec.Tolerations
	template.Spec.SchedulingGates = next.Spec.SchedulingGates
	template.Spec.Affinity = withNodeAffinity(template.Spec.Affinity, next.Spec.Affinity)
	for i := range template.Spec.Containers {
		if i < len(next.Spec.Containers) {
			template.Spec.Containers[i].Resources = next.Spec.Containers[i].Resources
		}
	}
	return template
}

func withNodeAffinity(was, is *core.Affinity) *core.Affinity {
	merged := core.Affinity{}
	if was != nil {
		merged = *was
	}
	merged.NodeAffinity = nil
	if is != nil {
		merged.NodeAffinity = is.NodeAffinity
	}
	if is == nil && merged == (core.Affinity{}) {
		return nil
	}
	return &merged
}
