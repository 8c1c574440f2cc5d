// Package toolchain builds the programs of the control plane from their Go
// modules, once, and keeps the binaries in the user's cache.
package toolchain

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Tool is one module under tools/ and the programs that are built from it.
// Each has its own go.mod: their dependency versions do not agree.
type Tool struct {
	Module   string            // the folder under tools/
	Programs map[string]string // program name to package path
	Flags    []string          // further flags of go build
}

// Tools lists everything that a cluster needs.
func Tools() []Tool {
	const version = "k8s.io/component-base/version."
	return []Tool{
		{
			Module: "kubernetes",
			Programs: map[string]string{
				"kube-apiserver":          "k8s.io/kubernetes/cmd/kube-apiserver",
				"kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
				"kube-scheduler":          "k8s.io/kubernetes/cmd/kube-scheduler",
				"kubectl":                 "k8s.io/kubernetes/cmd/kubectl",
			},
			// Without these the API server says v0.0.0-master, and clients that
			// look at the version take other ways than on a released server.
			Flags: []string{"-ldflags=-s -w -X " + version + "gitVersion=v1.37.2 -X " + version + "gitMajor=1 -X " + version + "gitMinor=37"},
		},
		{Module: "etcd", Programs: map[string]string{"etcd": "go.etcd.io/etcd/server/v3"}, Flags: []string{"-ldflags=-s -w"}},
		{Module: "kwok", Programs: map[string]string{"kwok": "sigs.k8s.io/kwok/cmd/kwok"}, Flags: []string{"-ldflags=-s -w"}},
		{Module: "metrics-server", Programs: map[string]string{"metrics-server": "sigs.k8s.io/metrics-server/cmd/metrics-server"}, Flags: []string{"-ldflags=-s -w"}},
		{
			Module:   "prometheus",
			Programs: map[string]string{"prometheus": "github.com/prometheus/prometheus/cmd/prometheus"},
			// Drops the clients of 25 clouds; the file and HTTP discoveries stay.
			Flags: []string{"-ldflags=-s -w", "-tags=remove_all_sd"},
		},
	}
}

// Bin says where the built programs are, by name.
type Bin map[string]string

// Build builds what the cache lacks and returns where every program is.
// modules is the tools/ folder; progress gets a line for each build.
func Build(ctx context.Context, modules string, progress func(string)) (Bin, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("find the cache for built programs: %w", err)
	}
	bin := Bin{}
	for _, tool := range Tools() {
		source := filepath.Join(modules, tool.Module)
		key, err := tool.key(ctx, source)
		if err != nil {
			return nil, err
		}
		dir := filepath.Join(cache, "paddock", "e2e", key, "bin")
		if err := tool.ensure(ctx, source, dir, progress); err != nil {
			return nil, err
		}
		for name := range tool.Programs {
			bin[name] = filepath.Join(dir, name)
		}
	}
	return bin, nil
}

// key names a build by everything that it depends on.
func (t Tool) key(ctx context.Context, source string) (string, error) {
	sum := sha256.New()
	for _, name := range []string{"go.mod", "go.sum"} {
		f, err := os.Open(filepath.Join(source, name))
		if err != nil {
			return "", fmt.Errorf("read the module of %s: %w", t.Module, err)
		}
		_, err = io.Copy(sum, f)
		f.Close()
		if err != nil {
			return "", fmt.Errorf("read the module of %s: %w", t.Module, err)
		}
	}
	goVersion, err := exec.CommandContext(ctx, "go", "env", "GOVERSION", "GOOS", "GOARCH").Output()
	if err != nil {
		return "", fmt.Errorf("ask go for its version: %w", err)
	}
	fmt.Fprintf(sum, "%s %q", goVersion, t.Flags)
	return t.Module + "-" + hex.EncodeToString(sum.Sum(nil))[:16], nil
}

// ensure builds into a folder beside dir and renames it, so that a build that
// was interrupted is never taken for a whole one.
func (t Tool) ensure(ctx context.Context, source, dir string, progress func(string)) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("make the cache for %s: %w", t.Module, err)
	}
	building, err := os.MkdirTemp(filepath.Dir(dir), "building-")
	if err != nil {
		return fmt.Errorf("make the cache for %s: %w", t.Module, err)
	}
	defer os.RemoveAll(building)
	start := time.Now()
	progress(fmt.Sprintf("building %s (only the first time; kubernetes takes some minutes)", t.Module))
	for name, pkg := range t.Programs {
		if err := t.build(ctx, source, pkg, filepath.Join(building, name)); err != nil {
			return err
		}
	}
	err = os.Rename(building, dir)
	if err != nil && !errors.Is(err, fs.ErrExist) { // another process was faster
		return fmt.Errorf("keep the built %s: %w", t.Module, err)
	}
	progress(fmt.Sprintf("built %s in %s", t.Module, time.Since(start).Round(time.Second)))
	return nil
}

func (t Tool) build(ctx context.Context, source, pkg, to string) error {
	args := append([]string{"build", "-trimpath", "-buildvcs=false", "-o", to}, t.Flags...)
	name := "go"
	if nice, err := exec.LookPath("nice"); err == nil { // leave the machine usable meanwhile
		name, args = nice, append([]string{"-n", "5", "go"}, args...)
	}
	cmd := exec.CommandContext(ctx, name, append(args, pkg)...)
	cmd.Dir = source
	// Without cgo no C compiler is needed; GOWORK=off and GOFLAGS= keep the
	// caller's own settings out of what the cache key stands for.
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("build %s: %w\n%s", pkg, err, tail(string(out), 20))
	}
	return nil
}

func tail(text string, lines int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
