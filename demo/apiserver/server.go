// Package apiserver speaks the Kubernetes API over the objects of a
// store.Store: discovery, codecs, selectors, watches, patches, tables, reviews
// and the subresources that dashboards and kubectl use. What it answers reads
// as what kube-apiserver 1.37 answers.
package apiserver

import (
	"net/http"
	"time"

	core "k8s.io/api/core/v1"
	rbac "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	metrics "k8s.io/metrics/pkg/apis/metrics/v1beta1"

	"paddock/demo/store"
	"paddock/demo/training"
)

// Options say who may do what, and where that comes from which is not in the
// store.
type Options struct {
	Now    func() time.Time
	Users  map[string]User // by bearer token
	Grants []Grant

	// Logs is what a container printed in its last or, when previous is set,
	// last but one run; false when there was none.
	Logs func(pod *core.Pod, container string, previous bool) (Output, bool)
	// Usage answers metrics.k8s.io; nil: it is not installed.
	Usage func() ([]metrics.NodeMetrics, []metrics.PodMetrics)
	// Proxies are what runs behind the ports of Services, by
	// "namespace/service:port", with the port's name or number.
	Proxies map[string]http.Handler
}

// User is who a bearer token stands for.
type User struct {
	Name, UID string
	Groups    []string
}

// Grant gives rights to users and groups: in some namespaces, or in the whole
// cluster when none is named.
type Grant struct {
	Users, Groups []string
	Namespaces    []string
	Rules         []rbac.PolicyRule
}

// Output is what one run of a container printed.
type Output struct {
	Lines   func(from, to time.Time) []training.Line // from <= time < to
	Started time.Time
	Ended   time.Time // zero: it runs still
}

// Server is an http.Handler; it has no goroutines of its own.
type Server struct {
	store   *store.Store
	options Options
	scheme  *runtime.Scheme
	codecs  runtime.NegotiatedSerializer
	kinds   []*resource
	grants  []Grant
}

// New makes a server over a store.
func New(s *store.Store, o Options) *Server {
	scheme := newScheme()
	return &Server{
		store: s, options: o, scheme: scheme, codecs: serializer.NewCodecFactory(scheme).WithoutConversion(),
		kinds: resources(scheme, o.Usage != nil), grants: append(everybody(), o.Grants...),
	}
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{Server: s, w: w, Request: r}
	if err := s.serve(c); err != nil {
		c.fail(err)
	}
}

func (s *Server) serve(c *call) error {
	if !c.parse() {
		return c.noSuchPage()
	}
	if err := c.authenticate(); err != nil {
		return err
	}
	if err := c.authorize(); err != nil {
		return err
	}
	if c.resource == "" {
		return c.page()
	}
	if c.kind == nil {
		return c.noSuchPage()
	}
	return c.handle()
}
