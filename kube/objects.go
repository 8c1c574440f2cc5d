package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"paddock/fleet"
)

// place is where the API server keeps the objects of a kind.
type place struct {
	version    string // the apiVersion that is served
	plural     string
	namespaced bool
}

// places finds kinds by plain discovery requests, one a group and version, and
// remembers them.
type places struct {
	api *api

	mu    sync.Mutex
	known map[string]map[string]place // by apiVersion, then kind
}

func newPlaces(a *api) *places {
	p := &places{api: a, known: map[string]map[string]place{}}
	p.known["v1"] = map[string]place{
		"Pod": {"v1", "pods", true}, "Node": {"v1", "nodes", false}, "Namespace": {"v1", "namespaces", false},
		"Service": {"v1", "services", true}, "ServiceAccount": {"v1", "serviceaccounts", true},
		"Secret": {"v1", "secrets", true}, "ConfigMap": {"v1", "configmaps", true},
		"PersistentVolumeClaim": {"v1", "persistentvolumeclaims", true},
	}
	p.known["batch/v1"] = map[string]place{"Job": {"batch/v1", "jobs", true}}
	p.known["scheduling.k8s.io/v1"] = map[string]place{"PriorityClass": {"scheduling.k8s.io/v1", "priorityclasses", false}}
	return p
}

// find is the place of a kind. An API version that came from a label may not
// be the one that is served: the group's preferred version is tried then.
func (p *places) find(ctx context.Context, apiVersion, kind string) (place, error) {
	if apiVersion == "" {
		return place{}, &ConfigError{What: fmt.Sprintf("a %s has no object of its own that could be opened", clean(kind))}
	}
	if got, ok := p.cached(apiVersion, kind); ok {
		return got, nil
	}
	served := apiVersion
	kinds, err := p.discover(ctx, served)
	if apierrors.IsNotFound(err) {
		if served, err = p.preferred(ctx, apiVersion); err == nil {
			kinds, err = p.discover(ctx, served)
		}
	}
	if apierrors.IsNotFound(err) || err == nil && kinds[kind].plural == "" {
		return place{}, &ConfigError{What: fmt.Sprintf("the cluster serves no %s of %s", clean(kind), clean(apiVersion)), Err: err}
	}
	if err != nil {
		return place{}, err
	}
	p.mu.Lock()
	p.known[apiVersion] = kinds
	p.mu.Unlock()
	return kinds[kind], nil
}

func (p *places) cached(apiVersion, kind string) (place, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	got, ok := p.known[apiVersion][kind]
	return got, ok
}

// discover lists the kinds of one group and version.
func (p *places) discover(ctx context.Context, apiVersion string) (map[string]place, error) {
	body, err := p.api.raw(ctx, root(apiVersion))
	if err != nil {
		return nil, err
	}
	var list struct {
		Resources []struct {
			Name, Kind string
			Namespaced bool
		}
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, errNotKubernetes
	}
	out := map[string]place{}
	for _, r := range list.Resources {
		if !strings.Contains(r.Name, "/") { // not a subresource
			out[r.Kind] = place{apiVersion, r.Name, r.Namespaced}
		}
	}
	return out, nil
}

// preferred is the version of a group that the server prefers.
func (p *places) preferred(ctx context.Context, apiVersion string) (string, error) {
	gv, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		return "", err
	}
	body, err := p.api.raw(ctx, "/apis/"+url.PathEscape(gv.Group))
	if err != nil {
		return "", err
	}
	var group struct {
		PreferredVersion struct{ GroupVersion string }
	}
	if err := json.Unmarshal(body, &group); err != nil {
		return "", errNotKubernetes
	}
	return group.PreferredVersion.GroupVersion, nil
}

// root is the path of a group and version: the core group is older than groups.
func root(apiVersion string) string {
	prefix := "/apis/"
	if !strings.Contains(apiVersion, "/") {
		prefix = "/api/"
	}
	parts := strings.Split(apiVersion, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return prefix + strings.Join(parts, "/")
}

// path is where the API server keeps an object.
func (p *places) path(ctx context.Context, ref fleet.Ref, apiVersion string) (string, error) {
	at, err := p.find(ctx, apiVersion, ref.Kind)
	if err != nil {
		return "", err
	}
	path := root(at.version)
	if at.namespaced {
		path += "/namespaces/" + url.PathEscape(ref.Namespace)
	}
	return path + "/" + at.plural + "/" + url.PathEscape(ref.Name), nil
}

// read gets any object as the server wrote it.
func (c *Client) read(ctx context.Context, ref fleet.Ref, apiVersion string) (map[string]any, error) {
	path, err := c.places.path(ctx, ref, apiVersion)
	if err != nil {
		return nil, err
	}
	body, err := c.api.raw(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("read %s %s: %w", ref.Kind, ref, err)
	}
	var o map[string]any
	if err := json.Unmarshal(body, &o); err != nil {
		return nil, errNotKubernetes
	}
	return o, nil
}

// dig follows a path of fields through an object; nil when it ends early.
func dig(o any, path ...string) any {
	for _, field := range path {
		m, ok := o.(map[string]any)
		if !ok {
			return nil
		}
		o = m[field]
	}
	return o
}

// word is a field's text, made safe; "" when it is none.
func word(o any, path ...string) string {
	switch v := dig(o, path...).(type) {
	case string:
		return clean(v)
	case bool, float64, int64:
		return clean(fmt.Sprint(v))
	}
	return ""
}

// sorted turns a map of texts into lines by key.
func sorted[K, V ~string](m map[K]V) []fleet.KeyValue {
	out := make([]fleet.KeyValue, 0, len(m))
	for k, v := range m {
		out = append(out, fleet.KeyValue{Key: clean(string(k)), Value: clean(string(v))})
	}
	slices.SortFunc(out, func(a, b fleet.KeyValue) int { return strings.Compare(a.Key, b.Key) })
	return out
}
