package kube

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	gorilla "github.com/gorilla/websocket"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/client-go/transport/websocket"
	"k8s.io/streaming/pkg/httpstream"
	streamspdy "k8s.io/streaming/pkg/httpstream/spdy"
)

// A terminal and forwarded ports go over a connection that is upgraded: to a
// websocket, or to SPDY where the API server (before 1.29, 1.30), a proxy or
// the user's rights (get, beside create) do not allow that.

const (
	upgradeTimeout = 20 * time.Second // until an upgrade is answered; the kubelet is asked meanwhile
	spdyPing       = 5 * time.Second  // as kubectl does: a dead connection is noticed
	webProtocol    = "Sec-Websocket-Protocol"
)

// webDialer makes a websocket over the client's own connections: client-go's
// would open one by itself, past Flags.Dial and the meter.
type webDialer struct {
	to   *websocket.RoundTripper // gets the websocket
	dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// RoundTrip upgrades to a websocket. A server that refuses is an
// UpgradeFailureError with the API server's own words as its cause.
func (d *webDialer) RoundTrip(r *http.Request) (*http.Response, error) {
	header := r.Header.Clone()
	protocols := header[webProtocol]
	header.Del(webProtocol) // the dialer writes it
	at := *r.URL
	at.Scheme = strings.Replace(at.Scheme, "http", "ws", 1)
	room := d.to.DataBufferSize() + 1024 // and the byte that tells the channels apart
	dialer := gorilla.Dialer{
		NetDialContext: d.dial, Proxy: d.to.Proxier, TLSClientConfig: d.to.TLSConfig, Subprotocols: protocols,
		ReadBufferSize: room, WriteBufferSize: room, HandshakeTimeout: upgradeTimeout,
	}
	conn, answer, err := dialer.DialContext(r.Context(), at.String(), header)
	switch {
	case errors.Is(err, gorilla.ErrBadHandshake) && answer != nil:
		return nil, &httpstream.UpgradeFailureError{Cause: refusedBy(answer)}
	case err != nil:
		return nil, err
	case !slices.Contains(protocols, conn.Subprotocol()):
		return nil, errors.Join(&httpstream.UpgradeFailureError{Cause: errors.New("the server speaks another protocol")}, conn.Close())
	}
	d.to.Conn = conn
	return answer, nil
}

// refusedBy is the error of an answer that is no upgrade.
func refusedBy(answer *http.Response) error {
	body, _ := io.ReadAll(answer.Body) // the dialer keeps the first KiB
	var status metav1.Status
	if json.Unmarshal(body, &status) == nil && status.Kind == "Status" {
		return &apierrors.StatusError{ErrStatus: status}
	}
	return errors.New(answer.Status + ": " + string(bytes.TrimSpace(body)))
}

// spdyFor is the way back for a server without websockets. Through a proxy
// client-go dials by itself; what comes back then is not counted.
func (c *Client) spdyFor(at *url.URL) (http.RoundTripper, spdy.Upgrader, error) {
	proxy := http.ProxyFromEnvironment
	if c.config.Proxy != nil {
		proxy = c.config.Proxy
	}
	if via, err := proxy(&http.Request{URL: at}); err != nil || via != nil {
		return spdy.RoundTripperFor(c.config)
	}
	tls, err := rest.TLSConfigFor(c.config)
	if err != nil {
		return nil, nil, err
	}
	upgrader, err := streamspdy.NewRoundTripperWithConfig(streamspdy.RoundTripperConfig{
		PingPeriod: spdyPing, UpgradeTransport: &http.Transport{DialContext: c.config.Dial, TLSClientConfig: tls},
	})
	if err != nil {
		return nil, nil, err
	}
	tripper, err := rest.HTTPWrappersForConfig(c.config, upgrader)
	return tripper, spdy.NewUpgraderForStreaming(upgrader), err
}

// fallsBack tells whether SPDY is to be tried after a websocket.
func fallsBack(err error) bool {
	return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
}
