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
		err := s.Scrape(now, exporters.Targets(typed.List[*core.Node](st, typed.Node("")), kubelets.Holdings()))
		if err != nil {
			w.Log().Error("scrape the exporters", "error", err)
		}
	}
	w.After(from.Sub(w.Moment()), scrape)
}
