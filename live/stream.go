package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"paddock/fleet"
	"paddock/kube"
	"paddock/logs"
)

// How streams behave.
const (
	// batchLines and batchBytes bound a batch.
	batchLines = 250
	batchBytes = 32 << 10
	// reopenAfter is the pause before a stream is opened again; it doubles up to reopenMost.
	reopenAfter = 200 * time.Millisecond
	reopenMost  = 5 * time.Second
	// settleAfter is how long a log that was opened again must be silent before
	// its place is decided on.
	settleAfter = 5 * time.Second
	// leaveAfter is how long a log is followed that should have ended.
	leaveAfter = 2 * time.Second
)

// stream reads the log of one container of one pod, through all its restarts.
type stream struct {
	tail     *Tail
	number   int32
	id       who
	previous bool
	free     chan *Batch
	started  bool // of the tail
	failed   bool // its worker, as the watch knows it; of the tail

	joined   bool // it came later than the first ones
	restarts int  // of the container, when it was read last
	known    bool // restarts is

	mu   sync.Mutex
	of   logs.Source
	pod  *fleet.Pod // as the watch knows it; nil when it doesn't any more
	cut  context.CancelFunc
	kick chan struct{}

	work   sync.Mutex // what is read; may be held for long
	strand logs.Strand
	resume logs.Resume
	batch  *Batch
}

func newStream(t *Tail, number int32, id who, w *fleet.Worker, pod *fleet.Pod, attempt int) *stream {
	s := &stream{
		tail: t, number: number, id: id, previous: id.previous, free: make(chan *Batch, 2), kick: make(chan struct{}, 1), pod: pod,
		of: logs.Source{
			Label: w.Label(), Job: w.Job, Pod: pod.Ref, UID: pod.UID, Node: pod.Node, Index: w.Index, Attempt: attempt,
			Container: cmpOr(t.wish.Container, pod.Main.Name),
		},
		strand: logs.Strand{Source: number},
	}
	for range cap(s.free) {
		s.free <- &Batch{Source: number, from: s}
	}
	return s
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// look takes over what the watch says of the pod. A container that has begun
// is asked for its log at once, and one that has ended is read to its end.
func (s *stream) look(pod *fleet.Pod) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.pod
	s.pod = pod
	if s.of.Node == "" {
		s.of.Node = pod.Node
	}
	if s.of.Container == "" {
		s.of.Container = pod.Main.Name
	}
	if before == nil || before.Main.State != pod.Main.State || before.Main.Restarts != pod.Main.Restarts || before.Phase != pod.Phase {
		s.wake()
	}
	if pod.Over() && (before == nil || !before.Over()) {
		s.endSoon()
	}
}

// leave takes over that the pod is gone.
func (s *stream) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pod != nil {
		s.pod = nil
		s.wake()
		s.endSoon()
	}
}

func (s *stream) wake() {
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// endSoon cuts a log that goes on although its container has ended: some
// servers never end it. What is left is read once more. The caller holds the lock.
func (s *stream) endSoon() {
	if cut := s.cut; cut != nil {
		time.AfterFunc(leaveAfter, cut)
	}
}

func (s *stream) named(container string) {
	s.mu.Lock()
	s.of.Container = container
	s.mu.Unlock()
}

func (s *stream) source() logs.Source {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.of
}

// is says how the reading goes.
func (s *stream) is(state logs.SourceState, says string) {
	s.mu.Lock()
	s.of.State, s.of.Says = state, says
	s.mu.Unlock()
	s.tail.tell()
}

// run reads until all has been read, or ctx ends.
func (s *stream) run(ctx context.Context) {
	defer s.end(ctx)
	s.is(logs.Opening, "")
	switch {
	case s.previous || !s.tail.wish.Follow:
		s.once(ctx, kube.LogWish{Previous: s.previous})
		return
	case s.joined:
		s.mark(ctx, logs.StartMark, fmt.Sprintf("attempt %d begins", s.of.Attempt))
	}
	pause := reopenAfter
	for ctx.Err() == nil {
		before := s.source().Lines
		err := s.follow(ctx)
		if ctx.Err() != nil {
			return
		}
		life, failed := s.tail.kube.Life(ctx, s.of.Pod)
		if s.judge(ctx, life, failed, err) {
			return
		}
		if s.source().Lines > before {
			pause = reopenAfter
		}
		wait := pause + rand.N(pause/4)
		if s.still() {
			wait = stillPause
		}
		select {
		case <-ctx.Done():
		case <-s.kick:
		case <-time.After(wait):
		}
		pause = min(2*pause, reopenMost)
	}
}

// stillPause is the pause while the watch knows that nothing is printed: it
// tells when that changes.
const stillPause = 30 * time.Second

// still tells whether the watch says that the container does not run now.
func (s *stream) still() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pod != nil && s.of.Container == s.pod.Main.Name && s.pod.Main.State != "running" && !s.pod.Over()
}

// mostTries bounds how often a log is asked for that is read once.
const mostTries = 5

