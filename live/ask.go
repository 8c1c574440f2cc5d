package live

import (
	"context"
	"errors"
	"runtime/metrics"
	"time"

	"paddock/fleet"
	"paddock/kube"
)

// Describe reads one object with its events. The error's text is a sentence
// for the operator.
func (l *Live) Describe(ctx context.Context, ref fleet.Ref, apiVersion string) (fleet.Description, error) {
	return ask(ctx, l.session(), func(ctx context.Context, c *kube.Client) (fleet.Description, error) {
		return c.Describe(ctx, ref, apiVersion)
	})
}

// YAML reads one object as YAML, without secrets' values.
func (l *Live) YAML(ctx context.Context, ref fleet.Ref, apiVersion string) (string, error) {
	return ask(ctx, l.session(), func(ctx context.Context, c *kube.Client) (string, error) {
		return c.YAML(ctx, ref, apiVersion)
	})
}

func ask[T any](ctx context.Context, s *session, question func(context.Context, *kube.Client) (T, error)) (T, error) {
	var none T
	if s.failed != nil {
		return none, errors.New(s.failed.Sources[0].Err)
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	answer, err := question(ctx, s.kube)
	if err != nil {
		return none, sentence(err)
	}
	return answer, nil
}

// sentence words an error with what to do next.
func sentence(err error) error {
	what, hint := kube.Explain(err)
	if hint != "" {
		what += "; " + hint
	}
	return errors.New(what)
}

// Contexts lists what can be switched to.
func (l *Live) Contexts() ([]fleet.ContextInfo, error) {
	list, err := l.options.Flags.Contexts()
	if err != nil {
		return nil, sentence(err)
	}
	now := l.session().target.Context
	for i := range list {
		s := l.options.Settings(list[i].Name)
		list[i].Protected, list[i].ReadOnly = s.Protected, s.ReadOnly
		if now != "" {
			list[i].Current = list[i].Name == now
		}
	}
	return list, nil
}

// Check tells what works on this cluster and what does not, and what to do.
func (l *Live) Check(ctx context.Context) []fleet.Check {
	s := l.session()
	return append(append(s.kube.Check(ctx), s.gpu.Check(ctx)...), l.recording())
}

// Cost is what paddock itself costs others and this machine.
func (l *Live) Cost() fleet.Cost {
	c := fleet.Cost{Since: l.since}
	if s := l.session(); s.failed == nil {
		c.Requests, c.Received = s.kube.Cost()
		c.Prometheus.Requests, c.Prometheus.Received = s.gpu.Cost()
	}
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/sched/goroutines:goroutines"}}
	metrics.Read(samples)
	c.Heap, c.Goroutines = int64(samples[0].Value.Uint64()), int(samples[1].Value.Uint64())
	return c
}

// Once waits until every source has answered or been refused, and returns that
// Fleet; for the commands that print. It waits a little longer for Prometheus,
// which is asked second when it has to be found first, and not as long for an
// API server that does not answer at all.
func (l *Live) Once(ctx context.Context, patience time.Duration) (*fleet.Fleet, error) {
	return l.await(ctx, patience, complete)
}

// Cluster waits until the API server has answered or refused every watch, and
// returns that Fleet; for the commands that need no readings.
func (l *Live) Cluster(ctx context.Context, patience time.Duration) (*fleet.Fleet, error) {
	return l.await(ctx, patience, func(f *fleet.Fleet) bool { return f.Complete })
}

// await waits for a Fleet that is enough. It returns the last one when that does
// not come in time; nil when there was none.
func (l *Live) await(ctx context.Context, patience time.Duration, enough func(*fleet.Fleet) bool) (*fleet.Fleet, error) {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	var last *fleet.Fleet
	silent := false
	for {
		select {
		case last = <-l.updates:
			if enough(last) {
				return last, nil
			}
			switch dead := unanswered(last); {
			case dead && !silent:
				deadline.Reset(min(patience, deadPatience))
			case silent && !dead:
				deadline.Reset(patience)
			}
			silent = unanswered(last)
		case <-deadline.C:
			return last, nil
		case <-ctx.Done():
			return last, ctx.Err()
		}
	}
}

// deadPatience is how long Once goes on with an API server that every watch
// fails at: a restart's blink is waited out, a wrong address is not.
const deadPatience = 3 * time.Second

// unanswered tells whether all watches have failed.
func unanswered(f *fleet.Fleet) bool {
	failing := 0
	for _, s := range f.Sources {
		switch {
		case s.Name == "prometheus" || s.Name == "metrics.k8s.io":
		case s.Health != fleet.Down:
			return false
		default:
			failing++
		}
	}
	return failing > 0
}

// complete is true when no source is still to answer for the first time.
func complete(f *fleet.Fleet) bool {
	if len(f.Sources) < 2 || !f.Complete {
		return false
	}
	return f.Source("prometheus").Health != fleet.Connecting && f.Source("prometheus").Health != ""
}
