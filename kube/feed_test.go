package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"paddock/fleet"
)

// apiServer answers as much of an API server as a test needs; by default
// lists are empty and watches stay silent.
type apiServer struct {
	handle func(w http.ResponseWriter, r *http.Request) bool // true: answered
}

func (s *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch {
	case s.handle != nil && s.handle(w, r):
	case r.URL.Path == "/version":
		fmt.Fprint(w, `{"gitVersion":"v1.37.2","minor":"37"}`)
	case r.URL.Query().Get("watch") != "":
		if r.URL.Query().Get("sendInitialEvents") == "true" {
			fmt.Fprintf(w, `{"type":"BOOKMARK","object":{"kind":%q,"apiVersion":%q,"metadata":{"resourceVersion":"7","annotations":{"k8s.io/initial-events-end":"true"}}}}`+"\n", kindOf(r), versionOf(r))
		}
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	default:
		fmt.Fprintf(w, `{"kind":"%sList","apiVersion":%q,"metadata":{"resourceVersion":"7"},"items":[]}`, kindOf(r), versionOf(r))
	}
}

func kindOf(r *http.Request) string {
	return map[string]string{
		"pods": "Pod", "jobs": "Job", "nodes": "Node", "namespaces": "Namespace", "resourcequotas": "ResourceQuota", "events": "Event",
	}[filepath.Base(r.URL.Path)]
}

func versionOf(r *http.Request) string {
	if strings.HasPrefix(r.URL.Path, "/apis/batch") {
		return "batch/v1"
	}
	return "v1"
}

func refuse(w http.ResponseWriter, code int, reason, message string) bool {
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message})
	return true
}

