package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"paddock/e2e/cluster"
)

// patience is how long a test waits for the cluster to do something.
const patience = 90 * time.Second

// eventually asks check again and again until it is satisfied.
func eventually(t *testing.T, what string, check func() error) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-deadline.C:
			t.Fatalf("%s: still not after %s: %v", what, patience, err)
		case <-tick.C:
		}
	}
}

// kubectlAs runs kubectl as a user and returns what it prints.
func kubectlAs(ctx context.Context, user string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, shared.Program("kubectl"), append([]string{"--kubeconfig", shared.Kubeconfig, "--context", user}, args...)...)
	out, err := cmd.Output()
	if exit, ok := err.(*exec.ExitError); ok {
		return string(out), fmt.Errorf("kubectl %s: %s", strings.Join(args, " "), strings.TrimSpace(string(exit.Stderr)))
	}
	return string(out), err
}

// kubectl runs kubectl as the administrator and expects it to work.
func kubectl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := kubectlAs(t.Context(), cluster.Admin, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sample is one element of an instant vector.
type sample struct {
	Labels map[string]string `json:"metric"`
	Value  [2]any            `json:"value"`
}

// promQL asks Prometheus itself.
func promQL(ctx context.Context, query string) ([]sample, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, shared.PrometheusURL+"/api/v1/query?query="+url.QueryEscape(query), nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var answer struct {
		Error string
		Data  struct{ Result []sample }
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("query %s: %w", query, err)
	}
	if answer.Error != "" {
		return nil, fmt.Errorf("query %s: %s", query, answer.Error)
	}
	return answer.Data.Result, nil
}

// expectSeries waits until a query has so many elements, and returns them.
func expectSeries(t *testing.T, query string, want int) []sample {
	t.Helper()
	var got []sample
	eventually(t, query, func() (err error) {
		if got, err = promQL(t.Context(), query); err == nil && len(got) != want {
			err = fmt.Errorf("%d series, want %d", len(got), want)
		}
		return err
	})
	return got
}
