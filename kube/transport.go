package kube

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	authv1 "k8s.io/api/authorization/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/transport/websocket"
)

const (
	// A connection that is silent this long is asked for a sign of life, and
	// given up when none comes: a hung server or a dropped NAT entry is seen
	// within 25 s. client-go's own 30 + 15 s is too long to look at a dead screen.
	pingAfter   = 15 * time.Second
	pingTimeout = 10 * time.Second

	dialTimeout = 10 * time.Second
	keepAlive   = 30 * time.Second
)

// meter counts what paddock asks of the API server and what comes back.
type meter struct {
	requests, bytes atomic.Int64
}

// attach counts requests at the transport and bytes at the connection: as they
// came over the wire, with TLS and before decompression.
func (m *meter) attach(cfg *rest.Config) {
	dial := cfg.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: dialTimeout, KeepAlive: keepAlive}).DialContext
	}
	cfg.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &meteredConn{Conn: conn, meter: m}, nil
	}
	cfg.Wrap(func(rt http.RoundTripper) http.RoundTripper {
		pingSooner(rt)
		if web, ok := rt.(*websocket.RoundTripper); ok {
			rt = &webDialer{to: web, dial: cfg.Dial}
		}
		return &meteredTripper{next: rt, meter: m}
	})
}

type meteredConn struct {
	net.Conn
	meter *meter
}

func (c *meteredConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.meter.bytes.Add(int64(n))
	return n, err
}

type meteredTripper struct {
	next  http.RoundTripper
	meter *meter
}

func (t *meteredTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	t.meter.requests.Add(1)
	return t.next.RoundTrip(r)
}

// WrappedRoundTripper lets client-go find the transport below.
func (t *meteredTripper) WrappedRoundTripper() http.RoundTripper { return t.next }

// pingSooner sets the HTTP/2 health check of the transport at the bottom of a
// chain; net/http reads it at each new connection.
func pingSooner(rt http.RoundTripper) {
	for {
		switch t := rt.(type) {
		case *http.Transport:
			t.HTTP2 = &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout}
			return
		case utilnet.RoundTripperWrapper:
			rt = t.WrappedRoundTripper()
		default:
			return
		}
	}
}

// api is the lean client: one REST client a group, sharing one HTTP client,
// with a scheme of the few types that paddock reads. client-go's clientset
// would double the binary.
type api struct {
	http  *http.Client
	core  rest.Interface
	batch rest.Interface
	auth  rest.Interface
	wire  rest.Interface // core, for watches: reads only what is kept, see wire.go
	codec runtime.ParameterCodec
}

func newAPI(cfg *rest.Config) (*api, error) {
	hc, err := rest.HTTPClientFor(cfg)
	if err != nil {
		return nil, err
	}
	scheme := newScheme()
	codecs := serializer.NewCodecFactory(scheme).WithoutConversion()
	a := &api{http: hc, codec: runtime.NewParameterCodec(scheme)}
	wire := serializer.NewCodecFactory(newWireScheme()).WithoutConversion()
	for _, g := range []struct {
		client *rest.Interface
		group  schema.GroupVersion
		path   string
		codecs runtime.NegotiatedSerializer
	}{
		{&a.core, corev1.SchemeGroupVersion, "/api", codecs},
		{&a.batch, batchv1.SchemeGroupVersion, "/apis", codecs},
		{&a.auth, authv1.SchemeGroupVersion, "/apis", codecs},
		{&a.wire, corev1.SchemeGroupVersion, "/api", wire},
	} {
		c := rest.CopyConfig(cfg)
		c.GroupVersion, c.APIPath = &g.group, g.path
		c.NegotiatedSerializer = g.codecs
		c.ContentType = runtime.ContentTypeProtobuf
		c.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
		client, err := rest.RESTClientForConfigAndClient(c, hc)
		if err != nil {
			return nil, err
		}
		*g.client = client
	}
	return a, nil
}

// newScheme registers the types that are read, and no more: what is not
// registered is not linked.
func newScheme() *runtime.Scheme {
	s := runtime.NewScheme()
	s.AddKnownTypes(corev1.SchemeGroupVersion,
		&corev1.Pod{}, &corev1.PodList{},
		&corev1.Node{}, &corev1.NodeList{},
		&corev1.Namespace{}, &corev1.NamespaceList{},
		&corev1.ResourceQuota{}, &corev1.ResourceQuotaList{},
		&corev1.Event{}, &corev1.EventList{},
		&corev1.Service{}, &corev1.ServiceList{},
		&corev1.PersistentVolumeClaim{}, &corev1.PersistentVolumeClaimList{},
	)
	s.AddKnownTypes(batchv1.SchemeGroupVersion, &batchv1.Job{}, &batchv1.JobList{})
	s.AddKnownTypes(authv1.SchemeGroupVersion, &authv1.SelfSubjectAccessReview{}, &authv1.SelfSubjectRulesReview{})
	s.AddUnversionedTypes(schema.GroupVersion{Version: "v1"}, &metav1.Status{})
	for _, gv := range []schema.GroupVersion{corev1.SchemeGroupVersion, batchv1.SchemeGroupVersion, authv1.SchemeGroupVersion} {
		metav1.AddToGroupVersion(s, gv)
	}
	return s
}

// newWireScheme registers what is watched by the clients of wire.go. Whole
// lists, for servers that can't stream them, are read whole.
func newWireScheme() *runtime.Scheme {
	s := runtime.NewScheme()
	s.AddKnownTypeWithName(corev1.SchemeGroupVersion.WithKind("Pod"), &wirePod{})
	s.AddKnownTypeWithName(corev1.SchemeGroupVersion.WithKind("Node"), &wireNode{})
	s.AddKnownTypes(corev1.SchemeGroupVersion, &corev1.PodList{}, &corev1.NodeList{})
	s.AddUnversionedTypes(schema.GroupVersion{Version: "v1"}, &metav1.Status{})
	metav1.AddToGroupVersion(s, corev1.SchemeGroupVersion)
	return s
}

// raw asks for a path of the API server as JSON. client-go leaves the server's
// own words in the body when it does not decode the answer.
func (a *api) raw(ctx context.Context, path string) ([]byte, error) {
	body, err := a.core.Get().AbsPath(path).SetHeader("Accept", runtime.ContentTypeJSON).Do(ctx).Raw()
	var status metav1.Status
	if err != nil && json.Unmarshal(body, &status) == nil && status.Kind == "Status" && status.Message != "" {
		return nil, &apierrors.StatusError{ErrStatus: status}
	}
	return body, err
}
