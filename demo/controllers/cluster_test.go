package controllers

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/demo/controllers/typed"
	apirules "paddock/demo/rules"
	"paddock/demo/sim"
	"paddock/demo/store"
	"paddock/demo/training"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// cluster is a small cluster in a world that only moves when it is told to.
type cluster struct {
	Set
	t     testing.TB
	sim   *sim.Sim
	store *store.Store
	now   time.Time
}

// newCluster has gpu-0, gpu-1, ... with 8 GPUs each, and the team ocr.
func newCluster(t testing.TB, seed uint64, nodes int, live func(image string, attempt int) training.Life, rules ...store.Rule) *cluster {
	s := sim.New(sim.Options{Clock: func() time.Time { return start }, Start: start, Seed: seed, Log: slog.New(complaints{t})})
	st := store.New(s.Now, s.UID, append(apirules.All(), rules...)...)
	s.Attach(st)
	set := Add(s, st, func(_ *core.Pod, c *core.Container, _ *core.Node, attempt int, _ uint64) training.Life {
		return live(c.Image, attempt)
	})
	c := &cluster{Set: set, t: t, sim: s, store: st, now: start}
	for i := range nodes {
		n := node(fmt.Sprintf("gpu-%d", i), i)
		create(c, typed.Node(n.Name), n)
	}
	for _, name := range []string{"default", "ocr"} {
		create(c, typed.Namespace(name), &core.Namespace{ObjectMeta: meta.ObjectMeta{Name: name}})
	}
	c.pass(time.Second)
	return c
}

func node(name string, i int) *core.Node {
	capacity := core.ResourceList{
		core.ResourceCPU: resource.MustParse("96"), core.ResourceMemory: resource.MustParse("1Ti"),
		core.ResourcePods: resource.MustParse("110"), "nvidia.com/gpu": resource.MustParse("8"),
	}
	return &core.Node{
		ObjectMeta: meta.ObjectMeta{Name: name, Labels: map[string]string{core.LabelHostname: name}},
		Status: core.NodeStatus{
			Capacity: capacity, Allocatable: capacity,
			Addresses:  []core.NodeAddress{{Type: core.NodeInternalIP, Address: fmt.Sprintf("10.0.0.%d", i+1)}},
			Conditions: []core.NodeCondition{{Type: core.NodeReady, Status: core.ConditionTrue, Reason: "KubeletReady"}},
		},
	}
}

// job is an Indexed Job with a GPU for each of its workers, as the API server
// would have completed it.
func job(name, image string, workers int32, change ...func(*batch.Job)) *batch.Job {
	indexed, limit := batch.IndexedCompletion, int32(6)
	j := &batch.Job{
		ObjectMeta: meta.ObjectMeta{Namespace: "ocr", Name: name},
		Spec: batch.JobSpec{
			Parallelism: &workers, Completions: &workers, CompletionMode: &indexed, BackoffLimit: &limit,
			Template: core.PodTemplateSpec{
				ObjectMeta: meta.ObjectMeta{Labels: map[string]string{batch.JobNameLabel: name}},
				Spec: core.PodSpec{
					RestartPolicy: core.RestartPolicyNever,
					Containers: []core.Container{{Name: "trainer", Image: image, Resources: core.ResourceRequirements{
						Requests: core.ResourceList{core.ResourceCPU: resource.MustParse("8"), "nvidia.com/gpu": resource.MustParse("1")},
						Limits:   core.ResourceList{"nvidia.com/gpu": resource.MustParse("1")},
					}}},
				},
			},
		},
	}
	for _, f := range change {
		f(j)
	}
	return j
}

func gpus(n int64) func(*batch.Job) {
	return func(j *batch.Job) {
		c := &j.Spec.Template.Spec.Containers[0]
		c.Resources.Requests["nvidia.com/gpu"] = *resource.NewQuantity(n, resource.DecimalSI)
		c.Resources.Limits["nvidia.com/gpu"] = *resource.NewQuantity(n, resource.DecimalSI)
	}
}

func restarting(j *batch.Job) { j.Spec.Template.Spec.RestartPolicy = core.RestartPolicyOnFailure }

func create[T store.Object](c *cluster, k store.Key, o T) T {
	c.t.Helper()
	o, err := typed.Create(c.store, k, o)
	if err != nil {
		c.t.Fatal(err)
	}
	return o
}

