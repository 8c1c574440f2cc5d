package submit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"paddock/fleet"
)

// workload is a pod template somewhere in an object, and how many pods are made
// of it at the same time.
type workload struct {
	object  Object
	role    string // "Worker" of a PyTorchJob, a task's name; "" where the kind has no roles
	workers int
	spec    corev1.PodSpec
}

func (w *workload) ref() fleet.Ref { return w.object.Ref() }

// gpus is what a worker asks for, of its hungriest container.
func (w *workload) gpus() (n int, resource string) {
	if at := trainer(&w.spec); at >= 0 {
		return devices(w.spec.Containers[at].Resources)
	}
	return 0, ""
}

// trainer is the container that trains.
func (w *workload) trainer() *corev1.Container {
	if at := trainer(&w.spec); at >= 0 {
		return &w.spec.Containers[at]
	}
	return &corev1.Container{}
}

// containers are all of them, init containers first.
func (w *workload) containers() []corev1.Container {
	return append(slices.Clone(w.spec.InitContainers), w.spec.Containers...)
}

// line is all that a container is told on its command line.
func line(c *corev1.Container) string {
	return strings.Join(append(slices.Clone(c.Command), c.Args...), " ")
}

// maxDepth is how deep a manifest is looked into; the deepest kind in use, a
// CronJob of JobSets, needs ten.
const maxDepth = 20

// workloads finds the pod templates of an object of any kind: a template is
// whatever has a list of containers in its spec, and the numbers of replicas
// above it say how many pods it makes.
func workloads(o Object) ([]workload, error) {
	s := search{object: o}
	if podSpec(o.Body) != nil {
		s.add("", 1, o.Body)
	} else {
		s.in(o.Body, "", 1, 0)
	}
	return s.found, s.err
}

type search struct {
	object Object
	found  []workload
	err    error
}

func (s *search) in(m map[string]any, role string, times, depth int) {
	if depth > maxDepth {
		return
	}
	times *= replicas(m)
	for _, k := range slices.Sorted(maps.Keys(m)) {
		switch v := m[k].(type) {
		case map[string]any:
			switch {
			case podSpec(v) != nil:
				s.add(role, times*groupSize(m, k), v)
			case strings.HasSuffix(k, "ReplicaSpecs"):
				for _, r := range slices.Sorted(maps.Keys(v)) {
					if spec, ok := v[r].(map[string]any); ok {
						s.in(spec, r, times, depth+1)
					}
				}
			default:
				s.in(v, role, times, depth+1)
			}
		case []any:
			for _, item := range v {
				if item, ok := item.(map[string]any); ok {
					name, _ := item["name"].(string)
					s.in(item, name, times, depth+1)
				}
			}
		}
	}
}

func (s *search) add(role string, times int, template map[string]any) {
	w := workload{object: s.object, role: role, workers: times}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(podSpec(template), &w.spec); err != nil {
		s.err = fmt.Errorf("the pod template can't be read: %w", err)
		return
	}
	s.found = append(s.found, w)
}

// podSpec is the spec of a pod or a template; nil when it is none.
func podSpec(m map[string]any) map[string]any {
	spec, _ := m["spec"].(map[string]any)
	if list, _ := spec["containers"].([]any); len(list) == 0 {
		return nil
	}
	return spec
}

// replicas is how many of what is below it a part of an object makes.
func replicas(m map[string]any) int {
	n, ok := number(m["parallelism"])
	if !ok {
		n, ok = number(m["replicas"])
	}
	if done, has := number(m["completions"]); has && ok {
		n = min(n, done)
	}
	if !ok {
		return 1
	}
	return n
}

// groupSize is how many pods of a LeaderWorkerSet's group a template makes.
func groupSize(m map[string]any, key string) int {
	size, ok := number(m["size"])
	if !ok || key != "workerTemplate" {
		return 1
	}
	if _, own := m["leaderTemplate"]; own {
		return max(0, size-1)
	}
	return size
}

// number reads a count. More than any cluster runs is as good as that many.
func number(v any) (int, bool) {
	n, ok := v.(int64)
	return int(min(max(n, 0), maxWorkers)), ok
}

// batchJob is the object as a batch/v1 Job; nil when it is of another kind or can't be read.
func batchJob(o Object) *batchv1.Job {
	if o.Ref().Kind != "Job" || o.APIVersion() != "batch/v1" {
		return nil
	}
	var job batchv1.Job
	if runtime.DefaultUnstructuredConverter.FromUnstructured(o.Body, &job) != nil {
		return nil
	}
	return &job
}
