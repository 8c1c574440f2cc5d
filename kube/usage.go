package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/metrics/pkg/apis/metrics/v1beta1"

	"paddock/fleet"
)

// ErrNoMetricsAPI: the cluster has no metrics.k8s.io, or nothing serves it now.
var ErrNoMetricsAPI = errors.New("metrics.k8s.io is not installed on this cluster")

const (
	metricsRoot = "/apis/metrics.k8s.io/v1beta1"

	// One question for all pods of a namespace costs about 0.7 kB a pod, one for
	// a single pod a round trip and 1 kB: up to this share of a namespace's pods,
	// and this many in all, single questions are cheaper.
	singleShare = 4
	singleMost  = 12
)

// Usage asks metrics.k8s.io for the CPU and memory of pods and nodes. What is
// not in the answer is too young or has ended. The error is ErrNoMetricsAPI
// where there is no such API; Explain tells the rest.
func (c *Client) Usage(ctx context.Context, pods []fleet.Ref, nodes []string) (map[fleet.Ref]fleet.Usage, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	out := make(map[fleet.Ref]fleet.Usage, len(pods)+len(nodes))
	byNamespace := map[string][]string{}
	for _, p := range pods {
		byNamespace[p.Namespace] = append(byNamespace[p.Namespace], p.Name)
	}
	for ns, names := range byNamespace {
		path := metricsRoot + "/namespaces/" + url.PathEscape(ns) + "/pods"
		if err := c.usageOf(ctx, out, "Pod", path, ns, names, c.podsIn(ns)); err != nil {
			return out, err
		}
	}
	if len(nodes) > 0 {
		if err := c.usageOf(ctx, out, "Node", metricsRoot+"/nodes", "", nodes, c.nodesSeen()); err != nil {
			return out, err
		}
	}
	return out, nil
}

// usageOf reads the named objects below a path, one by one or all at once.
// Nothing but those asked for is kept.
func (c *Client) usageOf(ctx context.Context, out map[fleet.Ref]fleet.Usage, kind, path, namespace string, names []string, there int) error {
	var items []metrics
	if single := len(names) <= singleMost && len(names)*singleShare <= there; single {
		for _, name := range names {
			var m metrics
			err := c.askMetrics(ctx, path+"/"+url.PathEscape(name), &m)
			switch {
			case err == nil:
				items = append(items, m)
			case !apierrors.IsNotFound(err) || errors.Is(err, ErrNoMetricsAPI):
				return err
			}
		}
	} else {
		var list struct{ Items []metrics }
		if err := c.askMetrics(ctx, path, &list); err != nil {
			return err
		}
		items = list.Items
	}
	for i := range items {
		if name := items[i].Name; slices.Contains(names, name) {
			out[fleet.Ref{Kind: kind, Namespace: namespace, Name: name}] = items[i].usage()
		}
	}
	return nil
}

// metrics is a PodMetrics or a NodeMetrics: of one kind's own fields, the
// other's are empty.
type metrics struct {
	metav1.ObjectMeta `json:"metadata"`
	Timestamp         metav1.Time
	Window            metav1.Duration
	Usage             corev1.ResourceList        // of a node
	Containers        []v1beta1.ContainerMetrics // of a pod
}

func (m *metrics) usage() fleet.Usage {
	u := fleet.Usage{At: m.Timestamp.Time, Window: m.Window.Duration}
	add := func(list corev1.ResourceList) {
		u.CPU += list.Cpu().MilliValue()
		u.Memory += list.Memory().Value()
	}
	add(m.Usage)
	for _, c := range m.Containers {
		add(c.Usage)
	}
	return u
}

// askMetrics reads JSON from metrics.k8s.io. An aggregated API whose server is
// gone answers 503, one that was never there 404 without naming an object.
func (c *Client) askMetrics(ctx context.Context, path string, into any) error {
	body, err := c.api.raw(ctx, path)
	if err != nil {
		var s apierrors.APIStatus
		missing := errors.As(err, &s) && apierrors.IsNotFound(err) && (s.Status().Details == nil || s.Status().Details.Name == "")
		if missing || apierrors.IsServiceUnavailable(err) {
			return fmt.Errorf("%w: %w", ErrNoMetricsAPI, err)
		}
		return fmt.Errorf("ask metrics.k8s.io: %w", err)
	}
	return json.Unmarshal(body, into)
}

// podsIn counts the pods of a namespace that paddock knows of.
func (c *Client) podsIn(namespace string) int {
	c.hub.store.mu.Lock()
	defer c.hub.store.mu.Unlock()
	return c.hub.store.pods.size(namespace)
}

func (c *Client) nodesSeen() int {
	c.hub.store.mu.Lock()
	defer c.hub.store.mu.Unlock()
	return c.hub.store.nodes.size("")
}

// Forbidden tells whether the API server refused for want of a right.
func Forbidden(err error) bool { return apierrors.IsForbidden(err) }