// once reads a log to its end, once, and says how that went.
func (s *stream) once(ctx context.Context, w kube.LogWish) {
	for try := 1; ; try++ {
		err := s.read(ctx, w, true)
		switch {
		case err == nil:
			s.is(logs.Ended, "")
			return
		case kube.NoLog(err) && w.Previous:
			s.fails("the server has no log of an attempt before")
			return
		case kube.NoLog(err):
			s.fails(s.noLog(ctx))
			return
		case kube.Gone(err), kube.Forbidden(err), try == mostTries, ctx.Err() != nil:
			s.fails(sentence(err).Error())
			return
		}
		s.is(logs.Broken, sentence(err).Error())
		select {
		case <-ctx.Done():
		case <-time.After(reopenAfter << try):
		}
	}
}

// noLog says why a container has no log: it isn't there, or has not begun.
func (s *stream) noLog(ctx context.Context) string {
	life, err := s.tail.kube.Life(ctx, s.of.Pod)
	if err != nil {
		return sentence(err).Error()
	}
	name := cmpOr(s.source().Container, life.Main)
	c, there := life.Container(name)
	if !there {
		return noContainer(life, name)
	}
	return "container " + name + " has not begun: " + cmpOr(c.Reason, "nobody says why")
}

// noContainer names those that there are.
func noContainer(life kube.Life, name string) string {
	var names []string
	for _, c := range life.Containers {
		names = append(names, c.Name)
	}
	return "its pod has no container " + name + "; it has " + strings.Join(names, ", ")
}

// fails says that the log can't be read.
func (s *stream) fails(why string) {
	s.mu.Lock()
	s.of.Failed = true
	s.mu.Unlock()
	s.is(logs.Ended, why)
}

// end hands on the last batch, which says that nothing more comes.
func (s *stream) end(ctx context.Context) {
	s.work.Lock()
	defer s.work.Unlock()
	b := s.next(ctx)
	if b == nil {
		return
	}
	b.Ended = true
	s.batch = nil
	select {
	case s.tail.batches <- b:
	case <-ctx.Done():
	}
}

// judge decides, with what the server says of the containers, whether all has
// been read. err is why the log ended, or could not be opened.
func (s *stream) judge(ctx context.Context, life kube.Life, failed, err error) (done bool) {
	name := s.source().Container
	if name == "" {
		name = life.Main
		s.named(name)
	}
	c, there := life.Container(name)
	switch {
	case kube.Gone(failed), failed == nil && life.UID != s.id.uid:
		gone := "its pod is gone"
		if at := s.tail.settings.link(s.of.Pod.Namespace, s.of.Pod.Name, s.of.Job.Name); at != "" {
			gone += "; its log may be at " + at
		}
		s.mark(ctx, logs.EndMark, gone)
		s.is(logs.Ended, "its pod is gone")
		return true
	case failed != nil:
		s.is(logs.Broken, sentence(failed).Error())
		return false
	case !there:
		s.fails(noContainer(life, name))
		return true
	}
	if s.known && c.Restarts > s.restarts {
		s.restarted(ctx, c)
	}
	s.restarts, s.known = c.Restarts, true
	switch {
	case life.Phase == "Succeeded" || life.Phase == "Failed", c.State == "terminated" && c.Init:
		return s.drain(ctx, c)
	case c.State == "terminated":
		s.is(logs.Waiting, ended(c.ExitCode, c.Reason))
	case c.State == "running" && (err == nil || kube.NoLog(err)):
		s.wake() // it has only just begun, or its connection was cut
	case err == nil || kube.NoLog(err):
		s.is(logs.Waiting, cmpOr(c.Reason, "has not begun"))
	default:
		s.is(logs.Broken, sentence(err).Error())
	}
	return false
}

// restarted reads the rest of the run that has ended, and begins with the next one.
func (s *stream) restarted(ctx context.Context, c fleet.Container) {
	_ = s.read(ctx, kube.LogWish{Previous: true}, true) // what it can't give is said by the marks
	how := "ended"
	if c.Last != nil {
		how = ended(c.Last.ExitCode, c.Last.Reason)
	}
	s.mark(ctx, logs.EndMark, how)
	if n := c.Restarts - s.restarts - 1; n > 0 {
		s.mark(ctx, logs.GapMark, fmt.Sprintf("%d restarts came between, whose lines the server does not have", n))
	}
	s.mark(ctx, logs.StartMark, fmt.Sprintf("restart %d", c.Restarts))
	s.work.Lock()
	s.resume = logs.Resume{}
	s.work.Unlock()
	s.wake()
}

// drain reads the log of a container that has ended to its end.
func (s *stream) drain(ctx context.Context, c fleet.Container) (done bool) {
	if err := s.read(ctx, kube.LogWish{}, true); err != nil && !kube.NoLog(err) {
		s.is(logs.Broken, sentence(err).Error())
		return kube.Gone(err)
	}
	how := "ended"
	if c.State == "terminated" {
		how = ended(c.ExitCode, c.Reason)
	}
	s.mark(ctx, logs.EndMark, how)
	s.is(logs.Ended, how)
	return true
}

