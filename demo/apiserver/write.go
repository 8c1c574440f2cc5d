package apiserver

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/rand"

	"paddock/demo/store"
)

// nameTries is how often a generated name is made anew when it is taken.
const nameTries = 8

func (c *call) create() error {
	dryRun, err := c.writeOptions()
	if err != nil {
		return err
	}
	decoded, err := c.decode(c.kind.gvk())
	if err != nil {
		return err
	}
	o := decoded.(store.Object)
	if err := c.adopt(o); err != nil {
		return err
	}
	if o.GetResourceVersion() != "" {
		return statusError(http.StatusInternalServerError, "", "resourceVersion should not be set on objects to be created")
	}
	c.prepare(o)
	created, err := c.insert(o, dryRun)
	if err != nil {
		return err
	}
	c.respond(http.StatusCreated, created)
	return nil
}

// insert stores a new object, under a name of its own if it asks for one.
func (c *call) insert(o store.Object, dryRun bool) (store.Object, error) {
	generate := o.GetName() == "" && o.GetGenerateName() != ""
	for try := 1; ; try++ {
		next := o.DeepCopyObject().(store.Object)
		if generate {
			next.SetName(o.GetGenerateName() + rand.String(5))
		}
		created, err := c.store.Write(c.keyOf(next.GetName()), dryRun, func(old store.Object) (store.Object, error) {
			if old != nil {
				return nil, taken(c.groupResource(), old)
			}
			return next, nil
		})
		if !generate || !errors.IsAlreadyExists(err) || try == nameTries {
			return created, err
		}
	}
}

func taken(resource schema.GroupResource, old store.Object) error {
	err := errors.NewAlreadyExists(resource, old.GetName())
	if old.GetDeletionTimestamp() != nil {
		err.ErrStatus.Message = "object is being deleted: " + err.ErrStatus.Message
	}
	return err
}

// adopt takes away what a client can't say, and checks where the object is to be.
func (c *call) adopt(o store.Object) error {
	o.SetUID("")
	o.SetDeletionTimestamp(nil)
	o.SetDeletionGracePeriodSeconds(nil)
	o.SetManagedFields(nil)
	return c.place(o)
}

// place puts an object into the namespace of the request, or refuses one of
// another namespace.
func (c *call) place(o store.Object) error {
	want := c.namespace
	if !c.kind.namespaced {
		want = ""
	}
	switch o.GetNamespace() {
	case want:
	case "":
		o.SetNamespace(want)
	default:
		return errors.NewBadRequest("the namespace of the provided object does not match the namespace sent on the request")
	}
	return nil
}

// prepare empties the status of a new object: only a node may bring its own.
func (c *call) prepare(o store.Object) {
	if _, node := o.(*core.Node); c.kind.hasStatus() && !node {
		part(o, "Status").SetZero()
	}
}

// part is a top-level field of an object.
func part(o store.Object, name string) reflect.Value {
	return reflect.ValueOf(o).Elem().FieldByName(name)
}

func (c *call) update() error {
	dryRun, err := c.writeOptions()
	if err != nil {
		return err
	}
	decoded, err := c.decode(c.kind.gvk())
	if err != nil {
		return err
	}
	if err := c.named(decoded.(store.Object)); err != nil {
		return err
	}
	return c.change(dryRun, func(store.Object) (store.Object, error) {
		return decoded.DeepCopyObject().(store.Object), nil
	})
}

// change writes what alter makes of an object, and answers with it. Of the
// main resource it keeps the status, of the status resource all but the status.
func (c *call) change(dryRun bool, alter func(old store.Object) (store.Object, error)) error {
	key := c.key()
	changed, err := c.store.Write(key, dryRun, func(old store.Object) (store.Object, error) {
		if old == nil {
			return nil, errors.NewNotFound(key.Resource, key.Name)
		}
		next, err := alter(old)
		if err != nil {
			return nil, err
		}
		if err := c.named(next); err != nil {
			return nil, err
		}
		if err := c.place(next); err != nil {
			return nil, err
		}
		if err := store.Unchanged(key, old, next); err != nil {
			return nil, err
		}
		c.settle(old, next)
		return next, nil
	})
	if err != nil {
		return err
	}
	c.respond(http.StatusOK, changed)
	return nil
}

