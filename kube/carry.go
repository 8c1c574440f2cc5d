package kube

import (
	"context"
	"io"
	"net"
	"net/http"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/streaming/pkg/httpstream"
)

// carry carries one connection, by two streams: one of data, and one on which
// the kubelet says what went wrong. It tells whether nothing did. Source of the
// headers and of their order: client-go/tools/portforward.
func (f *forwarder) carry(ctx context.Context, local net.Conn, id int) bool {
	defer local.Close()
	header := http.Header{}
	header.Set(corev1.PortHeader, strconv.Itoa(f.remote))
	header.Set(corev1.PortForwardRequestIDHeader, strconv.Itoa(id))
	header.Set(corev1.StreamType, corev1.StreamTypeError)
	complaints, err := f.conn.CreateStream(header)
	if err != nil {
		return false
	}
	defer f.conn.RemoveStreams(complaints)
	complaints.Close() // only the other side writes
	header.Set(corev1.StreamType, corev1.StreamTypeData)
	data, err := f.conn.CreateStream(header)
	if err != nil {
		return false
	}
	defer f.conn.RemoveStreams(data)
	stop := context.AfterFunc(ctx, func() {
		local.Close()
		data.Reset()
		complaints.Reset()
	})
	defer stop()
	said := make(chan int, 1) // bytes of complaint
	go func() {
		n, _ := io.Copy(io.Discard, complaints)
		said <- int(n)
	}()
	copied(local, data)
	data.Reset() // what is not sent would keep the complaints waiting
	return <-said == 0
}

// copied copies both ways until the pod has sent all, or this machine's side
// breaks. When this side alone has sent all, the pod is told, and may go on.
func copied(local net.Conn, data httpstream.Stream) {
	received, broken := make(chan struct{}), make(chan struct{})
	go func() {
		io.Copy(local, data)
		close(received)
	}()
	go func() {
		_, err := io.Copy(data, local)
		data.Close()
		if err != nil {
			close(broken)
		}
	}()
	select {
	case <-received:
	case <-broken:
	}
}
