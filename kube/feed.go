package kube

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	"paddock/fleet"
)

const (
	// reflectorPause is the Reflector's own wait; the real one is in feed.pause,
	// where it can be cut short.
	reflectorPause = 10 * time.Millisecond

	listPage = 500 // objects a page, where the server can't stream a list
)

// watched says how one resource is watched.
type watched struct {
	source  string // its name among the Sources
	plural  string
	client  rest.Interface
	fields  string // field selector
	scoped  bool   // objects have a namespace
	newList func() runtime.Object
	shelf   shelf
	// convert makes the slim body; nil when the object is of no interest. It is
	// made anew for each watch, which owns its interner.
	convert func() func(runtime.Object) any
}

// feed is one watch: a resource in one namespace, or in all. It is the
// Reflector's source and its store, so every word that the server says passes
// here and its health is known first hand.
type feed struct {
	watched
	namespace string // "" is all
	hub       *hub
	codec     runtime.ParameterCodec
	convert   func(runtime.Object) any
	kick      chan struct{} // cuts a pause short

	// Owned by the Reflector's goroutine.
	streams   bool // the server can stream the initial list
	initial   bool // between a connect and the end of the initial list
	failures  int
	connected time.Time

	status status // guarded by hub.store.mu
}

// status is a feed's health.
type status struct {
	health   fleet.Health
	since    time.Time
	asOf     time.Time
	err      error
	answered bool // the whole list was there once
}

func newFeed(r watched, namespace string, h *hub, codec runtime.ParameterCodec) *feed {
	return &feed{
		watched: r, namespace: namespace, hub: h, codec: codec,
		convert: r.convert(), kick: make(chan struct{}, 1), streams: true,
		status: status{health: fleet.Connecting, since: h.now()},
	}
}

// run watches until ctx ends.
func (f *feed) run(ctx context.Context) {
	r := cache.NewReflectorWithOptions(&cache.ListWatch{
		ListWithContextFunc:  f.list,
		WatchFuncWithContext: f.watch,
	}, nil, f, cache.ReflectorOptions{
		Name:            f.source,
		TypeDescription: f.source,
		Backoff:         &wait.Backoff{Duration: reflectorPause, Factor: 1, Steps: 1},
	})
	r.RunWithContext(ctx)
}

// watch connects, after a pause when the last attempt failed. Errors that may
// pass are handed to the Reflector as a refused connection: it then asks for
// the same watch again, and does not fetch the whole list anew.
func (f *feed) watch(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
	f.initial = o.SendInitialEvents != nil
	if f.initial && !f.streams {
		return nil, errNoStream
	}
	if !f.connected.IsZero() && f.hub.now().Sub(f.connected) < shortWatch {
		f.failures++
	}
	if err := f.pause(ctx); err != nil {
		return nil, err
	}
	o.Watch, o.FieldSelector = true, f.fields
	answered := f.expectAnswer()
	w, err := f.request().VersionedParams(&o, f.codec).Watch(ctx)
	answered()
	switch {
	case err == nil:
		f.connected = f.hub.now()
		if !f.initial {
			f.live()
		}
		return w, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case f.initial && refusesStream(err):
		f.streams = false
		return nil, errNoStream
	case tooOld(err):
		return nil, err
	}
	f.failed(err)
	return nil, transient{err}
}

