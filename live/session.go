package live

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"paddock/fleet"
	"paddock/gpu"
	"paddock/kube"
)

// session is the dashboard of one target: its clients, and the join loop.
type session struct {
	target   kube.Target
	kube     *kube.Client
	gpu      *gpu.Client
	settings Settings
	log      *slog.Logger
	out      chan *fleet.Fleet
	usage    *usage
	progress *progresses
	looked   chan struct{}
	complete chan struct{} // closed with the first complete picture of the API server
	box      *box          // nil when nothing is kept of failures
	failed   *fleet.Fleet  // what to show when the target could not be opened
}

// candidates finds Prometheus behind the API server, for a bastion that reaches nothing else.
func candidates(client *kube.Client) func(context.Context) ([]gpu.Candidate, error) {
	return func(ctx context.Context) ([]gpu.Candidate, error) {
		services, err := client.ServiceProxies(ctx)
		if err != nil {
			what, hint := kube.Explain(err)
			if kube.Forbidden(err) {
				hint += "; or name it: --prometheus URL, or PADDOCK_PROMETHEUS"
			}
			return nil, &gpu.FindError{What: "no Prometheus could be looked for: " + what, Hint: hint, Forbidden: kube.Forbidden(err)}
		}
		out := make([]gpu.Candidate, 0, len(services))
		for _, s := range services {
			out = append(out, gpu.Candidate{Name: s.Namespace + "/" + s.Name, URL: s.URL, Transport: client.ProxyTransport()})
		}
		return out, nil
	}
}

// run runs the sources and joins what they say, until ctx ends.
func (s *session) run(ctx context.Context) error {
	if s.failed != nil {
		s.publish(s.failed)
		<-ctx.Done()
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.kube.Run(ctx) })
	group.Go(func() error {
		s.clusterFirst(ctx)
		return s.gpu.Run(ctx)
	})
	group.Go(func() error { return s.usage.run(ctx, s.kube, s.looked) })
	group.Go(func() error { s.progress.run(ctx, s.kube); return nil })
	group.Go(func() error { s.join(ctx); return nil })
	group.Go(func() error { s.box.run(ctx); return nil })
	return group.Wait()
}

// clusterFirst lets the API server's first picture through before Prometheus is
// asked: what runs is worth more than how busy it is, and both at once take
// longer than one after the other, on their machines and on this one.
func (s *session) clusterFirst(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-s.complete:
	case <-time.After(patienceForCluster):
	}
}

// join makes a Fleet of whatever spoke last.
func (s *session) join(ctx context.Context) {
	var (
		joiner    fleet.Joiner
		snapshot  *fleet.Snapshot
		readings  *fleet.Readings
		completed sync.Once
	)
	for {
		f := joiner.Join(snapshot, readings, time.Now())
		if f.Complete {
			completed.Do(func() { close(s.complete) })
		}
		s.finish(f)
		s.publish(f)
		s.box.see(f)
		select {
		case <-ctx.Done():
			return
		case snapshot = <-s.kube.Snapshots():
			snapshot = s.fill(ctx, snapshot)
		case readings = <-s.gpu.Readings():
		case <-s.usage.changed:
		case <-s.progress.changed:
		}
	}
}

// fill waits a little for a fuller picture while the first lists still come in:
// each change of the nodes joins everything again, on the time of the decoding.
func (s *session) fill(ctx context.Context, snapshot *fleet.Snapshot) *fleet.Snapshot {
	if snapshot.Complete {
		return snapshot
	}
	enough := time.NewTimer(fillPace)
	defer enough.Stop()
	for !snapshot.Complete {
		select {
		case <-ctx.Done():
			return snapshot
		case <-enough.C:
			return snapshot
		case snapshot = <-s.kube.Snapshots():
		}
	}
	return snapshot
}

// finish adds what neither the API server's snapshot nor Prometheus tells.
func (s *session) finish(f *fleet.Fleet) {
	if f.Cluster.Context == "" {
		f.Cluster = s.kube.Cluster()
	}
	f.Cluster.Protected, f.Cluster.ReadOnly = s.settings.Protected, s.settings.ReadOnly
	var source fleet.Source
	f.Usage, source = s.usage.last()
	f.Sources = append(f.Sources, source)
	f.Progress = s.progress.over(f)
}

// publish leaves the newest Fleet for whoever takes it.
func (s *session) publish(f *fleet.Fleet) {
	for {
		select {
		case s.out <- f:
			return
		default:
		}
		select {
		case <-s.out:
		default:
		}
	}
}

func (s *session) look(i fleet.Interest) {
	s.usage.want(i)
	s.progress.want(i.Jobs)
	select {
	case s.looked <- struct{}{}:
	default:
	}
}
