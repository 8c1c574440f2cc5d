package e2e

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"paddock/e2e/cluster"
)

// witness stands between paddock and the API server and notes what it asks.
type witness struct {
	mu      sync.Mutex
	asked   map[string]int // requests by what they are
	changed chan struct{}
}

// watchRequests starts a witness and returns its URL.
func watchRequests(t *testing.T) (*witness, string) {
	t.Helper()
	target, err := url.Parse(serverURL(t))
	if err != nil {
		t.Fatal(err)
	}
	w := &witness{asked: map[string]int{}, changed: make(chan struct{}, 1)}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.FlushInterval = -1                                                                  // a watch's events pass at once
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) {}                   // paddock went away
	proxy.Transport = &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} // our own server, on loopback
	server := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.note(r)
		proxy.ServeHTTP(rw, r)
	}))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return w, server.URL
}

func (w *witness) note(r *http.Request) {
	what := "GET " + r.URL.Path
	switch {
	case strings.Contains(r.URL.Path, "/proxy/"):
		what = "Prometheus"
	case strings.HasSuffix(r.URL.Path, "/log"):
		what = "logs"
	case r.URL.Query().Get("watch") != "":
		what = "WATCH " + r.URL.Path
	case r.Method != http.MethodGet:
		what = r.Method + " " + r.URL.Path
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked[what]++
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

// counts is what was asked so far.
func (w *witness) counts() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[string]int{}
	for k, n := range w.asked {
		out[k] = n
	}
	return out
}

// TestPaddockAsksNothingTwiceAtRest lets a complete screen rest for several
// refreshes of Prometheus, and looks what else was asked meanwhile.
func TestPaddockAsksNothingTwiceAtRest(t *testing.T) {
	w, address := watchRequests(t)
	// A container that crashes meanwhile is read by the black box: that is no rest.
	config := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(config, []byte("incidents: off\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, 160, 48, nil, "--config", config, "--server", address, "--insecure-skip-tls-verify", "--token", "token-of-"+cluster.Admin)
	s.shows("kubernetes live", "prometheus live", "ocr-rec-v4")
	// What may be done where the cursor came to rest is asked once, a little later.
	time.Sleep(3 * time.Second)
	before, began := w.counts(), time.Now()
	for what, n := range before {
		if strings.HasPrefix(what, "WATCH") && n != 1 || strings.HasPrefix(what, "GET /api/v1/pods") && n != 1 {
			t.Errorf("%d times %s at the start", n, what)
		}
	}
	const refreshes = 12 // at several requests each, and 5 s apart: about half a minute
	eventually(t, "refreshes of Prometheus", func() error {
		if n := w.counts()["Prometheus"] - before["Prometheus"]; n < refreshes {
			return fmt.Errorf("%d requests", n)
		}
		return nil
	})
	for what, n := range w.counts() {
		if what != "Prometheus" && what != "logs" && n != before[what] {
			t.Errorf("at rest: %d times %s", n-before[what], what)
		}
	}
	// How far the jobs are is read in the logs of those on screen, of two workers
	// at most, every half minute.
	const onScreen = 48
	if n, most := w.counts()["logs"]-before["logs"], 2*onScreen*(1+int(time.Since(began)/(30*time.Second))); n > most {
		t.Errorf("at rest: %d logs were read, %d at most", n, most)
	}
	for _, resource := range []string{"pods", "nodes", "namespaces", "resourcequotas", "events"} {
		if before["WATCH /api/v1/"+resource] != 1 {
			t.Errorf("%s are not watched: %v", resource, before)
		}
	}
}
