package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// lookEvery is how often start and stop look at the cluster's process.
const lookEvery = 100 * time.Millisecond

// start runs the cluster in a process of its own that outlives this one, and
// shows its progress until it is ready. When ctx ends before, all of it goes.
func start(ctx context.Context, h home, args []string) error {
	if _, err := parse(args); err != nil { // complain here, not in a log
		return err
	}
	running, err := h.running()
	if err != nil {
		return err
	}
	if running {
		return alreadyRuns(h)
	}
	log, err := os.Create(h.log())
	if err != nil {
		return fmt.Errorf("make the progress log: %w", err)
	}
	defer log.Close()
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	child := exec.Command(self, append([]string{"run"}, args...)...)
	child.Dir = string(h)
	child.Stdout, child.Stderr = log, log
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // the terminal's ctrl-c is ours to pass on
	if err := child.Start(); err != nil {
		return fmt.Errorf("start the cluster: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	return follow(ctx, h, child.Process, ended)
}

// follow copies the progress until the cluster is ready or has ended.
func follow(ctx context.Context, h home, child *os.Process, ended <-chan error) error {
	log, err := os.Open(h.log())
	if err != nil {
		return fmt.Errorf("read the progress: %w", err)
	}
	defer log.Close()
	lines := bufio.NewReader(log)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	interrupted := ctx.Done()
	for {
		if _, err := io.Copy(os.Stdout, lines); err != nil {
			return fmt.Errorf("read the progress: %w", err)
		}
		if s, err := h.readState(); err == nil && s.Ready && s.PID == child.Pid {
			fmt.Print(connect(s))
			return nil
		}
		select {
		case <-ended:
			_, _ = io.Copy(os.Stdout, lines)
			return errors.New("the cluster did not start; nothing of it is left running")
		case <-interrupted:
			fmt.Println("interrupted: ending what was started")
			interrupted = nil // and wait for the child to end
			if err := child.Signal(syscall.SIGTERM); err != nil {
				return fmt.Errorf("end the cluster: %w", err)
			}
		case <-tick.C:
		}
	}
}

// stop ends the cluster and waits until all of it is gone.
func stop(h home) error {
	running, err := h.running()
	if err != nil {
		return err
	}
	if !running {
		fmt.Println("no cluster runs")
		return nil
	}
	s, err := h.readState()
	if err != nil {
		return err
	}
	if err := syscall.Kill(s.PID, syscall.SIGTERM); err != nil {
		return fmt.Errorf("end the cluster's process %d: %w", s.PID, err)
	}
	for {
		if running, err = h.running(); err != nil || !running {
			break
		}
		time.Sleep(lookEvery)
	}
	if err != nil {
		return err
	}
	fmt.Println("stopped")
	return h.clean()
}

func status(h home) error {
	running, err := h.running()
	if err != nil {
		return err
	}
	s, stateErr := h.readState()
	switch {
	case !running:
		fmt.Println("no cluster runs; start one with: make cluster")
	case stateErr != nil || !s.Ready:
		fmt.Println("a cluster is starting; its progress is in", h.log())
	default:
		fmt.Print(connect(s))
	}
	return nil
}

// connect says how to use a cluster.
func connect(s state) string {
	return fmt.Sprintf(`
A cluster runs (process %d): %s.

  export KUBECONFIG=%s
  export PADDOCK_PROMETHEUS=%s   # or let paddock find it through the API server
  go run .

Users, each a context of that name: %s.
Stop it with: make cluster-stop
`, s.PID, s.Workload, s.Kubeconfig, s.PrometheusURL, strings.Join(s.Users, ", "))
}

func alreadyRuns(h home) error {
	hint := "make cluster-status says how to connect, make cluster-stop ends it"
	if s, err := h.readState(); err == nil && s.PID != 0 {
		return fmt.Errorf("a cluster runs already (process %d); %s", s.PID, hint)
	}
	return errors.New("a cluster runs already; " + hint)
}
