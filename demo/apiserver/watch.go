package apiserver

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"paddock/demo/store"
)

const (
	// watchesLast is how long a watch without a timeout of its own runs;
	// kube-apiserver chooses between 30 and 60 minutes.
	watchesLast = 45 * time.Minute
	// bookmarkEvery is the watch cache's bookmarkFrequency.
	bookmarkEvery = time.Minute
)

// watcher is one watch: what it sends, and up to which version it has sent.
type watcher struct {
	*call
	options listOptions
	stream  *stream
	version uint64
}

func (c *call) watch() error {
	o, err := c.listOptions()
	if err != nil {
		return err
	}
	stream, err := c.newStream()
	if err != nil {
		return err
	}
	w := &watcher{call: c, options: o, stream: stream, version: o.version}
	if err := w.begin(); err != nil {
		return nil // the client went away
	}
	w.run()
	return nil
}

// begin sends the state first where that is asked for, and the bookmark that
// ends it.
func (w *watcher) begin() error {
	w.stream.open()
	initial := w.options.SendInitialEvents
	switch {
	case initial != nil && !*initial && w.version == 0:
		w.version = w.store.Version()
		return nil
	case initial != nil && !*initial, initial == nil && w.version > 0:
		return nil // from where the client stands
	}
	objects, version := w.store.List(w.groupResource(), w.namespace)
	w.version = version
	for _, o := range objects {
		if !w.options.selector.matches(o) {
			continue
		}
		if err := w.stream.send(store.Added, o); err != nil {
			return err
		}
	}
	if initial != nil && w.options.AllowWatchBookmarks {
		return w.bookmark(map[string]string{metav1.InitialEventsAnnotationKey: "true"})
	}
	return nil
}

func (w *watcher) run() {
	last := watchesLast
	if t := w.options.TimeoutSeconds; t != nil && *t > 0 {
		last = seconds(*t)
	}
	timeout := time.NewTimer(last)
	defer timeout.Stop()
	bookmarks := time.NewTicker(bookmarkEvery)
	defer bookmarks.Stop()
	for {
		changed, err := w.catchUp()
		if err != nil {
			return
		}
		select {
		case <-changed:
		case <-bookmarks.C:
			if w.options.AllowWatchBookmarks && w.bookmark(nil) != nil {
				return
			}
		case <-timeout.C:
			return
		case <-w.Context().Done():
			return
		}
	}
}

// catchUp sends what happened since. A watch that fell too far behind, or
// began there, is told so and ends.
func (w *watcher) catchUp() (<-chan struct{}, error) {
	if w.version > w.store.Version() {
		return w.store.Changed(), w.stream.flush() // from the future: wait for it
	}
	events, changed, err := w.store.Since(w.version)
	if err != nil {
		status := statusOf(err)
		_ = w.stream.send("ERROR", &status)
		return nil, err
	}
	for _, e := range events {
		w.version = e.Version
		if e.Key.Resource != w.groupResource() || w.namespace != "" && w.kind.namespaced && e.Key.Namespace != w.namespace {
			continue
		}
		if kind, o := w.seen(e); kind != "" {
			if err := w.stream.send(kind, o); err != nil {
				return nil, err
			}
		}
	}
	return changed, w.stream.flush()
}

// seen is what an event means to those who look through the selector: what
// begins to match is added, what ceases to is deleted.
func (w *watcher) seen(e store.Event) (store.EventType, store.Object) {
	before := e.Old != nil && w.options.selector.matches(e.Old)
	after := e.Type != store.Deleted && w.options.selector.matches(e.Object)
	switch {
	case before && after:
		return store.Modified, e.Object
	case after:
		return store.Added, e.Object
	case !before:
		return "", nil
	case e.Type == store.Deleted:
		return store.Deleted, e.Object
	}
	last := shallow(e.Old)
	last.SetResourceVersion(strconv.FormatUint(e.Version, 10))
	return store.Deleted, last
}

// bookmark tells the version that the watch has reached.
func (w *watcher) bookmark(annotations map[string]string) error {
	o, err := w.scheme.New(w.kind.gvk())
	if err != nil {
		return err
	}
	mark := o.(store.Object)
	mark.SetResourceVersion(strconv.FormatUint(w.version, 10))
	mark.SetAnnotations(annotations)
	if err := w.stream.send("BOOKMARK", mark); err != nil {
		return err
	}
	return w.stream.flush()
}

// stream writes framed watch events.
type stream struct {
	*call
	format format
	frames io.Writer
	rows   bool // a table's columns were sent
}

func (c *call) newStream() (*stream, error) {
	f, err := c.accept()
	if err == nil && f.StreamSerializer == nil {
		err = notAcceptable("application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch")
	}
	if err != nil {
		return nil, err
	}
	return &stream{call: c, format: f, frames: f.StreamSerializer.Framer.NewFrameWriter(c.w)}, nil
}

func (s *stream) open() {
	contentType := s.format.MediaType
	if contentType != runtime.ContentTypeJSON {
		contentType += ";stream=watch"
	}
	s.w.Header().Set("Content-Type", contentType)
	s.w.Header().Set("Cache-Control", "no-cache, private")
	s.w.WriteHeader(http.StatusOK)
	_ = s.flush()
}

func (s *stream) flush() error { return http.NewResponseController(s.w).Flush() }

// send writes one event: the object inside in the plain encoding, the event
// around it in the stream's.
func (s *stream) send(kind store.EventType, o runtime.Object) error {
	if _, status := o.(*metav1.Status); !status && s.format.as != "" {
		var err error
		if s.format.as == "Table" {
			o, err = s.table(o, !s.rows)
			s.rows = true
		} else {
			o, err = s.as("PartialObjectMetadata", o)
		}
		if err != nil {
			return err
		}
	}
	var inner bytes.Buffer
	if err := s.format.Serializer.Encode(s.typed(o), &inner); err != nil {
		return err
	}
	event := &metav1.WatchEvent{Type: string(kind), Object: runtime.RawExtension{Raw: inner.Bytes()}}
	return s.format.StreamSerializer.Serializer.Encode(event, s.frames)
}
