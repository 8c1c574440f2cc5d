package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"paddock/e2e/terminal"
)

// What is measured of logs: so many workers that printed so many lines, once;
// and so many that print so many lines a second.
const (
	onceWorkers, onceLines = 16, 20_000
	liveWorkers, liveRate  = 64, 500
	manyWorkers            = 512
	logNamespace           = "measure-logs"
	logTime                = "2006-01-02T15:04:05.000000000Z07:00"
	logLine                = "[2026/11/25 07:00:00] ppocr INFO: epoch: [1/200], global_step: %d, lr: 0.000006, loss: 1.871535, ips: 9.71838 samples/s"
)

// logs measures paddock's logs beside kubectl's, and stern's where it is on the
// path. All containers of the cluster print the file of one container.
func (m *measurement) logs(ctx context.Context, dir string) error {
	temp, err := os.MkdirTemp("", "paddock-measure-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	if err := m.build(ctx, temp); err != nil {
		return err
	}
	kubectl, err := kubectlOf()
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "container.log")
	defer func() { _ = os.WriteFile(file, nil, 0o644) }()
	if err := printed(file, onceLines); err != nil {
		return err
	}
	k := kube{ctx, kubectl}
	defer k.run(context.WithoutCancel(ctx), "", "delete", "namespace", logNamespace, "--wait=false")
	if err := k.jobs(map[string]int{"once": onceWorkers, "live": liveWorkers, "many": manyWorkers}); err != nil {
		return err
	}
	if err := m.printOnce(ctx, kubectl); err != nil {
		return err
	}
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		return err
	}
	return errors.Join(m.openMany(ctx, file), m.printLive(ctx, file))
}

// kubectlOf is the cluster's own kubectl, of the newest build.
func kubectlOf() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	found, _ := filepath.Glob(filepath.Join(cache, "paddock/e2e/kubernetes-*/bin/kubectl"))
	if len(found) == 0 {
		return "", errors.New("no kubectl: make cluster builds it")
	}
	return found[len(found)-1], nil
}

// printed writes a log of so many lines, a hundredth of a second apart.
func printed(file string, lines int) error {
	var b bytes.Buffer
	at := time.Now().Add(-time.Hour)
	for i := range lines {
		fmt.Fprintf(&b, "%s stdout F "+logLine+"\n", at.Add(time.Duration(i)*10*time.Millisecond).UTC().Format(logTime), i)
	}
	return os.WriteFile(file, b.Bytes(), 0o644)
}

type kube struct {
	ctx     context.Context
	kubectl string
}

func (k kube) run(ctx context.Context, in string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, k.kubectl, args...)
	cmd.Stdin = strings.NewReader(in)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return string(out), nil
}

// jobs makes Jobs of so many workers, and waits until they run.
func (k kube) jobs(all map[string]int) error {
	manifest := "apiVersion: v1\nkind: Namespace\nmetadata: {name: " + logNamespace + "}\n"
	for name, workers := range all {
		manifest += fmt.Sprintf(`---
apiVersion: batch/v1
kind: Job
metadata: {name: %s, namespace: %s, labels: {paddle-res-type: worker}}
spec:
  completionMode: Indexed
  completions: %d
  parallelism: %d
  template: {spec: {restartPolicy: Never, containers: [{name: trainer, image: "paddle:3"}]}}
`, name, logNamespace, workers, workers)
	}
	if _, err := k.run(k.ctx, manifest, "apply", "-f", "-"); err != nil {
		return err
	}
	for name, workers := range all {
		for {
			ready, err := k.run(k.ctx, "", "-n", logNamespace, "get", "job", name, "-o", "jsonpath={.status.ready}")
			if err != nil {
				return err
			}
			if ready == strconv.Itoa(workers) {
				break
			}
			if err := wait(k.ctx, time.Second); err != nil {
				return err
			}
		}
	}
	return nil
}

// printOnce compares who prints all lines of all workers.
func (m *measurement) printOnce(ctx context.Context, kubectl string) error {
	all := map[string][]string{
		"paddock": {m.paddock, "logs", logNamespace + "/once"},
		"kubectl": {kubectl, "-n", logNamespace, "logs", "-l", "job-name=once", "--prefix", "--tail=-1", "--max-log-requests", strconv.Itoa(onceWorkers)},
	}
	if stern, err := exec.LookPath("stern"); err == nil {
		all["stern"] = []string{stern, "-n", logNamespace, "-l", "job-name=once", "--no-follow", "--tail=-1", "--max-log-requests", strconv.Itoa(onceWorkers)}
	} else {
		fmt.Println("stern is not on the path, and is not measured")
	}
	took, worked := map[string][]time.Duration{}, map[string][]time.Duration{}
	for range m.rounds {
		for name, args := range all {
			cmd := exec.CommandContext(ctx, args[0], args[1:]...)
			count := &lineCounter{}
			cmd.Stdout = count
			begin := time.Now()
			if err := cmd.Run(); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if count.lines != onceWorkers*onceLines {
				return fmt.Errorf("%s printed %d lines of %d", name, count.lines, onceWorkers*onceLines)
			}
			took[name] = append(took[name], time.Since(begin))
			worked[name] = append(worked[name], cmd.ProcessState.UserTime())
		}
	}
	for name := range all {
		fmt.Printf("%d workers x %d lines   %-8s %.2f s, %.2f s of user CPU   (medians of %d)\n", onceWorkers, onceLines, name, median(took[name]).Seconds(), median(worked[name]).Seconds(), m.rounds)
	}
	return nil
}