func (c *cluster) submit(j *batch.Job) { create(c, typed.Job(j.Namespace, j.Name), j) }

// pass lets time pass.
func (c *cluster) pass(d time.Duration) {
	c.t.Helper()
	c.now = c.now.Add(d)
	if err := c.sim.FastForward(c.now); err != nil {
		c.t.Fatal(err)
	}
}

// until lets time pass until something holds.
func (c *cluster) until(what string, holds func() bool) {
	c.t.Helper()
	for range 40_000 {
		if holds() {
			return
		}
		c.pass(250 * time.Millisecond)
	}
	c.t.Fatalf("never %s\n%s", what, strings.Join(c.tell(), "\n"))
}

func (c *cluster) job(name string) *batch.Job {
	c.t.Helper()
	j, ok := typed.Get[*batch.Job](c.store, typed.Job("ocr", name))
	if !ok {
		c.t.Fatalf("there is no job %s", name)
	}
	return j
}

func (c *cluster) change(name string, change func(*batch.Job)) {
	c.t.Helper()
	if _, err := typed.Change(c.store, typed.Job("ocr", name), c.job(name), change); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cluster) delete(k store.Key, o meta.DeleteOptions) {
	c.t.Helper()
	if _, err := c.store.Delete(k, o); err != nil {
		c.t.Fatal(err)
	}
}

// pods lists the pods of a job by name.
func (c *cluster) pods(job string) []*core.Pod {
	return slices.DeleteFunc(typed.List[*core.Pod](c.store, typed.Pod("ocr", "")), func(p *core.Pod) bool {
		return !strings.HasPrefix(p.Name, job+"-")
	})
}

func (c *cluster) running(job string, n int) func() bool {
	return func() bool {
		running := 0
		for _, p := range c.pods(job) {
			if p.Status.Phase == core.PodRunning && p.DeletionTimestamp == nil {
				running++
			}
		}
		return running == n
	}
}

func (c *cluster) finished(job string, kind batch.JobConditionType) func() bool {
	return func() bool { return conditionOf(c.job(job), kind) != "" }
}

// conditionOf writes a condition of a job as "Reason: message", if it is true.
func conditionOf(j *batch.Job, kind batch.JobConditionType) string {
	for _, c := range j.Status.Conditions {
		if c.Type == kind && c.Status == core.ConditionTrue {
			return c.Reason + ": " + c.Message
		}
	}
	return ""
}

// tell lists the events in order of time, with what chance made of names
// written as ***: "Normal ocr-0-*** Pulling Pulling image "x"".
func (c *cluster) tell(about ...string) []string {
	events := typed.List[*core.Event](c.store, typed.Event("", ""))
	at := func(e *core.Event) time.Time {
		if e.EventTime.IsZero() {
			return e.CreationTimestamp.Time
		}
		return e.EventTime.Truncate(time.Second)
	}
	slices.SortStableFunc(events, func(a, b *core.Event) int {
		return cmp.Or(at(a).Compare(at(b)), cmp.Compare(suffix(a.Name), suffix(b.Name)))
	})
	var lines []string
	for _, e := range events {
		line := fmt.Sprintf("%s %s %s %s", e.Type, e.InvolvedObject.Name, e.Reason, e.Message)
		line = c.anonymous(line)
		if len(about) == 0 || slices.ContainsFunc(about, func(a string) bool { return strings.Contains(line, a) }) {
			lines = append(lines, line)
		}
	}
	return lines
}

func suffix(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// anonymous hides the random ends of pod names, and UIDs.
func (c *cluster) anonymous(line string) string {
	names := map[string]bool{}
	events, _, err := c.store.Since(c.store.Version() - min(c.store.Version()-1, 4000))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, e := range events {
		if p, ok := e.Object.(*core.Pod); ok && !names[p.Name] {
			names[p.Name] = true
			line = strings.ReplaceAll(line, p.Name, p.Name[:len(p.Name)-5]+"***")
			line = strings.ReplaceAll(line, string(p.UID), "UID")
		}
	}
	return line
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// complaints fails a test whose controllers complain: their writes must please
// the API server.
type complaints struct{ t testing.TB }

func (c complaints) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }
func (c complaints) WithAttrs([]slog.Attr) slog.Handler           { return c }
func (c complaints) WithGroup(string) slog.Handler                { return c }
func (c complaints) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool { r.Message += fmt.Sprint(" ", a); return true })
	c.t.Error(r.Message)
	return nil
}
