package kube

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"syscall"

	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/streaming/pkg/httpstream"

	"paddock/act"
)

// Forward lets this machine's programs reach a port of the life of a pod that
// is meant, at 127.0.0.1 and the local port; 0 is any that is free. It calls
// ready with the port once it listens, and blocks until ctx ends, which is no
// error, or the pod or the way to it is lost, which is one, in a sentence: see
// Explain. A single connection that fails, because nothing listens in the pod
// yet, is closed and ends nothing else.
func (c *Client) Forward(ctx context.Context, t act.Target, local, remote int, ready func(local int)) error {
	err := c.forward(ctx, t, local, remote, ready)
	if err == nil || ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("forward port %d of %s: %w", remote, t, err)
}

func (c *Client) forward(ctx context.Context, t act.Target, local, remote int, ready func(local int)) error {
	if err := c.standing(ctx, t, ""); err != nil {
		return err
	}
	listener, err := listenHere(local)
	if err != nil {
		return err
	}
	defer listener.Close()
	conn, err := c.tunnel(ctx, t)
	if err != nil {
		return explainUpgrade(t, "", "", err)
	}
	ready(listener.Addr().(*net.TCPAddr).Port)
	f := &forwarder{client: c, target: t, remote: remote, conn: conn, lost: make(chan error, 1)}
	return f.run(ctx, listener)
}

// listenHere listens on this machine alone.
func listenHere(port int) (net.Listener, error) {
	listener, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, nothing{fmt.Sprintf("port %d of this machine is taken", port), "take another one, or 0 for any that is free"}
	case errors.Is(err, syscall.EACCES):
		return nil, nothing{fmt.Sprintf("port %d of this machine is for its administrator", port), "take one above 1023, or 0 for any that is free"}
	case err != nil:
		return nil, nothing{fmt.Sprintf("can't listen on port %d of this machine: %s", port, clean(err.Error())), "take another one, or 0 for any that is free"}
	}
	return listener, nil
}

// tunnel opens the connection that carries all others. A dial knows no
// context, so that one that comes too late is closed.
func (c *Client) tunnel(ctx context.Context, t act.Target) (httpstream.Connection, error) {
	at, err := c.places.path(ctx, t.Ref, t.APIVersion)
	if err != nil {
		return nil, err
	}
	dialer, err := c.tunnelDialer(c.api.core.Get().AbsPath(at, "portforward").URL())
	if err != nil {
		return nil, err
	}
	type dialled struct {
		conn httpstream.Connection
		err  error
	}
	done := make(chan dialled, 1)
	go func() {
		conn, _, err := dialer.Dial(portforward.PortForwardProtocolV1Name)
		done <- dialled{conn, err}
	}()
	select {
	case d := <-done:
		return d.conn, d.err
	case <-ctx.Done():
		go func() {
			if d := <-done; d.err == nil {
				d.conn.Close()
			}
		}()
		return nil, ctx.Err()
	}
}

func (c *Client) tunnelDialer(at *url.URL) (httpstream.Dialer, error) {
	web, err := portforward.NewSPDYOverWebsocketDialerForStreaming(at, c.config)
	if err != nil {
		return nil, err
	}
	tripper, upgrader, err := c.spdyFor(at)
	if err != nil {
		return nil, err
	}
	old := spdy.NewDialerForStreaming(upgrader, &http.Client{Transport: tripper}, http.MethodPost, at)
	return portforward.NewFallbackDialerForStreaming(web, old, fallsBack), nil
}

// forwarder carries what comes to a listener through one connection. It stands
// for client-go's PortForwarder, which ends with the first connection that fails.
type forwarder struct {
	client *Client
	target act.Target
	remote int
	conn   httpstream.Connection
	lost   chan error // why it ends; room for one
}

func (f *forwarder) run(ctx context.Context, listener net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer f.conn.Close()
	defer listener.Close()
	defer cancel()
	running.Go(func() { f.watch(ctx) })
	running.Go(func() { f.accept(ctx, listener, &running) })
	select {
	case <-ctx.Done():
		return nil
	case err := <-f.lost:
		return err
	case <-f.conn.CloseChan():
	}
	if err := f.client.standing(ctx, f.target, ""); err != nil {
		return err
	}
	return nothing{"the connection to " + f.target.String() + " was lost", "forward it again"}
}

// watch ends the forwarding with the pod. Who may not watch it, or can't for
// now, learns of its end from the next connection that fails.
func (f *forwarder) watch(ctx context.Context) {
	err := f.client.follow(ctx, f.target, over)
	switch {
	case errors.Is(err, errGone):
		f.end(nothing{f.target.String() + " is gone", ""})
	case err == nil:
		f.end(nothing{f.target.String() + " has ended", ""})
	}
}

func (f *forwarder) end(why error) {
	select {
	case f.lost <- why:
	default:
	}
}

func (f *forwarder) accept(ctx context.Context, listener net.Listener, running *sync.WaitGroup) {
	for id := 0; ; id++ {
		local, err := listener.Accept()
		if err != nil {
			if ctx.Err() == nil {
				f.end(nothing{"this machine takes no more connections: " + clean(err.Error()), "forward it again"})
			}
			return
		}
		running.Go(func() {
			if !f.carry(ctx, local, id) && ctx.Err() == nil {
				var why nothing
				if err := f.client.standing(ctx, f.target, ""); errors.As(err, &why) {
					f.end(why)
				}
			}
		})
	}
}
