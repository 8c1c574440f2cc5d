package metrics

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
)

// pool is what is remembered of a target between scrapes.
type pool struct {
	target  Target
	labels  labels.Labels
	series  map[string]*series // by the text before the value
	buffer  []byte
	samples []sample // of the last scrape
	round   uint64   // the last one that listed the target
	last    time.Time
	took    time.Duration
	err     error
}

// series is one of a target's.
type series struct {
	ref    storage.SeriesRef
	labels labels.Labels
	round  uint64 // the last one that had it
}

// sample is a value of a series.
type sample struct {
	of    *series
	value float64
}

// metadata is what an exposition says of a metric.
type metadata struct {
	Type string `json:"type"`
	Help string `json:"help"`
	Unit string `json:"unit"`
}

// Scrape asks all targets once; the samples are of the given moment, which
// must be later than that of the scrape before.
func (s *Server) Scrape(now time.Time, targets []Target) error {
	s.scraping.Lock()
	defer s.scraping.Unlock()
	s.round++
	app := s.head.Appender(context.Background())
	err := s.scrapeAll(app, now, targets)
	if err != nil {
		return errors.Join(err, app.Rollback())
	}
	if err := app.Commit(); err != nil {
		return fmt.Errorf("keep the samples of %s: %w", now.Format(time.RFC3339), err)
	}
	return s.forget(now)
}

func (s *Server) scrapeAll(app storage.Appender, now time.Time, targets []Target) error {
	for _, t := range targets {
		p := s.pools[t.URL]
		if p == nil {
			p = &pool{series: map[string]*series{}, labels: labels.FromMap(t.Labels)}
			s.pools[t.URL] = p
		}
		p.target, p.round = t, s.round
		if err := s.scrape(app, p, now); err != nil {
			return fmt.Errorf("scrape %s: %w", t.URL, err)
		}
	}
	for _, url := range s.urls() {
		if p := s.pools[url]; p.round != s.round { // no longer a target
			delete(s.pools, url)
			if err := s.end(app, p, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// scrape asks one target. A target that does not answer, or not in the text
// format, is no error: it is down.
func (s *Server) scrape(app storage.Appender, p *pool, now time.Time) error {
	began, first := time.Now(), p.last.IsZero()
	text, err := p.target.Scrape(p.buffer[:0], now)
	if err == nil {
		p.buffer = text
		err = p.read(s.parser, text)
	}
	if p.last, p.err = now, err; err != nil {
		p.samples = p.samples[:0]
	}
	p.took = time.Since(began)
	if first { // comments say the same every time
		s.learn(text)
	}
	t := now.UnixMilli()
	for _, sample := range p.samples {
		if err := p.append(app, sample.of, t, sample.value, s.round); err != nil {
			return err
		}
	}
	if err := p.report(app, t, s.round); err != nil {
		return err
	}
	return s.end(app, p, now)
}

// read finds the samples in what a target answered. The text before a value
// names the series: as in Prometheus, it is taken apart only when it is new.
func (p *pool) read(parse parser.Parser, text []byte) error {
	p.samples = p.samples[:0]
	for line := range lines(text) {
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		cut := bytes.LastIndexByte(line, ' ')
		if cut < 0 {
			return fmt.Errorf("no sample: %q", line)
		}
		v, err := strconv.ParseFloat(string(line[cut+1:]), 64)
		if err != nil {
			return fmt.Errorf("value of %q: %w", line, err)
		}
		known := p.series[string(line[:cut])]
		if known == nil {
			if known, err = p.meet(parse, string(line[:cut])); err != nil {
				return err
			}
		}
		p.samples = append(p.samples, sample{known, v})
	}
	return nil
}

// meet takes the name of a new series apart; the notation is PromQL's too.
func (p *pool) meet(parse parser.Parser, name string) (*series, error) {
	l, err := parse.ParseMetric(name)
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", name, err)
	}
	if twice, is := l.HasDuplicateLabelNames(); is {
		return nil, fmt.Errorf("read %q: label %s stands twice", name, twice)
	}
	if l.Get(model.MetricNameLabel) == "" {
		return nil, fmt.Errorf("read %q: it has no name", name)
	}
	p.series[name] = &series{labels: join(l, p.labels)}
	return p.series[name], nil
}

// lines splits a text without copying it.
func lines(text []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(text) > 0 {
			line, rest, _ := bytes.Cut(text, []byte{'\n'})
			if text = rest; !yield(line) {
				return
			}
		}
	}
}

func (p *pool) append(app storage.Appender, to *series, t int64, v float64, round uint64) error {
	ref, err := app.Append(to.ref, to.labels, t, v)
	if err != nil {
		return fmt.Errorf("append to %s: %w", to.labels, err)
	}
	to.ref, to.round = ref, round
	return nil
}

// report keeps the series that Prometheus itself writes of every scrape.
func (p *pool) report(app storage.Appender, t int64, round uint64) error {
	up := 1.0
	if p.err != nil {
		up = 0
	}
	for _, own := range [...]struct {
		name  string
		value float64
	}{{"up", up}, {"scrape_samples_scraped", float64(len(p.samples))}, {"scrape_duration_seconds", p.took.Seconds()}} {
		known := p.series[own.name]
		if known == nil {
			known = &series{labels: labels.NewBuilder(p.labels).Set(model.MetricNameLabel, own.name).Labels()}
			p.series[own.name] = known
		}
		if err := p.append(app, known, t, own.value, round); err != nil {
			return err
		}
	}
	return nil
}

// end marks the series stale that this round did not have.
func (s *Server) end(app storage.Appender, p *pool, now time.Time) error {
	for text, old := range p.series {
		if old.round == s.round {
			continue
		}
		delete(p.series, text)
		if old.ref == 0 { // it came with an answer that was refused
			continue
		}
		if err := p.append(app, old, now.UnixMilli(), math.Float64frombits(value.StaleNaN), 0); err != nil {
			return err
		}
	}
	return nil
}

// learn keeps what the comments of an answer say of metrics: "# HELP name text".
func (s *Server) learn(text []byte) {
	for line := range lines(text) {
		words := strings.SplitN(string(line), " ", 4)
		if len(words) < 4 || words[0] != "#" {
			continue
		}
		m := s.help[words[2]]
		switch words[1] {
		case "HELP":
			m.Help = words[3]
		case "TYPE":
			m.Type = words[3]
		default:
			continue
		}
		s.help[words[2]] = m
	}
}

func (s *Server) urls() []string {
	urls := make([]string, 0, len(s.pools))
	for url := range s.pools {
		urls = append(urls, url)
	}
	slices.Sort(urls)
	return urls
}

// join adds a target's labels to a series. They win, and what they win over is
// kept under "exported_": honor_labels is off, as it is where the GPU
// operator's ServiceMonitor is installed as it comes.
func join(l, target labels.Labels) labels.Labels {
	b := labels.NewBuilder(l)
	target.Range(func(own labels.Label) {
		if theirs := l.Get(own.Name); theirs != "" {
			b.Set("exported_"+own.Name, theirs)
		}
		b.Set(own.Name, own.Value)
	})
	return b.Labels()
}
