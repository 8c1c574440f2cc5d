package apiserver

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	discovery "k8s.io/api/apidiscovery/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// aggregated is the content type of discovery in one answer.
const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

// discovery serves /api and /apis and what is below them.
func (c *call) discovery(path string) error {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case len(parts) == 1 && c.wantsAggregated():
		return c.discoverAll(parts[0] == "api")
	case path == "/api":
		return c.json(&metav1.APIVersions{TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}, Versions: []string{"v1"},
			ServerAddressByClientCIDRs: []metav1.ServerAddressByClientCIDR{{ClientCIDR: "0.0.0.0/0", ServerAddress: c.Host}}})
	case path == "/apis":
		list := &metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}}
		for _, gv := range c.groupVersions() {
			if gv.Group != "" {
				list.Groups = append(list.Groups, group(gv))
			}
		}
		return c.json(list)
	case parts[0] == "apis" && len(parts) == 2:
		for _, gv := range c.groupVersions() {
			if gv.Group == parts[1] {
				g := group(gv)
				g.TypeMeta = metav1.TypeMeta{Kind: "APIGroup", APIVersion: "v1"}
				return c.json(&g)
			}
		}
		return c.noSuchPage()
	}
	gv := schema.GroupVersion{Version: parts[len(parts)-1]}
	if parts[0] == "apis" {
		gv.Group = parts[1]
	}
	if !slices.Contains(c.groupVersions(), gv) {
		return c.noSuchPage()
	}
	return c.json(c.resourceList(gv))
}

// groupVersions lists what is served, in the order of the resources.
func (s *Server) groupVersions() []schema.GroupVersion {
	var list []schema.GroupVersion
	for _, r := range s.kinds {
		if gv := r.GroupVersion(); !slices.Contains(list, gv) {
			list = append(list, gv)
		}
	}
	return list
}

func group(gv schema.GroupVersion) metav1.APIGroup {
	v := metav1.GroupVersionForDiscovery{GroupVersion: gv.String(), Version: gv.Version}
	return metav1.APIGroup{Name: gv.Group, Versions: []metav1.GroupVersionForDiscovery{v}, PreferredVersion: v}
}

func (s *Server) resourceList(gv schema.GroupVersion) *metav1.APIResourceList {
	list := &metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: gv.String()}
	for _, r := range s.kinds {
		if r.GroupVersion() != gv {
			continue
		}
		list.APIResources = append(list.APIResources, metav1.APIResource{
			Name: r.Resource, SingularName: r.singular, Namespaced: r.namespaced, Kind: r.kind,
			Verbs: r.verbs, ShortNames: r.short, Categories: r.categories,
		})
		for _, name := range slices.Sorted(maps.Keys(r.subresources)) {
			gvk, verbs := r.describeSub(name)
			sub := metav1.APIResource{Name: r.Resource + "/" + name, Namespaced: r.namespaced, Kind: gvk.Kind, Verbs: verbs}
			if gvk.GroupVersion() != gv {
				sub.Group, sub.Version = gvk.Group, gvk.Version
			}
			list.APIResources = append(list.APIResources, sub)
		}
	}
	return list
}

// describeSub says what a subresource takes or gives, and its verbs.
func (r *resource) describeSub(name string) (schema.GroupVersionKind, []string) {
	own := r.GroupVersion()
	switch name {
	case "status":
		return own.WithKind(r.kind), []string{"get", "patch", "update"}
	case "finalize":
		return own.WithKind(r.kind), []string{"update"}
	case "log":
		return own.WithKind(r.kind), []string{"get"}
	case "binding":
		return own.WithKind("Binding"), []string{"create"}
	case "eviction":
		return schema.GroupVersionKind{Group: "policy", Version: "v1", Kind: "Eviction"}, []string{"create"}
	case "proxy":
		return own.WithKind(r.kind + "ProxyOptions"), []string{"create", "delete", "get", "patch", "update"}
	case "exec", "attach":
		return own.WithKind("Pod" + strings.ToUpper(name[:1]) + name[1:] + "Options"), []string{"create", "get"}
	case "portforward":
		return own.WithKind("PodPortForwardOptions"), []string{"create", "get"}
	}
	return own.WithKind(r.kind), nil
}

// wantsAggregated says that the client prefers everything in one answer.
func (c *call) wantsAggregated() bool {
	first, _, _ := strings.Cut(c.Header.Get("Accept"), ",")
	return strings.Contains(first, "as=APIGroupDiscoveryList") && strings.Contains(first, "v=v2") && !strings.Contains(first, "v=v2beta1")
}

func (c *call) discoverAll(legacy bool) error {
	list := &discovery.APIGroupDiscoveryList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupDiscoveryList", APIVersion: "apidiscovery.k8s.io/v2"}}
	for _, gv := range c.groupVersions() {
		if legacy != (gv.Group == "") {
			continue
		}
		version := discovery.APIVersionDiscovery{Version: gv.Version, Freshness: discovery.DiscoveryFreshnessCurrent}
		for _, r := range c.kinds {
			if r.GroupVersion() == gv {
				version.Resources = append(version.Resources, r.discover())
			}
		}
		list.Items = append(list.Items, discovery.APIGroupDiscovery{
			ObjectMeta: metav1.ObjectMeta{Name: gv.Group}, Versions: []discovery.APIVersionDiscovery{version},
		})
	}
	body, err := json.Marshal(list)
	if err != nil {
		return err
	}
	c.w.Header().Set("Vary", "Accept")
	c.send(http.StatusOK, aggregated, body)
	return nil
}

func (r *resource) discover() discovery.APIResourceDiscovery {
	scope := discovery.ScopeCluster
	if r.namespaced {
		scope = discovery.ScopeNamespace
	}
	d := discovery.APIResourceDiscovery{
		Resource: r.Resource, ResponseKind: kindOf(r.gvk()), Scope: scope, SingularResource: r.singular,
		Verbs: r.verbs, ShortNames: r.short, Categories: r.categories,
	}
	for _, name := range slices.Sorted(maps.Keys(r.subresources)) {
		gvk, verbs := r.describeSub(name)
		d.Subresources = append(d.Subresources, discovery.APISubresourceDiscovery{Subresource: name, ResponseKind: kindOf(gvk), Verbs: verbs})
	}
	return d
}

func kindOf(gvk schema.GroupVersionKind) *metav1.GroupVersionKind {
	return &metav1.GroupVersionKind{Group: gvk.Group, Version: gvk.Version, Kind: gvk.Kind}
}

func singular(kind string) string { return strings.ToLower(kind) }
