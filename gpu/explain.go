package gpu

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"strings"
	"syscall"

	"paddock/fleet"
)

var (
	errTooBig   = fmt.Errorf("the answer is larger than %d MiB", maxBody>>20)
	errNoServer = errors.New("no Prometheus was found among the cluster's Services")
)

// FindError says why Prometheus could not be looked for on the cluster, in
// sentences for the operator.
type FindError struct {
	What, Hint string
	Forbidden  bool // it may not be looked for; trying again is of no use
}

// Error implements error.
func (e *FindError) Error() string { return e.What }

// answerError is an answer that is not what was asked for.
type answerError struct {
	status int    // of HTTP
	kind   string // Prometheus' errorType; "" when the answer is not Prometheus'
	html   bool
	body   string // the message, or the beginning of the body
}

// Error implements error.
func (e *answerError) Error() string {
	switch {
	case e.kind != "":
		return fmt.Sprintf("%s: %s", e.kind, e.body)
	case e.html:
		return fmt.Sprintf("HTTP %d: HTML instead of JSON", e.status)
	default:
		return fmt.Sprintf("HTTP %d: not an answer of Prometheus: %s", e.status, e.body)
	}
}

func looksHTML(text []byte) bool {
	head := bytes.ToLower(text[:min(len(text), 256)])
	return bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.Contains(head, []byte("<html"))
}

func snippet(text []byte) string {
	s := fleet.Clean(string(text[:min(len(text), 500)]), 200)
	if s == "" {
		return "(empty)"
	}
	return s
}

// seriesError tells that Prometheus answers but has nothing of DCGM.
type seriesError struct {
	server   string
	matchers []string
	values   string // what the matched labels do have; "" when unknown
}

// Error implements error.
func (e *seriesError) Error() string {
	if len(e.matchers) > 0 {
		return "no DCGM series match {" + strings.Join(e.matchers, ",") + "}"
	}
	return "Prometheus has no DCGM series"
}

// Explain turns an error of this package into what is wrong and what to do, a
// sentence each.
func Explain(err error) (what, hint string) {
	if err == nil {
		return "", ""
	}
	var missing *seriesError
	var ans *answerError
	var find *FindError
	switch {
	case errors.As(err, &find):
		return find.What, find.Hint
	case errors.As(err, &missing):
		return missing.Error(), missing.hint()
	case errors.As(err, &ans):
		return ans.explain()
	case errors.Is(err, errTooBig):
		return errTooBig.Error(), `narrow the questions with a label matcher, for one cluster="prod-a"`
	case errors.Is(err, errNoServer):
		return errNoServer.Error(), "name it: --prometheus URL, or PADDOCK_PROMETHEUS"
	}
	return explainNet(err)
}

func (e *seriesError) hint() string {
	if len(e.matchers) == 0 {
		return "is dcgm-exporter installed, and scraped (a ServiceMonitor that this Prometheus selects)? `paddock doctor` tells more"
	}
	if e.values != "" {
		return "check the label matchers in the settings; there are series with " + e.values
	}
	return "check the label matchers in the settings; without them there are no DCGM series either"
}

func (e *answerError) explain() (what, hint string) {
	switch {
	case e.kind == "bad_data":
		return "Prometheus refused the question: " + e.body, "check the label matchers in the settings"
	case e.kind == "timeout" || e.kind == "canceled":
		return "Prometheus gave up on the question: " + e.body, "it is overloaded, or its query.timeout is short"
	case e.status == 401:
		return "Prometheus wants a login (401): " + e.short(), "give a bearer token file or a user name and password file in the settings"
	case e.status == 403:
		return "Prometheus, or what stands before it, says no (403): " + e.short(),
			"check the credentials; through the API server the right needed is: get services/proxy"
	case e.html:
		return fmt.Sprintf("got a web page instead of an answer (HTTP %d)", e.status),
			"is it Prometheus, with the right path prefix (/prometheus, /select/0/prometheus)? or a login page: give credentials"
	case e.status == 404:
		return "there is no Prometheus API at this URL (404)", "is a path prefix missing? Mimir and Thanos behind a gateway often have /prometheus, VictoriaMetrics /select/0/prometheus"
	case e.status == 502 || e.status == 503 || e.status == 504:
		return fmt.Sprintf("Prometheus is not ready (HTTP %d): %s", e.status, e.short()), "look at its pods; paddock tries again by itself"
	case e.kind != "":
		return fmt.Sprintf("Prometheus answered with an error (%s): %s", e.kind, e.body), ""
	default:
		return fmt.Sprintf("HTTP %d, and the answer is not Prometheus': %s", e.status, e.body), "check the URL"
	}
}

// short is the body where it is a sentence.
func (e *answerError) short() string {
	if e.html {
		return "with a web page"
	}
	return e.body
}

func explainNet(err error) (what, hint string) {
	var dns *net.DNSError
	var file *fs.PathError
	var record tls.RecordHeaderError
	var unknownCA x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return "cancelled", ""
	case errors.As(err, &file):
		return file.Error(), "check the file names in the settings"
	case errors.As(err, &dns):
		return "no such host: " + fleet.Clean(dns.Name, 100), "check the URL; names like prometheus.monitoring.svc exist only inside the cluster: leave the URL out and paddock goes through the API server"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused by " + address(err), "does Prometheus run, and is the port right?"
	case errors.As(err, &unknownCA):
		return "the certificate is signed by an unknown authority", "give the CA's file in the settings"
	case errors.As(err, &host), errors.As(err, &invalid):
		return "the certificate is not valid: " + bare(err), "check the URL's host name and the certificate's dates"
	case errors.As(err, &record):
		return "the server does not speak TLS", "use http:// instead of https://"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time from " + address(err), "is it reachable from here, and not overloaded?"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "the answer broke off", "a proxy in between, or Prometheus restarting; paddock tries again by itself"
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "the server does not speak TLS", "use http:// instead of https://"
	case strings.Contains(err.Error(), "read the answer"):
		return "the answer is broken JSON: " + bare(err), "is it Prometheus, and is a proxy cutting the answer?"
	}
	return bare(err), ""
}

// bare is the message without the URL, whose query is longer than a screen.
func bare(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return fleet.Clean(err.Error(), 300)
}

func address(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Addr != nil {
		return op.Addr.String()
	}
	var u *url.Error
	if errors.As(err, &u) {
		if parsed, bad := url.Parse(u.URL); bad == nil {
			return parsed.Host
		}
	}
	return "Prometheus"
}
