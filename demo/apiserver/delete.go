package apiserver

import (
	"net/http"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"paddock/demo/store"
)

func (c *call) delete() error {
	o, err := c.deleteOptions()
	if err != nil {
		return err
	}
	deleted, err := c.remove(c.name, o)
	if err != nil {
		return err
	}
	if deleted.GetDeletionTimestamp() != nil || c.kind.returnsDeleted() {
		c.respond(http.StatusOK, deleted)
		return nil
	}
	c.respond(http.StatusOK, &metav1.Status{
		Status: metav1.StatusSuccess,
		Details: &metav1.StatusDetails{
			Name: c.name, Group: c.group, Kind: c.resource, UID: deleted.GetUID(),
		},
	})
	return nil
}

// returnsDeleted says that the answer to a deletion is the object; the others
// answer with a Status. See ReturnDeletedObject in the registries of
// k8s.io/kubernetes.
func (r *resource) returnsDeleted() bool {
	switch r.kind {
	case "Pod", "Namespace", "Service", "ServiceAccount", "ResourceQuota", "PersistentVolume", "PersistentVolumeClaim":
		return true
	}
	return false
}

func (c *call) remove(name string, o metav1.DeleteOptions) (store.Object, error) {
	key := c.keyOf(name)
	old, ok := c.store.Get(key)
	if !ok {
		return nil, errors.NewNotFound(key.Resource, name)
	}
	if o.PropagationPolicy == nil && preserves(old) {
		orphan := metav1.DeletePropagationOrphan
		o.PropagationPolicy = &orphan
		c.warn("child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning")
	}
	return c.store.Delete(key, o)
}

// deleteOptions come in the body or, when it is empty, in the URL.
func (c *call) deleteOptions() (metav1.DeleteOptions, error) {
	var o metav1.DeleteOptions
	body, err := c.body()
	if err != nil {
		return o, err
	}
	if len(body) == 0 {
		if err := c.query(&o); err != nil {
			return o, err
		}
	} else {
		info, err := c.contentType()
		if err != nil {
			return o, err
		}
		gvk := schema.GroupVersionKind{Group: metav1.GroupName, Version: "v1", Kind: "DeleteOptions"}
		decoded, _, err := info.Serializer.Decode(body, &gvk, &o)
		if err != nil {
			return o, errors.NewBadRequest(err.Error())
		}
		if decoded != &o {
			return o, errors.NewBadRequest("decoded object cannot be converted to DeleteOptions")
		}
	}
	//lint:ignore SA1019 old clients send it
	if orphan := o.OrphanDependents; orphan != nil && o.PropagationPolicy == nil {
		policy := metav1.DeletePropagationBackground
		if *orphan {
			policy = metav1.DeletePropagationOrphan
		}
		o.PropagationPolicy = &policy
	}
	return o, invalidOptions("DeleteOptions", validation.ValidateDeleteOptions(&o))
}

// deleteCollection deletes what a list would select, and answers with that list.
func (c *call) deleteCollection() error {
	selected, err := c.listOptions()
	if err != nil {
		return err
	}
	o, err := c.deleteOptions()
	if err != nil {
		return err
	}
	p, err := c.selectPage(selected)
	if err != nil {
		return err
	}
	for _, item := range p.objects {
		if _, err := c.remove(item.GetName(), o); err != nil && !errors.IsNotFound(err) {
			return err
		}
	}
	list, err := c.listOf(p)
	if err != nil {
		return err
	}
	c.respond(http.StatusOK, list)
	return nil
}

// success answers with a Status that says no more.
func (c *call) success(code int) {
	c.respond(code, &metav1.Status{Status: metav1.StatusSuccess, Code: int32(code)})
}

// running says that a pod is neither ended nor about to be.
func running(p *core.Pod) bool {
	return p.DeletionTimestamp == nil && p.Status.Phase != core.PodSucceeded && p.Status.Phase != core.PodFailed
}
