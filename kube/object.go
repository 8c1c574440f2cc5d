package kube

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// key is an object's name inside its resource.
type key struct{ namespace, name string }

// object is what a watch's transform leaves of an API object: its name, its
// version, and a slim body. The Reflector keeps these in its temporary store,
// so it must read as an API object; it asks for the getters below only.
type object struct {
	metav1.Object // nil: answers nothing else
	key           key
	version       string
	body          any // *podBody, *jobBody, *fleet.NodeObject, *fleet.Namespace, []*fleet.Quota, *fleet.Event
}

// dropped stands for every object that is of no interest: all of them fall on
// one key of the Reflector's store and cost nothing.
var dropped = &object{}

// GetName is the object's name.
func (o *object) GetName() string { return o.key.name }

// GetNamespace is the object's namespace.
func (o *object) GetNamespace() string { return o.key.namespace }

// GetResourceVersion is the version that it was read at.
func (o *object) GetResourceVersion() string { return o.version }

// GetObjectKind says nothing: the kind is known from the watch.
func (o *object) GetObjectKind() schema.ObjectKind { return schema.EmptyObjectKind }

// DeepCopyObject returns the object itself: it never changes.
func (o *object) DeepCopyObject() runtime.Object { return o }

// page is a LIST answer of slim objects.
type page struct {
	metav1.TypeMeta
	metav1.ListMeta
	Items []runtime.Object
}

// DeepCopyObject returns the page itself: it never changes.
func (p *page) DeepCopyObject() runtime.Object { return p }

// strings that repeat over thousands of objects (images, nodes, owners) are
// kept once. One interner belongs to one watch, so it needs no lock.
type interner map[string]string

// internMax bounds an interner over the days that paddock runs: the names of
// jobs long gone would gather in it.
const internMax = 1 << 16

func (in interner) of(s string) string {
	if s == "" {
		return ""
	}
	if kept, ok := in[s]; ok {
		return kept
	}
	if len(in) >= internMax {
		clear(in)
	}
	in[s] = s
	return s
}
