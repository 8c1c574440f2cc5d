package kube

import (
	"context"
	"slices"
	"time"

	"paddock/fleet"
)

// publishEvery is the shortest time between two Snapshots while things change:
// quicker than the eye reads a table, slow enough that a churn of 100 pods a
// second costs a few percent of a core.
const publishEvery = 300 * time.Millisecond

// hub connects the watches with the one publisher.
type hub struct {
	store  *store
	now    func() time.Time
	wake   chan struct{} // something changed
	urgent chan struct{} // and it is worth no wait: a watch has all it can have
	again  chan struct{} // a server that was gone answers one watch again
}

func newHub(now func() time.Time) *hub {
	return &hub{
		store: newStore(), now: now,
		wake: make(chan struct{}, 1), urgent: make(chan struct{}, 1), again: make(chan struct{}, 1),
	}
}

// change runs f under the store's lock, and wakes the publisher when f says
// that something shows.
func (h *hub) change(f func() bool) {
	h.store.mu.Lock()
	changed := f()
	h.store.mu.Unlock()
	if changed {
		signal(h.wake)
	}
}

// hurry makes the publisher skip its rest.
func (h *hub) hurry() { signal(h.urgent) }

// back tells that the server answers again.
func (h *hub) back() { signal(h.again) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// publish hands out Snapshots until ctx ends: at once after quiet, then every
// publishEvery at most.
func (h *hub) publish(ctx context.Context, deliver func()) {
	rest := time.NewTimer(0)
	defer rest.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.wake:
		}
		deliver()
		rest.Reset(publishEvery)
		select {
		case <-ctx.Done():
			return
		case <-rest.C:
		case <-h.urgent:
		}
	}
}

// sourceOrder is the order of the Sources in a Snapshot.
var sourceOrder = [...]string{"pods", "jobs", "nodes", "namespaces", "quotas", "events"}

// snapshot takes the picture of now. The caller holds no lock.
func (h *hub) snapshot(seq uint64, cluster fleet.Cluster, feeds []*feed) *fleet.Snapshot {
	s := h.store
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &fleet.Snapshot{
		Seq: seq, At: h.now(), Cluster: cluster,
		Groups:     s.groups.flush(),
		Nodes:      s.nodeList.flush(),
		Namespaces: s.namespaceList.flush(),
		Quotas:     s.quotaList.flush(),
		Sources:    make([]fleet.Source, 0, len(sourceOrder)),
		Complete:   len(feeds) > 0,
	}
	for _, name := range sourceOrder {
		out.Sources = append(out.Sources, sourceOf(name, feeds))
	}
	named := false
	for _, f := range feeds {
		named = named || f.source == "namespaces" && f.status.answered
		out.Complete = out.Complete && f.status.settled()
		if f.source == "nodes" && !f.status.answered && len(out.Nodes) == 0 {
			out.Nodes = nil
		}
	}
	if !named {
		out.Namespaces = withLooked(out.Namespaces, cluster.Namespaces)
	}
	return out
}

// withLooked adds the namespaces that are looked at where namespaces can't be
// read: whether they exist is not known then.
func withLooked(list []*fleet.Namespace, looked []string) []*fleet.Namespace {
	out := list
	for _, name := range looked {
		i, known := slices.BinarySearchFunc(out, name, func(n *fleet.Namespace, name string) int {
			switch {
			case n.Name < name:
				return -1
			case n.Name > name:
				return 1
			}
			return 0
		})
		if !known {
			out = slices.Insert(slices.Clip(out), i, &fleet.Namespace{Name: name})
		}
	}
	return out
}
