package kube

import (
	"context"
	"encoding/json"
	"path"
	"strconv"

	"paddock/fleet"
)

// What is only asked whether it is there comes without its content: names and
// labels cross the wire, the values of a Secret never do. A server that can't
// answer so refuses.
const (
	metaOnly     = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
	metaOnlyList = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
)

// exists asks whether an object is there, and for nothing of it; nil when it is.
func (c *Client) exists(ctx context.Context, ref fleet.Ref, apiVersion string) error {
	at, err := c.places.path(ctx, ref, apiVersion)
	if err != nil {
		return err
	}
	body, err := c.api.core.Get().AbsPath(at).SetHeader("Accept", metaOnly).Do(ctx).Raw()
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
		r := c.api.core.Get().AbsPath(path.Dir(at)).SetHeader("Accept", metaOnlyList).Param("limit", strconv.Itoa(listPage))
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
		var list struct {
			Metadata struct{ Continue string }
			Items    []struct{ Metadata struct{ Name string } }
		}
		if err := json.Unmarshal(body, &list); err != nil {
			return nil, errNotKubernetes
		}
		for _, item := range list.Items {
			out = append(out, clean(item.Metadata.Name))
		}
		if more = list.Metadata.Continue; more == "" {
			return out, nil
		}
	}
}
