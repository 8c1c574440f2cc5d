package kube

import (
	"reflect"
	"strings"
	"sync"

	"paddock/fleet"
)

// store holds what the watches said, in slim types. Watches put into it;
// the publisher takes pictures out. Both only ever hold the lock for the time
// of one object, or of rebuilding what changed.
type store struct {
	mu         sync.Mutex
	groups     *groups
	pods       *table[*podBody]
	jobs       *table[*jobBody]
	nodes      *table[*fleet.NodeObject]
	namespaces *table[*fleet.Namespace]
	quotas     *table[[]*fleet.Quota]
	events     *table[*fleet.Event]

	nodeList      *list[*fleet.NodeObject]
	namespaceList *list[*fleet.Namespace]
	quotaList     *list[*fleet.Quota]
}

func newStore() *store {
	s := &store{groups: newGroups()}
	s.nodeList = newList(func(a, b *fleet.NodeObject) int { return strings.Compare(a.Name, b.Name) })
	s.namespaceList = newList(func(a, b *fleet.Namespace) int { return strings.Compare(a.Name, b.Name) })
	s.quotaList = newList(compareQuotas)

	s.pods = newTable(samePod, s.groups.swapPod)
	s.jobs = newTable(sameJob, s.groups.swapJob)
	s.events = newTable(deepEqual[*fleet.Event], s.groups.swapEvent)
	s.nodes = newTable(deepEqual[*fleet.NodeObject], func(_ key, a, b *fleet.NodeObject) { s.nodeList.swap(a, b) })
	s.namespaces = newTable(deepEqual[*fleet.Namespace], func(_ key, a, b *fleet.Namespace) { s.namespaceList.swap(a, b) })
	s.quotas = newTable(deepEqual[[]*fleet.Quota], func(_ key, a, b []*fleet.Quota) {
		for _, q := range a {
			s.quotaList.swap(q, nil)
		}
		for _, q := range b {
			s.quotaList.swap(nil, q)
		}
	})
	return s
}

func compareQuotas(a, b *fleet.Quota) int {
	if c := strings.Compare(a.Namespace, b.Namespace); c != 0 {
		return c
	}
	if c := strings.Compare(a.Name, b.Name); c != 0 {
		return c
	}
	return strings.Compare(a.Resource, b.Resource)
}

func deepEqual[T any](a, b T) bool { return reflect.DeepEqual(a, b) }

// samePod tells whether two pictures of a pod look alike; an index that was
// found out since (see podBody.number) does not count.
func samePod(a, b *podBody) bool {
	if a.member != nil && b.member != nil && a.pod.Index != b.pod.Index {
		moved := *b.pod
		moved.Index = a.pod.Index
		b = &podBody{pod: &moved, above: b.above, trains: b.trains, member: b.member}
	}
	return a.trains == b.trains && reflect.DeepEqual(a, b)
}

func sameJob(a, b *jobBody) bool { return reflect.DeepEqual(a, b) }

// shelf is what a watch needs of a table.
type shelf interface {
	// put takes an object in its newest version; it reports whether anything changed that shows.
	put(o *object) bool
	// find is the object as it is kept, if it is kept in this version; nil otherwise.
	find(k key, version string) *object
	// drop forgets an object.
	drop(k key) bool
	// keep forgets every object of a namespace ("" is all) that is not in the list, and puts those that are.
	keep(namespace string, objects []*object) bool
	// size counts the objects of a namespace ("" is all).
	size(namespace string) int
}

// table holds the objects of one resource; their bodies are of type T. swap is
// told of each change, with the zero T for nothing.
type table[T any] struct {
	rows map[key]*object
	same func(a, b T) bool
	swap func(k key, before, after T)
}

func newTable[T any](same func(a, b T) bool, swap func(k key, before, after T)) *table[T] {
	return &table[T]{rows: map[key]*object{}, same: same, swap: swap}
}

func (t *table[T]) put(o *object) bool {
	row, known := t.rows[o.key]
	if known && row.version == o.version {
		return false // a relist replays everything
	}
	var before T
	after := o.body.(T)
	if known {
		before = row.body.(T)
	}
	t.rows[o.key] = o
	if known && t.same(before, after) {
		o.body = row.body // what is published stays the same pointer
		return false
	}
	t.swap(o.key, before, after)
	return true
}

func (t *table[T]) find(k key, version string) *object {
	if row := t.rows[k]; row != nil && row.version == version {
		return row
	}
	return nil
}

func (t *table[T]) drop(k key) bool {
	row, known := t.rows[k]
	if !known {
		return false
	}
	var none T
	delete(t.rows, k)
	t.swap(k, row.body.(T), none)
	return true
}

func (t *table[T]) keep(namespace string, objects []*object) bool {
	here := make(map[key]struct{}, len(objects))
	changed := false
	for _, o := range objects {
		here[o.key] = struct{}{}
		changed = t.put(o) || changed
	}
	for k := range t.rows {
		if _, ok := here[k]; !ok && (namespace == "" || k.namespace == namespace) {
			changed = t.drop(k) || changed
		}
	}
	return changed
}

func (t *table[T]) size(namespace string) int {
	if namespace == "" {
		return len(t.rows)
	}
	n := 0
	for k := range t.rows {
		if k.namespace == namespace {
			n++
		}
	}
	return n
}
