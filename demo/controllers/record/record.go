// Package record writes the events that components tell about objects, as
// client-go's recorders do: one that repeats is counted, one that repeats too
// often is dropped, and all are gone after an hour.
package record

import (
	"fmt"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"paddock/demo/controllers/typed"
	"paddock/demo/sim"
	"paddock/demo/store"
)

// The limit of one source's events about one object: client-go's
// EventSourceObjectSpamFilter.
const (
	burst  = 25
	refill = 5 * time.Minute
)

// Recorder writes the events of one component.
type Recorder struct {
	sim       *sim.Sim
	store     *store.Store
	component string
	modern    bool
	known     map[fact]store.Key
	buckets   map[types.UID]bucket
	count     int64
}

// fact is what makes an event a repetition.
type fact struct {
	uid                               types.UID
	path, host, kind, reason, message string
}

type bucket struct {
	tokens float64
	at     time.Time
}

// New makes the recorder of a component that uses core/v1 events.
func New(s *sim.Sim, st *store.Store, component string) *Recorder {
	return &Recorder{sim: s, store: st, component: component, known: map[fact]store.Key{}, buckets: map[types.UID]bucket{}}
}

// NewModern makes the recorder of a component that uses events.k8s.io: such
// events have an action and an event time instead of a count and two times.
func NewModern(s *sim.Sim, st *store.Store, component string) *Recorder {
	r := New(s, st, component)
	r.modern = true
	return r
}

// About is what an event is about, and where the component that tells it runs.
type About struct {
	Object store.Object
	Path   string // of a field: spec.containers{trainer}
	Host   string
	Action string // of a modern event: Binding
}

// Normal tells what is as it should be.
func (r *Recorder) Normal(about About, reason, format string, args ...any) {
	r.event(about, core.EventTypeNormal, reason, fmt.Sprintf(format, args...))
}

// Warning tells what is not.
func (r *Recorder) Warning(about About, reason, format string, args ...any) {
	r.event(about, core.EventTypeWarning, reason, fmt.Sprintf(format, args...))
}

func (r *Recorder) event(about About, kind, reason, message string) {
	f := fact{about.Object.GetUID(), about.Path, about.Host, kind, reason, message}
	if !r.allowed(f.uid) {
		return
	}
	if key, ok := r.known[f]; ok {
		_, err := r.store.Write(key, false, func(old store.Object) (store.Object, error) {
			if old == nil {
				return nil, nil // it has expired
			}
			again := old.DeepCopyObject().(*core.Event)
			r.repeat(again)
			return again, nil
		})
		if _, still := r.store.Get(key); err == nil && still {
			return
		}
		delete(r.known, f)
	}
	e := r.first(about, kind, reason, message)
	key := typed.Event(e.Namespace, e.Name)
	if _, err := typed.Create(r.store, key, e); err == nil { // refused in a namespace that is going
		r.known[f] = key
	}
}

func (r *Recorder) first(about About, kind, reason, message string) *core.Event {
	now := r.sim.Now()
	r.count++
	o := about.Object
	e := &core.Event{
		ObjectMeta:          meta.ObjectMeta{Namespace: o.GetNamespace(), Name: fmt.Sprintf("%s.%x", o.GetName(), now.UnixNano()+r.count)},
		InvolvedObject:      reference(o, about.Path),
		Type:                kind,
		Reason:              reason,
		Message:             message,
		ReportingController: r.component,
	}
	if e.Namespace == "" {
		e.Namespace = meta.NamespaceDefault
	}
	if r.modern {
		e.EventTime = meta.NewMicroTime(now)
		e.Action = about.Action
		e.ReportingInstance = r.component + "-control-plane"
		return e
	}
	at := meta.NewTime(now.Truncate(time.Second))
	e.FirstTimestamp, e.LastTimestamp, e.Count = at, at, 1
	e.Source = core.EventSource{Component: r.component, Host: about.Host}
	e.ReportingInstance = about.Host
	return e
}

func (r *Recorder) repeat(e *core.Event) {
	now := r.sim.Now()
	if !r.modern {
		e.Count++
		e.LastTimestamp = meta.NewTime(now.Truncate(time.Second))
		return
	}
	if e.Series == nil {
		e.Series = &core.EventSeries{Count: 1}
	}
	e.Series.Count++
	e.Series.LastObservedTime = meta.NewMicroTime(now)
}

// allowed takes a token from the object's bucket. All but the latest buckets
// are forgotten now and then: full ones are as good as none.
func (r *Recorder) allowed(uid types.UID) bool {
	now := r.sim.Moment()
	b, ok := r.buckets[uid]
	if !ok {
		b = bucket{burst, now}
		if len(r.buckets) >= 4096 {
			r.forget(now)
		}
	}
	b.tokens = min(burst, b.tokens+float64(now.Sub(b.at))/float64(refill))
	b.at = now
	allowed := b.tokens >= 1
	if allowed {
		b.tokens--
	}
	r.buckets[uid] = b
	return allowed
}

func (r *Recorder) forget(now time.Time) {
	for uid, b := range r.buckets {
		if now.Sub(b.at) > burst*refill {
			delete(r.buckets, uid)
		}
	}
	for f, key := range r.known {
		if _, ok := r.store.Get(key); !ok {
			delete(r.known, f)
		}
	}
}

// reference names an object; kinds are written in full because objects in the
// store need not carry theirs.
func reference(o store.Object, path string) core.ObjectReference {
	version, kind := gvk(o)
	return core.ObjectReference{
		APIVersion: version, Kind: kind, Namespace: o.GetNamespace(), Name: o.GetName(), UID: o.GetUID(),
		ResourceVersion: o.GetResourceVersion(), FieldPath: path,
	}
}

func gvk(o runtime.Object) (version, kind string) {
	switch o.(type) {
	case *core.Pod:
		return "v1", "Pod"
	case *core.Node:
		return "v1", "Node"
	case *core.PersistentVolumeClaim:
		return "v1", "PersistentVolumeClaim"
	}
	return "batch/v1", "Job"
}
