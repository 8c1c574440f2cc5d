package kube

import (
	"context"
	"encoding/json"
	"path"
	"slices"
	"strconv"

	"k8s.io/client-go/rest"

	"paddock/fleet"
)

// asTable asks for what kubectl get prints, without the objects: names cross
// the wire, the values of a Secret never do. Its metadata alone could hold them
// as well, in the copy that kubectl apply keeps in an annotation. A server that
// can't answer so refuses.
const asTable = "application/json;as=Table;g=meta.k8s.io;v=v1"

func namesOnly(r *rest.Request) *rest.Request {
	return r.SetHeader("Accept", asTable).Param("includeObject", "None")
}

// exists asks whether an object is there, and for nothing of it; nil when it is.
func (c *Client) exists(ctx context.Context, ref fleet.Ref, apiVersion string) error {
	at, err := c.places.path(ctx, ref, apiVersion)
	if err != nil {
		return err
	}
	body, err := namesOnly(c.api.core.Get().AbsPath(at)).Do(ctx).Raw()
	return inItsWords(body, err)
}

// names lists the objects of a kind by name alone, a page at a time. selector
// is a label selector, "" for all.
func (c *Client) names(ctx context.Context, kind, apiVersion, namespace, selector string) ([]string, error) {
	at, err := c.places.path(ctx, fleet.Ref{Kind: kind, Namespace: namespace, Name: "x"}, apiVersion)
	if err != nil {
		return nil, err
	}
	var out []string
	for more := ""; ; {
		r := namesOnly(c.api.core.Get().AbsPath(path.Dir(at))).Param("limit", strconv.Itoa(listPage))
		if selector != "" {
			r = r.Param("labelSelector", selector)
		}
		if more != "" {
			r = r.Param("continue", more)
		}
		body, err := r.Do(ctx).Raw()
		if err = inItsWords(body, err); err != nil {
			return nil, err
		}
		var t printed
		if err := json.Unmarshal(body, &t); err != nil {
			return nil, errNotKubernetes
		}
		out = append(out, t.names()...)
		if more = t.Metadata.Continue; more == "" {
			return out, nil
		}
	}
}

// printed is a metav1.Table, as far as it is read.
type printed struct {
	Metadata          struct{ Continue string }
	ColumnDefinitions []column
	Rows              []struct{ Cells []any }
}

// column is what a column of a table holds; format is "name" for the objects' own.
type column struct{ Name, Format string }

func (t *printed) names() []string {
	at := slices.IndexFunc(t.ColumnDefinitions, func(c column) bool { return c.Format == "name" })
	var out []string
	for _, row := range t.Rows {
		if at >= 0 && at < len(row.Cells) {
			if name, ok := row.Cells[at].(string); ok {
				out = append(out, clean(name))
			}
		}
	}
	return out
}
