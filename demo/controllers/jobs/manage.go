package jobs

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/demo/controllers/typed"
)

// mostPerRound bounds the pods that are made or deleted in one round.
const mostPerRound = 500

// manage removes pods that are too many, or makes missing ones, never both.
func (r *round) manage() error {
	if suspended(r.job) {
		return r.remove(r.surplus(len(r.active)), true)
	}
	have := int32(len(r.active))
	want := parallelism(r.job)
	switch n := r.job.Spec.Completions; {
	case n != nil:
		want = max(0, min(want, *n-r.succeeded))
	case r.succeeded > 0: // a work queue that runs dry
		want = have
	}
	if surplus := r.surplus(int(max(0, have-want))); len(surplus) > 0 {
		return r.remove(surplus[:min(len(surplus), mostPerRound)], true)
	}
	missing := want - have
	if onlyReplaceFailed(r.job) {
		missing -= r.terminatingNow
	}
	if missing <= 0 {
		return nil
	}
	return r.create(int(min(missing, mostPerRound)))
}

// surplus chooses at least n active pods to give up: those without a place
// among the indexes first, then the least advanced.
func (r *round) surplus(n int) []*core.Pod {
	var rm, left []*core.Pod
	if isIndexed(r.job) {
		byIndex := map[int][]*core.Pod{}
		for _, p := range r.active {
			byIndex[index(p)] = append(byIndex[index(p)], p)
		}
		for _, p := range r.active {
			same := byIndex[index(p)]
			slices.SortStableFunc(same, compareForRemoval)
			if !r.inRange(index(p)) || p != same[len(same)-1] {
				rm = append(rm, p)
			} else {
				left = append(left, p)
			}
		}
	} else {
		left = slices.Clone(r.active)
	}
	if len(rm) < n {
		slices.SortStableFunc(left, compareForRemoval)
		rm = append(rm, left[:n-len(rm)]...)
	}
	return rm
}

// remove deletes pods. With release they are not counted as failed.
func (r *round) remove(pods []*core.Pod, release bool) error {
	for _, p := range pods {
		if release {
			r.untrack(p)
		}
		_, err := r.store.Delete(typed.Pod(p.Namespace, p.Name), meta.DeleteOptions{Preconditions: meta.NewUIDPreconditions(string(p.UID))})
		if typed.Unexpected(err) {
			r.record.Warning(r.about(), "FailedDelete", "Error deleting: %v", err)
			return err
		}
		r.record.Normal(r.about(), "SuccessfulDelete", "Deleted pod: %v", p.Name)
		r.activeNow--
		if ready(p) {
			r.readyNow--
		}
		if p.Spec.NodeName != "" { // else it is gone at once
			r.terminatingNow++
		}
		if release {
			r.pods = slices.DeleteFunc(slices.Clone(r.pods), func(q *core.Pod) bool { return q == p })
		}
	}
	return nil
}

// create makes pods in batches that double while nothing is refused, so that
// an exhausted quota is not asked a hundred times.
func (r *round) create(n int) error {
	var places []int
	if perIndex(r.job) {
		var wait time.Duration
		if places, wait = r.duePlaces(r.freePlaces(n)); wait > 0 {
			r.queue.Add(r.key, wait)
			return nil
		}
	} else {
		if wait := r.backoff.remaining(r.sim.Moment()); wait > 0 {
			r.queue.Add(r.key, wait)
			return nil
		}
		if isIndexed(r.job) {
			places = r.freePlaces(n)
		}
	}
	if isIndexed(r.job) {
		n = len(places)
	}
	var refused error
	for done, size := 0, 1; done < n && refused == nil; size *= 2 {
		for range min(size, n-done) {
			place := noIndex
			if places != nil {
				place = places[done]
			}
			if err := r.createPod(place); err != nil {
				refused = err
			} else {
				r.activeNow++
			}
			done++
		}
	}
	return refused
}

// freePlaces lists the first n indexes that no pod holds and that are not done.
func (r *round) freePlaces(n int) []int {
	taken := map[int]bool{}
	for _, p := range r.pods {
		if active(p) || onlyReplaceFailed(r.job) && terminating(p) {
			taken[index(p)] = true
		}
	}
	free := make([]int, 0, n)
	for i := 0; i < int(deref(r.job.Spec.Completions, 0)) && len(free) < n; i++ {
		if !taken[i] && !r.done[i] && !r.broken[i] {
			free = append(free, i)
		}
	}
	return free
}

func (r *round) createPod(place int) error {
	job := r.job
	template := job.Spec.Template.DeepCopy()
	pod := &core.Pod{ObjectMeta: template.ObjectMeta, Spec: template.Spec, Status: core.PodStatus{Phase: core.PodPending}}
	pod.Namespace = job.Namespace
	pod.OwnerReferences = []meta.OwnerReference{*meta.NewControllerRef(job, batch.SchemeGroupVersion.WithKind("Job"))}
	if !tracked(pod) {
		pod.Finalizers = append(pod.Finalizers, batch.JobTrackingFinalizer)
	}
	pod.GenerateName = job.Name + "-"
	if place != noIndex {
		r.place(pod, place)
	}
	pod.Name = r.sim.Name(pod.GenerateName)
	_, err := typed.Create(r.store, typed.Pod(pod.Namespace, pod.Name), pod)
	switch {
	case err != nil && errors.HasStatusCause(err, core.NamespaceTerminatingCause):
		return nil
	case err != nil:
		r.record.Warning(r.about(), "FailedCreate", "Error creating: %v", err)
		return err
	}
	r.record.Normal(r.about(), "SuccessfulCreate", "Created pod: %v", pod.Name)
	return nil
}

// place gives a pod its index in all the ways in which it can be asked for.
func (r *round) place(pod *core.Pod, i int) {
	text := strconv.Itoa(i)
	if pod.Annotations == nil {
		pod.Annotations = map[string]string{}
	}
	if pod.Labels == nil {
		pod.Labels = map[string]string{}
	}
	pod.Annotations[batch.JobCompletionIndexAnnotation] = text
	pod.Labels[batch.JobCompletionIndexAnnotation] = text
	pod.Spec.Hostname = fmt.Sprintf("%s-%d", r.job.Name, i)
	suffix := "-" + text + "-"
	const room = 63 - 5 // what generateName leaves of a name
	pod.GenerateName = r.job.Name[:min(len(r.job.Name), room-len(suffix))] + suffix
	if perIndex(r.job) {
		r.inherit(pod, r.replaced[i])
	}
	for _, containers := range [][]core.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range containers {
			addIndexVariable(&containers[i])
		}
	}
}

func addIndexVariable(c *core.Container) {
	const name = "JOB_COMPLETION_INDEX"
	if slices.ContainsFunc(c.Env, func(v core.EnvVar) bool { return v.Name == name }) {
		return
	}
	c.Env = append(c.Env, core.EnvVar{Name: name, ValueFrom: &core.EnvVarSource{
		FieldRef: &core.ObjectFieldSelector{APIVersion: "v1", FieldPath: "metadata.labels['" + batch.JobCompletionIndexAnnotation + "']"},
	}})
}
