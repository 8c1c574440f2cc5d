package workload

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/e2e/sim"
)

const (
	// changesOfEviction is how many changes of pods a watcher sees for one
	// worker that is evicted and replaced: evicted, killed, released, deleted,
	// and its successor created, bound, starting, running.
	changesOfEviction = 8
	// killEvery is how often one of the pods marked sim.Killed dies without churn.
	killEvery = 3 * time.Minute
	// relistEvery is how old the list of victims may be.
	relistEvery = 20 * time.Second
)

// Run keeps the load moving until ctx ends: the churn, and the kills of the
// jobs that have their workers killed.
func (l *Load) Run(ctx context.Context) error {
	every := killEvery
	if l.options.Churn > 0 {
		every = time.Duration(changesOfEviction / l.options.Churn * float64(time.Second))
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	var victims []core.Pod
	var listed time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			if len(victims) == 0 || now.Sub(listed) > relistEvery {
				victims, listed = l.victims(ctx), now
			}
			victims = l.evictOne(ctx, victims)
		}
	}
}

// victims lists the running workers that may be evicted. While the API server
// is away there are none: it may be stopped by a test.
func (l *Load) victims(ctx context.Context) []core.Pod {
	pods, err := l.client.CoreV1().Pods("").List(ctx, meta.ListOptions{
		LabelSelector: churnLabel, FieldSelector: "status.phase=Running", ResourceVersion: "0",
	})
	if err != nil {
		return nil
	}
	var chosen []core.Pod
	for _, p := range pods.Items {
		if p.DeletionTimestamp == nil && (l.options.Churn > 0 || p.Annotations[sim.Killed] != "") {
			chosen = append(chosen, p)
		}
	}
	rand.Shuffle(len(chosen), func(i, j int) { chosen[i], chosen[j] = chosen[j], chosen[i] })
	return chosen
}

// evictOne evicts the first victim and returns the others. A request is not
// waited for longer than a tick matters: a dead API server must not pile up.
func (l *Load) evictOne(ctx context.Context, victims []core.Pod) []core.Pod {
	if len(victims) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	v := victims[0]
	err := l.client.PolicyV1().Evictions(v.Namespace).Evict(ctx, &policy.Eviction{ObjectMeta: meta.ObjectMeta{Namespace: v.Namespace, Name: v.Name}})
	if err != nil && !apierrors.IsNotFound(err) && !errors.Is(err, context.Canceled) {
		fmt.Printf("evict %s/%s: %v\n", v.Namespace, v.Name, err)
	}
	return victims[1:]
}
