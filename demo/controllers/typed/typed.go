// Package typed lets the controllers of the embedded cluster read and change
// the objects of its store by their Go types.
package typed

import (
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"paddock/demo/store"
)

// Pod names a pod.
func Pod(namespace, name string) store.Key { return core("pods", namespace, name) }

// Node names a node.
func Node(name string) store.Key { return core("nodes", "", name) }

// Namespace names a namespace.
func Namespace(name string) store.Key { return core("namespaces", "", name) }

// Event names an event.
func Event(namespace, name string) store.Key { return core("events", namespace, name) }

// Quota names a resource quota.
func Quota(namespace, name string) store.Key { return core("resourcequotas", namespace, name) }

// Claim names a persistent volume claim.
func Claim(namespace, name string) store.Key { return core("persistentvolumeclaims", namespace, name) }

// Secret names a secret.
func Secret(namespace, name string) store.Key { return core("secrets", namespace, name) }

// ConfigMap names a config map.
func ConfigMap(namespace, name string) store.Key { return core("configmaps", namespace, name) }

// Job names a batch/v1 Job.
func Job(namespace, name string) store.Key {
	return store.Key{Resource: schema.GroupResource{Group: "batch", Resource: "jobs"}, Namespace: namespace, Name: name}
}

func core(resource, namespace, name string) store.Key {
	return store.Key{Resource: schema.GroupResource{Resource: resource}, Namespace: namespace, Name: name}
}

// Get reads an object.
func Get[T store.Object](st *store.Store, k store.Key) (T, bool) {
	o, ok := st.Get(k)
	t, is := o.(T)
	return t, ok && is
}

// List reads all objects of a key's resource, in its namespace if it has one.
func List[T store.Object](st *store.Store, k store.Key) []T {
	objects, _ := st.List(k.Resource, k.Namespace)
	list := make([]T, 0, len(objects))
	for _, o := range objects {
		if t, ok := o.(T); ok {
			list = append(list, t)
		}
	}
	return list
}

// Change changes the copy of an object that it hands to change and writes it.
// An object that is gone, or whose UID is another's, is an error IsNotFound.
func Change[T store.Object](st *store.Store, k store.Key, like T, change func(T)) (T, error) {
	o, err := st.Write(k, false, func(old store.Object) (store.Object, error) {
		t, ok := old.(T)
		if !ok || t.GetUID() != like.GetUID() {
			return nil, errors.NewNotFound(k.Resource, k.Name)
		}
		t = t.DeepCopyObject().(T)
		change(t)
		return t, nil
	})
	t, _ := o.(T)
	return t, err
}

// Create writes a new object; one that is there already is an error
// IsAlreadyExists.
func Create[T store.Object](st *store.Store, k store.Key, object T) (T, error) {
	o, err := st.Write(k, false, func(old store.Object) (store.Object, error) {
		if old != nil {
			return nil, errors.NewAlreadyExists(k.Resource, k.Name)
		}
		return object, nil
	})
	t, _ := o.(T)
	return t, err
}

// Unexpected says that a write failed for another reason than that its object
// is gone, or is another one of the same name by now.
func Unexpected(err error) bool {
	return err != nil && !errors.IsNotFound(err) && !errors.IsConflict(err)
}
