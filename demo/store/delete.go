package store

import (
	"fmt"
	"reflect"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Delete begins or completes a deletion, as the real API server does: an
// object with finalizers stays until they are gone, a pod that runs on a node
// stays for its grace period until its kubelet is done with it, everything
// else goes at once. Orphaning and foreground deletion are finalizers that the
// garbage collector removes.
func (s *Store) Delete(k Key, o meta.DeleteOptions) (Object, error) {
	return s.Write(k, len(o.DryRun) > 0, func(old Object) (Object, error) {
		if old == nil {
			return nil, errors.NewNotFound(k.Resource, k.Name)
		}
		if err := holds(k, old, o.Preconditions); err != nil {
			return nil, err
		}
		grace := gracePeriod(old, o.GracePeriodSeconds)
		finalizers := withPropagation(old.GetFinalizers(), o.PropagationPolicy)
		if grace == 0 && len(finalizers) == 0 {
			return nil, nil
		}
		next := old.DeepCopyObject().(Object)
		next.SetFinalizers(finalizers)
		if at := old.GetDeletionTimestamp(); at == nil || grace < *old.GetDeletionGracePeriodSeconds() {
			when := meta.NewTime(s.now().Truncate(time.Second).Add(time.Duration(grace) * time.Second))
			next.SetDeletionTimestamp(&when)
			next.SetDeletionGracePeriodSeconds(&grace)
		}
		return next, nil
	})
}

func holds(k Key, o Object, p *meta.Preconditions) error {
	if p == nil {
		return nil
	}
	if p.UID != nil && *p.UID != o.GetUID() {
		return errors.NewConflict(k.Resource, k.Name, fmt.Errorf("Precondition failed: UID in precondition: %v, UID in object meta: %v", *p.UID, o.GetUID()))
	}
	if p.ResourceVersion != nil && *p.ResourceVersion != o.GetResourceVersion() {
		return errors.NewConflict(k.Resource, k.Name, fmt.Errorf("Precondition failed: ResourceVersion in precondition: %v, ResourceVersion in object meta: %v", *p.ResourceVersion, o.GetResourceVersion()))
	}
	return nil
}

// gracePeriod is how long an object may stay, in seconds. Only a pod that a
// kubelet looks after and that has not ended is given any.
func gracePeriod(o Object, asked *int64) int64 {
	pod, ok := o.(*core.Pod)
	if !ok || pod.Spec.NodeName == "" || pod.Status.Phase == core.PodSucceeded || pod.Status.Phase == core.PodFailed {
		return 0
	}
	if asked != nil {
		return max(0, *asked)
	}
	if pod.Spec.TerminationGracePeriodSeconds != nil {
		return *pod.Spec.TerminationGracePeriodSeconds
	}
	return core.DefaultTerminationGracePeriodSeconds
}

func withPropagation(finalizers []string, policy *meta.DeletionPropagation) []string {
	if policy == nil {
		return finalizers
	}
	var add string
	switch *policy {
	case meta.DeletePropagationForeground:
		add = meta.FinalizerDeleteDependents
	case meta.DeletePropagationOrphan:
		add = meta.FinalizerOrphanDependents
	default:
		return finalizers
	}
	for _, f := range finalizers {
		if f == add {
			return finalizers
		}
	}
	return append(append([]string(nil), finalizers...), add)
}

// specChanged compares what a user asks for: the generation counts it.
func specChanged(old, next Object) bool {
	a, b := reflect.ValueOf(old).Elem().FieldByName("Spec"), reflect.ValueOf(next).Elem().FieldByName("Spec")
	return a.IsValid() && b.IsValid() && !equality.Semantic.DeepEqual(a.Interface(), b.Interface())
}

// same says that a write changes nothing; the real server skips it too.
func same(old, next Object) bool {
	next.SetResourceVersion(old.GetResourceVersion())
	return equality.Semantic.DeepEqual(old, next)
}
