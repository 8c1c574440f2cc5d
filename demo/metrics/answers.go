package metrics

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/annotations"
)

// maxPoints is how many values of a series a question may ask for.
const maxPoints = 11_000

// result is the data of a query.
type result struct {
	Type   parser.ValueType `json:"resultType"`
	Result parser.Value     `json:"result"`
}

func (s *Server) query(r *http.Request) (any, annotations.Annotations, error) {
	at, err := parseTime(r, "time", s.clock())
	if err != nil {
		return nil, nil, err
	}
	q, err := s.engine.NewInstantQuery(r.Context(), s, nil, r.FormValue("query"), at)
	if err != nil {
		return nil, nil, badData("query", err)
	}
	return run(r.Context(), q)
}

func (s *Server) queryRange(r *http.Request) (any, annotations.Annotations, error) {
	start, err := parseTime(r, "start", time.Time{})
	if err != nil {
		return nil, nil, err
	}
	end, err := parseTime(r, "end", time.Time{})
	if err != nil {
		return nil, nil, err
	}
	if end.Before(start) {
		return nil, nil, badData("end", errors.New("end timestamp must not be before start time"))
	}
	step, err := parseStep(r)
	switch {
	case err != nil:
		return nil, nil, err
	case step <= 0:
		return nil, nil, badData("step", errors.New("zero or negative query resolution step widths are not accepted. Try a positive integer"))
	case end.Sub(start)/step > maxPoints:
		return nil, nil, &apiError{"bad_data", errors.New("exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)")}
	}
	q, err := s.engine.NewRangeQuery(r.Context(), s, nil, r.FormValue("query"), start, end, step)
	if err != nil {
		return nil, nil, badData("query", err)
	}
	return run(r.Context(), q)
}

// run executes a query. Close gives the points back that the result is made
// of, so they are copied.
func run(ctx context.Context, q promql.Query) (any, annotations.Annotations, error) {
	defer q.Close()
	got := q.Exec(ctx)
	if got.Err != nil {
		return nil, got.Warnings, got.Err
	}
	v := got.Value
	switch list := v.(type) {
	case promql.Matrix:
		all := make(promql.Matrix, len(list))
		for i, one := range list {
			all[i] = promql.Series{Metric: one.Metric, Floats: slices.Clone(one.Floats), Histograms: slices.Clone(one.Histograms)}
		}
		v = all
	case promql.Vector:
		v = append(make(promql.Vector, 0, len(list)), list...)
	}
	return result{v.Type(), v}, got.Warnings, nil
}

// selected prepares a question about labels: a querier of the time asked for,
// and the selectors.
func (s *Server) selected(r *http.Request) (storage.Querier, [][]*labels.Matcher, error) {
	start, err := parseTime(r, "start", time.UnixMilli(s.head.MinTime()))
	if err != nil {
		return nil, nil, err
	}
	end, err := parseTime(r, "end", time.UnixMilli(s.head.MaxTime()))
	if err != nil {
		return nil, nil, err
	}
	selectors, err := s.parser.ParseMetricSelectors(r.Form["match[]"])
	if err != nil {
		return nil, nil, badData("match[]", err)
	}
	q, err := s.Querier(start.UnixMilli(), end.UnixMilli())
	return q, selectors, err
}

func (s *Server) labelNames(r *http.Request) (any, annotations.Annotations, error) {
	return s.collect(r, func(q storage.Querier, m []*labels.Matcher) ([]string, annotations.Annotations, error) {
		return q.LabelNames(r.Context(), nil, m...)
	})
}

func (s *Server) labelValues(r *http.Request, name string) (any, annotations.Annotations, error) {
	return s.collect(r, func(q storage.Querier, m []*labels.Matcher) ([]string, annotations.Annotations, error) {
		return q.LabelValues(r.Context(), name, nil, m...)
	})
}

// collect asks for each selector and merges the answers.
func (s *Server) collect(r *http.Request, ask func(storage.Querier, []*labels.Matcher) ([]string, annotations.Annotations, error)) (any, annotations.Annotations, error) {
	q, selectors, err := s.selected(r)
	if err != nil {
		return nil, nil, err
	}
	defer q.Close()
	if len(selectors) == 0 {
		selectors = [][]*labels.Matcher{nil}
	}
	all := []string{}
	var notes annotations.Annotations
	for _, m := range selectors {
		found, warnings, err := ask(q, m)
		if err != nil {
			return nil, warnings, err
		}
		for _, text := range found {
			all = append(all, string([]byte(text))) // the database's own memory ends with the querier
		}
		notes.Merge(warnings)
	}
	slices.Sort(all)
	return slices.Compact(all), notes, nil
}

func (s *Server) seriesOf(r *http.Request) (any, annotations.Annotations, error) {
	if len(r.Form["match[]"]) == 0 {
		return nil, nil, &apiError{"bad_data", errors.New("no match[] parameter provided")}
	}
	q, selectors, err := s.selected(r)
	if err != nil {
		return nil, nil, err
	}
	defer q.Close()
	all := []labels.Labels{}
	var notes annotations.Annotations
	for _, m := range selectors {
		set := q.Select(r.Context(), true, nil, m...)
		for set.Next() {
			all = append(all, set.At().Labels())
		}
		notes.Merge(set.Warnings())
		if set.Err() != nil {
			return nil, notes, set.Err()
		}
	}
	slices.SortFunc(all, labels.Compare)
	return slices.CompactFunc(all, labels.Equal), notes, nil
}
