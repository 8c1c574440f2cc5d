package story

import (
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"

	"paddock/demo/controllers/record"
	"paddock/demo/controllers/typed"
)

// breakGPU tells of the GPU that fell off the bus; its node has had one less
// since the beginning.
func (w *world) breakGPU() {
	tell := record.New(w.sim, w.store, "node-problem-detector")
	w.sim.After(150*time.Minute, func() {
		if n, ok := typed.Get[*core.Node](w.store, typed.Node(brokenNode)); ok {
			tell.Warning(record.About{Object: n, Host: n.Name}, "XidError",
				"NVRM: Xid (PCI:0000:7B:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.")
		}
	})
}

// autoscale gives the elastic job a worker more, or takes one, now and then: as
// an autoscaler would. It holds its hands still where somebody suspended the
// job, or chose a size of his own.
func (w *world) autoscale() {
	const least, most = 2, 4
	size := int32(least)
	var again func()
	again = func() {
		w.sim.After(w.between(14*time.Minute, 25*time.Minute), again)
		job, ok := typed.Get[*batch.Job](w.store, typed.Job("nlp", "bert-elastic"))
		if !ok || finished(job) || job.Spec.Suspend != nil && *job.Spec.Suspend || *job.Spec.Parallelism != size {
			return
		}
		next := least + int32(w.sim.Rand().IntN(most-least+1))
		_, err := typed.Change(w.store, typed.Job("nlp", "bert-elastic"), job, func(j *batch.Job) {
			j.Spec.Parallelism, j.Spec.Completions = &next, &next
		})
		if err != nil {
			w.sim.Log().Info("stretch the elastic job", "error", err)
			return
		}
		size = next
	}
	w.sim.After(time.Hour, again)
}
