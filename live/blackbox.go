package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"paddock/fleet"
	"paddock/incident"
	"paddock/kube"
	"paddock/logs"
)

// How the black box behaves.
const (
	// readsAtOnce bounds the workers that are read at a time: a job that falls
	// over with all its workers must not fall on the API server.
	readsAtOnce = 4
	// mostOfBurst bounds what is kept of one job in burstTime, the first to fail first.
	mostOfBurst = 64
	burstTime   = time.Minute
	// mostQueued bounds the failures that wait to be read, mostLeft the names in
	// one record of what was left.
	mostQueued = 1024
	mostLeft   = 4096
	// readPatience bounds the reading of one worker; readTries how often its log
	// is asked for.
	readPatience = 20 * time.Second
	readTries    = 3
	// lineMost and podMost bound a line and a pod's YAML, in bytes.
	lineMost = 2 << 10
	podMost  = 256 << 10
	// laterMost is how long the next readings of the devices are waited for, and
	// mostLater for how many records: an XID shows in the scrape after the end.
	laterMost = 3 * time.Minute
	mostLater = 128
	// firstPrune is when records that are too old are removed for the first time.
	firstPrune = time.Minute
	pruneEvery = 6 * time.Hour
)

// box is the black box of one session: it looks at every Fleet for workers that
// failed, and keeps what can still be read of them. The zero of it, nil, keeps nothing.
type box struct {
	kube    *kube.Client
	store   *incident.Store
	version string
	log     *slog.Logger
	fleets  chan *fleet.Fleet
	read    chan kept // what was read and kept
	seed    maphash.Seed

	before   *fleet.Fleet // the Fleet that was looked at last
	began    time.Time    // of the first one
	queue    []*failure
	bursts   map[string]*burst // by the job's UID
	reading  int
	later    []kept
	metrics  time.Time // of the readings that later was compared with
	troubled bool      // the last thing that was done to the store failed, and that was told
}

// burst is what fails of one job within burstTime.
type burst struct {
	job  *failure // any of it
	till time.Time
	kept int
	left []incident.Ending
	more int // beyond mostLeft
}

// kept is a record on disk.
type kept struct {
	*failure
	name string
	err  error
}

// newBox is the black box of a session; nil when nothing is to be kept.
func (l *Live) newBox(client *kube.Client) *box {
	if l.options.State == "" || l.options.Incidents.Off {
		return nil
	}
	return &box{
		kube: client, store: l.incidents, version: l.options.Version, log: l.options.Log, seed: maphash.MakeSeed(),
		fleets: make(chan *fleet.Fleet, 1), read: make(chan kept, readsAtOnce), bursts: map[string]*burst{},
	}
}

// see hands a Fleet over, in the place of one that was not looked at yet. It
// waits for nobody: the join calls it, and nobody else does.
func (b *box) see(f *fleet.Fleet) {
	if b == nil {
		return
	}
	select {
	case <-b.fleets:
	default:
	}
	b.fleets <- f
}

// run looks at Fleets until ctx ends. What is not read by then is written down
// as left.
func (b *box) run(ctx context.Context) {
	if b == nil {
		return
	}
	prune := time.NewTimer(firstPrune)
	defer prune.Stop()
	tick := time.NewTimer(burstTime)
	tick.Stop()
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			b.end()
			return
		case f := <-b.fleets:
			b.look(f)
			b.lookLater()
		case k := <-b.read:
			b.reading--
			b.done(k)
		case <-tick.C:
		case <-prune.C:
			b.tell(b.store.Prune())
			prune.Reset(pruneEvery)
		}
		b.start(ctx)
		if next, ok := b.close(time.Now()); ok {
			tick.Reset(time.Until(next))
		}
	}
}

// look finds who failed since the last Fleet. Until the pods have been read
// there is nothing to compare with.
func (b *box) look(f *fleet.Fleet) {
	if h := f.Source("pods").Health; !f.Complete || h != fleet.Live && h != fleet.Stale {
		return
	}
	if b.before == nil {
		b.before, b.began = f, f.At
		return
	}
	for _, x := range newFailures(b.before, f, b.began) {
		b.add(&x)
	}
	b.before = f
}

