package apiserver

import (
	"net/http"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"paddock/demo/store"
)

// call is one request on its way: whose it is and what it asks for, in the
// words of RBAC.
type call struct {
	*Server
	*http.Request
	w    http.ResponseWriter
	user User

	verb                 string
	group, version       string
	namespace            string
	resource, name       string
	subresource, subpath string
	kind                 *resource
}

// parse reads the path as k8s.io/apiserver's RequestInfoFactory does. It is
// false for what can't be a path of the API.
func (c *call) parse() bool {
	c.verb = strings.ToLower(c.Method)
	parts := strings.Split(strings.Trim(c.URL.Path, "/"), "/")
	switch {
	case parts[0] == "api" && len(parts) > 2:
		c.version, parts = parts[1], parts[2:]
	case parts[0] == "apis" && len(parts) > 3:
		c.group, c.version, parts = parts[1], parts[2], parts[3:]
	default:
		return true // a page: discovery, health, version
	}
	if parts[0] == "namespaces" && len(parts) > 1 {
		c.namespace = parts[1]
		if len(parts) > 2 && parts[2] != "status" && parts[2] != "finalize" {
			parts = parts[2:]
		}
	}
	c.resource = parts[0]
	if len(parts) > 1 {
		c.name = parts[1]
	}
	if len(parts) > 2 {
		c.subresource = parts[2]
		c.subpath = strings.Join(parts[3:], "/")
	}
	c.verb = c.verbOf()
	c.kind = c.find(c.group, c.version, c.resource)
	return c.kind == nil || c.kind.namespaced || c.namespace == "" || c.resource == "namespaces"
}

// verbOf names what is asked for; unknown methods stay as they are.
func (c *call) verbOf() string {
	switch c.Method {
	case http.MethodGet, http.MethodHead:
		switch watch := c.URL.Query().Get("watch"); {
		case c.name != "":
			return "get"
		case watch == "true" || watch == "1":
			c.name = singleName(c.URL.Query().Get("fieldSelector"))
			return "watch"
		default:
			c.name = singleName(c.URL.Query().Get("fieldSelector"))
			return "list"
		}
	case http.MethodPost:
		return "create"
	case http.MethodPut:
		return "update"
	case http.MethodPatch:
		return "patch"
	case http.MethodDelete:
		if c.name == "" {
			return "deletecollection"
		}
		return "delete"
	}
	return c.verb
}

// singleName is the name that a field selector asks for: rights to one object
// extend to lists of it.
func singleName(selector string) string {
	parsed, err := fields.ParseSelector(selector)
	if err != nil {
		return ""
	}
	name, _ := parsed.RequiresExactMatch("metadata.name")
	return name
}

func (s *Server) find(group, version, plural string) *resource {
	i := slices.IndexFunc(s.kinds, func(r *resource) bool {
		return r.Group == group && r.Version == version && r.Resource == plural
	})
	if i < 0 {
		return nil
	}
	return s.kinds[i]
}

func (c *call) groupResource() schema.GroupResource {
	return schema.GroupResource{Group: c.group, Resource: c.resource}
}

// key names the object that the call is about. A namespace lies in itself for
// the authorizer, but not in the store.
func (c *call) key() store.Key { return c.keyOf(c.name) }

func (c *call) keyOf(name string) store.Key {
	k := store.Key{Resource: c.groupResource(), Name: name}
	if c.kind.namespaced {
		k.Namespace = c.namespace
	}
	return k
}

// object reads the object that the call is about.
func (c *call) object() (store.Object, error) {
	o, ok := c.store.Get(c.key())
	if !ok {
		return nil, errors.NewNotFound(c.groupResource(), c.name)
	}
	return o, nil
}

// handle finds the handler of a resource's verb.
func (c *call) handle() error {
	if c.subresource != "" {
		handler, ok := c.kind.subresources[c.subresource]
		if !ok {
			return c.noSuchPage()
		}
		return handler(c)
	}
	if c.kind.virtual != nil {
		if !c.kind.can(c.verb) {
			return c.wrongMethod()
		}
		return c.kind.virtual(c)
	}
	everywhere := c.kind.namespaced && c.namespace == ""
	switch {
	case c.verb == "list":
		return c.list()
	case c.verb == "watch":
		return c.watch()
	case everywhere && c.name != "":
		return c.noSuchPage()
	case everywhere:
		return c.wrongMethod()
	case c.verb == "create" && c.name == "":
		return c.create()
	case !c.kind.can(c.verb):
		return c.wrongMethod()
	case c.verb == "deletecollection":
		return c.deleteCollection()
	case c.name == "":
		return c.wrongMethod()
	}
	switch c.verb {
	case "get":
		return c.get()
	case "update":
		return c.update()
	case "patch":
		return c.patch()
	case "delete":
		return c.delete()
	}
	return c.wrongMethod()
}