// named refuses an object that is not the one of the path.
func (c *call) named(o store.Object) error {
	if o.GetName() == c.name {
		return nil
	}
	return errors.NewBadRequest(fmt.Sprintf("the name of the object (%s) does not match the name on the URL (%s)", o.GetName(), c.name))
}

// settle restores what this resource can't change.
func (c *call) settle(old, next store.Object) {
	next.SetManagedFields(nil)
	next.SetDeletionTimestamp(old.GetDeletionTimestamp())
	next.SetDeletionGracePeriodSeconds(old.GetDeletionGracePeriodSeconds())
	if !c.kind.hasStatus() {
		return
	}
	kept := "Status"
	if c.subresource == "status" {
		kept = "Spec"
		next.SetOwnerReferences(old.GetOwnerReferences())
	}
	part(next, kept).Set(part(old.DeepCopyObject().(store.Object), kept))
	if ns, ok := next.(*core.Namespace); ok && c.subresource == "" {
		ns.Spec.Finalizers = old.(*core.Namespace).Spec.Finalizers // these go by way of finalize
	}
}

// status serves the status subresource.
func (c *call) status() error {
	switch c.verb {
	case "get":
		return c.get()
	case "update":
		return c.update()
	case "patch":
		return c.patch()
	}
	return c.wrongMethod()
}

// finalize lets the namespace controller take its finalizer away.
func (c *call) finalize() error {
	if c.verb != "update" {
		return c.wrongMethod()
	}
	return c.update()
}

// bind puts a pod on a node, as a scheduler does.
func (c *call) bind() error {
	if c.verb != "create" {
		return c.wrongMethod()
	}
	dryRun, err := c.writeOptions()
	if err != nil {
		return err
	}
	decoded, err := c.decode(core.SchemeGroupVersion.WithKind("Binding"))
	if err != nil {
		return err
	}
	binding := decoded.(*core.Binding)
	if binding.Name != c.name {
		return errors.NewBadRequest("name in URL does not match name in Binding object")
	}
	about := schema.GroupResource{Resource: "pods/binding"}
	_, err = c.store.Write(c.key(), dryRun, func(old store.Object) (store.Object, error) {
		pod, ok := old.(*core.Pod)
		switch {
		case !ok:
			return nil, errors.NewNotFound(c.groupResource(), c.name)
		case pod.DeletionTimestamp != nil:
			return nil, errors.NewConflict(about, c.name, fmt.Errorf("pod %s is being deleted, cannot be assigned to a host", c.name))
		case pod.Spec.NodeName != "":
			return nil, errors.NewConflict(about, c.name, fmt.Errorf("pod %s is already assigned to node %q", c.name, pod.Spec.NodeName))
		}
		pod = pod.DeepCopy()
		pod.Spec.NodeName = binding.Target.Name
		setCondition(pod, core.PodCondition{Type: core.PodScheduled, Status: core.ConditionTrue, LastTransitionTime: meta.NewTime(c.options.Now())})
		return pod, nil
	})
	if err != nil {
		return err
	}
	c.success(http.StatusCreated)
	return nil
}

// setCondition puts a condition in the place of the one of its type.
func setCondition(pod *core.Pod, next core.PodCondition) {
	pod.Status.Conditions = append(slices.DeleteFunc(pod.Status.Conditions, func(c core.PodCondition) bool { return c.Type == next.Type }), next)
}

// preserves says that deleting a Job through this version keeps its pods
// unless the client says otherwise; see DefaultGarbageCollectionPolicy of the
// Job strategy.
func preserves(o store.Object) bool {
	_, job := o.(*batch.Job)
	return job
}
