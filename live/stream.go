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
	// emptyAfter is how long a log is open of which nothing came because nothing
	// was printed.
	emptyAfter = 2 * time.Second
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

	fresh bool // all that it prints is new: it began, or was found empty, while it was followed
	lost  bool // the connection broke, and what was printed since is not known
	alone bool // nothing of this run was read by a connection before
	past  bool // what is read is the log of the run before
	other bool // what was read is the log of another run than was meant

	work   sync.Mutex // what is read; may be held for long
	strand logs.Strand
	resume logs.Resume
	taken  int      // lines
	rest   logs.Raw // what stood after the last newline when it was read last; without its text
	batch  *Batch
}

func newStream(t *Tail, number int32, id who, w *fleet.Worker, pod *fleet.Pod, attempt int) *stream {
	of := *w
	of.Ref = pod.Ref // an attempt before has another name, and without an index that is its label
	s := &stream{
		tail: t, number: number, id: id, previous: id.previous, free: make(chan *Batch, 2), kick: make(chan struct{}, 1), pod: pod,
		of: logs.Source{
			Label: of.Label(), Job: w.Job, Pod: pod.Ref, UID: pod.UID, Node: pod.Node, Index: w.Index, Attempt: attempt,
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
		s.mark(ctx, logs.StartMark, s.created(), fmt.Sprintf("attempt %d begins: %s", s.of.Attempt, s.of.Pod.Name))
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
		before := s.lines()
		err := s.readAll(ctx, w)
		if s.lines() > before {
			try = 1
		}
		switch {
		case err == nil && s.lines() == 0 && !w.Previous:
			if why := s.notBegun(ctx); why != "" {
				s.fails(why)
				return
			}
			s.is(logs.Ended, "")
			return
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

// notBegun says why a container without a line has not begun; "" when it has.
func (s *stream) notBegun(ctx context.Context) string {
	life, err := s.tail.kube.Life(ctx, s.of.Pod)
	if err != nil {
		return ""
	}
	c, there := life.Container(cmpOr(s.source().Container, life.Main))
	if !there || c.Restarts > 0 || c.State == "running" || c.State == "terminated" {
		return ""
	}
	return "container " + c.Name + " has not begun: " + cmpOr(c.Reason, "its pod is "+strings.ToLower(life.Phase))
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
		s.isGone(ctx)
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
		err = nil
	}
	s.knows(c.Restarts)
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

// isGone says that the pod is, and whether that took lines with it.
func (s *stream) isGone(ctx context.Context) {
	if s.lost {
		s.missing(ctx, "its pod went while its log could not be read")
	}
	gone := "its pod is gone"
	if at := s.tail.settings.link(s.of.Pod.Namespace, s.of.Pod.Name, s.of.Job.Name); at != "" {
		gone += "; its log may be at " + at
	}
	s.mark(ctx, logs.EndMark, time.Now(), gone)
	s.is(logs.Ended, "its pod is gone")
}

// missing says that nobody knows what was printed after the last line.
func (s *stream) missing(ctx context.Context, why string) {
	s.work.Lock()
	defer s.work.Unlock()
	at, from := time.Now(), ""
	if last := s.resume.Last(); !last.IsZero() {
		at, from = last, " from "+clock(last)+" UTC on"
	}
	s.put(ctx, logs.GapMark, at.UnixNano(), "lines may be missing"+from+": "+why)
	s.deliver(ctx)
}

// restarted reads the rest of the run that has ended, and begins with the next one.
func (s *stream) restarted(ctx context.Context, c fleet.Container) {
	began := c.Started
	ended := runEnd{says: "ended"}
	switch {
	case c.State == "waiting" && c.Last != nil: // the run whose log the server has now is over as well
		began = c.Last.Started
	case c.Last != nil:
		ended = endOf(c.Last.ExitCode, c.Last.Reason, c.Last.Finished)
	}
	s.work.Lock()
	last := s.resume.Last()
	s.work.Unlock()
	missed := c.Restarts - s.restarts - 1
	if newer := s.alone && !began.IsZero() && last.After(began.Add(time.Second)); newer { // what was read last is the new run's
		s.mark(ctx, logs.GapMark, began, fmt.Sprintf("%s came between, whose lines were not read", plural(missed+1, "run")))
		s.turns(c.Restarts)
		return
	}
	if err := s.readBefore(ctx); err != nil && (s.lost || !kube.NoLog(err)) {
		s.missing(ctx, sentence(err).Error())
	}
	s.mark(ctx, logs.EndMark, ended.at, ended.says)
	if missed > 0 {
		s.mark(ctx, logs.GapMark, began, fmt.Sprintf("%s came between, whose lines the server does not have", plural(missed, "run")))
	}
	s.work.Lock()
	s.resume, s.rest = logs.Resume{}, logs.Raw{}
	s.work.Unlock()
	s.turns(c.Restarts)
	s.mark(ctx, logs.StartMark, began, fmt.Sprintf("restart %d", c.Restarts))
	s.fresh, s.lost, s.alone = true, false, true
	s.wake()
}

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// runEnd is how and when a run ended; zero when nobody knows.
type runEnd struct {
	says string
	at   time.Time
}

func endOf(code int, reason string, at time.Time) runEnd {
	return runEnd{ended(code, reason), at}
}

// knows takes over how often the container was restarted.
func (s *stream) knows(restarts int) {
	s.restarts, s.known = restarts, true
	s.mu.Lock()
	s.of.Restarts = restarts
	s.mu.Unlock()
}

// turns says that the lines that follow are of a run after so many restarts.
func (s *stream) turns(restarts int) {
	s.knows(restarts)
	s.work.Lock()
	s.strand.Run = int32(restarts)
	s.work.Unlock()
}

// readBefore reads the rest of the run before, and gives up on it only after
// some tries: nobody asks for it later.
func (s *stream) readBefore(ctx context.Context) error {
	for try := 1; ; try++ {
		before := s.lines()
		err := s.readAll(ctx, kube.LogWish{Previous: true})
		if s.lines() > before {
			try = 1
		}
		if err == nil || kube.NoLog(err) || kube.Gone(err) || kube.Forbidden(err) || try == mostTries || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(reopenAfter << try):
		}
	}
}

// drain reads the log of a container that has ended to its end.
func (s *stream) drain(ctx context.Context, c fleet.Container) (done bool) {
	switch err := s.readAll(ctx, kube.LogWish{}); {
	case kube.Gone(err):
		s.isGone(ctx)
		return true
	case kube.NoLog(err) && s.lost:
		s.missing(ctx, sentence(err).Error())
	case errors.Is(err, errOther):
		return false
	case err != nil && !kube.NoLog(err):
		s.is(logs.Broken, sentence(err).Error())
		return false
	}
	how := runEnd{says: "ended"}
	if c.State == "terminated" {
		how = endOf(c.ExitCode, c.Reason, c.Finished)
	}
	s.mark(ctx, logs.EndMark, how.at, how.says)
	s.is(logs.Ended, how.says)
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
	main := s.pod != nil && s.of.Container == s.pod.Main.Name
	restarts := 0
	if main {
		restarts = s.pod.Main.Restarts
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
	switch {
	case main && !s.known:
		s.turns(restarts)
		s.alone = true
	case main && restarts > s.restarts: // the log is another one now
		return nil
	}
	if over || !s.known { // judge finds out
		return nil
	}
	begin := time.Now()
	err := s.read(ctx, kube.LogWish{Follow: true}, false)
	switch {
	case err == nil, ctx.Err() != nil:
		s.lost = false
	case !kube.NoLog(err) && !kube.Gone(err) && !errors.Is(err, errOther):
		s.lost = true
	}
	if s.lines() == 0 && time.Since(begin) > emptyAfter && kube.Opened(err) {
		s.fresh = true
	}
	return err
}

// errCutShort is of a log that ends before its end again and again.
var errCutShort = errors.New("the log breaks off before its end")

// readAll reads a log to its end. An API server whose kubelet goes away in the
// middle ends it as if that were all: so the last line is asked for by itself,
// and read on until it has come.
func (s *stream) readAll(ctx context.Context, w kube.LogWish) error {
	var last, end logs.Raw
	known, ended := false, false // last is; end, of the read before, is
	for vain := 0; vain < mostTries; vain++ {
		before, rest := s.lines(), s.rest
		if err := s.read(ctx, w, true); err != nil {
			return err
		}
		s.work.Lock()
		now, same, reached := s.taken, s.rest.Is(rest), s.resume.Reached(last)
		came, some := s.resume.Came()
		s.work.Unlock()
		alike := ended && some && came.Is(end)
		end, ended = came, some
		if now > before {
			vain = 0
		}
		if !same { // part of a line, or a whole one without a newline: it shows the next time
			continue
		}
		if !known {
			var err error
			if last, err = s.lastLine(ctx, w); err != nil {
				return err
			}
			if last.Is(logs.Raw{}) && now > before { // that answer was cut short as well
				continue
			}
			s.work.Lock()
			known, reached = true, s.resume.Reached(last)
			s.work.Unlock()
			if !reached {
				continue
			}
		}
		if reached || alike { // a line that was parted shows its last part as the last line
			s.work.Lock()
			s.resume.End(s.take, s.gap)
			s.deliver(ctx)
			other := s.other
			s.work.Unlock()
			if other {
				return errOther
			}
			return nil
		}
	}
	return errCutShort
}

// lastLine asks for the last line of a log alone. Its text is not kept.
func (s *stream) lastLine(ctx context.Context, w kube.LogWish) (logs.Raw, error) {
	w = s.wish(w)
	w.Tail = 1
	body, err := s.tail.kube.Log(ctx, w)
	if kube.Gone(err) || kube.NoLog(err) {
		return logs.Raw{}, nil // there is no more to be had
	}
	if err != nil {
		return logs.Raw{}, err
	}
	defer body.Close()
	raw, err := logs.NewReader(body, s.tail.seed).Next()
	if err != nil && !errors.Is(err, io.EOF) {
		return logs.Raw{}, err
	}
	raw.Text = nil
	return raw, nil
}

// lines is how many lines were taken.
func (s *stream) lines() int {
	s.work.Lock()
	defer s.work.Unlock()
	return s.taken
}

// wish completes what to ask for: from the last line on that was read.
func (s *stream) wish(w kube.LogWish) kube.LogWish {
	of := s.source()
	w.Pod, w.Container = of.Pod, of.Container
	s.work.Lock()
	defer s.work.Unlock()
	since, again := s.resume.Since()
	if w.Since = since; !again {
		if w.Since = s.tail.wish.Since; !s.fresh {
			w.Tail = s.tail.wish.Tail
		}
	}
	return w
}

// read reads one connection to its end: whole tells that this may be the end of
// the log as well.
func (s *stream) read(ctx context.Context, w kube.LogWish, whole bool) error {
	w = s.wish(w)
	body, err := s.tail.kube.Log(ctx, w)
	if err != nil {
		return err
	}
	defer body.Close()
	if w.Follow {
		s.is(logs.Live, "")
	}
	s.work.Lock()
	_, again := s.resume.Since()
	s.resume.Reopen()
	s.past, s.other = w.Previous, false
	s.work.Unlock()
	if again {
		defer time.AfterFunc(settleAfter, func() { s.settle(ctx) }).Stop()
	}
	in := logs.NewReader(body, s.tail.seed)
	for {
		raw, err := in.Next()
		s.work.Lock()
		end := errors.Is(err, io.EOF) && whole
		if err == nil || end && raw.Is(s.rest) && !raw.Is(logs.Raw{}) { // a rest that stays is a line
			s.resume.Add(raw, s.take, s.gap)
		}
		if end {
			s.rest = raw
			s.rest.Text = nil
		}
		if err != nil || in.Buffered() == 0 || s.full() {
			s.deliver(ctx)
		}
		other := s.other
		if again && !s.resume.Finding() {
			s.alone = false
		}
		s.work.Unlock()
		switch {
		case other:
			return errOther
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

// errOther says that a log was another run's.
var errOther = errors.New("the container was restarted")

// turned tells whether the container was restarted since it was last asked
// about. The server hears of it a moment after its kubelet.
func (s *stream) turned(ctx context.Context) bool {
	if !s.known {
		return false
	}
	for range 3 {
		life, err := s.tail.kube.Life(ctx, s.of.Pod)
		if err != nil || life.UID != s.id.uid {
			return false
		}
		if c, there := life.Container(s.source().Container); there && c.Restarts > s.restarts {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(700 * time.Millisecond):
		}
	}
	return false
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
	s.taken++
}

// gap puts in that lines may be missing.
func (s *stream) gap(g logs.Gap) bool {
	if !s.past && s.turned(s.tail.ctx) {
		s.other = true
		return false
	}
	s.put(s.tail.ctx, logs.GapMark, g.From, fmt.Sprintf("lines may be missing from %s to %s UTC: the server has no older ones", clock(time.Unix(0, g.From)), clock(time.Unix(0, g.To))))
	return true
}

func clock(at time.Time) string { return at.UTC().Format("15:04:05.000") }

// created is when the pod was created.
func (s *stream) created() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pod == nil {
		return time.Time{}
	}
	return s.pod.Created
}

// mark puts in a line of paddock's own, and hands it on. Without a time it
// stands behind the last line.
func (s *stream) mark(ctx context.Context, k logs.Kind, at time.Time, text string) {
	s.work.Lock()
	defer s.work.Unlock()
	if last := s.resume.Last(); at.Before(last) { // also a second that was cut off
		at = last
	}
	if at.IsZero() {
		at = time.Now()
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
