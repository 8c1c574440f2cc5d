package submit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"paddock/fleet"
)

// Object is one object to be sent, of any kind, as JSON has it.
type Object struct{ Body map[string]any }

// APIVersion is the group and version of its kind: "batch/v1".
func (o Object) APIVersion() string { return o.text("apiVersion") }

// Ref names the object.
func (o Object) Ref() fleet.Ref {
	return fleet.Ref{Kind: o.text("kind"), Namespace: o.text("metadata", "namespace"), Name: o.text("metadata", "name")}
}

// InNamespace is the object in that namespace, unless it names one itself.
// Whether its kind has namespaces at all is for the caller to know.
func (o Object) InNamespace(namespace string) Object {
	if o.Ref().Namespace != "" {
		return o
	}
	return o.withMetadata("namespace", namespace)
}

// OwnedBy is the object as a part of another one that was created already: it
// goes when that goes.
func (o Object) OwnedBy(owner Object, uid string) Object {
	return o.withMetadata("ownerReferences", []any{map[string]any{
		"apiVersion": owner.APIVersion(), "kind": owner.Ref().Kind, "name": owner.Ref().Name, "uid": uid,
	}})
}

func (o Object) withMetadata(key string, value any) Object {
	body := maps.Clone(o.Body)
	meta, _ := body["metadata"].(map[string]any)
	meta = maps.Clone(meta)
	if meta == nil {
		meta = map[string]any{}
	}
	meta[key] = value
	body["metadata"] = meta
	return Object{body}
}

// JSON is the object as it is sent.
func (o Object) JSON() ([]byte, error) { return json.Marshal(o.Body) }

func (o Object) text(path ...string) string {
	s, _, _ := unstructured.NestedString(o.Body, path...) // "" where there is none, or no text
	return s
}

// objectOf is a typed object without what is empty in it.
func objectOf(typed runtime.Object) (Object, error) {
	body, err := runtime.DefaultUnstructuredConverter.ToUnstructured(typed)
	if err != nil {
		return Object{}, fmt.Errorf("write %T: %w", typed, err)
	}
	delete(body, "status")
	prune(body)
	return Object{body}, nil
}

// prune drops nulls and empty maps, but for those that mean something by being there.
func prune(m map[string]any) {
	for k, v := range m {
		switch v := v.(type) {
		case nil:
			delete(m, k)
		case map[string]any:
			if prune(v); len(v) == 0 && k != "emptyDir" {
				delete(m, k)
			}
		case []any:
			for _, item := range v {
				if item, ok := item.(map[string]any); ok {
					prune(item)
				}
			}
		}
	}
}

// YAML writes objects as a file that kubectl applies. The same objects give the
// same text.
func YAML(objects []Object) ([]byte, error) {
	var out bytes.Buffer
	for i, o := range objects {
		text, err := yaml.Marshal(o.Body)
		if err != nil {
			return nil, fmt.Errorf("write %s %s: %w", o.Ref().Kind, o.Ref(), err)
		}
		if i > 0 {
			out.WriteString("---\n")
		}
		out.Write(text)
	}
	return out.Bytes(), nil
}

func typeMeta(apiVersion, kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: apiVersion, Kind: kind}
}
