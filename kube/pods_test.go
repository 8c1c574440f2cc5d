package kube

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/fleet"
)

func pointer[T any](v T) *T { return &v }

func gpuPod(change func(*corev1.Pod)) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Namespace: "ocr", Name: "det-3-x7k2p", UID: "p", CreationTimestamp: metav1.NewTime(at),
		Labels:          map[string]string{"batch.kubernetes.io/job-completion-index": "3"},
		OwnerReferences: []metav1.OwnerReference{{APIVersion: "batch/v1", Kind: "Job", Name: "det", UID: "u", Controller: pointer(true)}},
	}}
	p.Spec.Containers = []corev1.Container{
		{Name: "sidecar", Image: "proxy"},
		{Name: "train", Image: "paddle:2.6.0", Resources: corev1.ResourceRequirements{
			Limits: corev1.ResourceList{"nvidia.com/gpu": resource.MustParse("1")},
		}},
	}
	p.Status.Phase = corev1.PodPending
	if change != nil {
		change(p)
	}
	return p
}

func TestConvertPod(t *testing.T) {
	waiting := func(name, reason string) corev1.ContainerStatus {
		return corev1.ContainerStatus{Name: name, State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: "m\x1b[31m\nn"}}}
	}
	for _, c := range []struct {
		name   string
		change func(*corev1.Pod)
		check  func(*fleet.Pod) bool
	}{
		{"who and where", func(p *corev1.Pod) { p.Spec.NodeName = "gpu-1" }, func(p *fleet.Pod) bool {
			return p.Index == 3 && p.Node == "gpu-1" && p.GPUs == 1 && p.Resource == "nvidia.com/gpu" &&
				p.Main.Name == "train" && p.Main.Image == "paddle:2.6.0" && p.Containers == 2
		}},
		{"no node will take it", func(p *corev1.Pod) {
			p.Status.Conditions = []corev1.PodCondition{{Type: "PodScheduled", Status: "False", Reason: "Unschedulable", Message: "0/12 nodes"}}
		}, func(p *fleet.Pod) bool {
			return p.Unschedulable && !p.Gated && p.Message == "0/12 nodes" && p.Scheduled.IsZero()
		}},
		{"held by a gate", func(p *corev1.Pod) {
			p.Status.Conditions = []corev1.PodCondition{{Type: "PodScheduled", Status: "False", Reason: "SchedulingGated"}}
		}, func(p *fleet.Pod) bool { return p.Gated && !p.Unschedulable }},
		{"was ready, is not any more", func(p *corev1.Pod) {
			p.Status.Conditions = []corev1.PodCondition{{Type: "Ready", Status: "False", LastTransitionTime: metav1.NewTime(at)}}
		}, func(p *fleet.Pod) bool { return p.Ready.IsZero() }},
		{"the image can't be pulled", func(p *corev1.Pod) {
			p.Status.ContainerStatuses = []corev1.ContainerStatus{waiting("sidecar", "ContainerCreating"), waiting("train", "ImagePullBackOff")}
		}, func(p *fleet.Pod) bool {
			return p.Blocking.Name == "train" && p.Blocking.Reason == "ImagePullBackOff" && p.Blocking.Message == "m n" && p.Main.State == "waiting"
		}},
		{"its turn has not come", func(p *corev1.Pod) {
			p.Status.ContainerStatuses = []corev1.ContainerStatus{waiting("train", "PodInitializing")}
		}, func(p *fleet.Pod) bool { return p.Blocking == nil }},
		{"an init container fails first", func(p *corev1.Pod) {
			p.Status.InitContainerStatuses = []corev1.ContainerStatus{waiting("fetch", "CrashLoopBackOff")}
			p.Status.ContainerStatuses = []corev1.ContainerStatus{waiting("train", "ErrImagePull")}
		}, func(p *fleet.Pod) bool { return p.Blocking.Name == "fetch" && p.Blocking.Init }},
		{"restarts and how it ended", func(p *corev1.Pod) {
			p.Status.ContainerStatuses = []corev1.ContainerStatus{{
				Name: "train", RestartCount: 3, Ready: true, ImageID: "docker-pullable://r/p@sha256:abc",
				State:                corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(at)}},
				LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "OOMKilled"}},
			}}
		}, func(p *fleet.Pod) bool {
			return p.Restarts == 3 && p.ReadyContainers == 1 && p.Main.Digest == "sha256:abc" && p.Main.Last != nil &&
				p.Main.Last.ExitCode == 137 && p.Main.Started.Equal(at) && p.Blocking == nil
		}},
		{"evicted", func(p *corev1.Pod) {
			p.Status.Reason, p.Status.Message = "Evicted", strings.Repeat("x", 5000)
			p.Status.Conditions = []corev1.PodCondition{{Type: "DisruptionTarget", Status: "True", Reason: "EvictionByEvictionAPI"}}
		}, func(p *fleet.Pod) bool {
			return p.Reason == "Evicted" && p.Disruption == "EvictionByEvictionAPI" && len(p.Message) <= messageLimit
		}},
	} {
		body := newPodConverter().convert(gpuPod(c.change))
		if body == nil || !body.trains || !c.check(body.pod) {
			t.Errorf("%s: %+v", c.name, body)
		}
	}
}

