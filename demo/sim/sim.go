// Package sim is how time passes in the embedded cluster. It keeps an agenda of
// what is to happen, in order of time, and tells the controllers what was
// written to the store. First it lives through the past as fast as it can, then
// it goes on with the wall clock, at a speed. One thing happens after the
// other, and equal seeds give equal worlds.
package sim

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"paddock/demo/store"
)

// Controller reacts to what was written. Handle is never called twice at a
// time. It may write, and its own writes come back to it.
type Controller interface {
	Handle(store.Event)
}

// Options of a world.
type Options struct {
	Clock func() time.Time // the wall clock
	Start time.Time        // when the story begins; zero: now
	Seed  uint64
	Speed float64      // how many seconds of story pass in a second once it is live; 0: 1
	Log   *slog.Logger // for what should not happen; nil: nowhere
}

// Sim is a world in motion. Unless said otherwise its methods may be called
// only from what it calls itself: controllers, timers and Do.
type Sim struct {
	clock func() time.Time
	speed float64
	seed  uint64
	log   *slog.Logger
	names *names
	rand  *rand.Rand

	moment atomic.Pointer[time.Time] // story time
	live   atomic.Pointer[anchor]    // nil: the past
	wake   chan struct{}

	mu          sync.Mutex // held while anything happens
	agenda      agenda
	controllers []Controller
	store       *store.Store
	seen        uint64        // the version up to which events are known
	pending     []store.Event // known, not yet handled
}

// anchor is a moment in both times.
type anchor struct{ wall, story time.Time }

// New makes a world in which nothing happens yet.
func New(o Options) *Sim {
	s := &Sim{
		clock: o.Clock, speed: o.Speed, seed: o.Seed, names: newNames(o.Seed),
		rand: rand.New(rand.NewPCG(o.Seed, streamSim)), wake: make(chan struct{}, 1),
	}
	if s.speed <= 0 {
		s.speed = 1
	}
	if s.log = o.Log; s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if o.Start.IsZero() {
		o.Start = o.Clock()
	}
	s.set(o.Start)
	return s
}

// Attach makes the controllers see what is written to a store from now on.
func (s *Sim) Attach(st *store.Store) { s.store, s.seen = st, st.Version() }

// Add makes a controller see all events, after those that were added before.
func (s *Sim) Add(c Controller) { s.controllers = append(s.controllers, c) }

// Now is the time to write down: the simulated moment in the past, then the
// wall clock. It may be called from anywhere.
func (s *Sim) Now() time.Time {
	if s.live.Load() != nil {
		return s.clock().Round(0).UTC()
	}
	return *s.moment.Load()
}

// Story turns a moment that was written down into story time. Both are equal
// in the past; afterwards story time passes at the world's speed. It may be
// called from anywhere.
func (s *Sim) Story(wall time.Time) time.Time {
	a := s.live.Load()
	if a == nil || !wall.After(a.wall) {
		return wall
	}
	return a.story.Add(time.Duration(float64(wall.Sub(a.wall)) * s.speed))
}

// Wall is the inverse of Story. It may be called from anywhere.
func (s *Sim) Wall(story time.Time) time.Time {
	a := s.live.Load()
	if a == nil || !story.After(a.story) {
		return story
	}
	return a.wall.Add(time.Duration(float64(story.Sub(a.story)) / s.speed))
}

// Moment is the story time of what happens now.
func (s *Sim) Moment() time.Time { return *s.moment.Load() }

// Seed is what the world was made from.
func (s *Sim) Seed() uint64 { return s.seed }

// Log is for what should not happen, such as a write that the store refuses.
func (s *Sim) Log() *slog.Logger { return s.log }

// Rand is the world's source of chance.
func (s *Sim) Rand() *rand.Rand { return s.rand }

// After calls f when an amount of story time has passed, once everything that
// was written before is handled.
func (s *Sim) After(d time.Duration, f func()) *Timer {
	return s.agenda.add(s.Moment().Add(max(0, d)), f)
}

// Do lets someone outside act or look in: f runs while nothing else happens.
func (s *Sim) Do(f func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.catchUp(); err != nil {
		return err
	}
	f()
	select {
	case s.wake <- struct{}{}: // the agenda may have changed under Run
	default:
	}
	return s.drain()
}

// FastForward lives through everything up to a moment at once.
func (s *Sim) FastForward(to time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.advance(to)
}

// Run lives on with the wall clock until ctx ends. It sleeps until something is
// due or someone writes.
func (s *Sim) Run(ctx context.Context) error {
	s.mu.Lock()
	s.live.CompareAndSwap(nil, &anchor{s.clock().Round(0), s.Moment()})
	s.mu.Unlock()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		written, due, err := s.step()
		if err != nil {
			return err
		}
		timer.Stop()
		if !due.IsZero() {
			timer.Reset(s.Wall(due).Sub(s.clock()) + time.Microsecond) // Wall rounds down
		}
		select {
		case <-ctx.Done():
			return nil
		case <-written:
		case <-s.wake:
		case <-timer.C:
		}
	}
}

// step does what is due, and says what to wait for.
func (s *Sim) step() (written <-chan struct{}, due time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if err := s.catchUp(); err != nil {
			return nil, due, err
		}
		events, written, err := s.store.Since(s.seen)
		if err != nil || len(events) == 0 {
			return written, s.agenda.next(), err
		}
	}
}

func (s *Sim) catchUp() error {
	if s.live.Load() == nil {
		return s.drain()
	}
	return s.advance(s.Story(s.clock().Round(0)))
}

func (s *Sim) advance(to time.Time) error {
	if err := s.drain(); err != nil {
		return err
	}
	for {
		t := s.agenda.pop(to)
		if t == nil {
			break
		}
		s.set(t.due)
		t.f()
		if err := s.drain(); err != nil {
			return err
		}
	}
	s.set(to)
	return nil
}

// drain handles what was written, and what that makes the controllers write.
// Events are fetched after each one so that the store's history never runs out.
func (s *Sim) drain() error {
	for {
		events, _, err := s.store.Since(s.seen)
		if err != nil {
			return fmt.Errorf("follow the store from version %d: %w", s.seen, err)
		}
		if len(events) > 0 {
			s.pending = append(s.pending, events...)
			s.seen = events[len(events)-1].Version
		}
		if len(s.pending) == 0 {
			return nil
		}
		event := s.pending[0]
		if s.pending = s.pending[1:]; len(s.pending) == 0 {
			s.pending = nil
		}
		for _, c := range s.controllers {
			c.Handle(event)
		}
	}
}

// set moves story time, which never goes back.
func (s *Sim) set(moment time.Time) {
	if old := s.moment.Load(); old == nil || moment.After(*old) {
		moment = moment.Round(0).UTC()
		s.moment.Store(&moment)
	}
}
