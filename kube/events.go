package kube

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"

	"paddock/fleet"
)

// eventsRead bounds the events read of one object; the server keeps them an
// hour and folds repeats, so few objects have more.
const eventsRead = 200

// Events reads the events of one object, newest first; of this life of it when
// a UID is given.
func (c *Client) Events(ctx context.Context, ref fleet.Ref, uid string) ([]fleet.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	return c.events(ctx, ref, uid)
}

func (c *Client) events(ctx context.Context, ref fleet.Ref, uid string) ([]fleet.Event, error) {
	match := fields.Set{"involvedObject.kind": ref.Kind, "involvedObject.name": ref.Name}
	namespace := ref.Namespace
	switch {
	case namespace == "":
		// Events of objects without a namespace are in "default"; the kubelet
		// gives a node's name as its UID, so the UID is no use there.
		namespace = metav1.NamespaceDefault
	case uid != "":
		match["involvedObject.uid"] = uid
	}
	var list corev1.EventList
	err := c.api.core.Get().Namespace(namespace).Resource("events").
		VersionedParams(&metav1.ListOptions{FieldSelector: match.String(), Limit: eventsRead}, c.api.codec).
		Do(ctx).Into(&list)
	if err != nil {
		return nil, fmt.Errorf("read the events of %s %s: %w", ref.Kind, ref, err)
	}
	out := make([]fleet.Event, 0, len(list.Items))
	for i := range list.Items {
		out = append(out, *convertEvent(&list.Items[i]))
	}
	slices.SortStableFunc(out, func(a, b fleet.Event) int { return b.Last.Compare(a.Last) })
	return out, nil
}
