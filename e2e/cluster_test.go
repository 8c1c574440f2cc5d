package e2e

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"paddock/e2e/cluster"
	"paddock/e2e/toolchain"
)

func TestAllComponentsAnswer(t *testing.T) {
	for _, path := range []string{"/readyz", "/apis/metrics.k8s.io/v1beta1", "/apis/kubeflow.org/v1"} {
		kubectl(t, "get", "--raw", path)
	}
	if version := kubectl(t, "version"); !strings.Contains(version, "Server Version: v1.37.2") {
		t.Errorf("version: %s", version)
	}
}

func TestNodes(t *testing.T) {
	state := map[string]string{}
	for line := range strings.Lines(kubectl(t, "get", "nodes", "--no-headers")) {
		fields := strings.Fields(line)
		state[fields[0]] = fields[1]
	}
	for name, want := range map[string]string{"gpu-005": "Ready,SchedulingDisabled", "gpu-007": "NotReady", "cpu-001": "Ready", "gpu-014": "Ready"} {
		if state[name] != want {
			t.Errorf("%s is %q, want %q", name, state[name], want)
		}
	}
	if gpus := kubectl(t, "get", "node", "gpu-011", "-o", `jsonpath={.status.capacity.nvidia\.com/gpu} {.status.allocatable.nvidia\.com/gpu}`); gpus != "8 7" {
		t.Errorf("gpu-011 has one broken GPU: capacity and allocatable are %q", gpus)
	}
}

func TestTop(t *testing.T) {
	eventually(t, "kubectl top nodes", func() error {
		out, err := kubectlAs(t.Context(), cluster.Admin, "top", "nodes", "--no-headers")
		if err == nil && (strings.Contains(out, "gpu-001 <unknown>") || !strings.Contains(out, "gpu-001")) {
			err = errors.New("no numbers for gpu-001:\n" + out)
		}
		return err
	})
}

func TestServiceProxyReachesPrometheus(t *testing.T) {
	const path = "/api/v1/namespaces/monitoring/services/prometheus-operated:web/proxy/api/v1/query?query=up"
	out, err := kubectlAs(t.Context(), cluster.Viewer, "get", "--raw", path)
	if err != nil || !strings.Contains(out, `"status":"success"`) {
		t.Errorf("as the viewer: %v %s", err, out)
	}
	if out, err := kubectlAs(t.Context(), cluster.TeamA, "get", "--raw", path); err == nil {
		t.Errorf("a team's user reached it: %s", out)
	}
}

func TestRights(t *testing.T) {
	for _, test := range []struct {
		user, may string
		want      bool
	}{
		{cluster.Admin, "delete nodes", true},
		{cluster.Viewer, "list nodes", true},
		{cluster.Viewer, "delete pods -n ocr", false},
		{cluster.TeamA, "list pods -n ocr", true},
		{cluster.TeamA, "patch jobs.batch -n ocr", true},
		{cluster.TeamA, "list pods -n nlp", false},
		{cluster.TeamA, "list nodes", false},
		{cluster.TeamA, "list namespaces", false},
		{cluster.Nobody, "list pods -n ocr", false},
	} {
		t.Run(test.user+" "+test.may, func(t *testing.T) {
			out, _ := kubectlAs(t.Context(), test.user, append([]string{"auth", "can-i"}, strings.Fields(test.may)...)...)
			if got := strings.HasPrefix(out, "yes"); got != test.want {
				t.Errorf("may: %v, want %v", got, test.want)
			}
		})
	}
}

// TestComponentsGoAwayAndComeBack stops what the dashboard talks to; both come
// back where they were.
func TestComponentsGoAwayAndComeBack(t *testing.T) {
	for name, ask := range map[string]func() error{
		cluster.APIServer: func() error {
			_, err := kubectlAs(t.Context(), cluster.Admin, "get", "namespaces")
			return err
		},
		cluster.Prometheus: func() error {
			_, err := promQL(t.Context(), "up")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := ask(); err != nil {
				t.Fatal("before:", err)
			}
			shared.StopComponent(name)
			if err := ask(); err == nil {
				t.Error("it answers while it is stopped")
			}
			if err := shared.StartComponent(t.Context(), name); err != nil {
				t.Fatal(err)
			}
			if err := ask(); err != nil {
				t.Error("after:", err)
			}
		})
	}
	select {
	case err := <-shared.Failed():
		t.Error("a stop on purpose counts as a failure:", err)
	default:
	}
}

func TestStopLeavesNothing(t *testing.T) {
	bin, err := toolchain.Build(t.Context(), "tools", say)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("after a start", func(t *testing.T) {
		dir := t.TempDir()
		c, err := cluster.Start(t.Context(), options(dir, bin))
		if err != nil {
			t.Fatal(err)
		}
		if running := processes(t, dir); len(running) != 7 {
			t.Errorf("%d processes run, want 7: %q", len(running), running)
		}
		c.Stop()
		if left := processes(t, dir); len(left) > 0 {
			t.Errorf("left running: %q", left)
		}
		for _, port := range c.Ports() {
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err != nil {
				t.Errorf("port %d: %v", port, err)
				continue
			}
			l.Close()
		}
	})
	t.Run("after an interrupted start", func(t *testing.T) {
		dir := t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		o := options(dir, bin)
		o.Progress = func(line string) {
			if strings.Contains(line, "controllers") { // etcd and the API server run by now
				cancel()
			}
		}
		if _, err := cluster.Start(ctx, o); !errors.Is(err, context.Canceled) {
			t.Errorf("start says %v", err)
		}
		if left := processes(t, dir); len(left) > 0 {
			t.Errorf("left running: %q", left)
		}
	})
	t.Run("after a failed start", func(t *testing.T) {
		dir := t.TempDir()
		o := options(dir, toolchain.Bin{})
		for name, path := range bin {
			o.Bin[name] = path
		}
		o.Bin[cluster.APIServer] = "/bin/false"
		if _, err := cluster.Start(t.Context(), o); err == nil || !strings.Contains(err.Error(), cluster.APIServer) {
			t.Errorf("start says %v", err)
		}
		if left := processes(t, dir); len(left) > 0 {
			t.Errorf("left running: %q", left)
		}
	})
}

// processes lists the command lines that name a folder.
func processes(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it ended meanwhile
		}
		if line := strings.ReplaceAll(string(text), "\x00", " "); strings.Contains(line, dir) {
			found = append(found, line)
		}
	}
	return found
}
