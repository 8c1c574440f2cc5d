package apiserver

import (
	"slices"
	"strings"

	rbac "k8s.io/api/rbac/v1"
)

// attributes are what a right is asked for: a verb on a resource, or on a path
// of the server when path is set.
type attributes struct {
	verb, group, resource, subresource, namespace, name string
	path                                                string
}

// full names the resource as rules do.
func (a attributes) full() string {
	if a.subresource == "" {
		return a.resource
	}
	return a.resource + "/" + a.subresource
}

// everybody is what the default roles of a cluster grant: cluster-admin,
// system:basic-user, system:discovery and system:public-info-viewer.
func everybody() []Grant {
	public := []string{"/healthz", "/livez", "/readyz", "/version", "/version/"}
	return []Grant{
		{Groups: []string{masters}, Rules: []rbac.PolicyRule{
			{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}},
			{Verbs: []string{"*"}, NonResourceURLs: []string{"*"}},
		}},
		{Groups: []string{authenticated}, Rules: []rbac.PolicyRule{
			{Verbs: []string{"create"}, APIGroups: []string{"authorization.k8s.io"}, Resources: []string{"selfsubjectaccessreviews", "selfsubjectrulesreviews"}},
			{Verbs: []string{"create"}, APIGroups: []string{"authentication.k8s.io"}, Resources: []string{"selfsubjectreviews"}},
			{Verbs: []string{"get"}, NonResourceURLs: append([]string{"/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*"}, public...)},
		}},
		{Groups: []string{authenticated, unauthenticated}, Rules: []rbac.PolicyRule{{Verbs: []string{"get"}, NonResourceURLs: public}}},
	}
}

// allows tells whether a grant covers a request.
func (s *Server) allows(u User, a attributes) bool {
	return slices.ContainsFunc(s.rulesFor(u, a.namespace), func(r rbac.PolicyRule) bool { return covers(r, a) })
}

// rulesFor are the rules that hold for a user in a namespace, or in all of the
// cluster when there is none.
func (s *Server) rulesFor(u User, namespace string) []rbac.PolicyRule {
	var rules []rbac.PolicyRule
	for _, g := range s.grants {
		bound := slices.Contains(g.Users, u.Name) ||
			slices.ContainsFunc(g.Groups, func(name string) bool { return slices.Contains(u.Groups, name) })
		if bound && (len(g.Namespaces) == 0 || slices.Contains(g.Namespaces, namespace)) {
			rules = append(rules, g.Rules...)
		}
	}
	return rules
}

func covers(r rbac.PolicyRule, a attributes) bool {
	if !either(r.Verbs, a.verb) {
		return false
	}
	if a.path != "" {
		return slices.ContainsFunc(r.NonResourceURLs, func(url string) bool {
			prefix, wild := strings.CutSuffix(url, "*")
			return url == a.path || wild && strings.HasPrefix(a.path, prefix)
		})
	}
	return either(r.APIGroups, a.group) &&
		(either(r.Resources, a.full()) || a.subresource != "" && slices.Contains(r.Resources, "*/"+a.subresource)) &&
		(len(r.ResourceNames) == 0 || slices.Contains(r.ResourceNames, a.name))
}

func either(list []string, want string) bool {
	return slices.Contains(list, "*") || slices.Contains(list, want)
}
