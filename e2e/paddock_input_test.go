package e2e

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// soon is how long a command may take to say what is wrong. It waits a few
// seconds for an API server that may be restarting; the rest is for a machine
// that is busy.
const soon = 12 * time.Second

// TestPaddockOnBadInput expects one sentence and at most one line of advice.
func TestPaddockOnBadInput(t *testing.T) {
	text := func(name, content string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, test := range []struct {
		what string
		env  []string
		args []string
		says string
	}{
		{"no kubeconfig", []string{"KUBECONFIG="}, []string{"jobs"}, "there is no kubeconfig"},
		{"a kubeconfig that is not there", nil, []string{"jobs", "--kubeconfig", "/nonexistent/config"}, "/nonexistent/config: no such file"},
		{"a broken kubeconfig", nil, []string{"jobs", "--kubeconfig", text("broken", "clusters: [")}, "yaml: line 1"},
		{"an unknown context", nil, []string{"jobs", "--context", "prod-x"}, `no context "prod-x"`},
		{"nothing listens", nil, []string{"jobs", "--server", "https://" + deadAddress(t)}, "connection refused"},
		{"a wrong token", nil, []string{"jobs", "--token", "expired"}, "does not accept the credentials"},
		{"an unknown authority", nil, []string{"jobs", "--kubeconfig", foreignAuthority(t)}, "authority that is not trusted"},
		{"a server that is none of Kubernetes", nil, []string{"jobs", "--server", shared.PrometheusURL}, "not a Kubernetes API server"},
		{"an unknown key", nil, []string{"jobs", "--config", config(t, "colour: red")}, `unknown field "colour"`},
		{"a configuration that is not there", nil, []string{"jobs", "--config", "/nonexistent/paddock.yaml"}, "/nonexistent/paddock.yaml: no such file"},
		{"a wrong matcher", nil, []string{"jobs", "--config", config(t, `prometheus: {matchers: ["cluster=prod"]}`)}, "cluster=prod"},
		{"a URL that is none", nil, []string{"jobs", "--prometheus", "prometheus:9090"}, "http:// or https://"},
		{"an unknown format", nil, []string{"jobs", "-o", "xml"}, "table, wide, json or yaml"},
		{"an unknown command", nil, []string{"jbos"}, `unknown command "jbos"`},
		{"an unknown flag", nil, []string{"jobs", "--colour"}, "unknown flag: --colour"},
	} {
		t.Run(test.what, func(t *testing.T) {
			start := time.Now()
			o := paddockWith(t, test.env, test.args...)
			if took := time.Since(start); took > soon {
				t.Errorf("it took %s", took)
			}
			lines := strings.Split(strings.TrimSuffix(o.errs, "\n"), "\n")
			if o.code != 1 || o.out != "" || len(lines) > 2 || !strings.HasPrefix(lines[0], "paddock: ") || !strings.Contains(lines[0], test.says) {
				t.Errorf("exit code %d, want 1 and %q\nout: %s\nerr: %s", o.code, test.says, o.out, o.errs)
			}
		})
	}
}

// deadAddress is one that nobody listens at.
func deadAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// foreignAuthority is the cluster's kubeconfig without its authority.
func foreignAuthority(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(shared.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for line := range strings.Lines(string(text)) {
		if !strings.Contains(line, "certificate-authority-data") {
			kept = append(kept, line)
		}
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(path, []byte(strings.Join(kept, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPaddockOnABadPrometheus still prints the jobs, without GPU numbers, and
// says why.
func TestPaddockOnABadPrometheus(t *testing.T) {
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("<!doctype html><html><title>Log in</title></html>"))
	}))
	defer page.Close()
	for what, test := range map[string]struct{ url, says string }{
		"HTML instead of JSON": {page.URL, "web page instead of an answer"},
		"nothing listens":      {"http://" + deadAddress(t), "connection refused"},
		"no such host":         {"http://prometheus.invalid:9090", "no such host"},
		"the API server":       {serverURL(t), "unknown authority"},
	} {
		t.Run(what, func(t *testing.T) {
			start := time.Now()
			o := paddock(t, "jobs", "-o", "json", "--prometheus", test.url)
			if took := time.Since(start); took > soon {
				t.Errorf("it took %s", took)
			}
			r := o.report(t)
			if o.code != 0 || len(r.Jobs) < 30 || r.health("prometheus") != "failing" {
				t.Errorf("exit code %d, %d jobs, prometheus %s", o.code, len(r.Jobs), r.health("prometheus"))
			}
			if strings.Count(o.errs, "\n") != 1 || !strings.Contains(o.errs, test.says) {
				t.Errorf("it says\n%s", o.errs)
			}
			for _, j := range r.Jobs {
				if j.GPUs.Busy != nil || j.GPUs.MemoryUsed != nil {
					t.Errorf("%s is busy %v", j.Name, *j.GPUs.Busy)
				}
			}
		})
	}
}

func serverURL(t *testing.T) string {
	t.Helper()
	return kubectl(t, "config", "view", "-o", "jsonpath={.clusters[0].cluster.server}")
}
