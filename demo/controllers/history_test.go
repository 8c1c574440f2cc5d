package controllers

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	core "k8s.io/api/core/v1"

	"paddock/demo/controllers/typed"
	"paddock/demo/store"
	"paddock/demo/training"
)

// journal keeps all that was ever written.
type journal struct{ lines []string }

func (j *journal) Handle(e store.Event) {
	object, err := json.Marshal(e.Object)
	if err != nil {
		panic(err)
	}
	j.lines = append(j.lines, fmt.Sprintf("%d %s %s %s", e.Version, e.Type, e.Key, object))
}

// busy puts jobs of all kinds of fate on a cluster and lets three hours pass.
func busy(t testing.TB, seed uint64, nodes, jobs int, watch ...*journal) *cluster {
	c := newCluster(t, seed, nodes, func(image string, attempt int) training.Life {
		life := lives(image, attempt)
		if image == "hub/train:long" {
			life.Run = 50 * time.Minute
		}
		return life
	})
	for _, j := range watch {
		c.sim.Add(j)
	}
	images := []string{"hub/train:long", "hub/train:oom", "hub/train:short", "hub/train:crash", "hub/train:wrong", "hub/train:long", "hub/train:once"}
	for i := range jobs {
		c.sim.After(time.Duration(i)*5*time.Minute, func() {
			j := job(fmt.Sprintf("job-%d", i), images[i%len(images)], int32(4+i%5), gpus(int64(1+i%4)))
			if i%2 == 0 {
				restarting(j)
			}
			create(c, typed.Job("ocr", j.Name), j)
		})
	}
	c.pass(3 * time.Hour)
	return c
}

func TestEqualSeedsGiveEqualHistories(t *testing.T) {
	history := func(seed uint64) []string {
		var j journal
		busy(t, seed, 3, 12, &j)
		return j.lines
	}
	one, same, other := history(1), history(1), history(2)
	for i := range min(len(one), len(same)) {
		if one[i] != same[i] {
			t.Fatalf("event %d of %d:\n%s\n%s", i, len(one), one[i], same[i])
		}
	}
	if len(one) != len(same) || len(one) < 1000 {
		t.Errorf("%d and %d events", len(one), len(same))
	}
	if slices.Equal(one, other) {
		t.Error("the seed does not matter")
	}
}

// No object is left that something should have removed or counted.
func TestNothingIsForgotten(t *testing.T) {
	c := busy(t, 3, 3, 20)
	held := map[string]int{}
	for _, h := range c.Kubelets.Holdings() {
		held[h.Node] += h.Count
	}
	for node, n := range held {
		if n > 8 {
			t.Errorf("%d of 8 devices of %s are held", n, node)
		}
	}
	bound := map[string]int{}
	for _, p := range c.pods("job") {
		if (p.Status.Phase == core.PodRunning || p.Status.Phase == core.PodPending) && p.Spec.NodeName != "" {
			q := p.Spec.Containers[0].Resources.Limits["nvidia.com/gpu"]
			bound[p.Spec.NodeName] += int(q.Value())
		}
	}
	if fmt.Sprint(held) != fmt.Sprint(bound) {
		t.Errorf("held %v, bound %v", held, bound)
	}
	for _, u := range c.Kubelets.Usage() {
		if u.CPU < 5 || u.CPU > 7 || u.Memory < 31<<30 || u.Memory > 33<<30 {
			t.Errorf("usage %+v", u)
		}
	}
}

func TestLogsKeepTwoLives(t *testing.T) {
	c := newCluster(t, 1, 1, lives)
	c.submit(job("det", "hub/train:crash", 1, restarting))
	c.until("restarted", func() bool {
		pods := c.pods("det")
		return len(pods) == 1 && len(pods[0].Status.ContainerStatuses) == 1 && pods[0].Status.ContainerStatuses[0].RestartCount == 2
	})
	uid := c.pods("det")[0].UID
	now, ok := c.Kubelets.Logs(uid, "trainer", false)
	before, had := c.Kubelets.Logs(uid, "trainer", true)
	if !ok || !had || !before.Started.Before(before.Ended) || !before.Ended.Before(now.Started) || !now.Ended.IsZero() {
		t.Errorf("now %+v %v, before %+v %v", now, ok, before, had)
	}
	if _, ok := c.Kubelets.Logs(uid, "sidecar", false); ok {
		t.Error("a container that is not there has a log")
	}
}

// How long the past of a whole stage takes.
func BenchmarkThreeHours(b *testing.B) {
	for b.Loop() {
		c := busy(b, 1, 24, 20)
		b.ReportMetric(float64(c.store.Version()), "writes/op")
	}
}
