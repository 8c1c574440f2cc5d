// Package cluster is the embedded cluster put together: a world with its story,
// the API server over its objects, and the Prometheus that scrapes its GPUs. It
// lives in this process and on loopback alone.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	core "k8s.io/api/core/v1"

	"golang.org/x/sync/errgroup"

	"paddock/demo/apiserver"
	"paddock/demo/controllers"
	"paddock/demo/controllers/kubelet"
	"paddock/demo/controllers/nodes"
	"paddock/demo/controllers/typed"
	"paddock/demo/metrics"
	"paddock/demo/rules"
	"paddock/demo/sim"
	"paddock/demo/store"
	"paddock/demo/story"
	"paddock/demo/training"
)

// Options of a cluster. The zero value is a cluster for people.
type Options struct {
	Seed  uint64
	Speed float64          // how many seconds of story pass in a second; 0: 1
	Dir   string           // where the kubeconfig is written; "": a new temporary directory, which Close removes
	API   net.Listener     // nil: a free port on loopback
	Log   *slog.Logger     // for what should not happen; nil: nowhere
	Clock func() time.Time // nil: the wall clock
}

// Cluster is a cluster whose past has been lived through.
type Cluster struct {
	Kubeconfig    string // a file; its current context is an administrator's
	PrometheusURL string

	sim         *sim.Sim
	objects     *store.Store
	api         net.Listener
	prometheus  net.Listener
	metrics     *metrics.Server
	handler     *apiserver.Server
	certificate certificate
	nodes       *nodes.Controller
	dir         string // to be removed; "" when it is not ours
}

// Scraped is how long before the story goes live the exporters are scraped:
// somewhat more than the longest question about the past reaches back.
const Scraped = 20 * time.Minute

// New makes a cluster, lets it live through its past and listens. It answers
// once Run runs; Close it in any case.
func New(o Options) (*Cluster, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	c := &Cluster{}
	if err := c.make(o); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *Cluster) make(o Options) error {
	// Whole seconds, as time stamps are: the same seed tells the same story at any moment.
	now := o.Clock().Truncate(time.Second)
	c.sim = sim.New(sim.Options{Clock: o.Clock, Start: now.Add(-story.Past), Seed: o.Seed, Speed: o.Speed, Log: o.Log})
	c.objects = store.New(c.sim.Now, c.sim.UID, rules.All()...)
	c.sim.Attach(c.objects)
	catalogue := &training.Catalogue{Pace: c.sim, Secret: func(namespace, name string) bool {
		_, ok := c.objects.Get(typed.Secret(namespace, name))
		return ok
	}}
	set := controllers.Add(c.sim, c.objects, catalogue.Container)
	c.nodes = set.Nodes
	var err error
	if c.metrics, err = metrics.New(c.sim.Now); err != nil {
		return fmt.Errorf("start the metrics: %w", err)
	}
	if err := story.Stage(c.sim, c.objects); err != nil {
		return err
	}
	c.metrics.Follow(c.sim, c.objects, set.Kubelets, now.Add(-Scraped))
	if err := c.sim.FastForward(now); err != nil {
		return fmt.Errorf("live through the past: %w", err)
	}
	if err := c.listen(o); err != nil {
		return err
	}
	users := people()
	c.handler = apiserver.New(c.objects, apiserver.Options{
		Now: c.sim.Now, Users: tokens(users), Grants: grants(),
		Logs:  c.logs(set.Kubelets),
		Usage: c.usage(set.Kubelets),
		Proxies: map[string]http.Handler{
			"monitoring/prometheus-operated:web":  c.metrics,
			"monitoring/prometheus-operated:9090": c.metrics,
		},
	})
	return c.writeKubeconfig(users)
}

func (c *Cluster) listen(o Options) error {
	var err error
	if c.api = o.API; c.api == nil {
		if c.api, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return fmt.Errorf("listen for the API server: %w", err)
		}
		if c.prometheus, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return fmt.Errorf("listen for Prometheus: %w", err)
		}
		c.PrometheusURL = "http://" + c.prometheus.Addr().String()
	}
	if c.certificate, err = newCertificate(o.Clock()); err != nil {
		return err
	}
	if o.Dir == "" {
		if o.Dir, err = os.MkdirTemp("", "paddock-demo-"); err != nil {
			return fmt.Errorf("make a place for the kubeconfig: %w", err)
		}
		c.dir = o.Dir
	}
	c.Kubeconfig = filepath.Join(o.Dir, "kubeconfig")
	return nil
}

// Run lets time pass and answers, until ctx ends.
func (c *Cluster) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return c.sim.Run(ctx) })
	group.Go(func() error { return c.handler.Serve(ctx, c.api, c.certificate.tls) })
	if c.prometheus != nil {
		group.Go(func() error { return c.servePrometheus(ctx) })
	}
	return group.Wait()
}

func (c *Cluster) servePrometheus(ctx context.Context) error {
	server := &http.Server{Handler: c.metrics, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(c.prometheus); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve Prometheus: %w", err)
	}
	return nil
}

// FailNode pulls the plug of a node: its kubelet falls silent, and after a
// while the node counts as lost.
func (c *Cluster) FailNode(name string) error { return c.sim.Do(func() { c.nodes.Fail(name) }) }

// Close frees what Run does not: the ports, the series, the kubeconfig.
func (c *Cluster) Close() error {
	var errs []error
	for _, l := range []net.Listener{c.api, c.prometheus} {
		if l != nil {
			if err := l.Close(); !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
	}
	if c.metrics != nil {
		errs = append(errs, c.metrics.Close())
	}
	if c.dir != "" {
		errs = append(errs, os.RemoveAll(c.dir))
	}
	return errors.Join(errs...)
}

// logs finds what containers printed.
func (c *Cluster) logs(k *kubelet.Kubelets) func(*core.Pod, string, bool) (apiserver.Output, bool) {
	return func(pod *core.Pod, container string, previous bool) (apiserver.Output, bool) {
		var segment kubelet.Segment
		var found bool
		err := c.sim.Do(func() { segment, found = k.Logs(pod.UID, container, previous) })
		if err != nil || !found {
			return apiserver.Output{}, false
		}
		return apiserver.Output{Started: segment.Started, Ended: segment.Ended, Lines: func(from, to time.Time) []training.Line {
			if segment.Log == nil {
				return nil
			}
			return segment.Log.Lines(segment.Started, from, to)
		}}, true
	}
}
