package metrics

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/util/annotations"
)

// ServeHTTP answers the part of Prometheus' API that dashboards use
// (prometheus.io/docs/prometheus/latest/querying/api).
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/-/ready":
		fmt.Fprintln(w, "Prometheus Server is Ready.")
		return
	case "/-/healthy":
		fmt.Fprintln(w, "Prometheus Server is Healthy.")
		return
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/api/v1/")
	if !ok {
		http.NotFound(w, r)
		return
	}
	if err := r.ParseForm(); err != nil {
		respond(w, r, nil, nil, &apiError{"bad_data", err})
		return
	}
	answer := s.route(path)
	if answer == nil {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
		return
	}
	s.reading.RLock()
	data, warnings, err := answer(r)
	s.reading.RUnlock()
	respond(w, r, data, warnings, err)
}

// answer is what becomes the answer's data.
type answer func(r *http.Request) (data any, warnings annotations.Annotations, err error)

func (s *Server) route(path string) answer {
	if name, ok := strings.CutPrefix(path, "label/"); ok {
		if name, ok := strings.CutSuffix(name, "/values"); ok {
			return func(r *http.Request) (any, annotations.Annotations, error) { return s.labelValues(r, name) }
		}
	}
	switch path {
	case "query":
		return s.query
	case "query_range":
		return s.queryRange
	case "labels":
		return s.labelNames
	case "series":
		return s.seriesOf
	case "targets":
		return s.targets
	case "metadata":
		return s.metadata
	case "status/buildinfo":
		return buildInfo
	case "status/runtimeinfo":
		return s.runtimeInfo
	}
	return nil
}

// apiError is an error with its errorType.
type apiError struct {
	kind string
	err  error
}

func (e *apiError) Error() string { return e.err.Error() }
func (e *apiError) Unwrap() error { return e.err }

// badData is a parameter that cannot be read.
func badData(name string, err error) error {
	return &apiError{"bad_data", fmt.Errorf("invalid parameter %q: %w", name, err)}
}

// kindOf is the errorType of an error, and the HTTP status that goes with it.
func kindOf(err error) (kind string, status int) {
	var own *apiError
	var canceled promql.ErrQueryCanceled
	var timeout promql.ErrQueryTimeout
	var storage promql.ErrStorage
	switch {
	case errors.As(err, &own) && own.kind == "bad_data":
		return own.kind, http.StatusBadRequest
	case errors.As(err, &canceled), errors.Is(err, context.Canceled):
		return "canceled", 499
	case errors.As(err, &timeout):
		return "timeout", http.StatusServiceUnavailable
	case errors.As(err, &storage):
		return "internal", http.StatusInternalServerError
	default:
		return "execution", http.StatusUnprocessableEntity
	}
}

// response is the envelope of every answer.
type response struct {
	Status    string   `json:"status"`
	Data      any      `json:"data,omitempty"`
	ErrorType string   `json:"errorType,omitempty"`
	Error     string   `json:"error,omitempty"`
	Warnings  []string `json:"warnings,omitempty"`
	Infos     []string `json:"infos,omitempty"`
}

func respond(w http.ResponseWriter, r *http.Request, data any, notes annotations.Annotations, err error) {
	answer, status := response{Status: "success", Data: data}, http.StatusOK
	if err != nil {
		answer = response{Status: "error", Error: err.Error()}
		answer.ErrorType, status = kindOf(err)
	}
	answer.Warnings, answer.Infos = notes.AsStrings(r.FormValue("query"), 10, 10)
	body, err := json.Marshal(answer)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.WriteHeader(status)
		_, _ = w.Write(body) // whoever asked has gone
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Set("Vary", "Accept-Encoding")
	w.WriteHeader(status)
	compress(w, body)
}

// compress writes a body quickly rather than small: it stays on loopback.
func compress(w io.Writer, body []byte) {
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return // the level is known
	}
	_, _ = z.Write(body) // whoever asked has gone
	_ = z.Close()
}

// parseTime reads seconds since 1970, or RFC 3339.
func parseTime(r *http.Request, name string, otherwise time.Time) (time.Time, error) {
	text := r.FormValue(name)
	if text == "" && !otherwise.IsZero() {
		return otherwise, nil
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if math.IsNaN(seconds) || math.Abs(seconds) > 1e11 {
			return time.Time{}, badData(name, fmt.Errorf("cannot parse %q to a valid timestamp", text))
		}
		return time.UnixMilli(int64(math.Round(seconds * 1000))).UTC(), nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return t, badData(name, fmt.Errorf("cannot parse %q to a valid timestamp", text))
	}
	return t, nil
}

// parseStep reads seconds, or a duration in Prometheus' form.
func parseStep(r *http.Request) (time.Duration, error) {
	text := r.FormValue("step")
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		if math.IsNaN(seconds) || math.Abs(seconds) > 1e9 {
			return 0, badData("step", fmt.Errorf("cannot parse %q to a valid duration. It overflows int64", text))
		}
		return time.Duration(seconds * float64(time.Second)), nil
	}
	d, err := model.ParseDuration(text)
	if err != nil {
		return 0, badData("step", fmt.Errorf("cannot parse %q to a valid duration", text))
	}
	return time.Duration(d), nil
}