// add puts a failure into the queue.
func (b *box) add(f *failure) {
	u := b.bursts[f.job.UID]
	if u == nil {
		u = &burst{job: f, till: time.Now().Add(burstTime)}
		b.bursts[f.job.UID] = u
	}
	if len(b.queue) >= mostQueued {
		u.leave(f, "too many workers failed at once")
		return
	}
	b.queue = append(b.queue, f)
}

// leave takes down that nothing is read of a failure.
func (u *burst) leave(f *failure, why string) {
	if len(u.left) == mostLeft {
		u.more++
		return
	}
	u.left = append(u.left, incident.Ending{Worker: f.worker.Label(), Pod: f.pod.Ref.Name, Node: f.pod.Node, How: f.how(f.pod), Ended: utc(f.finished), Why: why})
}

// start reads as many as may be read at a time: of the jobs of which least was
// kept so far, whoever failed first.
func (b *box) start(ctx context.Context) {
	for b.reading < readsAtOnce && len(b.queue) > 0 {
		i := first(b.queue, func(f *failure) int { return b.bursts[f.job.UID].kept })
		f := b.queue[i]
		b.queue = slices.Delete(b.queue, i, i+1)
		u := b.bursts[f.job.UID]
		if u.kept >= mostOfBurst {
			u.leave(f, fmt.Sprintf("more than %d workers of the job failed within a minute", mostOfBurst))
			continue
		}
		u.kept++
		b.reading++
		go func() {
			r := reader{b.kube, b.seed, b.version}.read(ctx, f, incident.Failure)
			name, err := b.store.Keep(r)
			b.read <- kept{f, name, err}
		}()
	}
}

// first is the index of the failure that comes first.
func first(queue []*failure, kept func(*failure) int) int {
	best := 0
	for i, f := range queue {
		if cmp.Or(kept(f)-kept(queue[best]), f.at().Compare(queue[best].at())) < 0 {
			best = i
		}
	}
	return best
}

// done takes over that a record was written.
func (b *box) done(k kept) {
	b.tell(k.err)
	if k.err != nil || !k.wants() {
		return
	}
	b.later = append(b.later, k)
	if len(b.later) > mostLater {
		b.later = slices.Delete(b.later, 0, 1)
	}
	b.metrics = time.Time{} // the readings of now may be of after it already
	b.lookLater()
}

// wants tells whether the readings of after the end are still to come.
func (k kept) wants() bool {
	return k.pod.GPUs > 0 && !k.finished.IsZero() && !slices.ContainsFunc(k.devices, func(d *fleet.Device) bool { return d.Reading.At.After(k.finished) })
}

// lookLater puts the readings of after the end into records that lack them.
func (b *box) lookLater() {
	f := b.before
	if f == nil || len(b.later) == 0 || f.Metrics.At.Equal(b.metrics) {
		return
	}
	b.metrics = f.Metrics.At
	b.later = slices.DeleteFunc(b.later, func(k kept) bool {
		after := k.after(f)
		if len(after) == 0 {
			return time.Since(k.noticed) > laterMost
		}
		b.tell(b.store.Amend(k.name, func(r *incident.Record) { r.Devices = append(r.Devices, after...) }))
		return true
	})
}

// after are the readings of after a failure's end, of the devices that its pod
// held or, restarted in place, still holds.
func (k kept) after(f *fleet.Fleet) []incident.Device {
	n := nodeOf(f, k.pod.Node)
	if n == nil {
		return nil
	}
	held := k.devices
	if i := slices.IndexFunc(n.Workers, func(w *fleet.Worker) bool { return w.Pod.UID == k.pod.UID }); i >= 0 {
		held = slices.Concat(held, n.Workers[i].Devices)
	}
	var out []incident.Device
	for _, d := range n.Devices {
		its := slices.ContainsFunc(held, func(o *fleet.Device) bool {
			return o.Reading.UUID == d.Reading.UUID && o.Reading.Slice == d.Reading.Slice
		})
		if its && d.Reading.UUID != "" && d.Reading.At.After(k.finished) {
			out = append(out, incident.NewDevice(d, k.finished))
		}
	}
	return out
}

