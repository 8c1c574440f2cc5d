// Package store keeps the API objects of the embedded cluster in memory, as
// etcd and the registry do for a real one: one global resource version, one
// function that writes, and a bounded history that watches read.
package store

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// Object is a typed API object: *core.Pod, *batch.Job. What the store hands
// out is shared and must not be changed; change a DeepCopyObject.
type Object interface {
	runtime.Object
	meta.Object
}

// Key names an object. Namespace is empty for what has none.
type Key struct {
	Resource        schema.GroupResource
	Namespace, Name string
}

func (k Key) String() string {
	return fmt.Sprintf("%s %s/%s", k.Resource, k.Namespace, k.Name)
}

// EventType says what happened to an object.
type EventType string

// The types, as a watch writes them.
const (
	Added    EventType = "ADDED"
	Modified EventType = "MODIFIED"
	Deleted  EventType = "DELETED"
)

// Event is one write. Old is nil for Added; for Deleted, Object is the last
// state under the resource version of the deletion.
type Event struct {
	Type    EventType
	Key     Key
	Version uint64
	Object  Object
	Old     Object
}

// Rule sees every object before it is written: it fills in defaults, or
// refuses with an API error. next is a copy of its own; old is nil on creation.
// r reads the store under the lock that the write holds.
type Rule func(r Reader, key Key, old, next Object) error

// Reader reads a consistent state.
type Reader interface {
	Get(Key) (Object, bool)
	List(resource schema.GroupResource, namespace string) []Object
	Now() time.Time
}

// Store is safe for concurrent use.
type Store struct {
	now func() time.Time
	uid func() types.UID

	mu      sync.Mutex
	objects map[schema.GroupResource]map[Key]Object
	rules   []Rule
	version uint64
	history []Event       // the newest last
	changed chan struct{} // closed at the next write
}

// historyLength is how many events a watch may be behind.
const historyLength = 4096

// New makes an empty store with a clock and a source of UIDs.
func New(now func() time.Time, uid func() types.UID, rules ...Rule) *Store {
	return &Store{
		now: now, uid: uid, rules: rules, version: 1,
		objects: map[schema.GroupResource]map[Key]Object{}, changed: make(chan struct{}),
	}
}

// Get returns an object as it is now.
func (s *Store) Get(k Key) (Object, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return (*locked)(s).Get(k)
}

// List returns the objects of a namespace, or of all when it is empty, by
// namespace and name; and the version that the list is of.
func (s *Store) List(resource schema.GroupResource, namespace string) ([]Object, uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return (*locked)(s).List(resource, namespace), s.version
}

// Version is the newest resource version.
func (s *Store) Version() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

// Write is the one way to change something. change gets what is there, nil
// when nothing is, and returns what shall be there: an object of its own (the
// store keeps it), nil to delete, or the old one to leave everything as it is.
// UID, creation time, resource version and generation are the store's. With
// dryRun the result is returned and nothing is kept.
func (s *Store) Write(k Key, dryRun bool, change func(old Object) (Object, error)) (Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, _ := (*locked)(s).Get(k)
	next, err := change(old)
	if err != nil || next == old {
		return next, err
	}
	if next == nil {
		if old == nil {
			return nil, errors.NewNotFound(k.Resource, k.Name)
		}
		if !dryRun {
			s.remove(k, old, old)
		}
		return old, nil
	}
	s.identify(old, next)
	for _, rule := range s.rules {
		if err := rule((*locked)(s), k, old, next); err != nil {
			return nil, err
		}
	}
	switch {
	case old == nil:
		next.SetGeneration(firstGeneration(next))
	case old.GetGeneration() > 0 && (specChanged(old, next) || dying(next) && !dying(old)):
		next.SetGeneration(old.GetGeneration() + 1)
	}
	if old != nil && same(old, next) {
		return old, nil
	}
	if dryRun {
		return next, nil
	}
	switch {
	case old == nil:
		s.keep(Event{Type: Added, Key: k, Object: next})
	case finished(next):
		s.remove(k, old, next)
	default:
		s.keep(Event{Type: Modified, Key: k, Object: next, Old: old})
	}
	return next, nil
}

// identify gives an object what is not its writer's to say.
func (s *Store) identify(old, next Object) {
	if old == nil {
		next.SetUID(s.uid())
		next.SetCreationTimestamp(meta.NewTime(s.now().Truncate(time.Second)))
		return
	}
	next.SetUID(old.GetUID())
	next.SetCreationTimestamp(old.GetCreationTimestamp())
	next.SetGeneration(old.GetGeneration())
}

// remove commits a deletion; last is the final state.
func (s *Store) remove(k Key, old, last Object) {
	s.keep(Event{Type: Deleted, Key: k, Object: last.DeepCopyObject().(Object), Old: old})
}

// keep commits an event.
func (s *Store) keep(e Event) {
	s.version++
	e.Version = s.version
	e.Object.SetResourceVersion(strconv.FormatUint(s.version, 10))
	if o, ok := e.Object.(interface{ Size() int }); ok {
		o.Size() // amounts remember their text when they are first written out: now, while nobody else reads them
	}
	kind := s.objects[e.Key.Resource]
	if kind == nil {
		kind = map[Key]Object{}
		s.objects[e.Key.Resource] = kind
	}
	if e.Type == Deleted {
		delete(kind, e.Key)
	} else {
		kind[e.Key] = e.Object
	}
	if len(s.history) >= 2*historyLength {
		s.history = append(s.history[:0:0], s.history[historyLength:]...)
	}
	s.history = append(s.history, e)
	close(s.changed)
	s.changed = make(chan struct{})
}

// Since returns the events after a version, and a channel that closes at the
// next write. A version that the history no longer reaches is an API error
// "Expired" (410), as is one from the future.
func (s *Store) Since(version uint64) ([]Event, <-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	events, err := s.since(version)
	return events, s.changed, err
}

func (s *Store) since(version uint64) ([]Event, error) {
	if version > s.version {
		return nil, errors.NewResourceExpired(fmt.Sprintf("too large resource version: %d, current: %d", version, s.version))
	}
	oldest := s.version - uint64(len(s.history))
	if version < oldest {
		return nil, errors.NewResourceExpired(fmt.Sprintf("too old resource version: %d (%d)", version, oldest))
	}
	return s.history[version-oldest : len(s.history) : len(s.history)], nil
}

// Changed closes at the next write.
func (s *Store) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// locked reads while the store's lock is held.
type locked Store

func (l *locked) Get(k Key) (Object, bool) {
	o, ok := l.objects[k.Resource][k]
	return o, ok
}

func (l *locked) List(resource schema.GroupResource, namespace string) []Object {
	return sorted(l.objects[resource], namespace)
}

func (l *locked) Now() time.Time { return l.now() }

// sorted lists the objects of a namespace, or all, by namespace and name.
func sorted(objects map[Key]Object, namespace string) []Object {
	var found []Object
	for k, o := range objects {
		if namespace == "" || k.Namespace == namespace {
			found = append(found, o)
		}
	}
	slices.SortFunc(found, func(a, b Object) int {
		return cmp.Or(cmp.Compare(a.GetNamespace(), b.GetNamespace()), cmp.Compare(a.GetName(), b.GetName()))
	})
	return found
}
