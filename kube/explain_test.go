package kube

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func apiError(code int32, reason metav1.StatusReason, message string) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{Status: "Failure", Code: code, Reason: reason, Message: message}}
}

func TestExplain(t *testing.T) {
	get := func(err error) error { return &url.Error{Op: "Get", URL: "https://10.0.0.1:6443/version", Err: err} }
	addr := &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 6443}
	for _, c := range []struct {
		err        error
		what, hint string // parts
	}{
		{nil, "", ""},
		{apiError(403, metav1.StatusReasonForbidden, `pods is forbidden: User "ann" cannot list resource "pods" in API group "" in the namespace "nlp"`),
			"ann may not list pods in namespace nlp", "kubectl auth can-i list pods -n nlp"},
		{apiError(403, metav1.StatusReasonForbidden, `jobs.batch is forbidden: User "ann" cannot watch resource "jobs" in API group "batch" at the cluster scope`),
			"ann may not watch jobs.batch in all namespaces", "kubectl auth can-i watch jobs.batch -A"},
		{fmt.Errorf("read: %w", apiError(403, metav1.StatusReasonForbidden, `nodes is forbidden: User "ann" cannot list resource "nodes" in API group "" at the cluster scope`)),
			"ann may not list nodes", "kubectl auth can-i list nodes"},
		{apiError(401, metav1.StatusReasonUnauthorized, "Unauthorized"), "does not accept the credentials", "log in again"},
		{apiError(503, metav1.StatusReasonServiceUnavailable, "etcd is away"), "etcd is away", ""},
		{apiError(500, metav1.StatusReasonInternalError, "oh"), "failed with 500", ""},
		{get(&net.OpError{Op: "dial", Addr: addr, Err: syscall.ECONNREFUSED}), "nothing listens at 10.0.0.1:6443", "is the API server up"},
		{get(&net.OpError{Op: "dial", Err: &net.DNSError{Name: "k8s.corp", IsNotFound: true}}), `there is no host "k8s.corp"`, "VPN"},
		{get(x509.UnknownAuthorityError{}), "authority that is not trusted", "certificate-authority"},
		{get(errors.New("http: server gave HTTP response to HTTPS client")), "does not speak TLS", "http or https"},
		{get(errors.New("getting credentials: exec: executable aws not found")), "login program of the kubeconfig failed: exec: executable aws not found", "by hand"},
		{get(context.DeadlineExceeded), "did not answer in time", "check the VPN"},
		{get(io.EOF), "connection to the API server broke", ""},
		{errNotKubernetes, "not a Kubernetes API server", "URL"},
		{&ConfigError{What: "w", Hint: "h"}, "w", "h"},
		{fmt.Errorf("%w: %w", ErrNoMetricsAPI, apiError(404, metav1.StatusReasonNotFound, "no")), "metrics.k8s.io is not installed", "metrics-server"},
		{errors.New("evil \x1b]0;title\a text"), "evil text", ""},
	} {
		what, hint := Explain(c.err)
		if !strings.Contains(what, c.what) || !strings.Contains(hint, c.hint) {
			t.Errorf("%v:\n%q | %q\nwant %q | %q", c.err, what, hint, c.what, c.hint)
		}
		if strings.ContainsAny(what+hint, "\n\x1b") {
			t.Errorf("unsafe text %q", what+hint)
		}
		if c.hint == "" && hint != "" {
			t.Errorf("%v: advice %q", c.err, hint)
		}
	}
	if what, _ := Explain(apiError(403, metav1.StatusReasonForbidden, `nodes is forbidden: User "a" cannot list resource "nodes" in API group "" at the cluster scope`)); strings.Contains(what, "namespace") {
		t.Errorf("nodes are in no namespace: %q", what)
	}
}
