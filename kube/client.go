package kube

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/rest"

	"paddock/fleet"
)

// Client looks at one cluster. It is made by Flags.Connect, works once Run
// runs, and is thrown away to look at another one.
type Client struct {
	api     *api
	config  *rest.Config // for connections that are upgraded: api's cannot be
	id      identity
	target  Target
	timeout time.Duration // of a single question
	meter   *meter
	hub     *hub
	rights  *rights
	places  *places
	out     chan *fleet.Snapshot
	kick    chan struct{}

	mu      sync.Mutex
	cluster fleet.Cluster
	feeds   []*feed
}

// Connect prepares a client without using the network. Its errors are
// ConfigErrors: one sentence, and what to do.
func (f *Flags) Connect(t Target) (*Client, error) {
	cfg, id, err := f.resolve(t)
	if err != nil {
		return nil, err
	}
	c := &Client{
		id: id, target: t, meter: &meter{},
		hub:     newHub(time.Now),
		out:     make(chan *fleet.Snapshot, 1),
		kick:    make(chan struct{}, 1),
		timeout: requestTimeout,
		cluster: fleet.Cluster{Context: id.context, Server: cfg.Host, User: id.user, Namespaces: t.Namespaces},
	}
	if cfg.Timeout > 0 { // --request-timeout; as the HTTP client's own it would cut every watch
		c.timeout, cfg.Timeout = cfg.Timeout, 0
	}
	cfg.QPS = -1 // watches are few, and single questions are asked by a person
	cfg.UserAgent = "paddock"
	cfg.WarningHandler = rest.NoWarnings{} // they would go to the terminal
	c.meter.attach(cfg)
	if c.api, err = newAPI(cfg); err != nil {
		return nil, configError(err)
	}
	c.config = cfg
	c.rights, c.places = newRights(c.api), newPlaces(c.api)
	return c, nil
}

// Cluster says which cluster this is. Version and Namespaces are known once
// the server has answered.
func (c *Client) Cluster() fleet.Cluster {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cluster
}

// Snapshots delivers the newest picture; older ones that nobody took are replaced.
func (c *Client) Snapshots() <-chan *fleet.Snapshot { return c.out }

// Cost counts what was asked of the API server so far, watches included, and
// the bytes that came back over the wire.
func (c *Client) Cost() (requests, bytes int64) {
	return c.meter.requests.Load(), c.meter.bytes.Load()
}

// ProxyTransport sends requests with this client's credentials, for URLs below
// the API server's service proxy. What passes is counted in Cost.
func (c *Client) ProxyTransport() http.RoundTripper { return c.api.http.Transport }

// Refresh tries every broken connection at once instead of waiting out its back-off.
func (c *Client) Refresh() {
	signal(c.kick)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.feeds {
		signal(f.kick)
	}
}

// Run watches and publishes until ctx ends, then returns nil. It never gives
// up: an API server that goes away makes the sources stale, not the program end.
func (c *Client) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		var seq uint64
		c.hub.publish(ctx, func() {
			seq++
			c.deliver(c.picture(seq))
		})
		return nil
	})
	g.Go(func() error {
		c.watchAll(ctx)
		return nil
	})
	g.Go(func() error {
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-c.hub.again:
				c.Refresh()
			}
		}
	})
	defer c.api.http.CloseIdleConnections()
	return g.Wait()
}

// picture takes the Snapshot of now.
func (c *Client) picture(seq uint64) *fleet.Snapshot {
	c.mu.Lock()
	cluster, feeds := c.cluster, c.feeds
	c.mu.Unlock()
	return c.hub.snapshot(seq, cluster, feeds)
}

// deliver replaces a Snapshot that nobody took yet. There is one publisher, so
// the channel has room after the first select.
func (c *Client) deliver(s *fleet.Snapshot) {
	select {
	case <-c.out:
	default:
	}
	c.out <- s
}

// watchAll finds out what may be watched, and watches it.
func (c *Client) watchAll(ctx context.Context) {
	c.setFeeds(c.feedsFor(c.target.Namespaces, true))
	found, err := c.settle(ctx)
	if err != nil {
		return // ctx ended
	}
	c.mu.Lock()
	c.cluster.Version, c.cluster.Namespaces = found.version, found.namespaces
	c.mu.Unlock()
	feeds := c.feedsFor(found.namespaces, found.streams)
	c.setFeeds(feeds)
	var running sync.WaitGroup
	for _, f := range feeds {
		running.Go(func() { f.run(ctx) })
	}
	running.Wait()
}

func (c *Client) setFeeds(feeds []*feed) {
	c.mu.Lock()
	c.feeds = feeds
	c.mu.Unlock()
	signal(c.hub.wake)
}

// feedsFor makes a feed for every resource, and every namespace where the
// resource has one and not all are looked at.
func (c *Client) feedsFor(namespaces []string, streams bool) []*feed {
	var out []*feed
	for _, r := range resources(c.api, c.hub.store) {
		in := namespaces
		if !r.scoped || len(namespaces) == 0 {
			in = []string{""}
		}
		for _, ns := range in {
			f := newFeed(r, ns, c.hub, c.api.codec)
			f.streams = streams
			out = append(out, f)
		}
	}
	return out
}
