package gpu

import (
	"context"
	"errors"
	"time"

	"paddock/fleet"
)

// run is the state of a running Client: what was last read, and the health.
type run struct {
	client  *Client
	started time.Time
	source  *source // nil while not connected
	last    fleet.Readings
	health  fleet.Source
	failing time.Time // since when refreshes fail; zero when they don't
	retry   time.Duration
	every   time.Duration // 0 until it is known
	paced   time.Time     // when the pace was last looked at
}

// turn refreshes once, publishes, and tells how long to wait.
func (r *run) turn(ctx context.Context) time.Duration {
	err := r.refresh(ctx)
	if ctx.Err() != nil {
		return 0
	}
	if err != nil {
		return r.fail(ctx, err)
	}
	r.failing, r.retry = time.Time{}, 0
	if r.source.newcomers {
		r.publishEarly()
		r.source.newcomers = r.source.readPast(ctx) != nil // till then the past is a gap
	}
	r.publishDevices(fleet.Live)
	r.findPace(ctx)
	return r.source.next(time.Now(), r.pace())
}

func (r *run) pace() time.Duration {
	if r.every == 0 {
		return defaultPace
	}
	return r.every
}

func (r *run) refresh(ctx context.Context) error {
	if r.source == nil {
		s, p, err := r.client.connect(ctx)
		if err != nil {
			return err
		}
		r.source = newSource(s, r.client.matchers)
		r.source.plan = p
	}
	r.source.every = r.pace()
	return r.source.refresh(ctx, time.Now(), r.publishEarly)
}

// findPace looks at the pace of the scrape, now and then. Not to know it is no
// error: the usual pace stands in.
func (r *run) findPace(ctx context.Context) {
	if r.client.cfg.Every > 0 || !r.paced.IsZero() && time.Since(r.paced) < identityEvery {
		return
	}
	if pace, ok, err := r.source.scrapePace(ctx); ok && err == nil {
		r.every, r.paced = pace, time.Now()
	}
}

// fail publishes what is wrong and tells when to try again.
func (r *run) fail(ctx context.Context, err error) time.Duration {
	now := time.Now()
	if r.failing.IsZero() {
		r.failing = now
	}
	health := fleet.Source{Health: r.healthOf(err)}
	if r.source != nil {
		err = nameValues(ctx, r.source.server, err)
	}
	health.Err, health.Hint = Explain(err)
	if health.Health != fleet.Stale {
		r.last.Devices = nil
	}
	r.publish(health)
	var missing *seriesError
	if errors.As(err, &missing) || now.Sub(r.failing) > rediscoverAfter {
		r.source = nil // look for it again, and for one that has series
	}
	r.retry = min(max(2*r.retry, firstRetry), slowestRetry)
	return r.retry
}

func (r *run) healthOf(err error) fleet.Health {
	var missing *seriesError
	var ans *answerError
	var find *FindError
	switch {
	case errors.Is(err, errNoServer):
		return fleet.NotInstalled
	case errors.As(err, &missing) && len(missing.matchers) == 0:
		return fleet.Empty
	case errors.As(err, &missing):
		return fleet.Down
	case r.last.Devices != nil:
		return fleet.Stale
	case errors.As(err, &ans) && (ans.status == 401 || ans.status == 403), errors.As(err, &find) && find.Forbidden:
		return fleet.Forbidden
	default:
		return fleet.Down
	}
}

// publishEarly shows what is known of the first picture while it is still
// being completed: until then the health stays Connecting, for those who want it whole.
func (r *run) publishEarly() {
	if r.health.Health == fleet.Connecting {
		r.publishDevices(fleet.Connecting)
	}
}

func (r *run) publishDevices(health fleet.Health) {
	s := r.source
	r.last.Devices = s.readings()
	r.last.At = time.Now()
	r.last.Notes = append(s.advice(r.last.Devices, r.last.At), sorted(s.notes)...)
	r.publish(fleet.Source{Health: health})
}

// publish sends what is known with this health; an unread picture is replaced.
func (r *run) publish(health fleet.Source) {
	health.Name = "prometheus"
	health.AsOf = r.last.At
	health.Objects = len(r.last.Devices)
	health.Since = r.health.Since
	if health.Health != r.health.Health {
		health.Since = time.Now()
	}
	r.health = health
	r.last.Seq++
	r.last.Every = r.every
	r.last.Source = health
	picture := r.last
	select {
	case <-r.client.out:
	default:
	}
	r.client.out <- &picture
}
