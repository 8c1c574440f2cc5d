package kube

import (
	"context"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/fleet"
)

// Check tries everything that Run and the screens need, and says what works,
// what is lost without the rest, and what to do. It needs no Run.
func (c *Client) Check(ctx context.Context) []fleet.Check {
	server := fleet.Check{Name: "API server", Status: fleet.CheckOK}
	found, err := c.probe(ctx)
	cluster := c.Cluster()
	if err != nil {
		what, hint := Explain(err)
		server.Status, server.Detail, server.Hint = fleet.CheckFail, cluster.Server+": "+what, hint
		out := []fleet.Check{server}
		for _, name := range append(sourceOrder[:len(sourceOrder):len(sourceOrder)], "metrics.k8s.io") {
			out = append(out, fleet.Check{Name: checkName(name), Status: fleet.CheckSkip, Detail: "the API server does not answer"})
		}
		return out
	}
	server.Detail = strings.TrimSpace(cluster.Server + " " + found.version)
	out := []fleet.Check{server, {
		Name: "user", Status: fleet.CheckOK,
		Detail: fmt.Sprintf("%s, context %s", orUnknown(cluster.User), orUnknown(cluster.Context)),
	}, c.scopeCheck(ctx, found)}
	for _, r := range resources(c.api, c.hub.store) {
		out = append(out, c.checkWatch(ctx, r, found.namespaces))
	}
	return append(out, c.checkMetrics(ctx))
}

func checkName(source string) string {
	if source == "metrics.k8s.io" {
		return source
	}
	return "watch " + source
}

func orUnknown(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

func (c *Client) scopeCheck(ctx context.Context, found scope) fleet.Check {
	out := fleet.Check{Name: "namespaces", Status: fleet.CheckOK, Detail: "all"}
	if len(found.namespaces) == 0 {
		return out
	}
	out.Detail = strings.Join(found.namespaces, ", ")
	for _, name := range c.target.Namespaces {
		if err := c.get(ctx, fleet.Ref{Kind: "Namespace", Name: name}, "namespaces", &corev1.Namespace{}); apierrors.IsNotFound(err) {
			out.Status = fleet.CheckFail
			out.Detail = "there is no namespace " + name
			out.Hint = "kubectl get namespaces lists those there are"
			return out
		}
	}
	if len(c.target.Namespaces) == 0 {
		out.Status = fleet.CheckWarn
		out.Detail = "pods may not be watched in all namespaces; looked at: " + out.Detail
		out.Hint = "name others with -n, or ask for the ClusterRole"
	}
	return out
}

// checkWatch tries to list and asks whether a watch is allowed, in every
// namespace that is looked at.
func (c *Client) checkWatch(ctx context.Context, r watched, namespaces []string) fleet.Check {
	out := fleet.Check{Name: checkName(r.source), Status: fleet.CheckOK}
	if !r.scoped || len(namespaces) == 0 {
		namespaces = []string{""}
	}
	var refusedIn []string
	for _, ns := range namespaces {
		err := c.tryWatch(ctx, r, ns)
		if err == nil {
			continue
		}
		refusedIn = append(refusedIn, ns)
		out.Detail, out.Hint = Explain(err)
		if !apierrors.IsForbidden(err) {
			out.Status = fleet.CheckFail
			return out
		}
	}
	switch {
	case len(refusedIn) == 0:
		out.Detail = "allowed"
	case len(refusedIn) == len(namespaces) && (r.source == "pods" || r.source == "jobs"):
		out.Status = fleet.CheckFail
		out.Detail += "; " + loss(r.source)
	default:
		out.Status = fleet.CheckWarn
		out.Detail += "; " + loss(r.source)
	}
	return out
}

func (c *Client) tryWatch(ctx context.Context, r watched, namespace string) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	err := r.client.Get().NamespaceIfScoped(namespace, namespace != "").Resource(r.plural).
		VersionedParams(&metav1.ListOptions{Limit: 1, FieldSelector: r.fields}, c.api.codec).Do(ctx).Error()
	if err != nil {
		return err
	}
	group := r.client.APIVersion().Group
	ok, err := c.rights.may(ctx, right{"watch", group, r.plural, namespace})
	if err != nil || ok {
		return err
	}
	// In the API server's own words, so that one function explains both.
	where := "at the cluster scope"
	if namespace != "" {
		where = fmt.Sprintf("in the namespace %q", namespace)
	}
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status: metav1.StatusFailure, Code: 403, Reason: metav1.StatusReasonForbidden,
		Message: fmt.Sprintf("User %q cannot watch resource %q in API group %q %s", orUnknown(c.id.user), r.plural, group, where),
	}}
}

// loss is what is missing on the screens without a source.
func loss(source string) string {
	switch source {
	case "pods":
		return "no workers are shown"
	case "jobs":
		return "jobs are known from their pods only"
	case "nodes":
		return "free and broken GPUs are unknown"
	case "namespaces":
		return "teams are known by what they run"
	case "quotas":
		return "quotas are unknown"
	}
	return "why a job makes no pods is unknown"
}

func (c *Client) checkMetrics(ctx context.Context) fleet.Check {
	out := fleet.Check{Name: "metrics.k8s.io", Status: fleet.CheckOK, Detail: "CPU and memory of nodes can be read"}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var list struct{ Items []metrics }
	err := c.askMetrics(ctx, metricsRoot+"/nodes", &list)
	if err == nil || apierrors.IsForbidden(err) && !errors.Is(err, ErrNoMetricsAPI) && c.podMetricsAllowed(ctx) {
		if err != nil {
			out.Detail = "CPU and memory of pods can be read, those of nodes not"
		}
		return out
	}
	out.Status = fleet.CheckWarn
	out.Detail, out.Hint = Explain(err)
	return out
}

func (c *Client) podMetricsAllowed(ctx context.Context) bool {
	ok, err := c.rights.may(ctx, right{"list", "metrics.k8s.io", "pods", c.id.namespace})
	return ok && err == nil
}
