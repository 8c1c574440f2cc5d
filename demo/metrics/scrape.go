package metrics

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
)

// pool is what is remembered of a target between scrapes.
type pool struct {
	target Target
	labels labels.Labels
	series map[string]*series // by the text before the value
	buffer []byte
	round  uint64 // the last one that listed the target
	last   time.Time
	took   time.Duration
	err    error
}

// series is one of a target's.
type series struct {
	ref    storage.SeriesRef
	labels labels.Labels
	round  uint64 // the last one that had it
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

// scrape asks one target. A target that does not answer is no error: it is down.
func (s *Server) scrape(app storage.Appender, p *pool, now time.Time) error {
	began, first := time.Now(), p.last.IsZero()
	text, err := p.target.Scrape(p.buffer[:0], now)
	p.last, p.err = now, err
	if p.took = time.Since(began); err != nil {
		text = nil
	} else {
		p.buffer = text
	}
	t, samples := now.UnixMilli(), 0
	for len(text) > 0 {
		line := text
		if end := bytes.IndexByte(text, '\n'); end >= 0 {
			line, text = text[:end], text[end+1:]
		} else {
			text = nil
		}
		if len(line) == 0 || line[0] == '#' {
			if first { // they say the same every time
				s.learn(line)
			}
			continue
		}
		if err := p.sample(app, s.parser, line, t, s.round); err != nil {
			return err
		}
		samples++
	}
	if err := p.report(app, t, s.round, samples); err != nil {
		return err
	}
	return s.end(app, p, now)
}

// sample keeps one line. The text before the value names the series: as in
// Prometheus, it is taken apart only when it is new.
func (p *pool) sample(app storage.Appender, parse parser.Parser, line []byte, t int64, round uint64) error {
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
		l, err := parse.ParseMetric(string(line[:cut])) // the notation is PromQL's too
		if err != nil {
			return fmt.Errorf("read %q: %w", line, err)
		}
		known = &series{labels: join(l, p.labels)}
		p.series[string(line[:cut])] = known
	}
	return p.append(app, known, t, v, round)
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
func (p *pool) report(app storage.Appender, t int64, round uint64, samples int) error {
	up := 1.0
	if p.err != nil {
		up = 0
	}
	for _, own := range [...]struct {
		name  string
		value float64
	}{{"up", up}, {"scrape_samples_scraped", float64(samples)}, {"scrape_duration_seconds", p.took.Seconds()}} {
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
		if err := p.append(app, old, now.UnixMilli(), math.Float64frombits(value.StaleNaN), 0); err != nil {
			return err
		}
	}
	return nil
}

// learn keeps what a comment says of a metric: "# HELP name text".
func (s *Server) learn(line []byte) {
	words := bytes.SplitN(line, []byte{' '}, 4)
	if len(words) < 4 {
		return
	}
	m := s.help[string(words[2])]
	switch {
	case string(words[1]) == "HELP" && m.Help == "":
		m.Help = string(words[3])
	case string(words[1]) == "TYPE" && m.Type == "":
		m.Type = string(words[3])
	default:
		return
	}
	s.help[string(words[2])] = m
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
