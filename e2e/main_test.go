package e2e

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"testing"
	"time"

	"paddock/e2e/cluster"
	"paddock/e2e/toolchain"
	"paddock/e2e/workload"
)

// shared is the one small cluster of all tests. A test that stops a component
// of it starts it again before it ends, and runs alone.
var shared *cluster.Cluster

func TestMain(m *testing.M) {
	code, err := withCluster(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

// withCluster runs the tests with the cluster up; ctrl-c takes it down too.
func withCluster(run func() int) (int, error) {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	bin, err := toolchain.Build(ctx, "tools", say)
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "paddock-e2e-")
	if err != nil {
		return 0, fmt.Errorf("make the cluster's folder: %w", err)
	}
	defer os.RemoveAll(dir)
	if shared, err = cluster.Start(ctx, options(dir, bin)); err != nil {
		return 0, err
	}
	defer shared.Stop()
	config, err := shared.Config(cluster.Admin)
	if err != nil {
		return 0, err
	}
	load, err := workload.Apply(ctx, config, workload.Options{Nodes: 14, GPUsPerNode: 8, KubeletPort: shared.KubeletPort()}, say)
	if err != nil {
		return 0, err
	}
	moving := make(chan error, 1)
	go func() { moving <- load.Run(ctx) }()
	go func() { // ctrl-c, while the tests run
		<-ctx.Done()
		shared.Stop()
	}()
	code := run()
	cancel()
	return code, <-moving
}

func options(dir string, bin toolchain.Bin) cluster.Options {
	return cluster.Options{
		Dir: dir, Bin: bin, ScrapeInterval: 2 * time.Second, MetricResolution: 15 * time.Second, Seed: 1, Progress: say,
	}
}

func say(line string) { fmt.Fprintln(os.Stderr, "cluster:", line) }
