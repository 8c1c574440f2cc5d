// Package gpu speaks with Prometheus: it turns the series of dcgm-exporter, in
// every form that installs give them, into fleet.Readings and short histories.
//
// What is asked is kept small: the server aggregates and rounds, UUIDs and
// other identities travel rarely, and the frequent questions carry only a
// compact key. Prometheus may go away and come back; a Client never gives up.
package gpu

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"paddock/fleet"
)

// How a Client behaves while Prometheus does not answer.
const (
	firstRetry      = time.Second
	slowestRetry    = 15 * time.Second
	rediscoverAfter = time.Minute // a found Prometheus that is away this long may have moved
)

// Finder lists the Prometheus servers that may be there, best first.
type Finder func(context.Context) ([]Candidate, error)

// Client reads one Prometheus. Its methods may be called at any time from any goroutine.
type Client struct {
	cfg      Config
	matchers []string
	find     Finder
	out      chan *fleet.Readings
	kick     chan struct{}
	requests atomic.Int64
	bytes    atomic.Int64
}

// New makes a Client without touching the network. find may be nil when the
// settings have a URL; without both the Client only says that it is off.
func New(cfg Config, find Finder) (*Client, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	matchers, err := cfg.matchers()
	if err != nil {
		return nil, err
	}
	if cfg.URL != "" {
		transport, err := cfg.transport()
		if err != nil {
			return nil, err
		}
		find = func(context.Context) ([]Candidate, error) {
			return []Candidate{{Name: cfg.URL, URL: cfg.URL, Transport: transport}}, nil
		}
	}
	return &Client{
		cfg: cfg, matchers: matchers, find: find,
		out:  make(chan *fleet.Readings, 1),
		kick: make(chan struct{}, 1),
	}, nil
}

// Readings delivers the newest Readings, also when only the health changed. A
// reader that is late misses the ones between. There is one reader.
func (c *Client) Readings() <-chan *fleet.Readings { return c.out }

// Refresh asks Prometheus now instead of at the next turn.
func (c *Client) Refresh() {
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

// Cost is what the questions took so far: requests, and bytes received as they
// came over the wire.
func (c *Client) Cost() (requests, bytes int64) { return c.requests.Load(), c.bytes.Load() }

// Run refreshes until ctx ends; then it returns nil. Failures are told in the
// Readings' Source, never returned.
func (c *Client) Run(ctx context.Context) error {
	r := &run{client: c, started: time.Now(), every: c.cfg.Every}
	if c.find == nil {
		r.publish(fleet.Source{Health: fleet.Off, Hint: "name a Prometheus: --prometheus URL, or PADDOCK_PROMETHEUS"})
		<-ctx.Done()
		return nil
	}
	r.publish(fleet.Source{Health: fleet.Connecting})
	for ctx.Err() == nil {
		wait := r.turn(ctx)
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-c.kick:
		}
		timer.Stop()
	}
	return nil
}

// connect picks the first candidate that has DCGM series, with the plan for
// them, or else the first that answers, without a plan. When none answers, the
// error is the one of the first candidate.
func (c *Client) connect(ctx context.Context) (*server, *plan, error) {
	candidates, err := c.find(ctx)
	if err != nil {
		return nil, nil, err
	}
	var answering *server
	var failed error
	for _, candidate := range candidates {
		s, p, err := c.try(ctx, candidate, len(candidates) > 1)
		var missing *seriesError
		switch {
		case err == nil:
			return s, p, nil
		case errors.As(err, &missing) && answering == nil:
			answering = s
		case failed == nil:
			failed = err
		}
	}
	switch {
	case answering != nil:
		return answering, nil, nil
	case failed != nil:
		return nil, nil, failed
	default:
		return nil, nil, errNoServer
	}
}

func (c *Client) try(ctx context.Context, candidate Candidate, impatient bool) (*server, *plan, error) {
	s, err := c.newServer(candidate.Name, candidate.URL, candidate.Transport)
	if err != nil {
		return nil, nil, err
	}
	if impatient { // the next one may answer
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, probeTimeout)
		defer cancel()
	}
	p, err := newPlan(ctx, s, c.matchers)
	return s, p, err
}
