package story

import (
	"fmt"
	"strings"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"

	"paddock/demo/controllers/typed"
	"paddock/demo/training"
)

// streamed marks the jobs that come and go.
const streamed = "example.com/sweep"

const (
	// streamGPUs is how many GPUs they hold together at most. All come out of
	// the fragments of the shared nodes, and must leave more than det-large
	// waits for.
	streamGPUs = 7
	// streamKept is how long a finished one stays.
	streamKept = 20 * time.Minute
)

// stream is the jobs that come and go.
type stream struct {
	*world
	templates []*batch.Job
	number    int
}

// flow lets small jobs come, one every minute or two, and end after some
// minutes. Some fail, and most of these are saved by their next attempt.
func (w *world) flow() error {
	manifests, err := read("stream.yaml")
	if err != nil {
		return err
	}
	s := &stream{world: w, number: 400}
	for _, m := range manifests {
		job, ok := m.object.(*batch.Job)
		if !ok {
			return fmt.Errorf("%s is no Job", m.key)
		}
		s.templates = append(s.templates, job)
	}
	w.sim.After(20*time.Minute, s.next)
	return nil
}

// next lets one come if there is room, and plans the one after it.
func (s *stream) next() {
	s.sim.After(s.between(40*time.Second, 110*time.Second), s.next)
	job := s.templates[s.sim.Rand().IntN(len(s.templates))].DeepCopy()
	workers := int64(1 + s.sim.Rand().IntN(2))
	takes, luck := s.between(3*time.Minute, 9*time.Minute), s.sim.Rand().IntN(20)
	if s.held()+workers*gpus(&job.Spec.Template.Spec) > streamGPUs {
		return
	}
	s.number++
	name := fmt.Sprintf("%s-%04d", job.Name, s.number)
	s.vary(job, name, int32(workers), takes, luck)
	s.create(manifest{typed.Job(job.Namespace, name), job})
}

// vary makes a job of a template.
func (s *stream) vary(job *batch.Job, name string, workers int32, takes time.Duration, luck int) {
	ttl, limit := int32(streamKept.Seconds()), int32(2)
	job.Name = name
	job.Labels[streamed] = "true"
	job.Spec.Completions, job.Spec.Parallelism, job.Spec.TTLSecondsAfterFinished, job.Spec.BackoffLimit = &workers, &workers, &ttl, &limit
	template := &job.Spec.Template
	template.Labels = map[string]string{"app": job.Labels["app"], streamed: "true"}
	template.Annotations = map[string]string{training.Takes: takes.Truncate(time.Second).String()}
	switch luck {
	case 0:
		template.Annotations[training.Ends] = "nccl 80s x1"
	case 1:
		template.Annotations[training.Ends] = "0=oom 95s x1"
	case 2:
		template.Annotations[training.Ends] = "0=exit 30s"
	case 3:
		template.Annotations[training.GPU] = "starved"
	}
	if workers > 1 {
		c := &template.Spec.Containers[0]
		c.Env = append(c.Env, core.EnvVar{Name: "NNODES", Value: fmt.Sprint(workers)})
	}
}

// held sums the GPUs of those that have not finished.
func (s *stream) held() (sum int64) {
	for _, job := range typed.List[*batch.Job](s.store, typed.Job("", "")) {
		if job.Labels[streamed] != "" && !finished(job) {
			sum += int64(*job.Spec.Parallelism) * gpus(&job.Spec.Template.Spec)
		}
	}
	return sum
}

func (w *world) between(least, most time.Duration) time.Duration {
	return least + time.Duration(w.sim.Rand().Int64N(int64(most-least)))
}

func gpus(s *core.PodSpec) (sum int64) {
	for _, c := range s.Containers {
		for name, q := range c.Resources.Limits {
			if strings.HasPrefix(string(name), "nvidia.com/") {
				sum += q.Value()
			}
		}
	}
	return sum
}

func finished(j *batch.Job) bool {
	for _, c := range j.Status.Conditions {
		if (c.Type == batch.JobComplete || c.Type == batch.JobFailed) && c.Status == core.ConditionTrue {
			return true
		}
	}
	return false
}
