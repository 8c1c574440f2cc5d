// Package metrics is the embedded cluster's Prometheus: its time series
// database and its query engine behind a small HTTP API of the same form. It
// scrapes targets when it is told to, so that a past can be scraped as well as
// the present.
package metrics

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
)

const (
	// Interval is how often targets are scraped: that of dcgm-exporter's Helm
	// chart.
	Interval = 15 * time.Second
	// retention is what the database holds at least; what is older goes when
	// there is as much again.
	retention = 2 * time.Hour
	// lookback is how old the newest sample of a series may be (--query.lookback-delta).
	lookback = 5 * time.Minute
	// maxSamples is what a question may load at once (--query.max-samples).
	maxSamples = 50_000_000
	// queryTimeout is as --query.timeout.
	queryTimeout = 2 * time.Minute
)

// Target is something to scrape.
type Target struct {
	URL    string
	Labels map[string]string // job, instance, namespace, pod, ...; they come with every series
	// Scrape appends what it answers.
	Scrape func(b []byte, now time.Time) ([]byte, error)
}

// Server holds the series. It is an http.Handler; see api.go for what it
// answers. All methods are safe for concurrent use.
type Server struct {
	clock   func() time.Time
	started time.Time
	dir     string
	head    *tsdb.Head
	engine  *promql.Engine
	parser  parser.Parser

	// reading holds off the removal of old samples, which a question that
	// began before must not see.
	reading sync.RWMutex

	scraping sync.Mutex // one round at a time; guards what follows
	round    uint64
	pools    map[string]*pool // by URL
	help     map[string]metadata
	kept     time.Time // the oldest sample
}

// New makes a Server whose questions are answered at the clock's time unless
// they name another one. It needs a directory for the database's own use,
// which Close removes.
func New(clock func() time.Time) (*Server, error) {
	dir, err := os.MkdirTemp("", "paddock-metrics-")
	if err != nil {
		return nil, fmt.Errorf("make the metrics' directory: %w", err)
	}
	o := tsdb.DefaultHeadOptions()
	o.ChunkDirRoot = dir
	o.StripeSize = 1 << 10 // thousands of series, not millions
	head, err := tsdb.NewHead(nil, nil, nil, nil, o, nil)
	if err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("open the metrics' database: %w", err)
	}
	p := parser.NewParser(parser.Options{})
	return &Server{
		clock: clock, started: clock(), dir: dir, head: head, parser: p,
		engine: promql.NewEngine(promql.EngineOpts{
			MaxSamples: maxSamples, Timeout: queryTimeout, LookbackDelta: lookback, Parser: p,
			EnableAtModifier: true, EnableNegativeOffset: true,
		}),
		pools: map[string]*pool{}, help: map[string]metadata{},
	}, nil
}

// Close forgets everything.
func (s *Server) Close() error {
	s.scraping.Lock()
	defer s.scraping.Unlock()
	s.reading.Lock()
	defer s.reading.Unlock()
	err := s.engine.Close()
	if closed := s.head.Close(); err == nil {
		err = closed
	}
	if removed := os.RemoveAll(s.dir); err == nil {
		err = removed
	}
	return err
}

// Querier makes a Server a storage.Queryable.
func (s *Server) Querier(mint, maxt int64) (storage.Querier, error) {
	mint = max(mint, s.head.MinTime())
	maxt = min(maxt, s.head.MaxTime())
	if maxt < mint {
		return storage.NoopQuerier(), nil
	}
	return tsdb.NewBlockQuerier(tsdb.NewRangeHead(s.head, mint, maxt), mint, maxt)
}

// forget removes what is older than the retention, now and then.
func (s *Server) forget(now time.Time) error {
	if s.kept.IsZero() {
		s.kept = now
	}
	if now.Sub(s.kept) < 2*retention {
		return nil
	}
	s.kept = now.Add(-retention)
	s.reading.Lock()
	defer s.reading.Unlock()
	if err := s.head.Truncate(s.kept.UnixMilli()); err != nil {
		return fmt.Errorf("remove old samples: %w", err)
	}
	return nil
}
