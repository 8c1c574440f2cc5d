package apiserver

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// The users and groups that exist everywhere.
const (
	anonymous       = "system:anonymous"
	masters         = "system:masters"
	authenticated   = "system:authenticated"
	unauthenticated = "system:unauthenticated"
)

// authenticate finds out whose request it is: a bearer token's, or somebody's
// whom that user may impersonate.
func (c *call) authenticate() error {
	c.user = User{Name: anonymous, Groups: []string{unauthenticated}}
	if header := c.Header.Get("Authorization"); header != "" {
		token, _ := strings.CutPrefix(header, "Bearer ")
		known, ok := c.options.Users[strings.TrimSpace(token)]
		if !ok {
			return statusError(http.StatusUnauthorized, metav1.StatusReasonUnauthorized, "Unauthorized")
		}
		c.user = known.loggedIn()
	}
	return c.impersonate()
}

func (c *call) impersonate() error {
	name, groups := c.Header.Get("Impersonate-User"), c.Header.Values("Impersonate-Group")
	if name == "" {
		if len(groups) > 0 {
			return errors.NewInternalError(fmt.Errorf("requested %v without impersonating a user", groups))
		}
		return nil
	}
	asks := []attributes{{verb: "impersonate", resource: "users", name: name}}
	for _, g := range groups {
		asks = append(asks, attributes{verb: "impersonate", resource: "groups", name: g})
	}
	for _, a := range asks {
		if !c.allows(c.user, a) {
			return c.unlikeable()
		}
	}
	c.user = User{Name: name, UID: c.Header.Get("Impersonate-Uid"), Groups: groups}.loggedIn()
	return nil
}

// loggedIn is a user as a member of the group of all who are known.
func (u User) loggedIn() User {
	if !slices.Contains(u.Groups, authenticated) {
		u.Groups = append(slices.Clone(u.Groups), authenticated)
	}
	return u
}

// unlikeable refuses an impersonation. Since 1.36 the real server names the
// narrower right that would do, for this very request.
func (c *call) unlikeable() error {
	a := c.attributes()
	a.verb = "impersonate-on:user-info:" + a.verb
	return forbidden(c.user, a)
}

// authorize refuses what no grant allows.
func (c *call) authorize() error {
	a := c.attributes()
	if c.allows(c.user, a) {
		return nil
	}
	return forbidden(c.user, a)
}

func (c *call) attributes() attributes {
	a := attributes{
		verb: c.verb, group: c.group, resource: c.resource, subresource: c.subresource,
		namespace: c.namespace, name: c.name,
	}
	if c.resource == "" {
		a.path = c.URL.Path
	}
	return a
}

// forbidden says what k8s.io/apiserver's ForbiddenStatusError says.
func forbidden(u User, a attributes) error {
	if a.path != "" {
		return errors.NewForbidden(schema.GroupResource{}, "", fmt.Errorf("User %q cannot %s path %q", u.Name, a.verb, a.path))
	}
	scope := "at the cluster scope"
	if a.namespace != "" {
		scope = fmt.Sprintf("in the namespace %q", a.namespace)
	}
	return errors.NewForbidden(schema.GroupResource{Group: a.group, Resource: a.resource}, a.name,
		fmt.Errorf("User %q cannot %s resource %q in API group %q %s", u.Name, a.verb, a.full(), a.group, scope))
}
