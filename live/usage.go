package live

import (
	"context"
	"errors"
	"sync"
	"time"

	"paddock/fleet"
	"paddock/kube"
)

// How often metrics.k8s.io is asked. It can't be watched.
const (
	// usagePace is metrics-server's usual resolution: between two of its
	// scrapes the answer is the same.
	usagePace = 15 * time.Second
	// usageSlow is the pace when the samples turn out to be older than that.
	usageSlow = 60 * time.Second
	// usageRetry is for a cluster that does not have it, or does not allow it.
	usageRetry = 5 * time.Minute
	// usageSettle lets the cursor come to rest before a new screen is asked for.
	usageSettle = 300 * time.Millisecond
)

// usage keeps what metrics.k8s.io said of what is on screen.
type usage struct {
	changed chan struct{}

	mu       sync.Mutex
	interest fleet.Interest
	values   map[fleet.Ref]fleet.Usage
	source   fleet.Source
}

func newUsage() *usage {
	return &usage{
		changed: make(chan struct{}, 1),
		source:  fleet.Source{Name: "metrics.k8s.io", Health: fleet.Off, Since: time.Now(), Objects: -1},
	}
}

func (u *usage) want(i fleet.Interest) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.interest = i
}

func (u *usage) last() (map[fleet.Ref]fleet.Usage, fleet.Source) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.values, u.source
}

// run asks while something is on screen that has an answer.
func (u *usage) run(ctx context.Context, client *kube.Client, looked <-chan struct{}) error {
	wait := time.NewTimer(0)
	defer wait.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-looked:
			if u.answered() {
				continue
			}
			wait.Reset(usageSettle)
		case <-wait.C:
			wait.Reset(u.ask(ctx, client))
		}
	}
}

// answered tells whether all that is on screen has been asked for, or asking is of no use.
func (u *usage) answered() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.source.Health == fleet.NotInstalled || u.source.Health == fleet.Forbidden {
		return true
	}
	for _, p := range u.interest.Pods {
		if _, ok := u.values[p]; !ok {
			return false
		}
	}
	for _, n := range u.interest.Nodes {
		if _, ok := u.values[fleet.Ref{Kind: "Node", Name: n}]; !ok {
			return false
		}
	}
	return true
}

// ask asks once and returns when to ask again.
func (u *usage) ask(ctx context.Context, client *kube.Client) time.Duration {
	u.mu.Lock()
	interest := u.interest
	u.mu.Unlock()
	if len(interest.Pods)+len(interest.Nodes) == 0 {
		return usagePace
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	values, err := client.Usage(ctx, interest.Pods, interest.Nodes)

	u.mu.Lock()
	defer u.mu.Unlock()
	next := usagePace
	source := fleet.Source{Name: u.source.Name, Health: fleet.Live, Since: u.source.Since, AsOf: newest(values), Objects: -1}
	switch {
	case err != nil:
		source.Health, source.AsOf = healthOf(err, u.source), u.source.AsOf
		source.Err, source.Hint = kube.Explain(err)
		values = u.values
		if source.Health == fleet.NotInstalled || source.Health == fleet.Forbidden {
			next = usageRetry
		}
	case !source.AsOf.After(u.source.AsOf):
		next = usageSlow
	}
	if source.Health != u.source.Health {
		source.Since = time.Now()
	}
	u.values, u.source = values, source
	select {
	case u.changed <- struct{}{}:
	default:
	}
	return next
}

func healthOf(err error, before fleet.Source) fleet.Health {
	switch {
	case errors.Is(err, kube.ErrNoMetricsAPI):
		return fleet.NotInstalled
	case kube.Forbidden(err):
		return fleet.Forbidden
	case before.AsOf.IsZero():
		return fleet.Down
	}
	return fleet.Stale
}

func newest(values map[fleet.Ref]fleet.Usage) time.Time {
	var t time.Time
	for _, v := range values {
		if v.At.After(t) {
			t = v.At
		}
	}
	return t
}
