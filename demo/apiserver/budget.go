package apiserver

import (
	"fmt"

	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	"paddock/demo/store"
)

// observed is a budget with the status that the disruption controller would
// give it now. There is none here: budgets matter to evictions alone.
func observed(b *policy.PodDisruptionBudget, pods []store.Object) *policy.PodDisruptionBudget {
	b = b.DeepCopy()
	expected, healthy := 0, 0
	for _, o := range pods {
		pod := o.(*core.Pod)
		if !guards(b, pod) || pod.Status.Phase == core.PodSucceeded || pod.Status.Phase == core.PodFailed {
			continue
		}
		expected++ // also who is about to go: others will come in its place
		if running(pod) && ready(pod) {
			healthy++
		}
	}
	desired := 0
	switch {
	case b.Spec.MinAvailable != nil:
		desired, _ = intstr.GetScaledValueFromIntOrPercent(b.Spec.MinAvailable, expected, true)
	case b.Spec.MaxUnavailable != nil:
		most, _ := intstr.GetScaledValueFromIntOrPercent(b.Spec.MaxUnavailable, expected, true)
		desired = max(0, expected-most)
	}
	b.Status.ObservedGeneration = b.Generation
	b.Status.ExpectedPods, b.Status.CurrentHealthy, b.Status.DesiredHealthy = int32(expected), int32(healthy), int32(desired)
	b.Status.DisruptionsAllowed = int32(max(0, healthy-desired))
	return b
}

// guards says that a budget counts a pod.
func guards(b *policy.PodDisruptionBudget, pod *core.Pod) bool {
	s, err := metav1.LabelSelectorAsSelector(b.Spec.Selector)
	return err == nil && s.Matches(labels.Set(pod.Labels))
}

// refusal is why a budget allows no disruption now, if it does not.
func refusal(b *policy.PodDisruptionBudget) error {
	var why string
	switch {
	case b.Status.DisruptionsAllowed > 0:
		return nil
	case b.Status.CurrentHealthy <= b.Status.DesiredHealthy:
		why = fmt.Sprintf("The disruption budget %s needs %d healthy pods and has %d currently", b.Name, b.Status.DesiredHealthy, b.Status.CurrentHealthy)
	default:
		why = fmt.Sprintf("The disruption budget %s does not allow evicting pods currently", b.Name)
	}
	err := errors.NewTooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", 0)
	err.ErrStatus.Details.Causes = []metav1.StatusCause{{Type: policy.DisruptionBudgetCause, Message: why}}
	return err
}
