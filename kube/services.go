package kube

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ServiceProxy is a Service that may be a Prometheus, and how to reach it
// through the API server.
type ServiceProxy struct {
	Namespace string
	Name      string
	Port      string // the name or number of the port
	Scheme    string // "http" or "https": how the API server speaks with it
	URL       string // base for Prometheus' paths, to be asked through ProxyTransport
}

// prometheusNames are the Services of the usual installs, best first: what sees
// more (a query layer over several Prometheus) before what sees less.
var prometheusNames = [...]string{
	"thanos-query-frontend", "thanos-querier", "thanos-query", "mimir-query-frontend", "mimir-gateway", "mimir-nginx",
	"vmselect", "vmsingle", "kube-prometheus-stack-prometheus", "prometheus-k8s", "prometheus-operated",
	"prometheus-server", "prometheus", "victoria-metrics",
}

// prometheusNamespaces are tried by name where Services can't be listed.
var prometheusNamespaces = [...]string{
	"monitoring", "prometheus", "kube-prometheus-stack", "observability", "openshift-monitoring", "kubesphere-monitoring-system",
	"cattle-monitoring-system", "gpu-operator", "kube-system", "default",
}

// ServiceProxies finds the Services that are probably a Prometheus, best
// first. Where Services can't be listed, the usual names are looked up in the
// usual namespaces. Nobody is asked whether it answers.
func (c *Client) ServiceProxies(ctx context.Context) ([]ServiceProxy, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var all []corev1.Service
	o := metav1.ListOptions{Limit: listPage}
	for {
		var list corev1.ServiceList
		err := c.api.core.Get().Resource("services").VersionedParams(&o, c.api.codec).Do(ctx).Into(&list)
		if apierrors.IsForbidden(err) {
			guessed, guessErr := c.guessServices(ctx)
			if guessErr == nil && len(guessed) == 0 {
				guessErr = err // nobody knows whether there is one
			}
			return guessed, guessErr
		}
		if err != nil {
			return nil, err
		}
		for i := range list.Items {
			if rank(&list.Items[i]) >= 0 {
				all = append(all, list.Items[i])
			}
		}
		if o.Continue = list.Continue; o.Continue == "" {
			return c.proxies(all), nil
		}
	}
}

// guessServices looks in the usual namespaces, and those that are looked at:
// by a list where that is allowed, else by the plain names.
func (c *Client) guessServices(ctx context.Context) ([]ServiceProxy, error) {
	namespaces := append(prometheusNamespaces[:len(prometheusNamespaces):len(prometheusNamespaces)], c.id.namespace)
	namespaces = append(namespaces, c.Cluster().Namespaces...)
	slices.Sort(namespaces)
	namespaces = slices.Compact(namespaces)
	found := make([][]corev1.Service, len(namespaces))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(reviewsAtOnce)
	for i, ns := range namespaces {
		g.Go(func() error {
			var err error
			found[i], err = c.servicesIn(ctx, ns)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return c.proxies(slices.Concat(found...)), nil
}

func (c *Client) servicesIn(ctx context.Context, namespace string) ([]corev1.Service, error) {
	var list corev1.ServiceList
	err := c.api.core.Get().Namespace(namespace).Resource("services").
		VersionedParams(&metav1.ListOptions{Limit: listPage}, c.api.codec).Do(ctx).Into(&list)
	if err == nil {
		return slices.DeleteFunc(list.Items, func(s corev1.Service) bool { return rank(&s) < 0 }), nil
	}
	if !apierrors.IsForbidden(err) {
		return nil, err
	}
	var out []corev1.Service
	for _, name := range prometheusNames {
		var s corev1.Service
		err := c.api.core.Get().Namespace(namespace).Resource("services").Name(name).Do(ctx).Into(&s)
		switch {
		case err == nil:
			out = append(out, s)
		case apierrors.IsForbidden(err):
			return out, nil // by name neither: the other names would be refused as well
		case !apierrors.IsNotFound(err):
			return out, err
		}
	}
	return out, nil
}

// rank is how likely a Service is the Prometheus to ask, 0 the best; -1 when
// it is none. Helm puts the release's name before the chart's, so the end of a
// name counts as well, and the labels of the usual charts.
func rank(s *corev1.Service) int {
	for _, not := range [...]string{"alertmanager", "exporter", "operator", "pushgateway", "adapter", "grafana", "discovery", "admission"} {
		if strings.Contains(s.Name, not) && s.Name != "prometheus-operated" {
			return -1
		}
	}
	for i, name := range prometheusNames {
		if s.Name == name {
			return i
		}
	}
	for i, name := range prometheusNames {
		if strings.HasSuffix(s.Name, "-"+name) || strings.HasPrefix(s.Name, name+"-") {
			return i + len(prometheusNames)
		}
	}
	switch label := first(s.Labels, "app.kubernetes.io/name", "app"); label {
	case "prometheus", "thanos-query", "vmsingle", "vmselect", "kube-prometheus-stack-prometheus":
		return 2 * len(prometheusNames)
	}
	return -1
}

// proxies sorts the candidates and writes their URLs.
func (c *Client) proxies(list []corev1.Service) []ServiceProxy {
	slices.SortStableFunc(list, func(a, b corev1.Service) int {
		return cmp.Or(rank(&a)-rank(&b), strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
	})
	out := make([]ServiceProxy, 0, len(list))
	for i := range list {
		s := &list[i]
		port, scheme := webPort(s)
		if port == "" {
			continue
		}
		name := s.Name + ":" + port
		if scheme == "https" {
			name = "https:" + name
		}
		u := c.api.core.Get().Namespace(s.Namespace).Resource("services").Name(name).SubResource("proxy").URL()
		u.RawQuery = ""
		out = append(out, ServiceProxy{s.Namespace, s.Name, port, scheme, u.String()})
	}
	return out
}

// webPort is the port that speaks Prometheus' API: by the names that the usual
// installs give it, then by its number, then the first one.
func webPort(s *corev1.Service) (port, scheme string) {
	if len(s.Spec.Ports) == 0 {
		return "", ""
	}
	best := s.Spec.Ports[0]
	for _, want := range [...]func(corev1.ServicePort) bool{
		func(p corev1.ServicePort) bool {
			return slices.Contains([]string{"web", "http-web", "http", "query", "http-query"}, p.Name)
		},
		func(p corev1.ServicePort) bool {
			return slices.Contains([]int32{9090, 10902, 8481, 8428, 9091, 80}, p.Port)
		},
	} {
		if i := slices.IndexFunc(s.Spec.Ports, want); i >= 0 {
			best = s.Spec.Ports[i]
			break
		}
	}
	scheme = "http"
	if best.Name == "https" || best.Port == 443 || s.Namespace == "openshift-monitoring" || best.AppProtocol != nil && *best.AppProtocol == "https" {
		scheme = "https"
	}
	return strconv.Itoa(int(best.Port)), scheme
}