// ended says how a container ended.
func ended(code int, reason string) string {
	s := fmt.Sprintf("ended with exit code %d", code)
	if reason != "" && reason != "Error" && reason != "Completed" {
		s += " (" + reason + ")"
	}
	return s
}

// follow reads until the connection ends.
func (s *stream) follow(ctx context.Context) error {
	s.mu.Lock()
	over := s.pod == nil || s.pod.Over()
	if !s.known && s.pod != nil && s.of.Container == s.pod.Main.Name {
		s.restarts, s.known = s.pod.Main.Restarts, true
	}
	ctx, cut := context.WithCancel(ctx)
	s.cut = cut
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.cut = nil
		s.mu.Unlock()
		cut()
	}()
	if over || !s.known { // judge finds out
		return nil
	}
	return s.read(ctx, kube.LogWish{Follow: true}, false)
}

// read reads one connection to its end: whole tells that this is the end of the
// log as well.
func (s *stream) read(ctx context.Context, w kube.LogWish, whole bool) error {
	of := s.source()
	w.Pod, w.Container = of.Pod, of.Container
	s.work.Lock()
	since, again := s.resume.Since()
	s.work.Unlock()
	if w.Since = since; !again {
		w.Since, w.Tail = s.tail.wish.Since, s.tail.wish.Tail
	}
	body, err := s.tail.kube.Log(ctx, w)
	if err != nil {
		return err
	}
	defer body.Close()
	if w.Follow {
		s.is(logs.Live, "")
	}
	s.work.Lock()
	s.resume.Reopen()
	s.work.Unlock()
	if again {
		defer time.AfterFunc(settleAfter, func() { s.settle(ctx) }).Stop()
	}
	in := logs.NewReader(body, s.tail.seed)
	for {
		raw, err := in.Next()
		s.work.Lock()
		end := errors.Is(err, io.EOF) && whole
		if err == nil || end && (len(raw.Text) > 0 || raw.At != 0) {
			s.resume.Add(raw, s.take, s.gap)
		}
		if end {
			s.resume.End(s.take, s.gap)
		}
		if err != nil || in.Buffered() == 0 || s.full() {
			s.deliver(ctx)
		}
		s.work.Unlock()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		}
	}
}

func (s *stream) full() bool {
	return s.batch != nil && (len(s.batch.Lines) >= batchLines || len(s.batch.room) >= batchBytes)
}

// settle decides on what is held when a log that was opened again is silent.
func (s *stream) settle(ctx context.Context) {
	s.work.Lock()
	defer s.work.Unlock()
	if ctx.Err() == nil {
		s.resume.Settle(s.take, s.gap)
		s.deliver(ctx)
	}
}

// take puts a line into the batch. As all that follow it is called by who has work.
func (s *stream) take(raw logs.Raw) {
	b := s.next(s.tail.ctx)
	if b == nil {
		return
	}
	var l logs.Line
	l, b.room = s.strand.Line(raw, b.room)
	b.Lines = append(b.Lines, l)
}

// gap puts in that lines may be missing.
func (s *stream) gap(g logs.Gap) {
	clock := func(ns int64) string { return time.Unix(0, ns).UTC().Format("15:04:05.000") }
	s.put(s.tail.ctx, logs.GapMark, g.From, fmt.Sprintf("lines may be missing from %s to %s UTC: the server has no older ones", clock(g.From), clock(g.To)))
}

// mark puts in a line of paddock's own, and hands it on.
func (s *stream) mark(ctx context.Context, k logs.Kind, text string) {
	at := time.Now()
	s.mu.Lock()
	if k == logs.StartMark && s.of.Lines == 0 && s.pod != nil {
		at = s.pod.Created
	}
	s.mu.Unlock()
	s.work.Lock()
	defer s.work.Unlock()
	if last := s.resume.Last(); k == logs.EndMark && !last.IsZero() {
		at = last // what happened since is of no matter to it
	}
	s.put(ctx, k, at.UnixNano(), text)
	s.deliver(ctx)
}

func (s *stream) put(ctx context.Context, k logs.Kind, at int64, text string) {
	if b := s.next(ctx); b != nil {
		b.Lines = append(b.Lines, s.strand.Mark(k, at, text))
	}
}

// next is the batch that lines go into; nil when ctx ends before there is one.
func (s *stream) next(ctx context.Context) *Batch {
	if s.batch == nil {
		select {
		case s.batch = <-s.free:
		case <-ctx.Done():
		}
	}
	return s.batch
}

// deliver hands the batch on.
func (s *stream) deliver(ctx context.Context) {
	b := s.batch
	if b == nil || len(b.Lines) == 0 {
		return
	}
	s.mu.Lock()
	for i := range b.Lines {
		if l := &b.Lines[i]; l.Kind <= logs.Continued {
			s.of.Lines++
			s.of.Last = l.Time()
		}
	}
	s.mu.Unlock()
	select {
	case s.tail.batches <- b:
		s.batch = nil
	case <-ctx.Done():
	}
}
