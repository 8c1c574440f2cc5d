package gpu

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
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
	http *http.Client // the same that api uses
}

func (c *Client) newServer(name, base string, transport http.RoundTripper) (*server, error) {
	metered := &meter{next: transport, requests: &c.requests, bytes: &c.bytes, limit: maxBody}
	web := &http.Client{Transport: metered}
	client, err := api.NewClient(api.Config{Address: base, Client: web})
	if err != nil {
		return nil, err
	}
	return &server{name: name, api: client, http: web}, nil
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
	resp, err := s.http.Do(req) // api.Client.Do would hold the whole body
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	a, err := read(resp, each)
	if err == nil {
		_, _ = io.CopyN(io.Discard, resp.Body, decodeBuffer) // what follows the last brace: the connection is kept
	}
	return a, err
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

// maxComplaint bounds what is read of an answer that is no answer.
const maxComplaint = 64 << 10

// read judges an answer. Prometheus sends its own errors as JSON with a 4xx or
// 5xx status; anything that is not JSON comes from something else.
func read(resp *http.Response, each rowFunc) (answer, error) {
	body := bufio.NewReaderSize(resp.Body, decodeBuffer)
	head, err := body.Peek(1)
	for err == nil && isSpace(head[0]) {
		_, _ = body.Discard(1) // it was peeked at
		head, err = body.Peek(1)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return answer{}, err
	}
	if resp.StatusCode/100 != 2 || len(head) == 0 || head[0] != '{' {
		return complaint(resp.StatusCode, body)
	}
	a, err := decode(body, each)
	switch {
	case a.status == "error" || a.errorType != "":
		return a, &answerError{status: resp.StatusCode, kind: a.errorType, body: snippet([]byte(a.message))}
	case err != nil:
		return a, err
	case a.status != "success":
		return a, &answerError{status: resp.StatusCode}
	}
	return a, nil
}

// complaint is the error of an answer that is no answer, in the words of
// whoever sent it.
func complaint(status int, body io.Reader) (answer, error) {
	text, err := io.ReadAll(io.LimitReader(body, maxComplaint))
	if err != nil {
		return answer{}, err
	}
	if len(text) == 0 || text[0] != '{' {
		return answer{}, &answerError{status: status, html: looksHTML(text), body: snippet(text)}
	}
	a, _ := decode(bytes.NewReader(text), func([]byte, []sample) error { return nil })
	if a.status == "error" || a.errorType != "" {
		return a, &answerError{status: status, kind: a.errorType, body: snippet([]byte(a.message))}
	}
	return a, &answerError{status: status, body: snippet(text)}
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }
