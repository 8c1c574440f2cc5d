package apiserver

import (
	"strings"
	"testing"
)

// Whoever wants a shell is told why there is none, and where to find one.
func TestNoProgramRuns(t *testing.T) {
	b := newBench(t, Options{})
	for _, sub := range []string{"exec", "attach", "portforward"} {
		w := b.ask("root", "POST", "/api/v1/namespaces/ns/pods/pod/"+sub, "")
		if w.Code != 400 || !strings.Contains(w.Body.String(), "run no programs: use make cluster") {
			t.Errorf("%s: %d %s", sub, w.Code, w.Body)
		}
	}
}
