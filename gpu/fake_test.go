package gpu

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// fake is a transport that answers questions with canned rows. What PromQL
// makes of real series is the end-to-end tests' to prove.
type fake struct {
	t      *testing.T
	mu     sync.Mutex // of all below, once a Client runs
	routes []route
	past   []route // of range queries
	broken error   // answered instead of everything
}

// route answers questions that contain a text; the first match counts.
type route struct {
	contains string
	body     string
}

func (f *fake) RoundTrip(req *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken != nil {
		return nil, f.broken
	}
	question := req.URL.Query().Get("query")
	body, routes := vector(), f.routes
	if strings.HasSuffix(req.URL.Path, "query_range") {
		routes = f.past
	}
	for _, r := range routes {
		if strings.Contains(question, r.contains) {
			body = r.body
			break
		}
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
}

// answer changes what is answered to the questions of a route.
func (f *fake) answer(route int, body string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.routes[route].body = body
}

// fail makes every question fail, or none.
func (f *fake) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.broken = err
}

func (f *fake) candidates(context.Context) ([]Candidate, error) {
	return []Candidate{{Name: "monitoring/prometheus", URL: "http://fake", Transport: f}}, nil
}

// source over the fake, that has read once.
func (f *fake) source() *source {
	f.t.Helper()
	client, err := New(Config{}, f.candidates)
	if err != nil {
		f.t.Fatal(err)
	}
	s, err := client.newServer("fake", "http://fake", f)
	if err != nil {
		f.t.Fatal(err)
	}
	return newSource(s, nil)
}

// vector is an answer of rows, written `{a="b"} 1`.
func vector(rows ...string) string {
	var list []string
	for _, row := range rows {
		labels, value, _ := strings.Cut(row, "} ")
		list = append(list, fmt.Sprintf(`{"metric":%s,"value":[1700000000.5,%q]}`, metric(labels), value))
	}
	return `{"status":"success","data":{"resultType":"vector","result":[` + strings.Join(list, ",") + `]}}`
}

// matrix is an answer of one series with samples.
func matrix(labels, samples string) string {
	return `{"status":"success","data":{"resultType":"matrix","result":[{"metric":` +
		metric(strings.TrimSuffix(labels, "}")) + `,"values":` + samples + `}]}}`
}

func metric(labels string) string {
	set := map[string]string{}
	for _, pair := range strings.Split(strings.TrimPrefix(labels, "{"), ",") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			set[strings.TrimSpace(name)] = strings.Trim(value, `"`)
		}
	}
	text, _ := json.Marshal(set)
	return string(text)
}

// The questions by what they contain, in the order in which routes must stand.
const (
	askCounts = "count by (__name__)"
	askTimes  = "timestamp("
	askLabels = "modelName"
)

// counts says which series there are.
func counts(names ...string) route {
	var rows []string
	for _, name := range names {
		rows = append(rows, fmt.Sprintf(`{__name__="%s"} 8`, name))
	}
	return route{askCounts, vector(rows...)}
}
