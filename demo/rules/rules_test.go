package rules

import (
	"strconv"
	"strings"
	"testing"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	scheduling "k8s.io/api/scheduling/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"paddock/demo/store"
)

// world is a store with these rules and the namespace ns.
type world struct{ *store.Store }

func newWorld(t testing.TB) world {
	t.Helper()
	n := 0
	w := world{store.New(time.Now, func() types.UID { n++; return types.UID("uid-" + strconv.Itoa(n)) }, All()...)}
	w.must(t, "namespaces", &core.Namespace{ObjectMeta: meta.ObjectMeta{Name: "ns"}})
	return w
}

// put writes an object, whatever was there.
func (w world) put(resource string, o store.Object) (store.Object, error) {
	group, plural, ok := strings.Cut(resource, "/")
	if !ok {
		group, plural = "", resource
	}
	k := store.Key{Resource: schema.GroupResource{Group: group, Resource: plural}, Namespace: o.GetNamespace(), Name: o.GetName()}
	return w.Write(k, false, func(store.Object) (store.Object, error) { return o.DeepCopyObject().(store.Object), nil })
}

func (w world) must(t testing.TB, resource string, o store.Object) store.Object {
	t.Helper()
	made, err := w.put(resource, o)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func named(name string) meta.ObjectMeta { return meta.ObjectMeta{Namespace: "ns", Name: name} }

// container wants as many GPUs.
func container(gpus string) core.Container {
	c := core.Container{Name: "main", Image: "registry.example:5000/team/train:1"}
	if gpus != "" {
		c.Resources.Limits = core.ResourceList{"nvidia.com/gpu": resource.MustParse(gpus)}
	}
	return c
}

func pod(name, gpus string) *core.Pod {
	return &core.Pod{ObjectMeta: named(name), Spec: core.PodSpec{Containers: []core.Container{container(gpus)}}}
}

func indexed(name string, n int32) *batch.Job {
	return &batch.Job{ObjectMeta: named(name), Spec: batch.JobSpec{
		Parallelism: &n, Completions: &n, CompletionMode: ptr(batch.IndexedCompletion),
		Template: core.PodTemplateSpec{Spec: core.PodSpec{RestartPolicy: core.RestartPolicyNever, Containers: []core.Container{container("1")}}},
	}}
}

func TestDefaultsAreThoseOfTheRealServer(t *testing.T) {
	w := newWorld(t)
	p := w.must(t, "pods", pod("p", "2")).(*core.Pod)
	gpus := p.Spec.Containers[0].Resources.Requests["nvidia.com/gpu"]
	if gpus.String() != "2" || p.Spec.RestartPolicy != core.RestartPolicyAlways || *p.Spec.TerminationGracePeriodSeconds != 30 ||
		p.Spec.ServiceAccountName != "default" || p.Status.Phase != core.PodPending || p.Status.QOSClass != core.PodQOSBestEffort ||
		len(p.Spec.Tolerations) != 2 || *p.Spec.Tolerations[0].TolerationSeconds != 300 || *p.Spec.Priority != 0 {
		t.Errorf("pod: %+v", p)
	}
	j := w.must(t, "batch/jobs", indexed("j", 4)).(*batch.Job)
	labels := j.Spec.Template.Labels
	if *j.Spec.BackoffLimit != 6 || *j.Spec.Suspend || *j.Spec.ManualSelector || labels["job-name"] != "j" ||
		labels[batch.ControllerUidLabel] != string(j.UID) || j.Spec.Selector.MatchLabels[batch.ControllerUidLabel] != string(j.UID) {
		t.Errorf("job: %+v", j)
	}
}

func TestPullPolicyFollowsTheTag(t *testing.T) {
	for image, want := range map[string]core.PullPolicy{
		"busybox": core.PullAlways, "busybox:latest": core.PullAlways, "busybox:1": core.PullIfNotPresent,
		"registry.example:5000/x": core.PullAlways, "registry.example:5000/x:2": core.PullIfNotPresent,
		"x@sha256:0000": core.PullIfNotPresent,
	} {
		c := core.Container{Image: image}
		if fillContainer(&c); c.ImagePullPolicy != want {
			t.Errorf("%s: %s, want %s", image, c.ImagePullPolicy, want)
		}
	}
}

func TestQuality(t *testing.T) {
	list := func(cpu, memory string) core.ResourceList {
		out := core.ResourceList{}
		for name, v := range map[core.ResourceName]string{core.ResourceCPU: cpu, core.ResourceMemory: memory} {
			if v != "" {
				out[name] = resource.MustParse(v)
			}
		}
		return out
	}
	for _, test := range []struct {
		requests, limits core.ResourceList
		want             core.PodQOSClass
	}{
		{nil, nil, core.PodQOSBestEffort},
		{list("1", "1Gi"), list("1", "1Gi"), core.PodQOSGuaranteed},
		{list("1", ""), nil, core.PodQOSBurstable},
		{list("1", "1Gi"), list("2", "1Gi"), core.PodQOSBurstable},
		{list("1", ""), list("1", ""), core.PodQOSBurstable},
	} {
		p := pod("p", "")
		p.Spec.Containers[0].Resources = core.ResourceRequirements{Requests: test.requests, Limits: test.limits}
		if got := qualityOf(p); got != test.want {
			t.Errorf("%v, %v: %s, want %s", test.requests, test.limits, got, test.want)
		}
	}
}

func TestQuota(t *testing.T) {
	w := newWorld(t)
	w.must(t, "resourcequotas", &core.ResourceQuota{ObjectMeta: named("gpu"), Spec: core.ResourceQuotaSpec{Hard: core.ResourceList{
		"requests.nvidia.com/gpu": resource.MustParse("8"), "count/jobs.batch": resource.MustParse("1"),
	}}})
	w.must(t, "pods", pod("a", "6"))
	_, err := w.put("pods", pod("b", "4"))
	want := `pods "b" is forbidden: exceeded quota: gpu, requested: requests.nvidia.com/gpu=4, used: requests.nvidia.com/gpu=6, limited: requests.nvidia.com/gpu=8`
	if !errors.IsForbidden(err) || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
	a, _ := w.Get(store.Key{Resource: schema.GroupResource{Resource: "pods"}, Namespace: "ns", Name: "a"})
	done := a.DeepCopyObject().(*core.Pod)
	done.Status.Phase = core.PodSucceeded
	w.must(t, "pods", done)
	w.must(t, "pods", pod("b", "8"))
	w.must(t, "batch/jobs", indexed("j", 1))
	if _, err := w.put("batch/jobs", indexed("k", 1)); err == nil || !strings.Contains(err.Error(), "requested: count/jobs.batch=1, used: count/jobs.batch=1, limited: count/jobs.batch=1") {
		t.Errorf("a second job: %v", err)
	}
}

func TestPriority(t *testing.T) {
	w := newWorld(t)
	w.must(t, "scheduling.k8s.io/priorityclasses", &scheduling.PriorityClass{ObjectMeta: meta.ObjectMeta{Name: "high"}, Value: 1000})
	p := pod("a", "")
	p.Spec.PriorityClassName = "high"
	if made := w.must(t, "pods", p).(*core.Pod); *made.Spec.Priority != 1000 || *made.Spec.PreemptionPolicy != core.PreemptLowerPriority {
		t.Errorf("%+v", made.Spec)
	}
	p = pod("b", "")
	p.Spec.PriorityClassName = "no-such"
	if _, err := w.put("pods", p); err == nil || err.Error() != `pods "b" is forbidden: no PriorityClass with name no-such was found` {
		t.Error(err)
	}
}

func TestNamespaces(t *testing.T) {
	w := newWorld(t)
	lost := pod("a", "")
	lost.Namespace = "nowhere"
	if _, err := w.put("pods", lost); !errors.IsNotFound(err) {
		t.Errorf("without a namespace: %v", err)
	}
	if _, err := w.Delete(store.Key{Resource: schema.GroupResource{Resource: "namespaces"}, Name: "ns"}, meta.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.put("pods", pod("a", "")); !errors.HasStatusCause(err, core.NamespaceTerminatingCause) {
		t.Errorf("in one that goes: %v", err)
	}
}

// TestJobUpdates: what may be changed, and when.
func TestJobUpdates(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*batch.Job)
		was    func(*batch.Job)
		want   string // of the refusal
	}{
		"elastic":            {change: func(j *batch.Job) { j.Spec.Parallelism, j.Spec.Completions = ptr(int32(9)), ptr(int32(9)) }},
		"not in tandem":      {change: func(j *batch.Job) { j.Spec.Completions = ptr(int32(9)) }, want: "can only be modified in tandem with spec.parallelism"},
		"suspend":            {change: func(j *batch.Job) { j.Spec.Suspend = ptr(true) }},
		"mode":               {change: func(j *batch.Job) { j.Spec.CompletionMode = ptr(batch.NonIndexedCompletion) }, want: "spec.completionMode: Invalid value: \"NonIndexed\": field is immutable"},
		"image":              {change: func(j *batch.Job) { j.Spec.Template.Spec.Containers[0].Image = "y" }, want: "field is immutable"},
		"nodes of a running": {change: func(j *batch.Job) { j.Spec.Template.Spec.NodeSelector = map[string]string{"a": "b"} }, want: "field is immutable"},
		"nodes of a suspended": {
			was:    func(j *batch.Job) { j.Spec.Suspend = ptr(true) },
			change: func(j *batch.Job) { j.Spec.Template.Spec.NodeSelector = map[string]string{"a": "b"} },
		},
		"status only": {change: func(j *batch.Job) { j.Status.Active = 3 }},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			j := indexed("j", 4)
			if test.was != nil {
				test.was(j)
			}
			next := w.must(t, "batch/jobs", j).DeepCopyObject().(*batch.Job)
			test.change(next)
			_, err := w.put("batch/jobs", next)
			switch {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want != "" && (!errors.IsInvalid(err) || !strings.Contains(err.Error(), test.want)):
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

// TestControllersWrites: what schedulers, kubelets and deletions write passes.
func TestControllersWrites(t *testing.T) {
	w := newWorld(t)
	k := store.Key{Resource: schema.GroupResource{Resource: "pods"}, Namespace: "ns", Name: "a"}
	p := w.must(t, "pods", pod("a", "1")).DeepCopyObject().(*core.Pod)
	p.Spec.NodeName = "node"
	p = w.must(t, "pods", p).DeepCopyObject().(*core.Pod)
	p.Status.Phase = core.PodRunning
	w.must(t, "pods", p)
	for _, grace := range []int64{20, 5} {
		o, err := w.Delete(k, meta.DeleteOptions{GracePeriodSeconds: &grace})
		if err != nil || *o.GetDeletionGracePeriodSeconds() != grace {
			t.Fatalf("within %d s: %v", grace, err)
		}
	}
	moved := p.DeepCopy()
	moved.Spec.NodeName = "other"
	if _, err := w.put("pods", moved); !errors.IsInvalid(err) {
		t.Errorf("a pod moves: %v", err)
	}
}

func BenchmarkPodStatus(b *testing.B) {
	w := newWorld(b)
	k := store.Key{Resource: schema.GroupResource{Resource: "pods"}, Namespace: "ns", Name: "a"}
	w.must(b, "pods", pod("a", "8"))
	i := 0
	for b.Loop() {
		i++
		_, err := w.Write(k, false, func(old store.Object) (store.Object, error) {
			next := old.DeepCopyObject().(*core.Pod)
			next.Status.Message = strconv.Itoa(i)
			return next, nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
