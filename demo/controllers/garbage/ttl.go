package garbage

import (
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/demo/controllers/typed"
	"paddock/demo/sim"
	"paddock/demo/store"
)

// TTL deletes finished Jobs when their ttlSecondsAfterFinished are over.
type TTL struct {
	sim   *sim.Sim
	store *store.Store
	queue *sim.Queue[store.Key]
}

// NewTTL makes one; add it to the world.
func NewTTL(s *sim.Sim, st *store.Store) *TTL {
	t := &TTL{sim: s, store: st}
	t.queue = sim.NewQueue(s, t.expire)
	return t
}

// Handle looks at Jobs that have finished.
func (t *TTL) Handle(e store.Event) {
	job, ok := e.Object.(*batch.Job)
	if !ok {
		return
	}
	if e.Type == store.Deleted {
		t.queue.Drop(e.Key)
	} else if _, expires := t.left(job); expires {
		t.queue.Add(e.Key, 0)
	}
}

// left is how long a Job still stays.
func (t *TTL) left(job *batch.Job) (left time.Duration, expires bool) {
	if job.Spec.TTLSecondsAfterFinished == nil || job.DeletionTimestamp != nil {
		return 0, false
	}
	for _, c := range job.Status.Conditions {
		if (c.Type == batch.JobComplete || c.Type == batch.JobFailed) && c.Status == core.ConditionTrue {
			end := t.sim.Story(c.LastTransitionTime.Time)
			return time.Duration(*job.Spec.TTLSecondsAfterFinished)*time.Second - t.sim.Moment().Sub(end), true
		}
	}
	return 0, false
}

func (t *TTL) expire(key store.Key) {
	job, ok := typed.Get[*batch.Job](t.store, key)
	if !ok {
		return
	}
	left, expires := t.left(job)
	switch {
	case !expires:
	case left > 0:
		t.queue.Add(key, left)
	default:
		foreground := meta.DeletePropagationForeground
		o := meta.DeleteOptions{PropagationPolicy: &foreground, Preconditions: meta.NewUIDPreconditions(string(job.UID))}
		if _, err := t.store.Delete(key, o); typed.Unexpected(err) {
			t.sim.Log().Error("delete a finished job", "job", key.String(), "error", err)
		}
	}
}
