package kube

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"syscall"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"paddock/fleet"
)

// Explain puts an error of this package into one sentence, and says what to do
// about it; hint is "" when there is nothing to advise.
func Explain(err error) (what, hint string) {
	var config *ConfigError
	var why nothing
	switch {
	case err == nil:
		return "", ""
	case errors.As(err, &config):
		return config.What, config.Hint
	case errors.As(err, &why):
		return why.what, why.hint
	case errors.Is(err, errNotKubernetes):
		return err.Error(), "check the server's URL in the kubeconfig: http or https, and the port"
	case errors.Is(err, ErrNoMetricsAPI) && apierrors.IsServiceUnavailable(err):
		return "metrics.k8s.io is registered, but its server does not answer", "check metrics-server; CPU and memory stay unknown"
	case errors.Is(err, ErrNoMetricsAPI):
		return ErrNoMetricsAPI.Error(), "install metrics-server to see CPU and memory"
	}
	if what, hint = explainStatus(err); what != "" {
		return what, hint
	}
	if what, hint = explainTLS(err); what != "" {
		return what, hint
	}
	if what, hint = explainNetwork(err); what != "" {
		return what, hint
	}
	return plainText(err), ""
}

// explainStatus explains what the API server itself answered.
func explainStatus(err error) (what, hint string) {
	switch {
	case apierrors.IsForbidden(err):
		return forbidden(err)
	case apierrors.IsUnauthorized(err):
		return "the API server does not accept the credentials: the token or certificate is wrong or has expired",
			"log in again"
	case apierrors.IsNotFound(err):
		return plainText(err), ""
	case apierrors.IsTooManyRequests(err):
		return "the API server is too busy and asks to wait", ""
	case apierrors.IsServiceUnavailable(err):
		return "the API server is up but can't answer: " + plainText(err), ""
	case apierrors.IsTimeout(err) || apierrors.IsServerTimeout(err):
		return "the API server ran out of time", ""
	}
	if code := statusCode(err); code >= http.StatusInternalServerError {
		return fmt.Sprintf("the API server failed with %d: %s", code, plainText(err)), ""
	}
	return "", ""
}

// The API server's words for a refusal:
// pods is forbidden: User "ann" cannot list resource "pods" in API group "" in the namespace "nlp"
var refusal = regexp.MustCompile(`User "([^"]*)" cannot (\S+) resource "([^"]*)" in API group "([^"]*)" (?:in the namespace "([^"]*)"|at the cluster scope)`)

// forbidden says who may not do what, and the command that proves it.
func forbidden(err error) (what, hint string) {
	m := refusal.FindStringSubmatch(err.Error())
	if m == nil {
		return "not allowed: " + plainText(err), ""
	}
	user, verb, resource, group, namespace := clean(m[1]), clean(m[2]), clean(m[3]), clean(m[4]), clean(m[5])
	resource, sub, _ := strings.Cut(resource, "/")
	if group != "" {
		resource += "." + group
	}
	asked := resource // kubectl takes pods/exec for a pod of that name
	if sub != "" {
		resource, asked = resource+"/"+sub, resource+" --subresource="+sub
	}
	where, flag := " in all namespaces", " -A"
	switch {
	case namespace != "":
		where, flag = " in namespace "+namespace, " -n "+namespace
	case resource == "nodes" || resource == "namespaces" || strings.HasPrefix(resource, "nodes."):
		where, flag = "", "" // they are in no namespace
	}
	return fmt.Sprintf("user %s may not %s %s%s", user, verb, resource, where),
		fmt.Sprintf("ask for the right; check with: kubectl auth can-i %s %s%s", verb, asked, flag)
}

func explainTLS(err error) (what, hint string) {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &unknown):
		return "the API server's certificate is signed by an authority that is not trusted here",
			"set certificate-authority in the kubeconfig, or log in to the cluster again"
	case errors.As(err, &host):
		return "the API server's certificate is for another name: " + clean(host.Error()),
			"check the server's URL, or set tls-server-name in the kubeconfig"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the API server's certificate has expired or is not valid yet", "check this machine's clock, else renew the certificate"
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "what answers does not speak TLS", "check the server's URL in the kubeconfig: http or https, and the port"
	case strings.Contains(err.Error(), "tls: "), strings.Contains(err.Error(), "x509: "):
		return "no secure connection: " + plainText(err), "check the certificates in the kubeconfig"
	}
	return "", ""
}

func explainNetwork(err error) (what, hint string) {
	var dns *net.DNSError
	var op *net.OpError
	text := err.Error()
	switch {
	case strings.Contains(text, "getting credentials"):
		return "the login program of the kubeconfig failed: " + execReason(text),
			"run it by hand: kubectl get --raw /version"
	case errors.As(err, &dns):
		return fmt.Sprintf("there is no host %q", clean(dns.Name)), "check the server's name in the kubeconfig, the VPN and DNS"
	case errors.Is(err, syscall.ECONNREFUSED) && errors.As(err, &op) && op.Addr != nil:
		return fmt.Sprintf("nothing listens at %s: connection refused", op.Addr),
			"is the API server up, and the address in the kubeconfig right?"
	case errors.Is(err, context.Canceled):
		return "it was interrupted", ""
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return "the API server did not answer in time", "check the VPN and the network"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no way to the API server's network", "check the VPN and the network"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), strings.Contains(text, "connection lost"):
		return "the connection to the API server broke", ""
	}
	return "", ""
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// execReason is what a credential plugin said, without the URL that client-go
// puts before it.
func execReason(text string) string {
	_, reason, _ := strings.Cut(text, "getting credentials: ")
	return clean(reason)
}

// plainText is an error's own text, safe to draw, without the method and URL
// that net/http puts before it.
func plainText(err error) string {
	text := err.Error()
	var transport interface{ Unwrap() error }
	if errors.As(err, &transport) && strings.HasPrefix(text, "Get ") {
		if inner := transport.Unwrap(); inner != nil {
			text = inner.Error()
		}
	}
	return clean(text)
}

func clean(s string) string { return fleet.Clean(s, messageLimit) }
