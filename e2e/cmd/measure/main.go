// Command measure measures the whole paddock process in a terminal of 160x48
// against a cluster, beside a bare informer on the same cluster in the same
// run. Machines are noisy: look at the ratios.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"time"

	"paddock/e2e/terminal"
)

func main() {
	var m measurement
	flag.IntVar(&m.rounds, "rounds", 5, "starts of paddock and of the bare informer, in turn")
	flag.DurationVar(&m.rest, "rest", time.Minute, "how long to watch paddock at rest, and under churn")
	flag.IntVar(&m.churn, "churn", 100, "pod changes a second for the last figure")
	flag.IntVar(&m.keys, "keys", 400, "keys to press")
	of := flag.String("logs", "", "measure the logs instead: the folder of the cluster, whose containers then print")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	run := m.run
	if *of != "" {
		run = func(ctx context.Context) error { return m.logs(ctx, *of) }
	}
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

// settle lets Prometheus' numbers arrive and the garbage collector come to rest.
const settle = 5 * time.Second

// measurement is one run: what to do, and the programs that it measures.
type measurement struct {
	rounds, churn, keys  int
	rest                 time.Duration
	paddock, bare, ticks string // built binaries
}

func (m *measurement) run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "paddock-measure-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := m.build(ctx, dir); err != nil {
		return err
	}
	if err := m.starts(ctx); err != nil {
		return err
	}
	return m.steady(ctx)
}

// starts compares the time from process start to a complete picture,
// and the peak of memory.
func (m *measurement) starts(ctx context.Context) error {
	var ours, bare []time.Duration
	var ourPeak, barePeak int64
	for range m.rounds {
		d, most, err := m.startBare(ctx)
		if err != nil {
			return err
		}
		bare, barePeak = append(bare, d), max(barePeak, most)
		s, d, err := open(ctx, m.paddock)
		if err != nil {
			return err
		}
		ours = append(ours, d)
		err = wait(ctx, settle)
		ourPeak = max(ourPeak, peak(s.PID()))
		s.Close()
		if err != nil {
			return err
		}
	}
	o, b := median(ours), median(bare)
	fmt.Printf("start to complete    paddock %4d ms   bare informer %4d ms   ratio %.2f   (%d rounds, medians; limit 1.5)\n", o.Milliseconds(), b.Milliseconds(), float64(o)/float64(b), m.rounds)
	fmt.Printf("peak memory          paddock %4.0f MiB  bare informer %4.0f MiB   (limit 80)\n", mib(ourPeak), mib(barePeak))
	return nil
}

// steady looks at one long-lived paddock: at rest, under keys, under churn.
func (m *measurement) steady(ctx context.Context) error {
	s, _, err := open(ctx, m.paddock)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := wait(ctx, 6*settle); err != nil {
		return err
	}
	if err := m.rests(ctx, s); err != nil {
		return err
	}
	took, err := press(ctx, s, m.keys)
	if err != nil {
		return err
	}
	slices.Sort(took)
	fmt.Printf("key press to frame   median %.1f ms, 99th percentile %.1f ms   (%d keys; limit 16)\n", ms(took[len(took)/2]), ms(took[len(took)*99/100]), len(took))
	if err := m.churns(ctx, s); err != nil {
		return err
	}
	fmt.Printf("peak memory, at last %.0f MiB\n", mib(peak(s.PID())))
	return nil
}

// rests measures while nobody presses a key.
func (m *measurement) rests(ctx context.Context, s *terminal.Terminal) error {
	ticker := exec.CommandContext(ctx, m.ticks)
	if err := ticker.Start(); err != nil {
		return err
	}
	defer end(ticker)
	before, tick, bytes := cpu(s.PID()), cpu(ticker.Process.Pid), s.Written()
	if err := wait(ctx, m.rest); err != nil {
		return err
	}
	secs := m.rest.Seconds()
	bare := (cpu(ticker.Process.Pid) - tick).Seconds() / secs
	ours := (cpu(s.PID()) - before).Seconds() / secs
	fmt.Printf("CPU at rest          %.4f of a core, less a bare 120 Hz ticker %.4f = %.4f   (limit 0.01)\n", ours, bare, ours-bare)
	fmt.Printf("bytes at rest        %.0f B/s at 160x48   (limit 100)\n", float64(s.Written()-bytes)/secs)
	return nil
}

// churns measures while pods change.
func (m *measurement) churns(ctx context.Context, s *terminal.Terminal) error {
	changes, err := startChurn(ctx, m.churn)
	if err != nil {
		return err
	}
	defer changes.stop()
	if err := wait(ctx, settle); err != nil {
		return err
	}
	before, done := cpu(s.PID()), changes.count()
	if err := wait(ctx, m.rest); err != nil {
		return err
	}
	secs := m.rest.Seconds()
	fmt.Printf("CPU under churn      %.3f of a core at %.0f pod changes a second   (limit 0.08)\n", (cpu(s.PID())-before).Seconds()/secs, float64(changes.count()-done)/secs)
	return nil
}

func median(d []time.Duration) time.Duration {
	d = slices.Clone(d)
	slices.Sort(d)
	return d[len(d)/2]
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