func TestConvertPodDropsTheRest(t *testing.T) {
	plain := func(p *corev1.Pod) { p.Spec.Containers = p.Spec.Containers[:1] }
	if body := newPodConverter().convert(gpuPod(func(p *corev1.Pod) { plain(p); p.OwnerReferences = nil })); body != nil {
		t.Errorf("a pod without a GPU and without a job: %+v", body)
	}
	if body := newPodConverter().convert(gpuPod(plain)); body == nil || body.trains {
		t.Errorf("a pod without a GPU waits for its batch Job: %+v", body)
	}
}

func TestConvertersShareStrings(t *testing.T) {
	c := newPodConverter()
	a, b := c.convert(gpuPod(nil)), c.convert(gpuPod(nil))
	if allocs := testing.AllocsPerRun(10, func() { c.intern.of("paddle:2.6.0") }); allocs != 0 {
		t.Errorf("%v allocations for a known string", allocs)
	}
	if a.owner != b.owner || a.owner.UID != "u" {
		t.Errorf("owners differ: %+v, %+v", a.owner, b.owner)
	}
}

func TestConvertNode(t *testing.T) {
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "gpu-1", Labels: map[string]string{
		"nvidia.com/gpu.product": "Tesla-T4", "nvidia.com/gpu.count": "8", "nvidia.com/gpu.memory": "15360", "nvidia.com/gpu.replicas": "4",
		"nvidia.com/cuda.driver.major": "550", "nvidia.com/cuda.driver.minor": "107", "nvidia.com/cuda.driver.rev": "",
		"nvidia.com/cuda.runtime-version.full": "12.5", "kubernetes.io/hostname": "gpu-1.dc",
	}}}
	n.Spec.Unschedulable = true
	n.Spec.Taints = []corev1.Taint{{Key: "node.kubernetes.io/unschedulable", Effect: "NoSchedule"}, {Key: "team", Value: "ocr", Effect: "NoSchedule"}}
	n.Status.Capacity = corev1.ResourceList{"nvidia.com/gpu": resource.MustParse("32"), "nvidia.com/gpumem": resource.MustParse("9999")}
	n.Status.Allocatable = corev1.ResourceList{"nvidia.com/gpu": resource.MustParse("28"), "cpu": resource.MustParse("96")}
	n.Status.Conditions = []corev1.NodeCondition{
		{Type: "Ready", Status: "Unknown", Reason: "NodeStatusUnknown", LastTransitionTime: metav1.NewTime(at)},
		{Type: "DiskPressure", Status: "True"}, {Type: "MemoryPressure", Status: "False"},
	}
	got := convertNode(n, interner{})
	if got.Capacity != 32 || got.Allocatable != 28 || got.GPUCount != 8 || got.Shared != 4 || got.GPUMemory != 15360<<20 ||
		got.Driver != "550.107" || got.CUDA != "12.5" || got.Product != "Tesla-T4" || got.CPU != 96000 {
		t.Errorf("hardware: %+v", got)
	}
	if got.Ready || got.Reason != "NodeStatusUnknown" || !got.ReadySince.Equal(at) || !got.Cordoned ||
		len(got.Pressure) != 1 || len(got.Taints) != 1 || got.Taints[0] != "team=ocr:NoSchedule" {
		t.Errorf("condition: %+v", got)
	}
	if bare := convertNode(&corev1.Node{}, interner{}); bare.GPUCount != -1 || bare.Shared != 0 || bare.Resource != "" {
		t.Errorf("without labels: %+v", bare)
	}
}

func TestConvertQuota(t *testing.T) {
	q := &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Namespace: "ocr", Name: "gpus"}}
	q.Status.Hard = corev1.ResourceList{"requests.nvidia.com/gpu": resource.MustParse("32"), "requests.cpu": resource.MustParse("1k"), "pods": resource.MustParse("5")}
	q.Status.Used = corev1.ResourceList{"requests.nvidia.com/gpu": resource.MustParse("24")}
	got := convertQuota(q)
	if len(got) != 1 || *got[0] != (fleet.Quota{Namespace: "ocr", Name: "gpus", Resource: "nvidia.com/gpu", Hard: 32, Used: 24}) {
		t.Errorf("%+v", got)
	}
}

func TestConvertEvent(t *testing.T) {
	for name, c := range map[string]struct {
		in    corev1.Event
		count int
		last  metav1.Time
	}{
		"the core group's form": {corev1.Event{Count: 7, FirstTimestamp: metav1.NewTime(at), LastTimestamp: metav1.NewTime(at.Add(60))}, 7, metav1.NewTime(at.Add(60))},
		"the newer form": {corev1.Event{EventTime: metav1.NewMicroTime(at), Series: &corev1.EventSeries{Count: 3, LastObservedTime: metav1.NewMicroTime(at.Add(60))}},
			3, metav1.NewTime(at.Add(60))},
		"a single one": {corev1.Event{EventTime: metav1.NewMicroTime(at)}, 1, metav1.NewTime(at)},
	} {
		got := convertEvent(&c.in)
		if got.Count != c.count || !got.Last.Equal(c.last.Time) || !got.First.Equal(at) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
