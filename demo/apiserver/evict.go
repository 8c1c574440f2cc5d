package apiserver

import (
	"net/http"
	"slices"

	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"paddock/demo/store"
)

// evict serves pods/eviction: a deletion that disruption budgets may refuse.
// See k8s.io/kubernetes/pkg/registry/core/pod/storage/eviction.go.
func (c *call) evict() error {
	if c.verb != "create" {
		return c.wrongMethod()
	}
	dryRun, err := c.writeOptions()
	if err != nil {
		return err
	}
	decoded, err := c.decode(policy.SchemeGroupVersion.WithKind("Eviction"))
	if err != nil {
		return err
	}
	eviction := decoded.(*policy.Eviction)
	if eviction.Name != c.name {
		return errors.NewBadRequest("name in URL does not match name in Eviction object")
	}
	options := metav1.DeleteOptions{}
	if eviction.DeleteOptions != nil {
		options = *eviction.DeleteOptions
	}
	if dryRun {
		options.DryRun = []string{metav1.DryRunAll}
	}
	object, err := c.object()
	if err != nil {
		return err
	}
	if pod := object.(*core.Pod); running(pod) && pod.Status.Phase != core.PodPending {
		if err := c.disrupt(pod, len(options.DryRun) > 0); err != nil {
			return err
		}
	}
	if len(options.DryRun) == 0 {
		if err := c.markDisrupted(); err != nil {
			return err
		}
	}
	if _, err := c.store.Delete(c.key(), options); err != nil {
		return err
	}
	c.success(http.StatusCreated)
	return nil
}

// disrupt takes one disruption from the pod's budget.
func (c *call) disrupt(pod *core.Pod, dryRun bool) error {
	var found []*policy.PodDisruptionBudget
	budgets := schema.GroupResource{Group: policy.GroupName, Resource: "poddisruptionbudgets"}
	list, _ := c.store.List(budgets, pod.Namespace)
	for _, o := range list {
		if b := o.(*policy.PodDisruptionBudget); guards(b, pod) {
			found = append(found, b)
		}
	}
	switch len(found) {
	case 0:
		return nil
	case 1:
	default:
		return &errors.StatusError{ErrStatus: metav1.Status{Status: metav1.StatusFailure, Code: http.StatusInternalServerError,
			Message: "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."}}
	}
	guarded, _ := c.store.List(schema.GroupResource{Resource: "pods"}, pod.Namespace)
	if budget := observed(found[0], guarded); !ready(pod) {
		always := budget.Spec.UnhealthyPodEvictionPolicy != nil && *budget.Spec.UnhealthyPodEvictionPolicy == policy.AlwaysAllow
		if always || budget.Status.CurrentHealthy >= budget.Status.DesiredHealthy && budget.Status.DesiredHealthy > 0 {
			return nil
		}
	}
	key := store.Key{Resource: budgets, Namespace: pod.Namespace, Name: found[0].Name}
	_, err := c.store.Write(key, dryRun, func(old store.Object) (store.Object, error) {
		budget, ok := old.(*policy.PodDisruptionBudget)
		if !ok {
			return nil, errors.NewNotFound(key.Resource, key.Name)
		}
		budget = observed(budget, guarded)
		if err := refusal(budget); err != nil {
			return nil, err
		}
		budget.Status.DisruptionsAllowed--
		return budget, nil
	})
	return err
}

// markDisrupted leaves the condition by which Jobs tell a disruption from a
// failure.
func (c *call) markDisrupted() error {
	_, err := c.store.Write(c.key(), false, func(old store.Object) (store.Object, error) {
		pod, ok := old.(*core.Pod)
		if !ok {
			return nil, errors.NewNotFound(c.groupResource(), c.name)
		}
		pod = pod.DeepCopy()
		setCondition(pod, core.PodCondition{
			Type: core.DisruptionTarget, Status: core.ConditionTrue, Reason: "EvictionByEvictionAPI", Message: "Eviction API: evicting",
			LastTransitionTime: metav1.NewTime(c.options.Now()),
		})
		return pod, nil
	})
	return err
}

func ready(pod *core.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(p core.PodCondition) bool {
		return p.Type == core.PodReady && p.Status == core.ConditionTrue
	})
}