// connect makes a client of a test server and runs it until the test ends.
func connect(t *testing.T, s *apiServer, namespaces ...string) *Client {
	t.Helper()
	server := httptest.NewServer(s)
	file := filepath.Join(t.TempDir(), "config")
	config := fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"x","clusters":[{"name":"x","cluster":{"server":%q}}],"users":[{"name":"ann","user":{}}],"contexts":[{"name":"x","context":{"cluster":"x","user":"ann","namespace":"nlp"}}]}`, server.URL)
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := (&Flags{kubeconfig: file}).Connect(Target{Namespaces: namespaces})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		server.CloseClientConnections()
		server.Close()
	})
	return c
}

// await waits for a Snapshot that satisfies a condition.
func await(t *testing.T, c *Client, what string, ok func(*fleet.Snapshot) bool) *fleet.Snapshot {
	t.Helper()
	limit := time.After(20 * time.Second)
	var last *fleet.Snapshot
	for {
		select {
		case last = <-c.Snapshots():
			if ok(last) {
				return last
			}
		case <-limit:
			t.Fatalf("never %s; last: %+v", what, last)
		}
	}
}

func source(s *fleet.Snapshot, name string) fleet.Source {
	for _, src := range s.Sources {
		if src.Name == name {
			return src
		}
	}
	return fleet.Source{}
}

func podJSON(i int) string {
	return fmt.Sprintf(`{"kind":"Pod","apiVersion":"v1","metadata":{"namespace":"nlp","name":"w%d","uid":"u%d","resourceVersion":"%d"},"spec":{"containers":[{"name":"c","resources":{"limits":{"nvidia.com/gpu":"1"}}}]}}`, i, i, i+1)
}

func TestServerThatStreams(t *testing.T) {
	c := connect(t, &apiServer{handle: func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("sendInitialEvents") == "true" && kindOf(r) == "Pod" {
			fmt.Fprintf(w, `{"type":"ADDED","object":%s}`+"\n", podJSON(0))
		}
		return false
	}})
	s := await(t, c, "complete", func(s *fleet.Snapshot) bool { return s.Complete })
	if len(s.Groups) != 1 || s.Groups[0].Pods[0].Ref.Name != "w0" || s.Cluster.Version != "v1.37.2" || s.Cluster.User != "ann" {
		t.Errorf("%+v", s)
	}
	for _, src := range s.Sources {
		if src.Health != fleet.Live || src.AsOf.IsZero() {
			t.Errorf("%+v", src)
		}
	}
}

func TestServerThatOnlyLists(t *testing.T) {
	const pages = 3
	var asked atomic.Int32
	c := connect(t, &apiServer{handle: func(w http.ResponseWriter, r *http.Request) bool {
		q := r.URL.Query()
		switch {
		case q.Get("sendInitialEvents") == "true":
			return refuse(w, http.StatusUnprocessableEntity, "Invalid", "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled")
		case kindOf(r) == "Pod" && q.Get("limit") == strconv.Itoa(listPage):
			asked.Add(1)
			page, _ := strconv.Atoi(q.Get("continue"))
			next := strconv.Itoa(page + 1)
			if page+1 == pages {
				next = ""
			}
			fmt.Fprintf(w, `{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"9","continue":%q},"items":[%s]}`, next, podJSON(page))
			return true
		}
		return false
	}})
	s := await(t, c, "complete", func(s *fleet.Snapshot) bool { return s.Complete })
	if len(s.Groups) != pages || source(s, "pods").Health != fleet.Live {
		t.Errorf("%d groups, want %d: %+v", len(s.Groups), pages, source(s, "pods"))
	}
	if n := asked.Load(); n != pages {
		t.Errorf("%d pages were asked for, want %d", n, pages)
	}
}

func TestEachSourceDegradesAlone(t *testing.T) {
	c := connect(t, &apiServer{handle: func(w http.ResponseWriter, r *http.Request) bool {
		if kindOf(r) == "Node" {
			return refuse(w, http.StatusForbidden, "Forbidden", `nodes is forbidden: User "ann" cannot list resource "nodes" in API group "" at the cluster scope`)
		}
		return false
	}})
	s := await(t, c, "complete", func(s *fleet.Snapshot) bool { return s.Complete })
	nodes := source(s, "nodes")
	if s.Nodes != nil || nodes.Health != fleet.Forbidden || !strings.Contains(nodes.Hint, "kubectl auth can-i list nodes") {
		t.Errorf("nodes: %v %+v", s.Nodes, nodes)
	}
	if p := source(s, "pods"); p.Health != fleet.Live {
		t.Errorf("pods: %+v", p)
	}
}

func TestNoRightInAllNamespaces(t *testing.T) {
	c := connect(t, &apiServer{handle: func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/version" && !strings.Contains(r.URL.Path, "/namespaces/nlp/") {
			return refuse(w, http.StatusForbidden, "Forbidden", "no")
		}
		return false
	}})
	s := await(t, c, "complete", func(s *fleet.Snapshot) bool { return s.Complete })
	if len(s.Cluster.Namespaces) != 1 || s.Cluster.Namespaces[0] != "nlp" || source(s, "pods").Health != fleet.Live {
		t.Errorf("%+v %+v", s.Cluster, s.Sources)
	}
	if len(s.Namespaces) != 1 || s.Namespaces[0].Name != "nlp" {
		t.Errorf("the namespace that is looked at is missing: %+v", s.Namespaces)
	}
}

func TestServerGoesAwayAndComesBack(t *testing.T) {
	var gone atomic.Bool
	cut := make(chan struct{})
	c := connect(t, &apiServer{handle: func(w http.ResponseWriter, r *http.Request) bool {
		if gone.Load() {
			return refuse(w, http.StatusServiceUnavailable, "ServiceUnavailable", "etcd is away")
		}
		if q := r.URL.Query(); q.Get("watch") != "" && q.Get("sendInitialEvents") == "true" && kindOf(r) == "Pod" {
			fmt.Fprintf(w, `{"type":"ADDED","object":%s}`+"\n", podJSON(0))
			fmt.Fprint(w, `{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"7","annotations":{"k8s.io/initial-events-end":"true"}}}}`+"\n")
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
			case <-cut:
			}
			return true
		}
		return false
	}})
	await(t, c, "complete", func(s *fleet.Snapshot) bool { return s.Complete })
	gone.Store(true)
	close(cut)
	s := await(t, c, "stale", func(s *fleet.Snapshot) bool { return source(s, "pods").Health == fleet.Stale })
	if p := source(s, "pods"); len(s.Groups) != 1 || !strings.Contains(p.Err, "etcd is away") || p.Since.IsZero() {
		t.Errorf("the last picture must stay: %d groups, %+v", len(s.Groups), p)
	}
	gone.Store(false)
	c.Refresh()
	await(t, c, "live again", func(s *fleet.Snapshot) bool { return source(s, "pods").Health == fleet.Live })
}

func TestExpiredTokenAtTheStart(t *testing.T) {
	var valid atomic.Bool
	c := connect(t, &apiServer{handle: func(w http.ResponseWriter, r *http.Request) bool {
		return !valid.Load() && refuse(w, http.StatusUnauthorized, "Unauthorized", "Unauthorized")
	}})
	s := await(t, c, "failing", func(s *fleet.Snapshot) bool { return source(s, "pods").Health == fleet.Down })
	if p := source(s, "pods"); s.Complete || !strings.Contains(p.Hint, "log in again") {
		t.Errorf("%v %+v", s.Complete, p)
	}
	valid.Store(true)
	c.Refresh()
	await(t, c, "complete", func(s *fleet.Snapshot) bool { return s.Complete })
}

func TestBackoff(t *testing.T) {
	for failures := 1; failures < 100; failures++ {
		d := backoff(failures)
		if least := min(retryFirst<<(min(failures, 10)-1), retryMost); d < least || d > least+least/4 {
			t.Fatalf("after %d failures: %v", failures, d)
		}
	}
}
