package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// cpu is a process's user and system time so far. Linux counts it in hundredths of a second.
func cpu(pid int) time.Duration {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	var ticks int64
	for _, f := range fields[11:13] { // utime and stime; proc(5)
		n, _ := strconv.ParseInt(f, 10, 64)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// peak is the most memory of a process that was resident, in bytes.
func peak(pid int) int64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}

// build builds what is measured as it is released.
func (m *measurement) build(ctx context.Context, dir string) error {
	for _, b := range []struct {
		to             *string
		name, dir, pkg string
	}{
		{&m.paddock, "paddock", "..", "."},
		{&m.bare, "bare", ".", "./cmd/bare"},
		{&m.ticks, "ticker", ".", "./cmd/ticker"},
	} {
		*b.to = filepath.Join(dir, b.name)
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", *b.to, b.pkg)
		cmd.Dir, cmd.Stderr = b.dir, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("build %s: %w", b.name, err)
		}
		info, err := os.Stat(*b.to)
		if err != nil {
			return err
		}
		if b.name == "paddock" {
			fmt.Printf("binary, stripped     %.1f MB   (limit 45)\n", float64(info.Size())/1e6)
		}
	}
	return nil
}

// startBare runs the bare informer until it knows all pods.
func (m *measurement) startBare(ctx context.Context) (time.Duration, int64, error) {
	cmd := exec.CommandContext(ctx, m.bare)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	defer end(cmd)
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		return 0, 0, fmt.Errorf("the bare informer: %w", err)
	}
	return time.Since(began), peak(cmd.Process.Pid), nil
}

// end ends a program and waits until it is gone.
func end(cmd *exec.Cmd) {
	_ = cmd.Process.Kill() // an error says that it is gone
	_ = cmd.Wait()         // killed, as was wanted
}
