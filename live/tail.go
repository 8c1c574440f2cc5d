package live

import (
	"cmp"
	"context"
	"errors"
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"paddock/fleet"
	"paddock/kube"
	"paddock/logs"
)

// Tail reads the logs of workers: each by a stream of its own that finds its
// place again when it breaks. Who it reads is told by Follow, with every Fleet;
// what they print comes in Batches.
type Tail struct {
	kube     *kube.Client
	wish     logs.Wish
	settings LogBounds
	seed     maphash.Seed
	batches  chan *Batch
	news     chan struct{} // a source is otherwise than it was

	mu      sync.Mutex
	ctx     context.Context
	streams []*stream // by the number of their source
	by      map[who]*stream
	most    int // streams that may be open
	open    int
	began   bool // the first workers have been told
	running sync.WaitGroup
}

// who is a pod in one of its lives.
type who struct {
	uid      string
	previous bool
}

// Batch is what one source printed: lines in their order.
type Batch struct {
	Source int32
	Lines  []logs.Line
	Ended  bool // nothing more comes of it

	room []byte
	from *stream
}

// Done gives a batch back: its lines are not looked at any more.
func (b *Batch) Done() {
	b.Lines, b.room = b.Lines[:0], b.room[:0]
	b.from.free <- b
}

// Tail begins to read logs of the cluster that is looked at now. It ends with ctx.
func (l *Live) Tail(ctx context.Context, w logs.Wish) (*Tail, error) {
	s := l.session()
	if s.failed != nil {
		return nil, errors.New(s.failed.Sources[0].Err)
	}
	return newTail(ctx, s.kube, w, s.settings.Logs), nil
}

func newTail(ctx context.Context, client *kube.Client, w logs.Wish, set LogBounds) *Tail {
	return &Tail{
		kube: client, wish: w, settings: set, seed: maphash.MakeSeed(), batches: make(chan *Batch), news: make(chan struct{}, 1),
		ctx: ctx, by: map[who]*stream{}, most: w.Most,
	}
}

// Batches delivers what is printed. Each is to be given back: a source has no
// more than two on their way.
func (t *Tail) Batches() <-chan *Batch { return t.batches }

// News tells that a source changed.
func (t *Tail) News() <-chan struct{} { return t.news }

func (t *Tail) tell() {
	select {
	case t.news <- struct{}{}:
	default:
	}
}

// Follow says whose logs are read. Those that are new are joined in; those that
// are not there any more are read to their end.
func (t *Tail) Follow(workers []*fleet.Worker) {
	t.mu.Lock()
	defer t.mu.Unlock()
	workers = slices.Clone(workers)
	slices.SortStableFunc(workers, mostWanted)
	here := map[who]bool{}
	for _, w := range workers {
		pod, attempt := w.Pod, w.Attempt
		if t.wish.Previous && pod.Restarts == 0 {
			if len(w.Earlier) == 0 {
				continue
			}
			pod, attempt = w.Earlier[0], w.Attempt-1
		}
		id := who{pod.UID, t.wish.Previous && pod.UID == w.Pod.UID}
		here[id] = true
		s := t.by[id]
		if s == nil {
			s = newStream(t, int32(len(t.streams)), id, w, pod, max(attempt, t.attempts(w)+1))
			s.joined = t.began
			t.by[id] = s
			t.streams = append(t.streams, s)
		}
		s.failed = grade(w) == 0
		s.look(pod)
	}
	t.began = true
	for id, s := range t.by {
		if !here[id] {
			s.leave()
		}
	}
	t.start()
}

// attempts is the last attempt of a worker that was read: of pods that are gone
// the Fleet knows nothing.
func (t *Tail) attempts(w *fleet.Worker) int {
	last := 0
	for _, s := range t.streams {
		if s.of.Job == w.Job && s.of.Label == w.Label() && s.of.Index == w.Index {
			last = max(last, s.of.Attempt)
		}
	}
	return last
}

// mostWanted sorts workers by how much their logs are wanted: failed ones
// first, then those with the lowest index, rank 0 first.
func mostWanted(a, b *fleet.Worker) int {
	return cmp.Or(grade(a)-grade(b), cmp.Compare(a.Job.Namespace, b.Job.Namespace), cmp.Compare(a.Job.Name, b.Job.Name), cmp.Compare(a.Index, b.Index), cmp.Compare(a.Ref.Name, b.Ref.Name))
}

func grade(w *fleet.Worker) int {
	switch w.State {
	case fleet.Failed, fleet.Failing, fleet.Restarting:
		return 0
	}
	return 1
}

// More lets n more streams be open.
func (t *Tail) More(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.most > 0 {
		t.most += n
	}
	t.start()
}

// beside is how many workers that fail are read beside those that may be open.
const beside = 16

// start opens streams as far as they may be, those of workers that failed first.
func (t *Tail) start() {
	for _, failed := range []bool{true, false} {
		most := t.most
		if failed {
			most += beside
		}
		t.startSome(most, failed)
	}
}

func (t *Tail) startSome(most int, failed bool) {
	for _, s := range t.streams {
		if t.most > 0 && t.open >= most || t.ctx.Err() != nil {
			return
		}
		if s.started || failed && !s.failed {
			continue
		}
		s.started = true
		t.open++
		t.running.Go(func() {
			s.run(t.ctx)
			t.mu.Lock()
			t.open--
			t.start()
			t.mu.Unlock()
		})
	}
}

// Wait waits until all streams have ended: after ctx has.
func (t *Tail) Wait() { t.running.Wait() }

// Sources are the sources as they are, by their number, and how many of them
// are read or were.
func (t *Tail) Sources() (all []logs.Source, followed int) {
	t.mu.Lock()
	streams := t.streams
	t.mu.Unlock()
	all = make([]logs.Source, len(streams))
	for i, s := range streams {
		if all[i] = s.source(); all[i].State != logs.Unread {
			followed++
		}
	}
	return all, followed
}

// View fills a buffer with what is read, and delivers how it stands to out,
// latest wins, until ctx ends.
func (t *Tail) View(ctx context.Context, bounds logs.Bounds, out chan *logs.State) {
	buffer := logs.NewBuffer(bounds)
	var lines []logs.Line
	var held []*Batch
	flush := time.NewTimer(0)
	defer flush.Stop()
	waits := true
	for {
		select {
		case <-ctx.Done():
			return
		case b := <-t.batches:
			if len(b.Lines) < manyLines { // few: a block is not written anew for each
				lines = append(lines, b.Lines...)
				held = append(held, b)
				break
			}
			buffer.Insert(b.Lines)
			b.Done()
		case <-t.news:
		case <-flush.C:
			waits = false
			buffer.Insert(lines)
			lines = lines[:0]
			for _, b := range held {
				b.Done()
			}
			held = held[:0]
			sources, followed := t.Sources()
			state := &logs.State{Log: buffer.Log(), Sources: sources, Followed: followed}
			if err := buffer.Err(); err != nil {
				state.Failure = "older lines are dropped: " + err.Error()
			}
			latest(out, state)
			continue
		}
		if !waits {
			waits = true
			flush.Reset(gather)
		}
	}
}

// manyLines is from how many on a batch is not held.
const manyLines = 100

// gather is how long what is printed is gathered before it is shown.
const gather = 60 * time.Millisecond

// latest leaves v for whoever takes it, in place of an older one.
func latest[T any](out chan T, v T) {
	for {
		select {
		case out <- v:
			return
		default:
		}
		select {
		case <-out:
		default:
		}
	}
}
