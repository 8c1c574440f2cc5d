package e2e

import (
	"os"
	"testing"
	"time"
)

func TestHold(t *testing.T) {
	if os.Getenv("HOLD") == "" {
		t.Skip()
	}
	os.WriteFile("/tmp/hold/env", []byte("export KUBECONFIG="+shared.Kubeconfig+"\nexport PROM="+shared.PrometheusURL+"\n"), 0o644)
	binary(t)
	for {
		if _, err := os.Stat("/tmp/hold/stop"); err == nil {
			return
		}
		time.Sleep(300 * time.Millisecond)
	}
}
