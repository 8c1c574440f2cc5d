// Package rules is what the real API server does to objects before it keeps
// them: defaults, admission, validation and quota. Messages read as those of
// Kubernetes 1.37, from whose defaults, strategies and validations they are.
package rules

import (
	"fmt"
	"strings"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	scheduling "k8s.io/api/scheduling/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"paddock/demo/store"
)

// All are the rules in the order in which they hold.
func All() []store.Rule {
	return []store.Rule{intoLivingNamespace, fillIn, admit, check, withinQuota}
}

// intoLivingNamespace refuses new objects where there is no namespace, or one
// that is about to go; see the admission plugin NamespaceLifecycle.
func intoLivingNamespace(r store.Reader, k store.Key, old, _ store.Object) error {
	if old != nil || k.Namespace == "" {
		return nil
	}
	o, ok := r.Get(store.Key{Resource: schema.GroupResource{Resource: "namespaces"}, Name: k.Namespace})
	if !ok {
		return errors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, k.Namespace)
	}
	if o.(*core.Namespace).Status.Phase != core.NamespaceTerminating {
		return nil
	}
	err := errors.NewForbidden(k.Resource, k.Name, fmt.Errorf("unable to create new content in namespace %s because it is being terminated", k.Namespace))
	err.ErrStatus.Details.Causes = append(err.ErrStatus.Details.Causes, metav1.StatusCause{
		Type: core.NamespaceTerminatingCause, Field: "metadata.namespace",
		Message: fmt.Sprintf("namespace %s is being terminated", k.Namespace),
	})
	return err
}

// fillIn sets what a user may leave out.
func fillIn(_ store.Reader, _ store.Key, old, next store.Object) error {
	switch o := next.(type) {
	case *core.Pod:
		fillPod(o)
	case *batch.Job:
		fillJob(o, old == nil)
	case *core.Namespace:
		fillNamespace(o, old == nil)
	case *core.Service:
		fillService(o)
	case *core.PersistentVolumeClaim:
		fillClaim(o)
	case *core.Secret:
		fillSecret(o)
	case *core.LimitRange:
		fillLimits(o)
	case *scheduling.PriorityClass:
		if o.PreemptionPolicy == nil {
			o.PreemptionPolicy = ptr(core.PreemptLowerPriority)
		}
	case *core.Node:
		if o.Status.Allocatable == nil {
			o.Status.Allocatable = o.Status.Capacity.DeepCopy()
		}
	}
	return nil
}

// admit changes or refuses pods as the admission plugins do that are on by
// default.
func admit(r store.Reader, k store.Key, old, next store.Object) error {
	pod, ok := next.(*core.Pod)
	if !ok || old != nil {
		return nil
	}
	if err := serviceAccount(r, k, pod); err != nil {
		return err
	}
	tolerateLostNodes(pod)
	return prioritise(r, k, pod)
}

// check refuses what is invalid, all reasons at once.
func check(_ store.Reader, k store.Key, old, next store.Object) error {
	errs := checkMeta(k, old, next)
	switch o := next.(type) {
	case *core.Pod:
		errs = append(errs, checkPod(o, old)...)
	case *batch.Job:
		errs = append(errs, checkJob(o, old)...)
	case *core.ResourceQuota:
		errs = append(errs, checkQuota(o)...)
	case *core.Service:
		errs = append(errs, checkService(o)...)
	case *core.PersistentVolumeClaim:
		errs = append(errs, checkClaim(o)...)
	case *scheduling.PriorityClass:
		errs = append(errs, checkPriorityClass(o, old)...)
	case *core.ConfigMap:
		errs = append(errs, checkConfigMap(o, old)...)
	case *policy.PodDisruptionBudget:
		errs = append(errs, checkBudget(o)...)
	}
	if len(errs) == 0 {
		return nil
	}
	return errors.NewInvalid(kindOf(k, next), next.GetName(), errs)
}

// kindOf names a kind in an error.
func kindOf(k store.Key, o store.Object) schema.GroupKind {
	name := fmt.Sprintf("%T", o)
	return schema.GroupKind{Group: k.Resource.Group, Kind: name[strings.LastIndexByte(name, '.')+1:]}
}

func ptr[T any](v T) *T { return &v }

// given is what a pointer points to, or a default.
func given[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

func nonnegative[T int32 | int64](p *T, path *field.Path) field.ErrorList {
	if p == nil || *p >= 0 {
		return nil
	}
	return field.ErrorList{field.Invalid(path, int64(*p), "must be greater than or equal to 0").WithOrigin("minimum")}
}
