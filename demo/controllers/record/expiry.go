package record

import (
	"time"

	core "k8s.io/api/core/v1"

	"paddock/demo/controllers/typed"
	"paddock/demo/sim"
	"paddock/demo/store"
)

// ttl is the API server's --event-ttl. It is the wall clock's at any speed: an
// event that shows an hour of age must go.
const ttl = time.Hour

// Expiry removes events an hour after they were last written.
type Expiry struct {
	sim   *sim.Sim
	store *store.Store
	queue *sim.Queue[store.Key]
}

// NewExpiry makes one; add it to the world.
func NewExpiry(s *sim.Sim, st *store.Store) *Expiry {
	e := &Expiry{sim: s, store: st}
	e.queue = sim.NewQueue(s, e.remove)
	return e
}

// Handle starts an event's last hour.
func (e *Expiry) Handle(event store.Event) {
	if _, ok := event.Object.(*core.Event); !ok {
		return
	}
	e.queue.Drop(event.Key)
	if event.Type != store.Deleted {
		now := e.sim.Now()
		e.queue.Add(event.Key, e.sim.Story(now.Add(ttl)).Sub(e.sim.Story(now)))
	}
}

func (e *Expiry) remove(k store.Key) {
	_, err := e.store.Write(k, false, func(store.Object) (store.Object, error) { return nil, nil })
	if typed.Unexpected(err) {
		e.sim.Log().Error("expire an event", "key", k, "error", err)
	}
}
