package e2e

import (
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"paddock/e2e/cluster"
)

// backWithin is how long paddock may take to be live again once a server
// answers; it waits at most 5 s, and a quarter of that, between two attempts.
const backWithin = 15 * time.Second

func quantity(n int64) *resource.Quantity { return resource.NewQuantity(n, resource.DecimalSI) }

// TestPaddockOutlivesTheAPIServer stops the API server under a running screen,
// and changes a job right after it is back.
func TestPaddockOutlivesTheAPIServer(t *testing.T) {
	s := open(t, 160, 60, nil)
	s.shows("kubernetes live", "prometheus live", "tts-finetune")
	shared.StopComponent(cluster.APIServer)
	restarted := false
	defer func() {
		if !restarted {
			_ = shared.StartComponent(t.Context(), cluster.APIServer) // for the tests that follow
		}
	}()
	s.shows("stale since", "tts-finetune", "ocr-rec-v4")
	s.command("nodes")
	s.shows("gpu-007", "stale since") // the keys answer, from what was known
	s.command("jobs tts")
	s.shows("tts-finetune", "running")
	restarted = true
	if err := shared.StartComponent(t.Context(), cluster.APIServer); err != nil {
		t.Fatal(err)
	}
	back := time.Now()
	suspend(t, "speech", "tts-finetune", "true")
	defer suspend(t, "speech", "tts-finetune", "false")
	s.until("live again, with what changed", func(screen string) bool {
		return strings.Contains(screen, "kubernetes live") && strings.Contains(row(screen, "tts-finetune"), "suspended")
	})
	if took := time.Since(back); took > backWithin {
		t.Errorf("it took %s after the API server was ready", took)
	}
}

// suspend tries until the API server, which may just have come back, takes it.
func suspend(t *testing.T, namespace, job, to string) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		_, err = kubectlAs(t.Context(), cluster.Admin, "patch", "job", "-n", namespace, job, "-p", `{"spec":{"suspend":`+to+`}}`)
		if err == nil || t.Context().Err() != nil {
			return
		}
	}
	t.Fatal(err)
}

// TestPaddockOutlivesPrometheus keeps the numbers, says that they are old, and
// goes on by itself.
func TestPaddockOutlivesPrometheus(t *testing.T) {
	s := open(t, 160, 48, nil, "--prometheus", shared.PrometheusURL)
	s.shows("kubernetes live", "prometheus live", "ocr-det-large")
	s.until("a busy job", func(screen string) bool { return strings.Contains(row(screen, "ocr-det-large"), "9") })
	shared.StopComponent(cluster.Prometheus)
	restarted := false
	defer func() {
		if !restarted {
			_ = shared.StartComponent(t.Context(), cluster.Prometheus)
		}
	}()
	s.shows("prometheus stale since", "kubernetes live")
	if line := row(s.Text(), "ocr-det-large"); !strings.Contains(line, "%") {
		t.Errorf("the last numbers are gone: %s", line)
	}
	restarted = true
	if err := shared.StartComponent(t.Context(), cluster.Prometheus); err != nil {
		t.Fatal(err)
	}
	back := time.Now()
	s.shows("prometheus live")
	if took := time.Since(back); took > 2*backWithin {
		t.Errorf("it took %s after Prometheus was ready", took)
	}
}

// TestPaddockShowsTheNextAttempt kills a worker under the eyes of its job's screen.
func TestPaddockShowsTheNextAttempt(t *testing.T) {
	pod := strings.TrimSpace(status(t, "{.items[0].metadata.name}", "pod", "-n", "nlp", "-l", "app=gpt-small-starved,batch.kubernetes.io/job-completion-index=1"))
	reportingNodes(t)
	s := open(t, 160, 48, nil)
	s.shows("kubernetes live", "gpt-small-starved")
	s.command("job nlp/gpt-small-starved")
	s.shows("2 workers", "w1")
	s.press("j")
	s.shows(pod)
	kubectl(t, "delete", "pod", "-n", "nlp", pod, "--wait=false")
	s.until("another w1 that runs", func(screen string) bool {
		return strings.Contains(row(screen, " w1 "), "running") && !strings.Contains(screen, pod)
	})
	s.until("its GPU", func(screen string) bool { return strings.Contains(row(screen, " w1 "), "1/1") })
}
