package kube

import (
	"cmp"
	"slices"
	"strings"

	"paddock/fleet"
	"paddock/kube/kinds"
)

// groupKey identifies a run: by its owner's UID, or by name where only a label
// names the owner. Two lives of one name are two groups.
type groupKey struct {
	uid string
	ref fleet.Ref // zero when uid is known
}

func keyOf(o fleet.Owner) groupKey {
	if o.UID != "" {
		return groupKey{uid: o.UID}
	}
	return groupKey{ref: o.Ref}
}

// group gathers the pods and the batch Jobs of one run.
type group struct {
	owner fleet.Owner
	pods  map[key]*podBody
	jobs  map[key]*jobBody
	built *fleet.Group // as published; nil when it shows nothing
}

// jobBody is a job's object as the store keeps it.
type jobBody struct {
	job    *fleet.JobObject
	top    fleet.Owner // the run that it belongs to; the job itself when it stands alone
	member kinds.Member
}

func newJobBody(job *fleet.JobObject, member kinds.Member) *jobBody {
	b := &jobBody{job: job, member: member}
	b.top = fleet.Owner{Ref: job.Ref, APIVersion: job.APIVersion, UID: job.UID}
	if top := member.Top(job.Owner); kinds.Merges(top) {
		b.top = top
	}
	return b
}

// groups sorts pods and jobs into runs, and remembers which changed.
type groups struct {
	all    map[groupKey]*group
	dirty  map[groupKey]struct{}
	list   *list[*fleet.Group]
	jobs   map[string]*jobBody             // by UID
	below  map[string]map[key]*podBody     // pods by the UID of their batch Job
	events map[string]map[key]*fleet.Event // by the UID of the object that they are about
}

func newGroups() *groups {
	return &groups{
		all:    map[groupKey]*group{},
		dirty:  map[groupKey]struct{}{},
		list:   newList(compareGroups),
		jobs:   map[string]*jobBody{},
		below:  map[string]map[key]*podBody{},
		events: map[string]map[key]*fleet.Event{},
	}
}

// compareGroups orders by namespace, name, then whatever else tells two runs apart.
func compareGroups(a, b *fleet.Group) int {
	x, y := &a.Owner, &b.Owner
	return cmp.Or(
		strings.Compare(x.Ref.Namespace, y.Ref.Namespace),
		strings.Compare(x.Ref.Name, y.Ref.Name),
		strings.Compare(x.Ref.Kind, y.Ref.Kind),
		strings.Compare(x.UID, y.UID),
	)
}

// top is the run that a pod belongs to, as far as is known now.
func (g *groups) top(p *podBody) fleet.Owner {
	if job := g.jobs[p.owner.UID]; job != nil && kinds.BatchJob(*p.owner) {
		return job.top
	}
	switch {
	case p.above != nil:
		return *p.above
	case p.owner.Ref.Name != "":
		return *p.owner
	}
	return fleet.Owner{Ref: p.pod.Ref, APIVersion: "v1", UID: p.pod.UID}
}

// swapPod replaces a pod by its next picture, or another life of its name; nil
// stands for none.
func (g *groups) swapPod(k key, before, after *podBody) {
	if before != nil {
		g.leave(k, before, g.top(before))
		if owner := *before.owner; kinds.BatchJob(owner) {
			remove(g.below, owner.UID, k)
		}
	}
	if after != nil {
		if owner := *after.owner; kinds.BatchJob(owner) {
			insert(g.below, owner.UID, k, after)
		}
		g.join(k, after, g.top(after))
	}
}

// swapJob replaces a job's object. Its pods move with it when it says more
// than their labels did.
func (g *groups) swapJob(k key, before, after *jobBody) {
	for _, uid := range uids(before, after) {
		for pk, p := range g.below[uid] {
			g.leave(pk, p, g.top(p))
		}
	}
	if before != nil {
		at := keyOf(before.top)
		delete(g.all[at].jobs, k)
		g.touch(at)
		delete(g.jobs, before.job.UID)
	}
	if after != nil {
		g.jobs[after.job.UID] = after
		g.at(after.top).jobs[k] = after
		g.touch(keyOf(after.top))
	}
	for _, uid := range uids(before, after) {
		for pk, p := range g.below[uid] {
			g.join(pk, p, g.top(p))
		}
	}
}

// swapEvent replaces an event about a job.
func (g *groups) swapEvent(k key, before, after *fleet.Event) {
	if before != nil {
		remove(g.events, before.UID, k)
		g.touchJob(before.UID)
	}
	if after != nil {
		insert(g.events, after.UID, k, after)
		g.touchJob(after.UID)
	}
}

func (g *groups) touchJob(uid string) {
	if job := g.jobs[uid]; job != nil {
		g.touch(keyOf(job.top))
	}
}

func (g *groups) touch(k groupKey) { g.dirty[k] = struct{}{} }

// at is the group of a run, made when it is new.
func (g *groups) at(o fleet.Owner) *group {
	k := keyOf(o)
	got := g.all[k]
	if got == nil {
		got = &group{owner: o, pods: map[key]*podBody{}, jobs: map[key]*jobBody{}}
		g.all[k] = got
	}
	return got
}

func (g *groups) join(k key, p *podBody, top fleet.Owner) {
	g.at(top).pods[k] = p
	g.touch(keyOf(top))
}

func (g *groups) leave(k key, p *podBody, top fleet.Owner) {
	at := keyOf(top)
	if got := g.all[at]; got != nil && got.pods[k] == p {
		delete(got.pods, k)
	}
	g.touch(at)
}

// flush rebuilds what changed and returns all groups that show something.
func (g *groups) flush() []*fleet.Group {
	for k := range g.dirty {
		got := g.all[k]
		if got == nil {
			continue
		}
		next := g.build(got)
		g.list.swap(got.built, next)
		got.built = next
		if len(got.pods) == 0 && len(got.jobs) == 0 {
			delete(g.all, k)
		}
	}
	clear(g.dirty)
	return g.list.flush()
}

func uids(bodies ...*jobBody) []string {
	var out []string
	for _, b := range bodies {
		if b != nil && !slices.Contains(out, b.job.UID) {
			out = append(out, b.job.UID)
		}
	}
	return out
}

// insert and remove keep an index of maps without empty maps in it.
func insert[T any](index map[string]map[key]T, at string, k key, v T) {
	if index[at] == nil {
		index[at] = map[key]T{}
	}
	index[at][k] = v
}

func remove[T any](index map[string]map[key]T, at string, k key) {
	delete(index[at], k)
	if len(index[at]) == 0 {
		delete(index, at)
	}
}