// close writes down what was left of bursts that are over, and says when the
// next one is.
func (b *box) close(now time.Time) (next time.Time, ok bool) {
	for uid, u := range b.bursts {
		switch {
		case now.Before(u.till):
			if !ok || u.till.Before(next) {
				next, ok = u.till, true
			}
		case slices.ContainsFunc(b.queue, func(f *failure) bool { return f.job.UID == uid }): // it is over when they are read
		default:
			b.write(u)
			delete(b.bursts, uid)
		}
	}
	return next, ok
}

// write writes down what was left of a burst, if anything was.
func (b *box) write(u *burst) {
	n := len(u.left) + u.more
	if n == 0 {
		return
	}
	slices.SortStableFunc(u.left, func(x, y incident.Ending) int { return x.Ended.Compare(y.Ended) })
	r := u.job.record(incident.Left, b.version)
	r.Left, r.Worker, r.Node, r.Devices = u.left, incident.Worker{}, nil, []incident.Device{}
	h := &r.Head
	h.Worker, h.Pod, h.PodUID, h.Node, h.Container, h.ExitCode, h.Reason = "1 worker", "", "", "", "", nil, ""
	if n > 1 {
		h.Worker = fmt.Sprintf("%d workers", n)
	}
	h.How = "not kept: " + u.left[0].Why
	h.Ended, h.Noticed, h.Attempt, h.Restarts = u.left[0].Ended, u.job.noticed.UTC(), 0, 0
	r.Missing = []string{fmt.Sprintf("logs, pods and events of the other %d that failed were not kept: %s", n, u.left[0].Why)}
	if u.kept == 0 {
		r.Missing = []string{fmt.Sprintf("logs, pods and events of the %d that failed were not kept: %s", n, u.left[0].Why)}
	}
	if u.more > 0 {
		r.Missing = append(r.Missing, fmt.Sprintf("%d of them are not named", u.more))
	}
	_, err := b.store.Keep(r)
	b.tell(err)
}

// end waits for what is being read, which the end of its context ends, and
// writes down what is not.
func (b *box) end() {
	for ; b.reading > 0; b.reading-- {
		b.tell((<-b.read).err)
	}
	for _, f := range b.queue {
		b.bursts[f.job.UID].leave(f, "paddock ended, or looked elsewhere, before they were read")
	}
	for _, u := range b.bursts {
		b.write(u)
	}
}

// tell puts trouble with the folder into the debug log, once until it is over.
func (b *box) tell(err error) {
	if err != nil && !b.troubled {
		b.log.Warn("the black box can't keep its records", "error", err)
	}
	b.troubled = err != nil
}

// reader reads what the cluster still has of a failure.
type reader struct {
	kube    *kube.Client
	seed    maphash.Seed
	version string
}

// read makes the record of a failure. What can't be read is said in it.
func (r reader) read(ctx context.Context, f *failure, kind incident.Kind) incident.Record {
	ctx, cancel := context.WithTimeout(ctx, readPatience)
	defer cancel()
	out := f.record(kind, r.version)
	miss := func(what string, err error) {
		out.Missing = append(out.Missing, what+": "+sentence(err).Error())
	}
	found, err := again(ctx, func() (kube.Evidence, error) { return r.kube.Evidence(ctx, f.pod.Ref) })
	out.By.At = time.Now().UTC()
	switch {
	case err == nil && found.UID != f.pod.UID:
		out.Missing = append(out.Missing, "the pod is gone, and with it its log: another one has its name now")
	case kube.Gone(err):
		out.Missing = append(out.Missing, "the pod was gone before it could be read, and with it its log")
	default:
		if err != nil {
			miss("the pod can't be read", err)
			found.Life = kube.Life{UID: f.pod.UID, Phase: f.pod.Phase, Main: f.pod.Main.Name, Containers: []fleet.Container{f.pod.Main}}
		}
		out.Pod = shortPod(found.YAML, &out.Missing)
		if out.Log, err = r.lastLines(ctx, f, found.Life); err != nil {
			miss("the log can't be read", err)
		}
		if len(out.Log.Lines) == 0 && err == nil {
			out.Missing = append(out.Missing, "the log is empty: the container printed nothing")
		}
	}
	events, err := again(ctx, func() ([]fleet.Event, error) { return r.kube.Events(ctx, f.pod.Ref, f.pod.UID) })
	if err != nil {
		miss("the events can't be read", err)
	}
	out.Events = incident.NewEvents(events, kube.HideLine)
	return out
}

