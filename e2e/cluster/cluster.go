// Package cluster starts a real Kubernetes control plane with Prometheus on
// loopback. Only the hardware is simulated: nodes and kubelets by kwok, GPUs by
// our exporter.
package cluster

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"paddock/e2e/process"
	"paddock/e2e/toolchain"
)

// Options say how a cluster is built.
type Options struct {
	Dir              string        // where everything lives; made when missing
	Bin              toolchain.Bin // the built programs
	ScrapeInterval   time.Duration // of Prometheus
	MetricResolution time.Duration // of metrics-server, which wants more than 10 s
	HonorLabels      bool          // how Prometheus scrapes nodes that do not choose for themselves
	Dialect          string        // what exporters speak on nodes that do not choose; see package exporter
	Seed             uint64        // of the simulated GPUs
	Fast             bool          // pods run at once and without Events: for thousands of them
	Progress         func(string)  // gets a line a step
}

// Cluster is a running cluster.
type Cluster struct {
	Dir           string
	Kubeconfig    string // one context a user; the current one is the administrator's
	PrometheusURL string

	layout     *layout
	bin        toolchain.Bin
	components []component
	failed     chan error

	mu       sync.Mutex
	running  map[string]*process.Process
	hardware *hardware
}

// Start brings everything up and returns when all of it answers. When it
// fails, or ctx ends meanwhile, nothing is left running.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the cluster's folder: %w", err)
	}
	l, err := newLayout(o)
	if err != nil {
		return nil, err
	}
	c := &Cluster{
		Dir: o.Dir, Kubeconfig: l.kubeconfig, PrometheusURL: l.prometheusURL(),
		layout: l, bin: o.Bin, components: l.components(),
		failed: make(chan error, 1), running: map[string]*process.Process{},
	}
	if err := c.start(ctx, o); err != nil {
		c.Stop()
		return nil, err
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context, o Options) error {
	for _, name := range []string{Etcd, APIServer} {
		o.Progress("starting " + name)
		if err := c.StartComponent(ctx, name); err != nil {
			return err
		}
	}
	config, err := c.Config(Admin)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("make a client: %w", err)
	}
	h, err := startHardware(config, c.layout, o)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.hardware = h
	c.mu.Unlock()
	rest := c.components[2:]
	o.Progress("starting controllers, scheduler, nodes, metrics-server and Prometheus")
	for _, p := range rest { // all at once: they do not wait for each other
		if err := c.launch(p); err != nil {
			return err
		}
	}
	for _, install := range []func(context.Context, kubernetes.Interface) error{
		grantRights, c.layout.registerMetricsServer, c.layout.exposePrometheus,
	} {
		if err := install(ctx, client); err != nil {
			return err
		}
	}
	for _, p := range rest {
		if err := c.waitReady(ctx, p); err != nil {
			return err
		}
	}
	o.Progress("waiting for the service proxy to reach Prometheus")
	return until(ctx, "Prometheus behind the service proxy", func(ctx context.Context) error {
		_, err := client.CoreV1().Services(monitoringNamespace).ProxyGet("http", prometheusService, "web", "/-/ready", nil).DoRaw(ctx)
		return err
	})
}

// Config connects as one of the users.
func (c *Cluster) Config(user string) (*rest.Config, error) {
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		&clientcmd.ClientConfigLoadingRules{ExplicitPath: c.Kubeconfig},
		&clientcmd.ConfigOverrides{CurrentContext: user},
	).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("read the kubeconfig for %s: %w", user, err)
	}
	config.QPS, config.Burst = 500, 1000 // the default of 5 a second takes minutes for a thousand nodes
	config.ContentType = "application/vnd.kubernetes.protobuf"
	return config, nil
}

// Program is the path of one of the built programs, such as kubectl.
func (c *Cluster) Program(name string) string { return c.bin[name] }

// Failed tells when a component ended that nobody had stopped.
func (c *Cluster) Failed() <-chan error { return c.failed }

// StartComponent starts a component that is stopped, on the same port as
// before, and waits until it answers.
func (c *Cluster) StartComponent(ctx context.Context, name string) error {
	i := slices.IndexFunc(c.components, func(p component) bool { return p.name == name })
	if i < 0 {
		return fmt.Errorf("start %s: no such component", name)
	}
	if err := c.launch(c.components[i]); err != nil {
		return err
	}
	return c.waitReady(ctx, c.components[i])
}

// StopComponent ends one component; everything else stays.
func (c *Cluster) StopComponent(name string) {
	if p := c.forget(name); p != nil {
		p.Stop()
	}
}

// Stop ends everything: who watches the API server first, as it waits for
// them. Stop may be called again, and from another goroutine.
func (c *Cluster) Stop() {
	c.mu.Lock()
	h := c.hardware
	c.hardware = nil
	c.mu.Unlock()
	if h != nil {
		h.stop()
	}
	for _, p := range slices.Backward(c.components) {
		c.StopComponent(p.name)
	}
}

func (c *Cluster) launch(p component) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running[p.name] != nil {
		return fmt.Errorf("start %s: it runs already", p.name)
	}
	started, err := process.Start(p.name, c.bin[p.name], p.args, c.layout.path(p.name+".log"))
	if err != nil {
		return err
	}
	c.running[p.name] = started
	go c.watch(p.name, started)
	return nil
}

// watch reports a component that ends while it should run.
func (c *Cluster) watch(name string, p *process.Process) {
	<-p.Done()
	c.mu.Lock()
	unwanted := c.running[name] == p
	c.mu.Unlock()
	if !unwanted {
		return
	}
	select {
	case c.failed <- fmt.Errorf("%w; its log is %s", p.Err(), c.layout.path(name+".log")):
	default: // the first failure says enough
	}
}

// waitReady waits for a component, and no longer than it lives.
func (c *Cluster) waitReady(ctx context.Context, p component) error {
	c.mu.Lock()
	running := c.running[p.name]
	c.mu.Unlock()
	if running == nil {
		return fmt.Errorf("wait for %s: it is stopped", p.name)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-running.Done():
			cancel(fmt.Errorf("%w; its log is %s", running.Err(), c.layout.path(p.name+".log")))
		case <-ctx.Done():
		}
	}()
	return until(ctx, p.name, p.ready)
}

// forget takes a component off the list of those that should run.
func (c *Cluster) forget(name string) *process.Process {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.running[name]
	delete(c.running, name)
	return p
}

// KubeletPort is where the simulated kubelets listen, for the status of nodes.
func (c *Cluster) KubeletPort() int { return c.layout.kwok }

// Ports are those that the cluster listens on while it runs.
func (c *Cluster) Ports() []int {
	l := c.layout
	return []int{l.etcd, l.etcdPeer, l.api, l.controllers, l.scheduler, l.kwok, l.metrics, l.prometheus, l.exporter}
}
