package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// home is the folder of the module paddock/e2e, with the run folder in it.
type home string

// findHome looks where the command is called: in e2e or in paddock's root.
func findHome() (home, error) {
	for _, dir := range []string{".", "e2e"} {
		if _, err := os.Stat(filepath.Join(dir, "tools", "kubernetes", "go.mod")); err == nil {
			path, err := filepath.Abs(dir)
			return home(path), err
		}
	}
	return "", errors.New("call it from paddock's folder or its e2e/: tools/kubernetes/go.mod is not here")
}

func (h home) tools() string { return filepath.Join(string(h), "tools") }
func (h home) run() string   { return filepath.Join(string(h), ".run") }
func (h home) log() string   { return filepath.Join(h.run(), "progress.log") }

// state is what the running cluster says of itself.
type state struct {
	PID           int
	Ready         bool
	Kubeconfig    string
	PrometheusURL string
	Users         []string
	Workload      string // in a few words
}

func (h home) writeState(s state) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("write the cluster's state: %w", err)
	}
	temporary := filepath.Join(h.run(), "state.tmp")
	if err := os.WriteFile(temporary, text, 0o644); err != nil {
		return fmt.Errorf("write the cluster's state: %w", err)
	}
	return os.Rename(temporary, filepath.Join(h.run(), "state.json"))
}

func (h home) readState() (state, error) {
	var s state
	text, err := os.ReadFile(filepath.Join(h.run(), "state.json"))
	if err != nil {
		return s, fmt.Errorf("read the cluster's state: %w", err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("read the cluster's state: %w", err)
	}
	return s, nil
}

// lock makes this process the one that runs the cluster; false: another does.
// The kernel releases it however the process ends, so it never lies.
func (h home) lock() (release func(), ok bool, err error) {
	if err := os.MkdirAll(h.run(), 0o755); err != nil {
		return nil, false, fmt.Errorf("make the run folder: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(string(h), ".run", "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, false, fmt.Errorf("lock the run folder: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		file.Close()
		return nil, false, nil
	}
	if err != nil {
		file.Close()
		return nil, false, fmt.Errorf("lock the run folder: %w", err)
	}
	return func() { file.Close() }, true, nil
}

// running reports whether some process runs the cluster.
func (h home) running() (bool, error) {
	release, ok, err := h.lock()
	if err != nil {
		return false, err
	}
	if ok {
		release()
	}
	return !ok, nil
}

// clean empties the run folder but for the lock and the progress.
func (h home) clean() error {
	entries, err := os.ReadDir(h.run())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("clean the run folder: %w", err)
	}
	for _, e := range entries {
		if e.Name() == "lock" || e.Name() == filepath.Base(h.log()) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(h.run(), e.Name())); err != nil {
			return fmt.Errorf("clean the run folder: %w", err)
		}
	}
	return nil
}
