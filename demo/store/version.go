package store

import (
	stderrors "errors"
	"fmt"
	"reflect"
	"slices"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	scheduling "k8s.io/api/scheduling/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Unchanged refuses an update that was made from another state than old: with
// another resource version, or for an earlier object of the same name. Empty
// fields of next are no conditions.
func Unchanged(k Key, old, next Object) error {
	if uid := next.GetUID(); uid != "" && uid != old.GetUID() {
		return errors.NewConflict(k.Resource, k.Name, fmt.Errorf(
			"StorageError: invalid object, Code: 4, Key: /registry/%s/%s/%s, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: %v, UID in object meta: %v",
			k.Resource.Resource, k.Namespace, k.Name, uid, old.GetUID()))
	}
	if v := next.GetResourceVersion(); v != "" && v != old.GetResourceVersion() {
		return errors.NewConflict(k.Resource, k.Name, stderrors.New("the object has been modified; please apply your changes to the latest version and try again"))
	}
	return nil
}

// ListAt returns what List returned at an earlier version, by undoing the
// events since; an API error "Expired" when the history is too short.
func (s *Store) ListAt(resource schema.GroupResource, namespace string, version uint64) ([]Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	events, err := s.since(version)
	if err != nil {
		return nil, err
	}
	then := map[Key]Object{}
	for k, o := range s.objects[resource] {
		then[k] = o
	}
	for _, e := range slices.Backward(events) {
		switch {
		case e.Key.Resource != resource:
		case e.Type == Added:
			delete(then, e.Key)
		default:
			then[e.Key] = e.Old
		}
	}
	return sorted(then, namespace), nil
}

// firstGeneration is 1 for the kinds whose generation is counted, as the real
// registry does.
func firstGeneration(o Object) int64 {
	switch o.(type) {
	case *core.Pod, *batch.Job, *policy.PodDisruptionBudget, *scheduling.PriorityClass:
		return 1
	}
	return 0
}

func dying(o Object) bool { return o.GetDeletionTimestamp() != nil }

// specChanged compares what a user asks for: the generation counts it. The
// node of a pod is the scheduler's.
func specChanged(old, next Object) bool {
	if was, ok := old.(*core.Pod); ok {
		spec := next.(*core.Pod).Spec
		spec.NodeName = was.Spec.NodeName
		return !equality.Semantic.DeepEqual(was.Spec, spec)
	}
	a, b := reflect.ValueOf(old).Elem().FieldByName("Spec"), reflect.ValueOf(next).Elem().FieldByName("Spec")
	return a.IsValid() && b.IsValid() && !equality.Semantic.DeepEqual(a.Interface(), b.Interface())
}

// same says that a write changes nothing; the real server skips it too.
func same(old, next Object) bool {
	next.SetResourceVersion(old.GetResourceVersion())
	return equality.Semantic.DeepEqual(old, next)
}