// again asks a few times when it can't be answered for reasons that may pass.
func again[T any](ctx context.Context, question func() (T, error)) (T, error) {
	for try := 1; ; try++ {
		answer, err := question()
		if err == nil || kube.Gone(err) || kube.NoLog(err) || kube.Forbidden(err) || ctx.Err() != nil || try == readTries {
			return answer, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(reopenAfter << try):
		}
	}
}

// shortPod bounds a pod's YAML, and hides what looks secret in its messages.
func shortPod(text string, missing *[]string) string {
	if len(text) > podMost {
		text = text[:strings.LastIndexByte(text[:podMost], '\n')+1]
		*missing = append(*missing, fmt.Sprintf("the pod's YAML is cut after %d KiB", podMost>>10))
	}
	lines := strings.SplitAfter(text, "\n")
	for i, l := range lines {
		lines[i] = kube.HideLine(l)
	}
	return strings.Join(lines, "")
}

// errNoRun is the error of a run that the server has forgotten.
var errNoRun = errors.New("the container has ended again since; the server has no log of that run any more")

// lastLines reads the last lines of the run that ended, and makes sure that it
// was this run: a container may start again meanwhile.
func (r reader) lastLines(ctx context.Context, f *failure, life kube.Life) (incident.Log, error) {
	name := cmp.Or(f.container, f.pod.Main.Name, life.Main)
	out := incident.Log{Container: name, Lines: []incident.Line{}}
	for range readTries {
		previous, err := which(f, life, name)
		if err != nil {
			return out, err
		}
		out.Previous = previous
		out.Lines, err = again(ctx, func() ([]incident.Line, error) {
			return r.lines(ctx, kube.LogWish{Pod: f.pod.Ref, Container: name, Previous: previous, Tail: incident.LinesKept})
		})
		if err != nil || previous || life.Phase == "Failed" || f.finished.IsZero() {
			return out, err
		}
		now, err := r.kube.Life(ctx, f.pod.Ref)
		if err != nil || now.UID != f.pod.UID {
			return out, nil // it was read before that
		}
		if still, err := which(f, now, name); err == nil && !still {
			return out, nil
		}
		life = now
	}
	return out, errNoRun
}

// which tells whether the run that ended is the one before the present one.
func which(f *failure, life kube.Life, name string) (previous bool, err error) {
	c, there := life.Container(name)
	switch {
	case f.container == "" || f.finished.IsZero(): // nothing but the present run
		return false, nil
	case !there:
		return false, errors.New("its pod has no container " + name)
	case c.State == "terminated" && c.Finished.Equal(f.finished):
		return false, nil
	case c.Last != nil && c.Last.Finished.Equal(f.finished):
		return true, nil
	}
	return false, errNoRun
}

// lines reads the last lines of a log, safe to draw, and without what looks secret.
func (r reader) lines(ctx context.Context, w kube.LogWish) ([]incident.Line, error) {
	out := []incident.Line{}
	body, err := r.kube.Log(ctx, w)
	if kube.NoLog(err) {
		return out, errors.New("the container has not begun, or the server has no log of it any more")
	}
	if err != nil {
		return out, err
	}
	defer body.Close()
	in := logs.NewReader(body, r.seed)
	var room []byte
	for {
		raw, err := in.Next()
		if err == nil || errors.Is(err, io.EOF) && (len(raw.Text) > 0 || raw.At != 0) {
			room = logs.Clean(room[:0], raw)
			l := incident.Line{Text: shortLine(kube.HideLine(string(room)))}
			if raw.At != 0 {
				l.At = time.Unix(0, raw.At).UTC()
			}
			if len(out) == incident.LinesKept { // a server that gives more
				out = slices.Delete(out, 0, 1)
			}
			out = append(out, l)
		}
		switch {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return out, err
		}
	}
}

