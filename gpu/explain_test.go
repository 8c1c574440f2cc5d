package gpu

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func ask(t *testing.T, cfg Config) error {
	t.Helper()
	client, err := New(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = client.connect(t.Context())
	return err
}

func TestFaultsAreExplained(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   string
		what   string
		hint   string
	}{
		{"a web page", 200, "<!DOCTYPE html><html><body>Grafana", "web page instead of an answer", "path prefix"},
		{"404", 404, "404 page not found", "404", "path prefix"},
		{"401", 401, "Unauthorized", "401", "bearer token"},
		{"403 of a proxy", 403, `{"kind":"Status","message":"services \"prometheus\" is forbidden"}`, "403", "services/proxy"},
		{"503", 503, "no healthy upstream", "not ready", "tries again"},
		{"not Prometheus' JSON", 200, `{"hello":"world"}`, "not Prometheus'", "URL"},
		{"empty", 200, "", "(empty)", "URL"},
		{"bad question", 400, `{"status":"error","errorType":"bad_data","error":"1:5: parse error"}`, "parse error", "matchers"},
		{"overloaded", 503, `{"status":"error","errorType":"timeout","error":"query timed out"}`, "gave up", "overloaded"},
		{"cut", 200, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"a`, "broken JSON", "proxy"},
		{"control characters", 500, "oops \x1b[2J\x07", "oops", "URL"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			}))
			defer server.Close()
			what, hint := Explain(ask(t, Config{URL: server.URL}))
			if !strings.Contains(what, test.what) || !strings.Contains(hint, test.hint) {
				t.Errorf("%q, %q; want %q, %q in them", what, hint, test.what, test.hint)
			}
			if strings.ContainsAny(what, "\x1b\x07") {
				t.Errorf("%q is not clean", what)
			}
		})
	}
}

func TestNetworkFaultsAreExplained(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	tlsServer := httptest.NewUnstartedServer(nil)
	tlsServer.Config.ErrorLog = log.New(io.Discard, "", 0) // the failed handshake is the test
	tlsServer.StartTLS()
	defer tlsServer.Close()
	plain := httptest.NewServer(nil)
	defer plain.Close()
	huge := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		zip := gzip.NewWriter(w)
		defer func() { _ = zip.Close() }()
		_, _ = zip.Write([]byte(`{"status":"success","data":`))
		blanks := bytes.Repeat([]byte(" "), 1<<20)
		for range maxBody>>20 + 1 {
			if _, err := zip.Write(blanks); err != nil {
				return
			}
		}
	}))
	defer huge.Close()
	tests := []struct{ name, url, what string }{
		{"refused", closed.URL, "refused"},
		{"unknown authority", tlsServer.URL, "unknown authority"},
		{"no TLS there", strings.Replace(plain.URL, "http:", "https:", 1), "does not speak TLS"},
		{"a bomb", huge.URL, "larger than 64 MiB"},
	}
	for _, test := range tests {
		if what, hint := Explain(ask(t, Config{URL: test.url})); !strings.Contains(what, test.what) || hint == "" {
			t.Errorf("%s: %q, %q; want %q", test.name, what, hint, test.what)
		}
	}
}

func TestSilenceIsExplained(t *testing.T) {
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer slow.Close()
	client, err := New(Config{URL: slow.URL}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, _, err = client.connect(ctx)
	if what, _ := Explain(err); !strings.Contains(what, "no answer in time from 127.0.0.1") {
		t.Errorf("%q", what)
	}
}

func TestLoginStaysWithItsHost(t *testing.T) {
	stranger := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" || r.Header.Get("X-Scope-OrgID") != "" {
			t.Error("the credentials went to another host")
		}
	}))
	defer stranger.Close()
	var got http.Header
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		http.Redirect(w, r, stranger.URL, http.StatusFound)
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_ = ask(t, Config{URL: server.URL, BearerTokenFile: file, Headers: map[string]string{"X-Scope-OrgID": "ml"}})
	if got.Get("Authorization") != "Bearer s3cret" || got.Get("X-Scope-OrgID") != "ml" {
		t.Errorf("sent %v", got)
	}
	_ = ask(t, Config{URL: server.URL, Username: "u", PasswordFile: file})
	if user, password, _ := (&http.Request{Header: got}).BasicAuth(); user != "u" || password != "s3cret" {
		t.Errorf("sent %v", got)
	}
}

func TestPathPrefixIsKept(t *testing.T) {
	var path string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { path = r.URL.Path }))
	defer server.Close()
	_ = ask(t, Config{URL: server.URL + "/select/0/prometheus/"})
	if want := "/select/0/prometheus/api/v1/query"; path != want {
		t.Errorf("asked %s, want %s", path, want)
	}
}

func TestValidate(t *testing.T) {
	tests := []struct {
		cfg  Config
		want string
	}{
		{Config{}, ""},
		{Config{URL: "https://prom.example/prefix", Matchers: []string{`a="b"`}}, ""},
		{Config{URL: "prom:9090"}, "http://"},
		{Config{URL: "http://"}, "no host"},
		{Config{URL: "http://x/graph?g0=1"}, "without ?"},
		{Config{URL: "http://u:hunter2@x"}, "not in the URL"},
		{Config{URL: "http://x\x7f"}, "invalid"},
		{Config{BearerToken: "a", BearerTokenFile: "b"}, "not both"},
		{Config{BearerToken: "a", Username: "u"}, "not both"},
		{Config{PasswordFile: "/x"}, "user name"},
		{Config{CAFile: "/nowhere/ca.pem"}, "/nowhere/ca.pem"},
		{Config{Headers: map[string]string{"a b": "c"}}, "header name"},
		{Config{Matchers: []string{"cluster=x"}}, "quotes"},
		{Config{Every: -1}, "negative"},
	}
	for _, test := range tests {
		err := test.cfg.Validate()
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v, want %q", test.cfg, err, test.want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v tells the password", err)
		}
	}
}

func TestExplainOthers(t *testing.T) {
	if what, hint := Explain(nil); what != "" || hint != "" {
		t.Errorf("%q, %q", what, hint)
	}
	if what, _ := Explain(fmt.Errorf("look: %w", errors.New("odd"))); what != "look: odd" {
		t.Errorf("%q", what)
	}
}
