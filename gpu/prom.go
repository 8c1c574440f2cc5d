package gpu

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/api"
)

// How long an answer may take. A question about all devices takes a fraction
// of a second on Prometheus; Thanos over many stores may need several.
const (
	probeTimeout = 5 * time.Second
	queryTimeout = 20 * time.Second
)

// server is one Prometheus.
type server struct {
	name string // for people: a URL, or "monitoring/prometheus-operated"
	api  api.Client
}

func (c *Client) newServer(name, base string, transport http.RoundTripper) (*server, error) {
	metered := &meter{next: transport, requests: &c.requests, bytes: &c.bytes, limit: maxBody}
	client, err := api.NewClient(api.Config{Address: base, RoundTripper: metered})
	if err != nil {
		return nil, err
	}
	return &server{name: name, api: client}, nil
}

// query asks for the present.
func (s *server) query(ctx context.Context, promql string, each rowFunc) (answer, error) {
	return s.get(ctx, "/api/v1/query", url.Values{"query": {promql}}, each)
}

// queryRange asks for the values at start, start+step, ... until end.
func (s *server) queryRange(ctx context.Context, promql string, start, end time.Time, step time.Duration, each rowFunc) (answer, error) {
	return s.get(ctx, "/api/v1/query_range", url.Values{
		"query": {promql},
		"start": {strconv.FormatInt(start.Unix(), 10)},
		"end":   {strconv.FormatInt(end.Unix(), 10)},
		"step":  {strconv.FormatInt(int64(step.Seconds()), 10)},
	}, each)
}

// get asks with GET, always: every flavour takes it, the questions fit into a
// URL, and through the API server's proxy POST would need the right to create
// services/proxy where GET needs only to get it.
func (s *server) get(ctx context.Context, path string, params url.Values, each rowFunc) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	u := s.api.URL(path, nil)
	u.RawQuery = params.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return answer{}, err
	}
	resp, body, err := s.api.Do(ctx, req)
	if err != nil {
		return answer{}, err
	}
	return read(resp, body, each)
}

// buildInfo is what a server says of itself: Prometheus and VictoriaMetrics
// their version, Mimir its name too, Thanos nothing.
type buildInfo struct {
	Application string
	Version     string
}

func (s *server) buildInfo(ctx context.Context) (buildInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	var info struct{ Data buildInfo }
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.api.URL("/api/v1/status/buildinfo", nil).String(), nil)
	if err != nil {
		return info.Data, err
	}
	_, body, err := s.api.Do(ctx, req)
	if err != nil {
		return info.Data, err
	}
	err = json.Unmarshal(body, &info)
	return info.Data, err
}

// read judges an answer. Prometheus sends its own errors as JSON with a 4xx or
// 5xx status; anything that is not JSON comes from something else.
func read(resp *http.Response, body []byte, each rowFunc) (answer, error) {
	text := bytes.TrimSpace(body)
	if len(text) == 0 || text[0] != '{' {
		return answer{}, &answerError{status: resp.StatusCode, html: looksHTML(text), body: snippet(text)}
	}
	a, err := decode(text, each)
	switch {
	case a.status == "error" || a.errorType != "":
		return a, &answerError{status: resp.StatusCode, kind: a.errorType, body: snippet([]byte(a.message))}
	case resp.StatusCode/100 != 2:
		return a, &answerError{status: resp.StatusCode, body: snippet(text)}
	case err != nil:
		return a, err
	case a.status != "success":
		return a, &answerError{status: resp.StatusCode, body: snippet(text)}
	}
	return a, nil
}
