package store

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Delete begins or completes a deletion, as the real API server does: an
// object with finalizers stays until they are gone, a namespace also until its
// spec has none, a pod that runs on a node stays for its grace period until its
// kubelet is done with it, everything else goes at once. Orphaning and foreground deletion are finalizers that the
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
		next := old.DeepCopyObject().(Object)
		next.SetFinalizers(finalizers)
		_, pod := old.(*core.Pod)
		if grace == 0 && !held(next) && !pod {
			return nil, nil
		}
		if ns, ok := next.(*core.Namespace); ok {
			return s.terminate(ns), nil
		}
		if at := old.GetDeletionTimestamp(); at == nil || grace < *old.GetDeletionGracePeriodSeconds() {
			when := meta.NewTime(s.now().Truncate(time.Second).Add(time.Duration(grace) * time.Second))
			next.SetDeletionTimestamp(&when)
			next.SetDeletionGracePeriodSeconds(&grace)
		}
		return next, nil
	})
}

// terminate lets a namespace wait until it is empty.
func (s *Store) terminate(ns *core.Namespace) Object {
	ns.Status.Phase = core.NamespaceTerminating
	if ns.DeletionTimestamp == nil {
		ns.DeletionTimestamp = &meta.Time{Time: s.now().Truncate(time.Second)}
	}
	return ns
}

// held says that finalizers keep an object.
func held(o Object) bool {
	ns, ok := o.(*core.Namespace)
	return len(o.GetFinalizers()) > 0 || ok && len(ns.Spec.Finalizers) > 0
}

// finished says that an object under deletion goes with this write. A pod with
// a grace period waits for its kubelet.
func finished(o Object) bool {
	grace := o.GetDeletionGracePeriodSeconds()
	return o.GetDeletionTimestamp() != nil && !held(o) && (grace == nil || *grace == 0)
}

func holds(k Key, o Object, p *meta.Preconditions) error {
	if p == nil {
		return nil
	}
	// The real server names the kind here, see BeforeDelete in k8s.io/apiserver.
	kind := schema.GroupResource{Group: k.Resource.Group, Resource: reflect.TypeOf(o).Elem().Name()}
	if p.UID != nil && *p.UID != o.GetUID() {
		return errors.NewConflict(kind, k.Name, fmt.Errorf("the UID in the precondition (%s) does not match the UID in record (%s). The object might have been deleted and then recreated", *p.UID, o.GetUID()))
	}
	if p.ResourceVersion != nil && *p.ResourceVersion != o.GetResourceVersion() {
		return errors.NewConflict(kind, k.Name, fmt.Errorf("the ResourceVersion in the precondition (%s) does not match the ResourceVersion in record (%s). The object might have been modified", *p.ResourceVersion, o.GetResourceVersion()))
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
	}
	kept := slices.DeleteFunc(slices.Clone(finalizers), func(f string) bool {
		return f == meta.FinalizerDeleteDependents || f == meta.FinalizerOrphanDependents
	})
	if add != "" {
		kept = append(kept, add)
	}
	return kept
}
