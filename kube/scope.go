package kube

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/fleet"
)

const (
	// namespacesTried bounds how many namespaces are asked for rights when all
	// of them at once are forbidden, and namespacesWatched how many are then
	// watched: each costs four watches. -n names the others.
	namespacesTried   = 400
	namespacesWatched = 40
	reviewsAtOnce     = 8

	// streamsSince is the first minor release that does not ignore the request
	// to stream a list; before it the end of the list would be waited for
	// forever. Where the feature is off, the server says so.
	streamsSince = 27
)

// scope is what was found out about the server before the watches start.
type scope struct {
	version    string
	namespaces []string // nil is all
	streams    bool
}

// settle asks the server what it is and what may be seen, until it answers.
func (c *Client) settle(ctx context.Context) (scope, error) {
	for failures := 1; ; failures++ {
		found, err := c.probe(ctx)
		if err == nil || ctx.Err() != nil {
			return found, ctx.Err()
		}
		c.mu.Lock()
		feeds := c.feeds
		c.mu.Unlock()
		for _, f := range feeds {
			f.failed(err)
		}
		t := time.NewTimer(backoff(failures))
		select {
		case <-ctx.Done():
		case <-c.kick:
			failures = 0
		case <-t.C:
		}
		t.Stop()
	}
}

// probe asks once. Only a server that does not answer, or does not know the
// user, is an error; what is forbidden narrows the scope.
func (c *Client) probe(ctx context.Context) (scope, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	out := scope{streams: true, namespaces: c.target.Namespaces}
	version, minor, err := c.version(ctx)
	if err != nil && !apierrors.IsForbidden(err) { // some clusters hide it
		return out, err
	}
	out.version = version
	out.streams = minor == 0 || minor >= streamsSince
	if len(out.namespaces) > 0 {
		return out, nil
	}
	err = c.tryPods(ctx, "")
	switch {
	case err == nil:
	case apierrors.IsForbidden(err):
		if out.namespaces, err = c.readable(ctx); err != nil {
			return out, err
		}
	default:
		return out, err
	}
	return out, nil
}

// version is the server's version and its minor release; 0 when it can't be read.
func (c *Client) version(ctx context.Context) (string, int, error) {
	body, err := c.api.raw(ctx, "/version")
	switch statusCode(err) {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed:
		return "", 0, errNotKubernetes // a web server, or an HTTPS port asked for HTTP
	}
	if err != nil {
		return "", 0, err
	}
	var v struct{ GitVersion, Minor string }
	if err := json.Unmarshal(body, &v); err != nil || v.GitVersion == "" {
		return "", 0, errNotKubernetes // Prometheus, too, has a /version
	}
	minor, _ := strconv.Atoi(strings.TrimRight(v.Minor, "+"))
	return fleet.Clean(v.GitVersion, reasonLimit), minor, nil
}

// errNotKubernetes is the answer of something else than an API server.
var errNotKubernetes = errors.New("what answers is not a Kubernetes API server")

// tryPods reads one pod, the cheapest way to learn whether pods may be listed
// in a namespace ("" is all).
func (c *Client) tryPods(ctx context.Context, namespace string) error {
	return c.api.core.Get().NamespaceIfScoped(namespace, namespace != "").Resource("pods").
		VersionedParams(&metav1.ListOptions{Limit: 1}, c.api.codec).Do(ctx).Into(&corev1.PodList{})
}

// readable finds the namespaces whose pods may be watched: the context's own,
// and those of all others, if they can be listed, where the rights say so.
func (c *Client) readable(ctx context.Context) ([]string, error) {
	own := c.id.namespace
	var list corev1.NamespaceList
	err := c.api.core.Get().Resource("namespaces").
		VersionedParams(&metav1.ListOptions{Limit: namespacesTried}, c.api.codec).Do(ctx).Into(&list)
	if err != nil {
		if apierrors.IsForbidden(err) {
			return []string{own}, nil
		}
		return nil, err
	}
	allowed := make([]bool, len(list.Items))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(reviewsAtOnce)
	for i := range list.Items {
		g.Go(func() error {
			ok, err := c.rights.may(ctx, right{"watch", "", "pods", list.Items[i].Name})
			allowed[i] = ok
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var out []string
	for i := range list.Items {
		if allowed[i] && len(out) < namespacesWatched {
			out = append(out, list.Items[i].Name)
		}
	}
	if len(out) == 0 {
		out = []string{own} // its watches then say what is missing
	}
	slices.Sort(out)
	return out, nil
}
