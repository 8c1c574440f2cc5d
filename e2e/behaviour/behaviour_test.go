package behaviour

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/rest"

	"paddock/demo/apiserver"
	"paddock/demo/rules"
	"paddock/demo/store"
	"paddock/demo/training"
	"paddock/e2e/cluster"
	"paddock/e2e/toolchain"
)

// TestBothAnswerAlike holds the embedded API server against the real one: both
// do what is expected, and nothing but what differs by design differs.
func TestBothAnswerAlike(t *testing.T) {
	embedded, real := embeddedServer(t), realServer(t)
	for _, b := range All() {
		t.Run(b.Name, func(t *testing.T) {
			var want, got []string
			ok := t.Run("real", func(t *testing.T) { want = Run(t, real, b) })
			ok = t.Run("embedded", func(t *testing.T) { got = Run(t, embedded, b) }) && ok
			if ok {
				compare(t, want, got)
			}
		})
	}
}

func compare(t *testing.T, want, got []string) {
	if slices.Equal(want, got) {
		return
	}
	for i := range max(len(want), len(got)) {
		var w, g string
		if i < len(want) {
			w = want[i]
		}
		if i < len(got) {
			g = got[i]
		}
		if w != g {
			t.Errorf("line %d\nreal     %s\nembedded %s", i+1, w, g)
		}
	}
}

// embeddedServer serves an empty store, without controllers.
func embeddedServer(t *testing.T) Server {
	s := store.New(time.Now, uuid.NewUUID, rules.All()...)
	for _, name := range []string{"default", "kube-system"} {
		key := store.Key{Resource: schema.GroupResource{Resource: "namespaces"}, Name: name}
		if _, err := s.Write(key, false, func(store.Object) (store.Object, error) {
			return &core.Namespace{ObjectMeta: v1.ObjectMeta{Name: name}}, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	printed := &paper{}
	api := apiserver.New(s, apiserver.Options{Now: time.Now, Logs: printed.read, Users: map[string]apiserver.User{
		"token-of-admin":  {Name: "admin", UID: "uid-admin", Groups: []string{"system:masters"}},
		"token-of-nobody": {Name: "nobody", UID: "uid-nobody", Groups: []string{"paddock:users"}},
	}})
	certificate, authority, err := apiserver.NewCertificate(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- api.Serve(ctx, l, certificate) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return Server{URL: "https://" + l.Addr().String(), Client: &http.Client{Transport: transport}, Admin: "token-of-admin", Nobody: "token-of-nobody", Print: printed.write}
}

// paper is what every container printed.
type paper struct {
	mu    sync.Mutex
	lines []training.Line
}

func (p *paper) write(at time.Time, text string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines = append(p.lines, training.Line{Time: at, Text: text})
	return nil
}

func (p *paper) read(*core.Pod, string, bool) (apiserver.Output, bool) {
	return apiserver.Output{Started: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Lines: func(from, to time.Time) []training.Line {
		p.mu.Lock()
		defer p.mu.Unlock()
		return slices.DeleteFunc(slices.Clone(p.lines), func(l training.Line) bool { return l.Time.Before(from) || !l.Time.Before(to) })
	}}, true
}

// realServer starts a control plane.
func realServer(t *testing.T) Server {
	bin, err := toolchain.Build(t.Context(), "../tools", say)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "paddock-behaviour-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	c, err := cluster.Start(t.Context(), cluster.Options{
		Dir: dir, Bin: bin, ScrapeInterval: time.Minute, MetricResolution: time.Minute, Seed: 1, Progress: say,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Stop)
	server := Server{Controllers: true, Print: c.Print}
	for user, token := range map[string]*string{cluster.Admin: &server.Admin, cluster.Nobody: &server.Nobody} {
		config, err := c.Config(user)
		if err != nil {
			t.Fatal(err)
		}
		*token, server.URL = config.BearerToken, config.Host
		config.BearerToken = ""
		if server.Client, err = rest.HTTPClientFor(config); err != nil {
			t.Fatal(err)
		}
	}
	return server
}

func say(line string) { fmt.Fprintln(os.Stderr, "cluster:", line) }
