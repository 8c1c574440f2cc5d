// Demo starts an embedded cluster in its own process, on loopback, and opens
// paddock on it: a place to look around, and to practise killing workers where
// it costs nothing. With --serve it only serves, for kubectl and others.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/pflag"

	"paddock/cli"
	"paddock/demo/cluster"
)

func main() {
	flags := pflag.NewFlagSet("demo", pflag.ContinueOnError)
	serve := flags.Bool("serve", false, "open no screen: print how to connect, and serve until interrupted")
	seed := flags.Uint64("seed", 1, "which story is told; the same seed tells the same one")
	speed := flags.Float64("speed", 1, "how fast it is told: 10 makes a minute of six seconds")
	flags.Usage = func() {
		fmt.Fprintf(os.Stderr, "An embedded GPU cluster, with paddock on it.\n\n  go run ./demo [flags] [-- flags and commands of paddock]\n\n%s", flags.FlagUsages())
	}
	switch err := flags.Parse(os.Args[1:]); {
	case errors.Is(err, pflag.ErrHelp):
		return
	case err == nil && *speed <= 0:
		err = fmt.Errorf("--speed %v: it must be more than 0", *speed)
		fallthrough
	case err != nil:
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(2)
	}
	o := cluster.Options{Seed: *seed, Speed: *speed}
	run := open
	if *serve {
		run = printed
		o.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	code, err := run(o, flags.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		code = 1
	}
	os.Exit(code)
}

// open shows paddock on a new cluster until it is quit.
func open(o cluster.Options, args []string) (code int, err error) {
	err = alive(context.Background(), o, func(_ context.Context, c *cluster.Cluster) error {
		// The person's own configuration and environment are about other clusters.
		config := filepath.Join(filepath.Dir(c.Kubeconfig), "config.yaml")
		if err := os.WriteFile(config, nil, 0o600); err != nil {
			return fmt.Errorf("write paddock's configuration: %w", err)
		}
		if err := os.Unsetenv("PADDOCK_PROMETHEUS"); err != nil {
			return err
		}
		code = cli.Main(append([]string{"--kubeconfig", c.Kubeconfig, "--config", config}, args...), os.Stdout, os.Stderr)
		return nil
	})
	return code, err
}

// printed says how to connect, and waits for an interrupt.
func printed(o cluster.Options, args []string) (int, error) {
	if len(args) > 0 {
		return 2, fmt.Errorf("--serve opens no paddock: %q says nothing here", args)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return 0, alive(ctx, o, func(ctx context.Context, c *cluster.Cluster) error {
		fmt.Printf("kubeconfig  %s\nprometheus  %s\n\nTry:\n  export KUBECONFIG=%s\n  kubectl get jobs -A\n  go run .\n\nctrl-c ends it.\n",
			c.Kubeconfig, c.PrometheusURL, c.Kubeconfig)
		<-ctx.Done()
		return nil
	})
}

// alive runs a cluster for as long as use takes.
func alive(ctx context.Context, o cluster.Options, use func(context.Context, *cluster.Cluster) error) (err error) {
	c, err := cluster.New(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- c.Run(running) }()
	err = use(running, c)
	stop()
	return errors.Join(err, <-ended)
}
