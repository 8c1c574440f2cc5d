package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"paddock/e2e/cluster"
	"paddock/e2e/toolchain"
	"paddock/e2e/workload"
)

// run is the cluster in the foreground, until ctx ends.
func run(ctx context.Context, h home, args []string) error {
	options, err := parse(args)
	if err != nil {
		return err
	}
	release, ok, err := h.lock()
	if err != nil {
		return err
	}
	if !ok {
		return alreadyRuns(h)
	}
	defer release()
	if err := h.clean(); err != nil {
		return err
	}
	if err := h.writeState(state{PID: os.Getpid()}); err != nil {
		return err
	}
	begun := time.Now()
	options.cluster.Dir = h.run()
	options.cluster.Progress = func(line string) {
		fmt.Printf("%5.1fs  %s\n", time.Since(begun).Seconds(), line)
	}
	if options.cluster.Bin, err = toolchain.Build(ctx, h.tools(), options.cluster.Progress); err != nil {
		return err
	}
	return serve(ctx, h, options)
}

// serve starts the cluster and its workload, and stays until ctx ends or a
// component fails.
func serve(ctx context.Context, h home, o options) error {
	progress := o.cluster.Progress
	c, err := cluster.Start(ctx, o.cluster)
	if err != nil {
		return err
	}
	defer func() {
		progress("stopping")
		c.Stop()
	}()
	config, err := c.Config(cluster.Admin)
	if err != nil {
		return err
	}
	o.workload.KubeletPort = c.KubeletPort()
	load, err := workload.Apply(ctx, config, o.workload, progress)
	if err != nil {
		return err
	}
	err = h.writeState(state{
		PID: os.Getpid(), Ready: true, Kubeconfig: c.Kubeconfig, PrometheusURL: c.PrometheusURL,
		Users: []string{cluster.Admin, cluster.Viewer, cluster.TeamA, cluster.Nobody}, Workload: load.String(),
	})
	if err != nil {
		return err
	}
	progress("ready")
	churning := make(chan error, 1)
	go func() { churning <- load.Run(ctx) }()
	defer func() { <-churning }()
	select {
	case <-ctx.Done():
		return nil
	case err := <-c.Failed():
		return err
	}
}

// options are the flags, sorted by whom they concern.
type options struct {
	cluster  cluster.Options
	workload workload.Options
}

func parse(args []string) (options, error) {
	var o options
	var large bool
	f := flag.NewFlagSet("cluster", flag.ContinueOnError)
	w, c := &o.workload, &o.cluster
	f.BoolVar(&large, "large", false, "1,000 nodes x 8 GPUs and 625 Jobs x 16 workers: 8,000 pods run, 2,000 wait; other flags change it")
	f.IntVar(&w.Nodes, "nodes", 0, "GPU nodes, 2 to 1000 (default 14, or 1000 with -large)")
	f.IntVar(&w.GPUsPerNode, "gpus-per-node", 8, "GPUs of a node")
	f.BoolVar(&w.Plain, "plain", false, "no varied jobs and nodes: only what -jobs and -pods say (default with -large)")
	f.IntVar(&w.Jobs, "jobs", 0, "plain training Jobs (default 0, or 625 with -large)")
	f.IntVar(&w.Workers, "workers", 0, "workers of each plain Job, one GPU each (default 4, or 16 with -large)")
	f.IntVar(&w.Pods, "pods", 0, "pods that ask for a GPU without any Job")
	f.Float64Var(&w.Churn, "churn", 0, "pod changes a second")
	f.BoolVar(&c.HonorLabels, "honor-labels", false, "Prometheus keeps the exporter's pod and namespace labels (honor_labels)")
	f.StringVar(&c.Dialect, "dialect", "", "what exporters speak: classic, renamed, legacy, nopods, emptypods, oldnamespace, hostname, podhostname, vgpu, blanks, noprof, down; comma separated")
	f.DurationVar(&c.ScrapeInterval, "scrape-interval", 0, "of Prometheus (default 5s, or 15s with -large)")
	f.Uint64Var(&c.Seed, "seed", 1, "of the simulated GPUs")
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			os.Exit(0)
		}
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("unknown argument %q", f.Arg(0))
	}
	o.fillIn(large)
	if w.Nodes < 2 || w.Nodes > 1000 {
		return o, fmt.Errorf("-nodes %d: say 2 to 1000", w.Nodes)
	}
	return o, nil
}

// fillIn sets what no flag said.
func (o *options) fillIn(large bool) {
	w, c := &o.workload, &o.cluster
	nodes, jobs, workers, scrape := 14, 0, 4, 5*time.Second
	if large {
		nodes, jobs, workers, scrape = 1000, 625, 16, 15*time.Second
		w.Plain = true
	}
	for _, v := range []struct {
		to    *int
		value int
	}{{&w.Nodes, nodes}, {&w.Jobs, jobs}, {&w.Workers, workers}} {
		if *v.to == 0 {
			*v.to = v.value
		}
	}
	if c.ScrapeInterval == 0 {
		c.ScrapeInterval = scrape
	}
	// Above some thousand pods the detail of each start would take minutes,
	// and metrics-server's questions a whole core.
	c.Fast = w.Jobs*w.Workers+w.Pods > 2000
	c.MetricResolution = 15 * time.Second
	if w.Nodes > 200 {
		c.MetricResolution = time.Minute
	}
}
