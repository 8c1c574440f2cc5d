package apiserver

import (
	"fmt"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// TestEvictionsKeepToTheBudget evicts three of three, one after the other.
func TestEvictionsKeepToTheBudget(t *testing.T) {
	for least, want := range map[string]int{"0": 3, "2": 1, "50%": 1, "100%": 0} {
		t.Run(least, func(t *testing.T) {
			b := newBench(t, Options{})
			for i := range 3 {
				b.put(t, "", "pods", &core.Pod{
					ObjectMeta: meta.ObjectMeta{Namespace: "ns", Name: fmt.Sprint("p", i), Labels: map[string]string{"guarded": "yes"}},
					Spec:       core.PodSpec{NodeName: "node", Containers: []core.Container{{Name: "main", Image: "x"}}},
					Status:     core.PodStatus{Phase: core.PodRunning, Conditions: []core.PodCondition{{Type: core.PodReady, Status: core.ConditionTrue}}},
				})
			}
			available := intstr.Parse(least)
			b.put(t, "policy", "poddisruptionbudgets", &policy.PodDisruptionBudget{ObjectMeta: meta.ObjectMeta{Namespace: "ns", Name: "b"}, Spec: policy.PodDisruptionBudgetSpec{
				MinAvailable: &available, Selector: &meta.LabelSelector{MatchLabels: map[string]string{"guarded": "yes"}},
			}})
			got := 0
			for i := range 3 {
				w := b.ask("root", "POST", fmt.Sprintf("/api/v1/namespaces/ns/pods/p%d/eviction", i), fmt.Sprintf(`{"metadata":{"name":"p%d"}}`, i))
				switch {
				case w.Code == 201:
					got++
				case w.Code != 429 || !strings.Contains(w.Body.String(), "Cannot evict pod as it would violate the pod's disruption budget."):
					t.Errorf("%d %s", w.Code, w.Body)
				}
			}
			if got != want {
				t.Errorf("%d were evicted, want %d", got, want)
			}
		})
	}
}