// list reads all pages and keeps only slim objects, for servers that can't
// stream a list. The Reflector asks for version "0", any old copy, which makes
// the server ignore the page size: "" pages.
func (f *feed) list(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
	if err := f.pause(ctx); err != nil {
		return nil, err
	}
	out := &page{}
	o = metav1.ListOptions{FieldSelector: f.fields, Limit: listPage}
	for {
		in := f.newList()
		if err := f.request().VersionedParams(&o, f.codec).Do(ctx).Into(in); err != nil {
			if ctx.Err() == nil && !tooOld(err) {
				f.failed(err)
			}
			return nil, err
		}
		m, err := meta.ListAccessor(in)
		if err != nil {
			return nil, err
		}
		err = meta.EachListItem(in, func(item runtime.Object) error {
			if obj := f.take(item); obj != dropped {
				out.Items = append(out.Items, obj)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		out.ResourceVersion = m.GetResourceVersion()
		if o.Continue = m.GetContinue(); o.Continue == "" {
			return out, nil
		}
	}
}

func (f *feed) request() *rest.Request {
	return f.client.Get().NamespaceIfScoped(f.namespace, f.namespace != "").Resource(f.plural)
}

// Transformer makes the Reflector keep slim objects while it gathers the first list.
func (f *feed) Transformer() cache.TransformFunc {
	return func(in any) (any, error) {
		if o, ok := in.(*object); ok {
			return o, nil
		}
		o := f.take(in.(runtime.Object))
		if o != dropped {
			f.hub.change(func() bool { return f.shelf.put(o) }) // shows before the list is complete
		}
		return o, nil
	}
}

// take makes an API object slim. One that is kept in this version already is
// not made twice: a whole list read again costs no second store.
func (f *feed) take(in runtime.Object) *object {
	o := nameOf(in)
	if kept := f.kept(o); kept != nil {
		return kept
	}
	if o.body = f.convert(in); o.body == nil {
		return dropped
	}
	return o
}

func (f *feed) kept(o *object) *object {
	f.hub.store.mu.Lock()
	defer f.hub.store.mu.Unlock()
	return f.shelf.find(o.key, o.version)
}

// nameOf is an API object's name and version, without a body.
func nameOf(in runtime.Object) *object {
	m, err := meta.Accessor(in)
	if err != nil {
		return &object{}
	}
	return &object{key: key{m.GetNamespace(), m.GetName()}, version: m.GetResourceVersion()}
}

// Add takes a new object.
func (f *feed) Add(in any) error { return f.Update(in) }

// Update takes an object's next version. An object that stopped to be of
// interest leaves.
func (f *feed) Update(in any) error {
	obj := in.(runtime.Object)
	o := f.take(obj)
	f.hub.change(func() bool {
		f.status.asOf = f.hub.now()
		if o == dropped {
			return f.shelf.drop(nameOf(obj).key)
		}
		return f.shelf.put(o)
	})
	return nil
}

// Delete forgets an object.
func (f *feed) Delete(in any) error {
	o := nameOf(in.(runtime.Object))
	f.hub.change(func() bool {
		f.status.asOf = f.hub.now()
		return f.shelf.drop(o.key)
	})
	return nil
}

// Replace takes a whole list: what is not in it is gone.
func (f *feed) Replace(list []any, _ string) error {
	objects := make([]*object, 0, len(list))
	for _, in := range list {
		if o := in.(*object); o != dropped {
			objects = append(objects, o)
		}
	}
	f.hub.change(func() bool { return f.shelf.keep(f.namespace, objects) })
	f.live()
	return nil
}

// Resync has no meaning here.
func (f *feed) Resync() error { return nil }

// Bookmark says that nothing else changed up to now.
func (f *feed) Bookmark(string) error {
	f.hub.change(func() bool {
		f.status.asOf = f.hub.now()
		return !f.initial
	})
	return nil
}

// live notes that what the store holds is what the server has.
func (f *feed) live() {
	f.failures = 0
	f.hub.change(func() bool {
		if !f.status.answered {
			f.hub.hurry()
		}
		if f.status.err != nil {
			f.hub.back() // so the server answers again: the others need not wait
		}
		f.status.set(fleet.Live, nil, f.hub.now())
		f.status.answered, f.status.asOf = true, f.hub.now()
		return true
	})
}

// failed notes why the server does not answer. What may no longer be seen is forgotten.
func (f *feed) failed(err error) {
	f.failures++
	f.hub.change(func() bool {
		before := f.status
		health := fleet.Down
		switch {
		case apierrors.IsForbidden(err):
			health = fleet.Forbidden
			f.shelf.keep(f.namespace, nil)
			f.hub.hurry()
		case f.status.answered:
			health = fleet.Stale
		}
		f.status.set(health, err, f.hub.now())
		return before.health != health || before.err == nil || before.err.Error() != err.Error()
	})
}

func (s *status) set(h fleet.Health, err error, now time.Time) {
	if s.health != h {
		s.health, s.since = h, now
	}
	s.err = err
}

// settled is true once the feed has all there is, or was refused.
func (s *status) settled() bool { return s.answered || s.health == fleet.Forbidden }
