package metrics

import (
	"time"

	core "k8s.io/api/core/v1"

	"paddock/demo/controllers/kubelet"
	"paddock/demo/controllers/typed"
	"paddock/demo/sim"
	"paddock/demo/store"
)

// Follow scrapes the exporters of a world's nodes from a moment of its story
// on: the past as it is lived through, then every Interval of the wall clock,
// at whatever speed the story goes. Call it before the world moves.
func (s *Server) Follow(w *sim.Sim, st *store.Store, kubelets *kubelet.Kubelets, from time.Time) {
	exporters := NewExporters(w.Seed())
	var last time.Time
	var scrape func()
	scrape = func() {
		now := w.Now()
		w.After(w.Story(now.Add(Interval)).Sub(w.Moment()), scrape)
		if !now.After(last) { // a database takes no second sample of a moment
			return
		}
		last = now
		holdings := kubelets.Holdings()
		hurry(w, holdings)
		err := s.Scrape(now, exporters.Targets(typed.List[*core.Node](st, typed.Node("")), holdings))
		if err != nil {
			w.Log().Error("scrape the exporters", "error", err)
		}
	}
	w.After(from.Sub(w.Moment()), scrape)
}

// settled is when a container does for good what it does to its GPUs: the
// simulator's warm-up, and the two minutes before a hang, are over.
const settled = 3 * time.Minute

// hurry brings the starts of containers forward where the story is faster than
// the wall clock, by which the simulator of the GPUs goes.
func hurry(w *sim.Sim, holdings []kubelet.Holding) {
	for i := range holdings {
		started := &holdings[i].Pod.Started
		if started.IsZero() {
			continue
		}
		took := w.Wall(w.Story(*started).Add(settled)).Sub(*started)
		*started = started.Add(took - settled)
	}
}
