package live

import (
	"context"
	"errors"
	"hash/maphash"
	"io"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"paddock/fleet"
	"paddock/kube"
	"paddock/logs"
	"paddock/progress"
)

// How the logs of jobs that are on screen are read for their progress.
const (
	progressPace    = 30 * time.Second // of one that tells of it
	progressSlow    = 5 * time.Minute  // of one that does not, in the end
	progressTick    = time.Second
	progressFirst   = 200       // lines, the first time
	progressLines   = 60        // lines at most, from then on
	progressAtOnce  = 4         // logs
	progressBytes   = 128 << 10 // of one reading, at most
	progressCurve   = 60        // losses that are kept
	progressTimeout = 5 * time.Second
)

// progresses keeps how far the jobs on screen are.
type progresses struct {
	off     bool
	formats *progress.Formats
	changed chan struct{}
	seed    maphash.Seed

	mu     sync.Mutex
	wanted []string // UIDs
	jobs   map[string]*fleet.Job
	runs   map[string]*run
	shown  map[string]*fleet.Progress // never changed once it is handed out
}

// run is what is known of one job's progress.
type run struct {
	reader  *progress.Reader
	told    fleet.Progress
	pod     string    // UID of the pod that prints it
	last    int64     // when its last line was printed
	next    time.Time // when to read again
	pause   time.Duration
	reading bool
}

func newProgresses(p Progress) (*progresses, error) {
	formats, err := progress.NewFormats(p.Patterns)
	if err != nil {
		return nil, err
	}
	return &progresses{off: p.Off, formats: formats, changed: make(chan struct{}, 1), seed: maphash.MakeSeed(), runs: map[string]*run{}}, nil
}

func (p *progresses) want(uids []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wanted = uids
}

// over takes over the jobs of a new Fleet, and returns how far they are.
func (p *progresses) over(f *fleet.Fleet) map[string]*fleet.Progress {
	p.mu.Lock()
	defer p.mu.Unlock()
	wanted := map[string]bool{}
	for _, uid := range p.wanted {
		wanted[uid] = true
	}
	p.jobs = make(map[string]*fleet.Job, len(p.wanted))
	here := make(map[string]bool, len(p.runs))
	for _, j := range f.Jobs {
		if wanted[j.UID] {
			p.jobs[j.UID] = j
		}
		if p.runs[j.UID] != nil {
			here[j.UID] = true
		}
	}
	if f.Complete {
		maps.DeleteFunc(p.runs, func(uid string, r *run) bool { return !here[uid] && !r.reading })
	}
	return p.shown
}

// run reads while something is on screen.
func (p *progresses) run(ctx context.Context, client *kube.Client) {
	if p.off {
		return
	}
	tick := time.NewTicker(progressTick)
	defer tick.Stop()
	var readers errgroup.Group
	readers.SetLimit(progressAtOnce)
	defer func() { _ = readers.Wait() }()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, j := range p.due(time.Now()) {
			readers.Go(func() error {
				p.read(ctx, client, j)
				return nil
			})
		}
	}
}

// due are the jobs whose logs are to be read now.
func (p *progresses) due(now time.Time) []*fleet.Job {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []*fleet.Job
	for uid, j := range p.jobs {
		r := p.runs[uid]
		if r == nil {
			r = &run{reader: p.formats.Reader(), pause: progressPace}
			p.runs[uid] = r
		}
		if !r.reading && !now.Before(r.next) && len(p.speakers(j, r)) > 0 {
			r.reading = true
			out = append(out, j)
		}
	}
	return out
}

// speakers are the workers that may print the progress, the likeliest first: the
// one that did last, the first, the last (Megatron prints there).
func (p *progresses) speakers(j *fleet.Job, r *run) []*fleet.Worker {
	var running []*fleet.Worker
	for _, w := range j.Workers {
		if w.Pod.Main.State == "running" {
			running = append(running, w)
		}
	}
	if len(running) == 0 {
		return nil
	}
	out := []*fleet.Worker{running[0]}
	if last := running[len(running)-1]; last != running[0] {
		out = append(out, last)
	}
	for _, w := range running {
		if w.Pod.UID == r.pod {
			return []*fleet.Worker{w}
		}
	}
	return out
}

// read reads a job's progress.
func (p *progresses) read(ctx context.Context, client *kube.Client, j *fleet.Job) {
	ctx, cancel := context.WithTimeout(ctx, progressTimeout)
	defer cancel()
	p.mu.Lock()
	r := p.runs[j.UID]
	speakers := p.speakers(j, r)
	p.mu.Unlock()
	spoke := false
	for _, w := range speakers {
		if spoke = p.readWorker(ctx, client, r, w); spoke {
			break
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case spoke || !r.told.At.IsZero():
		r.pause = progressPace
	default: // it may begin to, but less and less likely
		r.pause = min(2*r.pause, progressSlow)
	}
	r.reading, r.next = false, time.Now().Add(r.pause)
	if !spoke {
		return
	}
	r.told.Read = time.Now()
	told := r.told
	told.Losses = slices.Clone(told.Losses)
	shown := maps.Clone(p.shown)
	if shown == nil {
		shown = map[string]*fleet.Progress{}
	}
	shown[j.UID] = &told
	p.shown = shown
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// readWorker reads the last lines of a worker, and tells whether it prints progress.
func (p *progresses) readWorker(ctx context.Context, client *kube.Client, r *run, w *fleet.Worker) bool {
	wish := kube.LogWish{Pod: w.Ref, Container: w.Pod.Main.Name, Tail: progressFirst}
	if r.pod == w.Pod.UID && r.last > 0 {
		wish.Tail, wish.Since = progressLines, time.Unix(0, r.last)
	}
	body, err := client.Log(ctx, wish)
	if err != nil {
		return false
	}
	defer body.Close()
	in := logs.NewReader(io.LimitReader(body, progressBytes), p.seed)
	known := r.pod == w.Pod.UID
	after := r.last
	if !known {
		after = 0
	}
	var room []byte
	for {
		raw, err := in.Next()
		if err != nil && !errors.Is(err, io.EOF) {
			break
		}
		if raw.At > after {
			room = logs.Clean(room[:0], raw)
			if r.line(string(room), raw.At) {
				known, r.pod, r.told.Worker = true, w.Pod.UID, w.Label()
			}
			if known {
				r.last = raw.At
			}
		}
		if err != nil {
			break
		}
	}
	return known
}

// line takes over what a line tells, and says whether it is one of progress.
func (r *run) line(text string, at int64) bool {
	if progress.Checkpoint(text) {
		r.told.Checkpoint = time.Unix(0, at)
	}
	p, ok := r.reader.Line(text)
	if !ok {
		return false
	}
	t := &r.told
	moved := p.Step != t.Step || p.Epoch != t.Epoch
	t.Format, t.Step, t.Steps, t.StepTold, t.InEpoch = p.Format, p.Step, p.Steps, p.StepTold, p.InEpoch
	t.Epoch, t.Epochs, t.Speed, t.Unit = p.Epoch, p.Epochs, p.Speed, p.Unit
	t.Loss, t.LossTold, t.ETA, t.ETATold = p.Loss, p.LossTold, max(p.ETA, 0), p.ETA >= 0
	t.At = time.Unix(0, at)
	if t.Fraction, ok = p.Fraction(); !ok {
		t.Fraction = math.NaN()
	}
	if p.LossTold && moved {
		t.Losses = append(t.Losses, p.Loss)
		t.Losses = t.Losses[max(len(t.Losses)-progressCurve, 0):]
	}
	return true
}
