// Command cluster starts and stops a real Kubernetes cluster with simulated
// GPU nodes on this machine, to try paddock on and to test it against.
//
//	cluster start [flags]   build what is missing, start, wait until all is ready, and leave it running
//	cluster run [flags]     the same in the foreground, until ctrl-c
//	cluster status          say what runs and how to connect
//	cluster stop            end it
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer cancel()
	err := command(ctx, os.Args[1:])
	switch {
	case err == nil:
		return
	case ctx.Err() != nil: // what broke off matters to nobody
		fmt.Fprintln(os.Stderr, "cluster: interrupted; all of it is stopped")
	default:
		fmt.Fprintln(os.Stderr, "cluster:", err)
	}
	cancel()
	os.Exit(1)
}

func command(ctx context.Context, args []string) error {
	verb := ""
	if len(args) > 0 {
		verb, args = args[0], args[1:]
	}
	home, err := findHome()
	if err != nil {
		return err
	}
	switch verb {
	case "start":
		return start(ctx, home, args)
	case "run":
		return run(ctx, home, args)
	case "status":
		return status(home)
	case "stop":
		return stop(home)
	default:
		return fmt.Errorf("say start, run, status or stop, not %q", verb)
	}
}
