// Package live is the running dashboard: it owns the sources of one cluster at
// a time, joins what they say into Fleets, and switches context and namespaces
// without a restart. It is where kube, gpu and fleet meet; the screens and the
// commands see Fleets only.
package live

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"paddock/fleet"
	"paddock/gpu"
	"paddock/incident"
	"paddock/kube"
	"paddock/progress"
)

// The durations that tune the dashboard.
const (
	// askTimeout bounds a question for one object; a dead server must not hold a screen.
	askTimeout = 10 * time.Second
	// goodbye is how long an old cluster's watches may take to end; after it
	// they end on their own, and nobody waits.
	goodbye = 2 * time.Second
	// fillPace is the time between two pictures while the first lists come in.
	fillPace = 400 * time.Millisecond
	// patienceForCluster is how long Prometheus waits for the API server's first
	// complete picture.
	patienceForCluster = time.Second
)

// Settings are what paddock's configuration says about one kube context.
type Settings struct {
	Prometheus gpu.Config
	Protected  bool
	ReadOnly   bool
	Progress   Progress
	Logs       LogBounds
}

// Progress says how the progress of jobs is read out of their logs.
type Progress struct {
	Off      bool
	Patterns []progress.Pattern // own ones, beside those of the frameworks
}

// Options say what to look at.
type Options struct {
	Flags    *kube.Flags
	Target   kube.Target
	Settings func(context string) Settings
	State    string // the folder of the audit log, of saved manifests and of the black box; without one nothing is changed
	Log      *slog.Logger
	// Incidents bound what the black box keeps of workers that fail.
	Incidents incident.Bounds
	Version   string // of paddock, for what is kept
}

// Live is the dashboard of one cluster at a time.
type Live struct {
	options Options
	updates chan *fleet.Fleet
	wanted  chan kube.Target
	audit   audit
	changes changes

	incidents *incident.Store

	mu       sync.Mutex
	current  *session    // never nil after New
	wish     kube.Target // the last one that was wanted; current follows
	interest fleet.Interest
	since    time.Time
}

// New prepares the dashboard without touching the network. It fails on what
// can be known beforehand: a wrong kubeconfig, an unknown context, settings
// that can't be used.
func New(o Options) (*Live, error) {
	l := &Live{options: o, updates: make(chan *fleet.Fleet, 1), wanted: make(chan kube.Target, 1), since: time.Now()}
	l.audit.dir = o.State
	l.incidents = incident.Open(o.State, o.Incidents)
	if l.options.Log == nil {
		l.options.Log = slog.New(slog.DiscardHandler)
	}
	s, err := l.open(o.Target)
	if err != nil {
		return nil, err
	}
	l.current, l.wish = s, o.Target
	return l, nil
}

// open connects a session to a target, without touching the network.
func (l *Live) open(t kube.Target) (*session, error) {
	client, err := l.options.Flags.Connect(t)
	if err != nil {
		return nil, err
	}
	cluster := client.Cluster()
	settings := l.options.Settings(cluster.Context)
	metrics, err := gpu.New(settings.Prometheus, candidates(client))
	if err != nil {
		return nil, fmt.Errorf("the Prometheus settings of context %q: %w", cluster.Context, err)
	}
	read, err := newProgresses(settings.Progress)
	if err != nil {
		return nil, err
	}
	return &session{
		progress: read, box: l.newBox(client),
		target: t, kube: client, gpu: metrics, settings: settings, log: l.options.Log,
		out: l.updates, looked: make(chan struct{}, 1), complete: make(chan struct{}), usage: newUsage(),
	}, nil
}

// Run watches until the context ends. No failure of a source ends it.
func (l *Live) Run(ctx context.Context) error {
	for {
		target, err := l.runOne(ctx)
		if err != nil || ctx.Err() != nil {
			return err
		}
		l.change(target)
	}
}

// runOne runs the current session until another target is wanted.
func (l *Live) runOne(ctx context.Context) (kube.Target, error) {
	run, stop := context.WithCancel(ctx)
	defer stop()
	s := l.session()
	ended := make(chan error, 1)
	go func() { ended <- s.run(run) }()
	select {
	case target := <-l.wanted:
		stop()
		select {
		case <-ended:
		case <-time.After(goodbye):
		}
		return target, nil
	case err := <-ended:
		return kube.Target{}, err
	}
}

// change puts a new session in place of the current one. A target that can't
// be opened is shown as a cluster that does not answer, so that the screen can
// switch away from it again.
func (l *Live) change(t kube.Target) {
	s, err := l.open(t)
	if err != nil {
		what, hint := kube.Explain(err)
		s = &session{target: t, log: l.options.Log, out: l.updates, looked: make(chan struct{}, 1), usage: newUsage(), progress: &progresses{},
			failed: &fleet.Fleet{
				At: time.Now(), Cluster: fleet.Cluster{Context: t.Context, Namespaces: t.Namespaces},
				Sources: []fleet.Source{{Name: "kubernetes", Health: fleet.Down, Since: time.Now(), Err: what, Hint: hint, Objects: -1}},
			}}
	}
	l.mu.Lock()
	l.current = s
	s.look(l.interest)
	l.mu.Unlock()
}

func (l *Live) session() *session {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current
}

// Updates delivers Fleets; only the newest waits. It is never closed.
func (l *Live) Updates() <-chan *fleet.Fleet { return l.updates }

// Switch asks for another context ("" keeps the one that was asked for last)
// and other namespaces (nil for all that may be read). It returns at once, also
// when a cluster is dead.
func (l *Live) Switch(context string, namespaces []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if context != "" {
		l.wish.Context = context
	}
	l.wish.Namespaces = namespaces
	l.want()
}

// want asks for what is wished, in place of an older wish that nobody took yet.
// The caller holds the lock, so that nobody else fills the channel.
func (l *Live) want() {
	select {
	case <-l.wanted:
	default:
	}
	l.wanted <- l.wish
}

// Refresh asks every source again now, without waiting out a back-off.
func (l *Live) Refresh() {
	s := l.session()
	if s.failed != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.want()
		return
	}
	s.kube.Refresh()
	s.gpu.Refresh()
}

// Look says what is on screen: metrics.k8s.io is asked for nothing else.
func (l *Live) Look(i fleet.Interest) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.interest = i
	l.current.look(i)
}
