package garbage

import (
	"maps"
	"slices"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/demo/controllers/typed"
	"paddock/demo/sim"
	"paddock/demo/store"
)

// emptyPeriod is how often a namespace is looked at that is not empty yet.
const emptyPeriod = 5 * time.Second

// Namespaces empties namespaces that are being deleted, and then lets them go.
type Namespaces struct {
	sim     *sim.Sim
	store   *store.Store
	objects map[string]map[store.Key]bool // by namespace
	empty   *sim.Queue[string]
}

// NewNamespaces makes one; add it to the world.
func NewNamespaces(s *sim.Sim, st *store.Store) *Namespaces {
	n := &Namespaces{sim: s, store: st, objects: map[string]map[store.Key]bool{}}
	n.empty = sim.NewQueue(s, n.remove)
	return n
}

// Handle keeps what is in each namespace.
func (n *Namespaces) Handle(e store.Event) {
	if o, ok := e.Object.(*core.Namespace); ok {
		if o.DeletionTimestamp != nil && e.Type != store.Deleted {
			n.empty.Add(o.Name, 0)
		}
		return
	}
	space := e.Key.Namespace
	switch {
	case space == "":
	case e.Type == store.Deleted:
		delete(n.objects[space], e.Key)
		if len(n.objects[space]) == 0 {
			delete(n.objects, space)
		}
	default:
		if n.objects[space] == nil {
			n.objects[space] = map[store.Key]bool{}
		}
		n.objects[space][e.Key] = true
	}
}

func (n *Namespaces) remove(name string) {
	space, ok := typed.Get[*core.Namespace](n.store, typed.Namespace(name))
	if !ok || space.DeletionTimestamp == nil {
		return
	}
	keys := slices.SortedFunc(maps.Keys(n.objects[name]), compareKeys)
	for _, k := range keys {
		background := meta.DeletePropagationBackground
		if _, err := n.store.Delete(k, meta.DeleteOptions{PropagationPolicy: &background}); typed.Unexpected(err) {
			n.sim.Log().Error("empty a namespace", "object", k.String(), "error", err)
		}
	}
	if len(keys) > 0 {
		n.empty.Add(name, emptyPeriod)
		return
	}
	_, err := typed.Change(n.store, typed.Namespace(name), space, func(s *core.Namespace) { s.Spec.Finalizers = nil })
	if typed.Unexpected(err) {
		n.sim.Log().Error("let a namespace go", "namespace", name, "error", err)
	}
}
