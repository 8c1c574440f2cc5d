package rules

import (
	"fmt"
	"slices"

	core "k8s.io/api/core/v1"
	scheduling "k8s.io/api/scheduling/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"paddock/demo/store"
)

// serviceAccount gives a pod the namespace's default account. An account of
// its own has to exist; the token's volume is left out, as nobody reads it.
func serviceAccount(r store.Reader, k store.Key, pod *core.Pod) error {
	if pod.Spec.ServiceAccountName == "" {
		pod.Spec.ServiceAccountName = "default"
		pod.Spec.DeprecatedServiceAccount = "default"
	}
	name := pod.Spec.ServiceAccountName
	accounts := schema.GroupResource{Resource: "serviceaccounts"}
	account, ok := r.Get(store.Key{Resource: accounts, Namespace: k.Namespace, Name: name})
	if !ok {
		if name == "default" {
			return nil // the controller that makes it is quicker than any pod
		}
		return errors.NewForbidden(k.Resource, k.Name,
			fmt.Errorf("error looking up service account %s/%s: %w", k.Namespace, name, errors.NewNotFound(schema.GroupResource{Resource: "serviceaccount"}, name)))
	}
	if len(pod.Spec.ImagePullSecrets) == 0 {
		pod.Spec.ImagePullSecrets = slices.Clone(account.(*core.ServiceAccount).ImagePullSecrets)
	}
	return nil
}

// tolerateLostNodes lets a pod stay for five minutes on a node that is lost;
// see the admission plugin DefaultTolerationSeconds.
func tolerateLostNodes(pod *core.Pod) {
	for _, key := range []string{core.TaintNodeNotReady, core.TaintNodeUnreachable} {
		has := slices.ContainsFunc(pod.Spec.Tolerations, func(t core.Toleration) bool {
			return (t.Key == key || t.Key == "" && t.Operator == core.TolerationOpExists) && (t.Effect == core.TaintEffectNoExecute || t.Effect == "")
		})
		if !has {
			pod.Spec.Tolerations = append(pod.Spec.Tolerations, core.Toleration{
				Key: key, Operator: core.TolerationOpExists, Effect: core.TaintEffectNoExecute, TolerationSeconds: ptr(int64(300)),
			})
		}
	}
}

// prioritise turns the class of a pod into its priority; see the admission
// plugin Priority.
func prioritise(r store.Reader, k store.Key, pod *core.Pod) error {
	classes := schema.GroupResource{Group: scheduling.GroupName, Resource: "priorityclasses"}
	value, policy := int32(0), core.PreemptLowerPriority
	name := pod.Spec.PriorityClassName
	switch o, ok := r.Get(store.Key{Resource: classes, Name: name}); {
	case name == "":
		for _, o := range r.List(classes, "") {
			if class := o.(*scheduling.PriorityClass); class.GlobalDefault {
				pod.Spec.PriorityClassName, value, policy = class.Name, class.Value, given(class.PreemptionPolicy, policy)
				break
			}
		}
	case ok:
		class := o.(*scheduling.PriorityClass)
		value, policy = class.Value, given(class.PreemptionPolicy, policy)
	case name == "system-cluster-critical":
		value = 2000000000
	case name == "system-node-critical":
		value = 2000001000
	default:
		return errors.NewForbidden(k.Resource, k.Name, fmt.Errorf("no PriorityClass with name %v was found", name))
	}
	if p := pod.Spec.Priority; p != nil && *p != value {
		return errors.NewForbidden(k.Resource, k.Name,
			fmt.Errorf("the integer value of priority (%d) must not be provided in pod spec; priority admission controller computed %d from the given PriorityClass name", *p, value))
	}
	pod.Spec.Priority = &value
	if pod.Spec.PreemptionPolicy == nil {
		pod.Spec.PreemptionPolicy = &policy
	}
	return nil
}
