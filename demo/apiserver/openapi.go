package apiserver

import (
	"net/http"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// document is a part of an OpenAPI description.
type document = map[string]any

// openAPIv2 is only asked for by clients that find no v3.
func (c *call) openAPIv2() error {
	return statusError(http.StatusNotAcceptable, "NotAcceptable", "only OpenAPI v3 is served")
}

// openAPIv3 serves the list of group versions, and one of them: enough for
// kubectl to explain kinds, and to know that the server checks fields itself.
func (c *call) openAPIv3(path string) error {
	paths := document{}
	for _, gv := range c.groupVersions() {
		at := rootOf(gv)
		if path == at {
			return c.json(c.describe(gv))
		}
		paths[at] = document{"serverRelativeURL": "/openapi/v3/" + at + "?hash=" + strings.ToUpper(Version().GitVersion)}
	}
	if path != "" {
		return c.noSuchPage()
	}
	return c.json(document{"paths": paths})
}

// rootOf is where a group version is served.
func rootOf(gv schema.GroupVersion) string {
	if gv.Group == "" {
		return "api/" + gv.Version
	}
	return "apis/" + gv.String()
}

func (s *Server) describe(gv schema.GroupVersion) document {
	paths, schemas := document{}, schemas{}
	for _, r := range s.kinds {
		if r.GroupVersion() != gv {
			continue
		}
		kind := document{"group": r.Group, "version": r.Version, "kind": r.kind}
		if o, err := s.scheme.New(r.gvk()); err == nil {
			schemas.add(reflect.TypeOf(o).Elem())["x-kubernetes-group-version-kind"] = []any{kind}
		}
		at := "/" + rootOf(gv) + "/"
		if r.namespaced {
			at += "namespaces/{namespace}/"
		}
		at += r.Resource
		if r.can("create") {
			paths[at] = document{"post": operation("post", kind, "dryRun", "fieldManager", "fieldValidation")}
		}
		if r.can("patch") {
			paths[at+"/{name}"] = document{
				"get":    operation("get", kind),
				"put":    operation("put", kind, "dryRun", "fieldManager", "fieldValidation"),
				"patch":  operation("patch", kind, "dryRun", "fieldManager", "fieldValidation", "force"),
				"delete": operation("delete", kind, "dryRun", "gracePeriodSeconds", "propagationPolicy"),
			}
		}
	}
	return document{
		"openapi": "3.0.0", "info": document{"title": "Kubernetes", "version": Version().GitVersion},
		"paths": paths, "components": document{"schemas": schemas},
	}
}

func operation(action string, kind document, parameters ...string) document {
	list := []any{}
	for _, name := range parameters {
		list = append(list, document{"name": name, "in": "query", "schema": document{"type": "string"}})
	}
	return document{
		"x-kubernetes-action": action, "x-kubernetes-group-version-kind": kind, "parameters": list,
		"responses": document{"200": document{"description": "OK"}},
	}
}
