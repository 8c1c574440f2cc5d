package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// buildPaddock builds paddock as it is released, once.
var buildPaddock = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(shared.Dir, "paddock")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, ".")
	cmd.Dir, cmd.Stderr = "..", os.Stderr
	return binary, cmd.Run()
})

func binary(t *testing.T) string {
	t.Helper()
	path, err := buildPaddock()
	if err != nil {
		t.Fatal("build paddock:", err)
	}
	return path
}

// outcome is how a command ended.
type outcome struct {
	out, errs string
	code      int
}

// environment is what paddock sees: the cluster's kubeconfig, and none of the
// settings of whoever runs the tests. Later values win.
func environment(t *testing.T, more ...string) []string {
	base := append(os.Environ(), "KUBECONFIG="+shared.Kubeconfig, "HOME="+t.TempDir(), "XDG_CONFIG_HOME=", "XDG_STATE_HOME=", "PADDOCK_PROMETHEUS=", "TZ=UTC")
	return append(base, more...)
}

// paddock runs a command of paddock as a user would.
func paddock(t *testing.T, args ...string) outcome {
	t.Helper()
	return paddockWith(t, nil, args...)
}

// paddockWith is paddock with more of an environment.
func paddockWith(t *testing.T, env []string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary(t), args...)
	cmd.Env = environment(t, env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("paddock %v: %v %v\n%s", args, err, ctx.Err(), errs.String())
	}
	return outcome{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// report is what paddock's -o json says, as the README promises it.
type report struct {
	AsOf       time.Time
	Cluster    string
	Namespaces []string
	Sources    []struct{ Name, Health, Error string }
	Jobs       []reportedJob
	Workers    []reportedWorker
	Nodes      []reportedNode
	Teams      []struct {
		Name, Display string
		Limit, Used   *int
		Held          int
		Load          load
	}
}

type reportedJob struct {
	Namespace, Name, Kind, State, Reason, Why string
	Workers                                   struct {
		Wanted      *int
		Ready, Done int
	}
	GPUs struct {
		Requested, Held int
		load
	}
}

type reportedWorker struct {
	Namespace, Pod, UID, Job, JobKind, Role, State, Node string
	Index                                                *int
	Attempt, GPUs                                        int
	Load                                                 load
	Devices                                              []device
}

type reportedNode struct {
	Name, Why       string
	Ready, Cordoned bool
	GPUs            struct {
		Capacity, Allocatable, Held, Broken int
		Free, Missing                       *int
	}
	Load    load
	Devices []device
	Workers []string
}

type load struct {
	Devices                                         int
	Busy, Tensor, MemoryUsed, Power, MaxTemperature *float64
	MetricsAsOf                                     time.Time
}

type device struct {
	UUID, Slice, Profile                                               string
	Index                                                              int
	Busy, Tensor, MemoryUsed, MemoryTotal, Power, Temperature, SMClock *float64
	XID                                                                *int
	Inferred                                                           bool
	Holders                                                            []string
	AsOf                                                               time.Time
}

// ask runs a listing of paddock and reads its JSON; it must succeed.
func ask(t *testing.T, args ...string) report {
	t.Helper()
	o := paddock(t, append(args, "-o", "json")...)
	if o.code != 0 {
		t.Fatalf("paddock %v: exit code %d\n%s", args, o.code, o.errs)
	}
	return o.report(t)
}

func (o outcome) report(t *testing.T) report {
	t.Helper()
	var r report
	if err := json.Unmarshal([]byte(o.out), &r); err != nil {
		t.Fatalf("paddock's JSON: %v\n%s\n%s", err, o.out, o.errs)
	}
	return r
}

// health is how a source is.
func (r report) health(name string) string {
	for _, s := range r.Sources {
		if s.Name == name {
			return s.Health
		}
	}
	return "absent"
}

// number is a count that may be null, which is -1 here.
func number(n *int) int {
	if n == nil {
		return -1
	}
	return *n
}

// errorOf tells how a command that failed ended.
func errorOf(o outcome) error {
	return fmt.Errorf("exit code %d\n%s%s", o.code, o.out, o.errs)
}