// shortLine bounds a line.
func shortLine(s string) string {
	if len(s) <= lineMost {
		return s
	}
	n := lineMost
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return fmt.Sprintf("%s ... and %d bytes more", s[:n], len(s)-n)
}

// Incidents is the folder of what is kept of failures.
func (l *Live) Incidents() *incident.Store { return l.incidents }

// Present reads the workers of a job that failed and are still there, and the
// job itself, into an archive. What can't be read is noted in it.
func (l *Live) Present(ctx context.Context, f *fleet.Fleet, j *fleet.Job, a *incident.Archive) {
	s := l.session()
	if s.failed != nil {
		a.Notes = append(a.Notes, s.failed.Sources[0].Err)
		return
	}
	all := presentFailures(f, j)
	if n := len(all) - mostOfBurst; n > 0 {
		a.Notes = append(a.Notes, fmt.Sprintf("of those that failed now the first %d were read, the other %d were not", mostOfBurst, n))
		all = all[:mostOfBurst]
	}
	r := reader{s.kube, maphash.MakeSeed(), l.options.Version}
	a.Present = make([]incident.Record, len(all))
	var group errgroup.Group
	group.SetLimit(readsAtOnce)
	for i := range all {
		group.Go(func() error {
			a.Present[i] = r.read(ctx, &all[i], incident.Present)
			return nil
		})
	}
	_ = group.Wait() // each record says what it lacks
	text, err := l.YAML(ctx, j.Ref, j.APIVersion)
	if err != nil {
		a.Notes = append(a.Notes, "the job's object can't be read: "+err.Error())
	}
	a.Object = text
	events, err := s.kube.Events(ctx, j.Ref, j.UID)
	if err != nil {
		a.Notes = append(a.Notes, "the job's events can't be read: "+sentence(err).Error())
	}
	a.Events = incident.NewEvents(events, kube.HideLine)
}

// presentFailures are the last ends of a job's pods that are still there, the
// first to fail first.
func presentFailures(f *fleet.Fleet, j *fleet.Job) []failure {
	var out []failure
	for _, w := range j.Workers {
		if e, ok := lastEnd(w.Pod, w.State); ok {
			out = append(out, newFailure(e, j, w, w.Pod, w.Attempt, f))
		}
		for i, p := range w.Earlier {
			if e, ok := lastEnd(p, fleet.Failed); ok {
				out = append(out, newFailure(e, j, w, p, w.Attempt-1-i, f))
			}
		}
	}
	slices.SortStableFunc(out, func(a, b failure) int { return a.at().Compare(b.at()) })
	return out
}

// recording tells how the black box stands, as a line of a diagnosis.
func (l *Live) recording() fleet.Check {
	c := fleet.Check{Name: "black box", Status: fleet.CheckOK}
	if l.options.Incidents.Off {
		c.Status, c.Detail = fleet.CheckSkip, "switched off by the configuration: incidents: off"
		return c
	}
	list, unreadable, err := l.incidents.List()
	if err == nil {
		err = l.incidents.Ready()
	}
	if err != nil {
		c.Status, c.Detail, c.Hint = fleet.CheckWarn, "nothing is kept of workers that fail: "+err.Error(), "give room or rights, or set XDG_STATE_HOME to a folder that can be written"
		return c
	}
	var size int64
	for _, e := range list {
		size += e.Size
	}
	c.Detail = fmt.Sprintf("%d records, %.1f MiB, in %s", len(list), float64(size)/(1<<20), l.incidents.Dir())
	if unreadable > 0 {
		c.Status, c.Detail = fleet.CheckWarn, fmt.Sprintf("%s; %d files can't be read", c.Detail, unreadable)
	}
	return c
}
