package rules

import (
	"maps"
	"math"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// fillJob is SetDefaults_Job and the selector that the Job strategy generates.
func fillJob(o *batch.Job, created bool) {
	s := &o.Spec
	if s.Completions == nil && s.Parallelism == nil {
		s.Completions = ptr(int32(1))
	}
	if s.Parallelism == nil {
		s.Parallelism = ptr(int32(1))
	}
	if s.BackoffLimit == nil {
		s.BackoffLimit = ptr(int32(6))
		if s.BackoffLimitPerIndex != nil {
			s.BackoffLimit = ptr(int32(math.MaxInt32))
		}
	}
	if s.CompletionMode == nil {
		s.CompletionMode = ptr(batch.NonIndexedCompletion)
	}
	if s.Suspend == nil {
		s.Suspend = ptr(false)
	}
	if s.PodReplacementPolicy == nil {
		s.PodReplacementPolicy = ptr(batch.TerminatingOrFailed)
		if s.PodFailurePolicy != nil {
			s.PodReplacementPolicy = ptr(batch.Failed)
		}
	}
	if s.PodFailurePolicy != nil {
		for _, rule := range s.PodFailurePolicy.Rules {
			for i := range rule.OnPodConditions {
				if rule.OnPodConditions[i].Status == "" {
					rule.OnPodConditions[i].Status = core.ConditionTrue
				}
			}
		}
	}
	if s.ManualSelector == nil {
		s.ManualSelector = ptr(false)
	}
	fillPodSpec(&s.Template.Spec)
	if created && !*s.ManualSelector {
		generateSelector(o)
	}
	if len(o.Labels) == 0 {
		o.Labels = maps.Clone(s.Template.Labels)
	}
}

// generateSelector tells the Job's pods by its UID. What the user wrote there
// stays, to be refused.
func generateSelector(o *batch.Job) {
	if o.Spec.Template.Labels == nil {
		o.Spec.Template.Labels = map[string]string{}
	}
	uid := string(o.UID)
	for key, value := range map[string]string{
		batch.JobNameLabel: o.Name, "job-name": o.Name, batch.ControllerUidLabel: uid, "controller-uid": uid,
	} {
		if _, taken := o.Spec.Template.Labels[key]; !taken {
			o.Spec.Template.Labels[key] = value
		}
	}
	if o.Spec.Selector == nil {
		o.Spec.Selector = &metav1.LabelSelector{}
	}
	if o.Spec.Selector.MatchLabels == nil {
		o.Spec.Selector.MatchLabels = map[string]string{}
	}
	if _, taken := o.Spec.Selector.MatchLabels[batch.ControllerUidLabel]; !taken {
		o.Spec.Selector.MatchLabels[batch.ControllerUidLabel] = uid
	}
}
