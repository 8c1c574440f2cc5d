// Package garbage removes what nobody wants any more in the embedded cluster:
// the dependents of deleted owners, the contents of deleted namespaces, and
// finished Jobs whose time is over.
package garbage

import (
	"cmp"
	"slices"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"paddock/demo/controllers/typed"
	"paddock/demo/sim"
	"paddock/demo/store"
)

// Collector follows owner references.
type Collector struct {
	sim        *sim.Sim
	store      *store.Store
	objects    map[types.UID]store.Key
	dependents map[types.UID]map[types.UID]bool // of each owner
	owned      map[types.UID][]types.UID        // the owners of each dependent
	look       *sim.Queue[types.UID]
}

// NewCollector makes one; add it to the world.
func NewCollector(s *sim.Sim, st *store.Store) *Collector {
	c := &Collector{
		sim: s, store: st,
		objects: map[types.UID]store.Key{}, dependents: map[types.UID]map[types.UID]bool{}, owned: map[types.UID][]types.UID{},
	}
	c.look = sim.NewQueue(s, c.attend)
	return c
}

// Handle keeps the graph of owners and dependents.
func (c *Collector) Handle(e store.Event) {
	o := e.Object
	uid := o.GetUID()
	if _, ok := o.(*core.Event); ok {
		return // owns nothing, and nobody owns it
	}
	c.link(uid, o, e.Type != store.Deleted)
	if e.Type == store.Deleted {
		delete(c.objects, uid)
		for _, d := range c.of(uid) {
			c.look.Add(d, 0)
		}
		for _, r := range o.GetOwnerReferences() {
			c.look.Add(r.UID, 0) // may wait for its dependents
		}
		return
	}
	c.objects[uid] = e.Key
	if e.Type == store.Added && len(o.GetOwnerReferences()) > 0 || o.GetDeletionTimestamp() != nil && len(o.GetFinalizers()) > 0 {
		c.look.Add(uid, 0)
	}
}

func (c *Collector) link(uid types.UID, o store.Object, there bool) {
	for _, owner := range c.owned[uid] {
		if delete(c.dependents[owner], uid); len(c.dependents[owner]) == 0 {
			delete(c.dependents, owner)
		}
	}
	delete(c.owned, uid)
	if !there {
		return
	}
	for _, r := range o.GetOwnerReferences() {
		if c.dependents[r.UID] == nil {
			c.dependents[r.UID] = map[types.UID]bool{}
		}
		c.dependents[r.UID][uid] = true
		c.owned[uid] = append(c.owned[uid], r.UID)
	}
}

// of lists the dependents of an owner by their keys.
func (c *Collector) of(owner types.UID) []types.UID {
	list := make([]types.UID, 0, len(c.dependents[owner]))
	for d := range c.dependents[owner] {
		list = append(list, d)
	}
	slices.SortFunc(list, func(a, b types.UID) int { return compareKeys(c.objects[a], c.objects[b]) })
	return list
}

func compareKeys(a, b store.Key) int {
	return cmp.Or(cmp.Compare(a.Resource.Group, b.Resource.Group), cmp.Compare(a.Resource.Resource, b.Resource.Resource),
		cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

// attend looks at one object: whether its owners are all gone, and whether it
// waits for its dependents to be deleted or set free.
func (c *Collector) attend(uid types.UID) {
	key, ok := c.objects[uid]
	if !ok {
		return
	}
	o, ok := c.store.Get(key)
	if !ok || o.GetUID() != uid {
		return
	}
	switch {
	case o.GetDeletionTimestamp() == nil:
		if len(o.GetOwnerReferences()) > 0 && !slices.ContainsFunc(o.GetOwnerReferences(), c.alive) {
			c.delete(o, key, meta.DeletePropagationBackground)
		}
	case slices.Contains(o.GetFinalizers(), meta.FinalizerOrphanDependents):
		for _, d := range c.of(uid) {
			c.change(c.objects[d], d, func(o store.Object) {
				o.SetOwnerReferences(slices.DeleteFunc(o.GetOwnerReferences(), func(r meta.OwnerReference) bool { return r.UID == uid }))
			})
		}
		c.free(key, uid, meta.FinalizerOrphanDependents)
	case slices.Contains(o.GetFinalizers(), meta.FinalizerDeleteDependents):
		waits := false
		for _, d := range c.of(uid) {
			dependent, ok := c.store.Get(c.objects[d])
			if !ok {
				continue
			}
			waits = waits || blocks(dependent, uid)
			if dependent.GetDeletionTimestamp() == nil {
				c.delete(dependent, c.objects[d], meta.DeletePropagationForeground)
			}
		}
		if !waits {
			c.free(key, uid, meta.FinalizerDeleteDependents)
		}
	}
}

func (c *Collector) alive(r meta.OwnerReference) bool {
	_, ok := c.objects[r.UID]
	return ok
}

func blocks(o store.Object, owner types.UID) bool {
	return slices.ContainsFunc(o.GetOwnerReferences(), func(r meta.OwnerReference) bool {
		return r.UID == owner && r.BlockOwnerDeletion != nil && *r.BlockOwnerDeletion
	})
}

func (c *Collector) delete(o store.Object, key store.Key, policy meta.DeletionPropagation) {
	options := meta.DeleteOptions{PropagationPolicy: &policy, Preconditions: meta.NewUIDPreconditions(string(o.GetUID()))}
	if len(c.dependents[o.GetUID()]) == 0 { // nothing to wait for
		options.PropagationPolicy = nil
	}
	if _, err := c.store.Delete(key, options); typed.Unexpected(err) {
		c.sim.Log().Error("collect a dependent", "object", key.String(), "error", err)
	}
}

func (c *Collector) free(key store.Key, uid types.UID, finalizer string) {
	c.change(key, uid, func(o store.Object) {
		o.SetFinalizers(slices.DeleteFunc(o.GetFinalizers(), func(f string) bool { return f == finalizer }))
	})
}

func (c *Collector) change(key store.Key, uid types.UID, change func(store.Object)) {
	_, err := c.store.Write(key, false, func(old store.Object) (store.Object, error) {
		if old == nil || old.GetUID() != uid {
			return old, nil
		}
		next := old.DeepCopyObject().(store.Object)
		change(next)
		return next, nil
	})
	if err != nil {
		c.sim.Log().Error("change an object", "object", key.String(), "error", err)
	}
}
