package sim

import "time"

// Queue does a piece of work for each key that was added, once however often
// it was added meanwhile, after everything written before has been handled.
type Queue[K comparable] struct {
	sim  *Sim
	work func(K)
	due  map[K]*Timer
}

// NewQueue makes a queue on a world's agenda.
func NewQueue[K comparable](s *Sim, work func(K)) *Queue[K] {
	return &Queue[K]{sim: s, work: work, due: map[K]*Timer{}}
}

// Add asks for the work in a while; the earliest request counts.
func (q *Queue[K]) Add(k K, after time.Duration) {
	if waiting := q.due[k]; waiting != nil {
		if !waiting.due.After(q.sim.Moment().Add(after)) {
			return
		}
		waiting.Stop()
	}
	q.due[k] = q.sim.After(after, func() {
		delete(q.due, k)
		q.work(k)
	})
}

// Drop withdraws all requests for a key.
func (q *Queue[K]) Drop(k K) {
	q.due[k].Stop()
	delete(q.due, k)
}
