package store

import (
	"slices"
	"testing"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func ptr[T any](v T) *T { return &v }

func TestDelete(t *testing.T) {
	bound := core.PodSpec{NodeName: "n", TerminationGracePeriodSeconds: ptr(int64(42))}
	for name, test := range map[string]struct {
		pod        core.Pod
		options    meta.DeleteOptions
		stays      bool
		grace      int64
		finalizers []string
	}{
		"nothing holds it":             {},
		"it waits for its kubelet":     {pod: core.Pod{Spec: bound}, stays: true, grace: 42},
		"no longer than asked for":     {pod: core.Pod{Spec: bound}, options: meta.DeleteOptions{GracePeriodSeconds: ptr(int64(5))}, stays: true, grace: 5},
		"by force":                     {pod: core.Pod{Spec: bound}, options: meta.DeleteOptions{GracePeriodSeconds: ptr(int64(0))}},
		"it has ended":                 {pod: core.Pod{Spec: bound, Status: core.PodStatus{Phase: core.PodFailed}}},
		"a finalizer holds it":         {pod: core.Pod{ObjectMeta: meta.ObjectMeta{Finalizers: []string{"f"}}}, stays: true, finalizers: []string{"f"}},
		"it waits for its dependents":  {options: meta.DeleteOptions{PropagationPolicy: ptr(meta.DeletePropagationForeground)}, stays: true, finalizers: []string{"foregroundDeletion"}},
		"its dependents are let go":    {options: meta.DeleteOptions{PropagationPolicy: ptr(meta.DeletePropagationOrphan)}, stays: true, finalizers: []string{"orphan"}},
		"its dependents follow later":  {options: meta.DeleteOptions{PropagationPolicy: ptr(meta.DeletePropagationBackground)}},
		"the last word on them counts": {pod: core.Pod{ObjectMeta: meta.ObjectMeta{Finalizers: []string{"orphan", "f"}}}, options: meta.DeleteOptions{PropagationPolicy: ptr(meta.DeletePropagationForeground)}, stays: true, finalizers: []string{"f", "foregroundDeletion"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, k := newStore(), key(pods, "a")
			test.pod.Name, test.pod.Namespace = "a", "ns"
			put(t, s, k, &test.pod)
			if _, err := s.Delete(k, test.options); err != nil {
				t.Fatal(err)
			}
			o, there := s.Get(k)
			if there != test.stays {
				t.Fatalf("it stays: %v", there)
			}
			events, _, _ := s.Since(2)
			if !there {
				if len(events) != 1 || events[0].Type != Deleted {
					t.Errorf("events: %+v", events)
				}
				return
			}
			if grace := o.GetDeletionGracePeriodSeconds(); grace == nil || *grace != test.grace || !slices.Equal(o.GetFinalizers(), test.finalizers) {
				t.Errorf("grace %v, finalizers %q", o.GetDeletionGracePeriodSeconds(), o.GetFinalizers())
			}
			if o.GetGeneration() != 2 {
				t.Errorf("generation %d", o.GetGeneration())
			}
		})
	}
}

func TestDeletePreconditions(t *testing.T) {
	s, k := newStore(), key(pods, "a")
	put(t, s, k, &core.Pod{ObjectMeta: meta.ObjectMeta{Name: "a", Namespace: "ns"}})
	for _, p := range []meta.Preconditions{{UID: ptr(types.UID("other"))}, {ResourceVersion: ptr("1")}} {
		if _, err := s.Delete(k, meta.DeleteOptions{Preconditions: &p}); !errors.IsConflict(err) {
			t.Errorf("%v: %v", p, err)
		}
	}
	if _, err := s.Delete(k, meta.DeleteOptions{Preconditions: &meta.Preconditions{UID: ptr(types.UID("1")), ResourceVersion: ptr("2")}}); err != nil {
		t.Error(err)
	}
	if _, err := s.Delete(k, meta.DeleteOptions{}); !errors.IsNotFound(err) {
		t.Errorf("a second time: %v", err)
	}
}

// TestLastFinalizer: what is being deleted goes with its last finalizer.
func TestLastFinalizer(t *testing.T) {
	s, k := newStore(), key(configs, "a")
	c := config("a", "1")
	c.Finalizers = []string{"f"}
	put(t, s, k, c)
	if _, err := s.Delete(k, meta.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	o, _ := s.Get(k)
	next := o.DeepCopyObject().(Object)
	next.SetFinalizers(nil)
	put(t, s, k, next)
	if _, there := s.Get(k); there {
		t.Error("it is still there")
	}
}

func TestNamespaceGoesWhenItIsEmptied(t *testing.T) {
	s := newStore()
	k := Key{Resource: configs, Name: "team"}
	k.Resource.Resource = "namespaces"
	put(t, s, k, &core.Namespace{ObjectMeta: meta.ObjectMeta{Name: "team"}, Spec: core.NamespaceSpec{Finalizers: []core.FinalizerName{core.FinalizerKubernetes}}})
	if _, err := s.Delete(k, meta.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	o, there := s.Get(k)
	if !there || o.(*core.Namespace).Status.Phase != core.NamespaceTerminating {
		t.Fatalf("%+v", o)
	}
	next := o.DeepCopyObject().(*core.Namespace)
	next.Spec.Finalizers = nil
	put(t, s, k, next)
	if _, there := s.Get(k); there {
		t.Error("it is still there")
	}
}