type lineCounter struct{ lines int }

func (c *lineCounter) Write(p []byte) (int, error) {
	c.lines += bytes.Count(p, []byte("\n"))
	return len(p), nil
}

// openMany measures how long the first lines of many workers take to the screen.
func (m *measurement) openMany(ctx context.Context, file string) error {
	if err := printed(file, 100); err != nil {
		return err
	}
	var took []time.Duration
	for range m.rounds {
		s, err := m.openLogs(ctx, "many")
		if err != nil {
			return err
		}
		begin := time.Now()
		if err := s.Press("\r"); err != nil {
			return err
		}
		_, err = s.Until(ctx, "the first lines", func(screen string) bool { return strings.Contains(screen, "global_step: ") })
		took = append(took, time.Since(begin))
		s.Close()
		if err != nil {
			return err
		}
	}
	fmt.Printf("opening %d workers      first lines after %d ms   (median of %d; limit 500)\n", manyWorkers, median(took).Milliseconds(), m.rounds)
	return nil
}

// openLogs opens paddock, with the command typed that leads to a job's logs.
func (m *measurement) openLogs(ctx context.Context, job string) (*terminal.Terminal, error) {
	s, _, err := open(ctx, m.paddock, "-n", logNamespace)
	if err != nil {
		return nil, err
	}
	return s, errors.Join(wait(ctx, settle), s.Press(":logs "+logNamespace+"/"+job), wait(ctx, time.Second))
}

// printLive measures a screen of workers that print all the time.
func (m *measurement) printLive(ctx context.Context, file string) error {
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		return err
	}
	s, err := m.openLogs(ctx, "live")
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Press("\r"); err != nil {
		return err
	}
	if err := wait(ctx, settle); err != nil {
		return err
	}
	printing, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- printOn(printing, file) }()
	defer func() {
		stop()
		<-ended
	}()
	if err := wait(ctx, settle); err != nil {
		return err
	}
	before := cpu(s.PID())
	if err := wait(ctx, m.rest); err != nil {
		return err
	}
	fmt.Printf("%d workers x %d lines/s  %.2f of a core over %s   (limit 0.5); peak memory %.0f MiB\n", liveWorkers, liveRate, (cpu(s.PID())-before).Seconds()/m.rest.Seconds(), m.rest, mib(peak(s.PID())))
	keys, err := pressLogs(ctx, s, m.keys/4)
	if err != nil {
		return err
	}
	slices.Sort(keys)
	fmt.Printf("key press to frame       median %.1f ms, 99th percentile %.1f ms   (%d keys; limit 16)\n", ms(keys[len(keys)/2]), ms(keys[len(keys)*99/100]), len(keys))
	late, err := lateness(ctx, s, file)
	if err != nil {
		return err
	}
	fmt.Printf("line to screen           median %d ms, at most %d ms   (limit 250)\n", median(late).Milliseconds(), slices.Max(late).Milliseconds())
	return nil
}

// printOn adds lines at liveRate until ctx ends.
func printOn(ctx context.Context, file string) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	begin, n := time.Now(), 0
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		for due := int(time.Since(begin).Seconds() * liveRate); n < due; n++ {
			if _, err := fmt.Fprintf(f, "%s stdout F "+logLine+"\n", time.Now().UTC().Format(logTime), n); err != nil {
				return err
			}
		}
	}
}

// pressLogs presses keys that show at once, on a screen that stands still: the
// cursor goes up and down while the lines come in.
func pressLogs(ctx context.Context, s *terminal.Terminal, n int) ([]time.Duration, error) {
	if err := errors.Join(s.Press("k"), wait(ctx, time.Second)); err != nil {
		return nil, err
	}
	var out []time.Duration
	for i := range n {
		d, err := pressOne(ctx, s, []string{"k", "j"}[i%2])
		if err != nil {
			return nil, err
		}
		out = append(out, d)
		if err := wait(ctx, 37*time.Millisecond); err != nil {
			return nil, err
		}
	}
	return out, errors.Join(s.Press("s"), wait(ctx, time.Second))
}

// lateness is how long after it was printed a line stands on the screen. All
// others are left out: so many a second pass that none would be seen.
func lateness(ctx context.Context, s *terminal.Terminal, file string) ([]time.Duration, error) {
	var out []time.Duration
	if err := errors.Join(s.Press(":only mark-\r"), wait(ctx, time.Second)); err != nil {
		return nil, err
	}
	for i := range 10 {
		mark := fmt.Sprintf("mark-%d-", i)
		f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			return nil, err
		}
		begin := time.Now()
		_, err = fmt.Fprintf(f, "%s stdout F %s\n", begin.UTC().Format(logTime), mark)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		if _, err := s.Until(ctx, mark, func(screen string) bool { return strings.Contains(screen, mark) }); err != nil {
			return nil, err
		}
		out = append(out, time.Since(begin))
		if err := wait(ctx, 300*time.Millisecond); err != nil {
			return nil, err
		}
	}
	return out, nil
}
