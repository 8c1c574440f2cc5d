package apiserver

import (
	"bytes"
	"compress/gzip"
	"mime"
	"net/http"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// gzipFrom is the size from which answers are compressed; kube-apiserver's own
// defaultGzipThresholdBytes.
const gzipFrom = 128 * 1024

// format is how a client wants its answer: the encoding, and whether the
// objects are turned into tables or into their metadata alone.
type format struct {
	runtime.SerializerInfo
	as string // "", "Table", "PartialObjectMetadata", "PartialObjectMetadataList"
}

// addMeta registers what can stand for objects in an answer.
func addMeta(s *runtime.Scheme) {
	s.AddKnownTypes(metav1.SchemeGroupVersion, &metav1.Table{}, &metav1.TableOptions{}, &metav1.PartialObjectMetadata{}, &metav1.PartialObjectMetadataList{}, &metav1.DeleteOptions{})
	s.AddUnversionedTypes(schema.GroupVersion{Version: "v1"}, &metav1.Status{}, &metav1.APIVersions{}, &metav1.APIGroupList{}, &metav1.APIGroup{}, &metav1.APIResourceList{})
}

// accept finds the first of the wanted formats that can be served.
func (c *call) accept() (format, error) {
	header := c.Header.Get("Accept")
	if header == "" {
		header = "*/*"
	}
	for clause := range strings.SplitSeq(header, ",") {
		kind, params, err := mime.ParseMediaType(strings.TrimSpace(clause))
		if err != nil {
			continue
		}
		if kind == "*/*" || kind == "application/*" {
			kind = runtime.ContentTypeJSON
		}
		as := params["as"]
		if as != "" && (params["g"] != metav1.GroupName || params["v"] != "v1") {
			continue
		}
		for _, info := range c.codecs.SupportedMediaTypes() {
			if info.MediaType == kind && !(as == "Table" && kind == runtime.ContentTypeProtobuf) {
				return format{info, as}, nil
			}
		}
	}
	return format{}, notAcceptable(c.mediaTypes())
}

func (c *call) mediaTypes() string {
	var types []string
	for _, info := range c.codecs.SupportedMediaTypes() {
		types = append(types, info.MediaType)
	}
	return strings.Join(types, ", ")
}

// respond answers with an object in the format that was asked for; errors can
// always be told as JSON.
func (c *call) respond(code int, o runtime.Object) {
	f, err := c.accept()
	if err != nil {
		f = format{SerializerInfo: c.codecs.SupportedMediaTypes()[0]}
	}
	if _, status := o.(*metav1.Status); !status && f.as != "" {
		if o, err = c.as(f.as, o); err != nil {
			c.fail(err)
			return
		}
	}
	var body bytes.Buffer
	if err := f.Serializer.Encode(c.typed(o), &body); err != nil {
		http.Error(c.w, err.Error(), http.StatusInternalServerError)
		return
	}
	c.send(code, f.MediaType, body.Bytes())
}

// send writes a whole answer, compressed when that pays.
func (c *call) send(code int, contentType string, body []byte) {
	h := c.w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-cache, private")
	if len(body) < gzipFrom || !strings.Contains(c.Header.Get("Accept-Encoding"), "gzip") {
		c.w.WriteHeader(code)
		_, _ = c.w.Write(body) // a client that went away needs no answer
		return
	}
	h.Set("Content-Encoding", "gzip")
	h.Add("Vary", "Accept-Encoding")
	c.w.WriteHeader(code)
	z, _ := gzip.NewWriterLevel(c.w, gzip.BestSpeed) // the level is valid
	_, _ = z.Write(body)
	_ = z.Close()
}

// typed is a shallow copy that says its kind: objects in the store don't.
func (s *Server) typed(o runtime.Object) runtime.Object {
	kinds, _, err := s.scheme.ObjectKinds(o)
	if err != nil || o.GetObjectKind().GroupVersionKind() == kinds[0] {
		return o
	}
	c := shallow(o)
	c.GetObjectKind().SetGroupVersionKind(kinds[0])
	return c
}

func shallow[T runtime.Object](o T) T {
	c := reflect.New(reflect.TypeOf(o).Elem())
	c.Elem().Set(reflect.ValueOf(o).Elem())
	return c.Interface().(T)
}

// as turns an answer into a table or into metadata.
func (c *call) as(form string, o runtime.Object) (runtime.Object, error) {
	switch form {
	case "Table":
		return c.table(o, true)
	case "PartialObjectMetadata":
		if m, err := meta.Accessor(o); err == nil {
			return meta.AsPartialObjectMetadata(m), nil
		}
	case "PartialObjectMetadataList":
		if meta.IsListType(o) {
			return partials(o)
		}
	}
	return nil, notAcceptable(c.mediaTypes())
}

func partials(list runtime.Object) (runtime.Object, error) {
	lm, err := meta.ListAccessor(list)
	if err != nil {
		return nil, err
	}
	out := &metav1.PartialObjectMetadataList{Items: []metav1.PartialObjectMetadata{}}
	out.ResourceVersion, out.Continue, out.RemainingItemCount = lm.GetResourceVersion(), lm.GetContinue(), lm.GetRemainingItemCount()
	err = meta.EachListItem(list, func(item runtime.Object) error {
		m, err := meta.Accessor(item)
		if err == nil {
			out.Items = append(out.Items, *meta.AsPartialObjectMetadata(m))
		}
		return err
	})
	return out, err
}
