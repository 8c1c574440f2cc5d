package kube

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/randfill"
)

// filler fills API objects with anything, of the kinds that converters look at.
func filler(seed int64) *randfill.Filler {
	return randfill.NewWithSeed(seed).NilChance(0.2).NumElements(0, 3).MaxDepth(12).Funcs(
		func(t *metav1.Time, c randfill.Continue) { *t = metav1.NewTime(time.Unix(c.Int63n(1<<31), 0)) },
		func(s *corev1.ConditionStatus, c randfill.Continue) {
			*s = []corev1.ConditionStatus{corev1.ConditionTrue, corev1.ConditionFalse}[c.Intn(2)]
		},
		func(s *corev1.PodConditionType, c randfill.Continue) {
			*s = []corev1.PodConditionType{corev1.PodScheduled, corev1.PodReady, corev1.PodInitialized, corev1.PodReadyToStartContainers, corev1.DisruptionTarget}[c.Intn(5)]
		},
		func(s *corev1.ResourceName, c randfill.Continue) {
			*s = []corev1.ResourceName{"cpu", "memory", "nvidia.com/gpu"}[c.Intn(3)]
		},
	)
}

// What is left out on the way in must be nothing that a converter reads.
func TestWireKeepsWhatIsRead(t *testing.T) {
	pods := 0
	for seed := range int64(300) {
		var pod corev1.Pod
		filler(seed).Fill(&pod)
		if len(pod.Spec.Containers) > 0 { // else few would be kept at all
			pod.Spec.Containers[0].Name = "main"
			for i := range pod.Status.ContainerStatuses {
				pod.Status.ContainerStatuses[i].Name = "main"
			}
			gpus := corev1.ResourceList{"nvidia.com/gpu": *resource.NewQuantity(8, resource.DecimalSI)}
			pod.Spec.Containers[0].Resources.Limits = gpus
			if sidecar := corev1.ContainerRestartPolicyAlways; seed%2 == 0 { // its GPUs add up, another init container's don't
				pod.Spec.InitContainers = []corev1.Container{{Name: "side", RestartPolicy: &sidecar, Resources: corev1.ResourceRequirements{Limits: gpus}}}
			}
		}
		data, err := pod.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		var whole corev1.Pod
		var wire wirePod
		if err := whole.Unmarshal(data); err != nil {
			t.Fatal(err)
		}
		if err := wire.Unmarshal(data); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		want, got := newPodConverter().convert(&whole), newPodConverter().convert(&wire.Pod)
		if !reflect.DeepEqual(want, got) {
			t.Fatalf("seed %d:\n%s\nwant\n%s", seed, show(got), show(want))
		}
		if got != nil {
			pods++
		}
		var node corev1.Node
		filler(seed).Fill(&node)
		if data, err = node.Marshal(); err != nil {
			t.Fatal(err)
		}
		var wholeNode corev1.Node
		var wireNode wireNode
		if err := wholeNode.Unmarshal(data); err != nil {
			t.Fatal(err)
		}
		if err := wireNode.Unmarshal(data); err != nil {
			t.Fatal(err)
		}
		if want, got := convertNode(&wholeNode, interner{}), convertNode(&wireNode.Node, interner{}); !reflect.DeepEqual(want, got) {
			t.Fatalf("seed %d: node %+v, want %+v", seed, got, want)
		}
	}
	if pods < 100 {
		t.Errorf("only %d of 300 pods were kept", pods)
	}
}

func show(b *podBody) string {
	if b == nil {
		return "nothing"
	}
	return fmt.Sprintf("%+v %+v", *b.pod, b.pod.Blocking)
}

// Whatever comes, an answer or an error comes of it, as without the filter.
func FuzzWire(f *testing.F) {
	pod := corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: map[string]string{"b": "c"}, ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "d"}}},
		Spec:       corev1.PodSpec{NodeName: "e", Containers: []corev1.Container{{Name: "f", Image: "g", Env: []corev1.EnvVar{{Name: "h"}}}}},
		Status:     corev1.PodStatus{Phase: "i", ContainerStatuses: []corev1.ContainerStatus{{Name: "f", RestartCount: 3}}},
	}
	data, err := pod.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:len(data)/2])
	for range 8 {
		broken := append([]byte(nil), data...)
		broken[rand.IntN(len(broken))] ^= 0xff
		f.Add(broken)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		out := podFields.appendTo(nil, data)
		if len(out) > len(data)+16 {
			t.Errorf("%d bytes became %d", len(data), len(out))
		}
		var wire wirePod
		_ = wire.Unmarshal(data)
	})
}

func BenchmarkWirePod(b *testing.B) {
	var pod corev1.Pod
	filler(7).Fill(&pod)
	data, err := pod.Marshal()
	if err != nil {
		b.Fatal(err)
	}
	b.Run("filtered", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var p wirePod
			if err := p.Unmarshal(data); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("whole", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var p corev1.Pod
			if err := p.Unmarshal(data); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// What was read must not change when the room that it was read from is used again.
func TestWireKeepsNothingOfItsRoom(t *testing.T) {
	var first, second corev1.Pod
	filler(3).Fill(&first)
	filler(4).Fill(&second)
	a, err := first.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	b, err := second.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	var once, kept, other wirePod
	if err := errors.Join(once.Unmarshal(a), kept.Unmarshal(a)); err != nil {
		t.Fatal(err)
	}
	before := once.Pod.DeepCopy()
	for range 10 {
		if err := other.Unmarshal(b); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(before, &kept.Pod) {
		t.Error("a pod changed after it was read")
	}
}
