package kube

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/streaming/pkg/httpstream"
	"k8s.io/streaming/pkg/httpstream/spdy"
)

// kubelet forwards ports as a kubelet does, over SPDY alone: port 7 sends back
// what it gets, on the others nothing listens.
type kubelet struct {
	mu    sync.Mutex
	pairs map[string]map[string]httpstream.Stream
	conn  httpstream.Connection
	by    []string // the methods of the requests
}

func (k *kubelet) forward(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	k.by = append(k.by, r.Method)
	k.mu.Unlock()
	if r.Method != http.MethodPost { // an API server that knows no websockets
		refuse(w, 400, "BadRequest", "Upgrade request required")
		return
	}
	if _, err := httpstream.Handshake(r, w, []string{"portforward.k8s.io"}); err != nil {
		return
	}
	conn := spdy.NewResponseUpgrader().UpgradeResponse(w, r, k.stream)
	k.mu.Lock()
	k.conn = conn
	k.mu.Unlock()
	<-conn.CloseChan()
}

func (k *kubelet) stream(s httpstream.Stream, _ <-chan struct{}) error {
	id := s.Headers().Get(corev1.PortForwardRequestIDHeader)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pairs[id] == nil {
		k.pairs[id] = map[string]httpstream.Stream{}
	}
	pair := k.pairs[id]
	pair[s.Headers().Get(corev1.StreamType)] = s
	if len(pair) == 2 {
		go serve(pair[corev1.StreamTypeData], pair[corev1.StreamTypeError], s.Headers().Get(corev1.PortHeader))
	}
	return nil
}

func serve(data, complaints io.ReadWriteCloser, port string) {
	if port == "7" {
		io.Copy(data, data)
	} else {
		fmt.Fprintf(complaints, "nothing listens on %s", port)
	}
	data.Close()
	complaints.Close()
}

// forwarding forwards a port through a test's kubelet.
func forwarding(t *testing.T, k *kubelet, client *Client, remote int) (address string, ended chan error, stop context.CancelFunc) {
	t.Helper()
	k.pairs = map[string]map[string]httpstream.Stream{}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	ready := make(chan int, 1)
	ended = make(chan error, 1)
	go func() { ended <- client.Forward(ctx, worker, 0, remote, func(port int) { ready <- port }) }()
	select {
	case port := <-ready:
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), ended, cancel
	case err := <-ended:
		t.Fatal(err)
	}
	return "", nil, nil
}

func dialed(t *testing.T, address string) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn.(*net.TCPConn)
}

func TestForwardOverSPDY(t *testing.T) {
	k := &kubelet{}
	client := connect(t, podServer(running, k.forward), "nlp")
	address, ended, stop := forwarding(t, k, client, 7)
	if strings.Join(k.by, " ") != "GET POST" {
		t.Errorf("it asked by %v", k.by)
	}
	_, before := client.Cost()
	var talking sync.WaitGroup
	for i := range 20 {
		conn := dialed(t, address)
		talking.Go(func() {
			text := strings.Repeat(strconv.Itoa(i%10), 100000)
			go func() {
				io.WriteString(conn, text)
				conn.CloseWrite()
			}()
			if got, err := io.ReadAll(conn); err != nil || string(got) != text {
				t.Errorf("%d bytes came back (%v)", len(got), err)
			}
		})
	}
	talking.Wait()
	if _, after := client.Cost(); after-before < 20*100000 {
		t.Errorf("%d bytes were counted", after-before)
	}
	open := dialed(t, address)
	io.WriteString(open, "x")
	if n, err := open.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Error(err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := open.Read(make([]byte, 1)); err == nil {
		t.Error("a connection outlives the forwarding")
	}
	if conn, err := net.Dial("tcp", address); err == nil {
		conn.Close()
		t.Error("it still listens")
	}
}

// A connection that fails ends nothing else, and the way that is lost ends all.
func TestForwardOutlivesAConnection(t *testing.T) {
	k := &kubelet{}
	client := connect(t, podServer(running, k.forward), "nlp")
	address, ended, _ := forwarding(t, k, client, 8080)
	for range 3 {
		if got, _ := io.ReadAll(dialed(t, address)); len(got) != 0 {
			t.Errorf("%q came from nowhere", got)
		}
	}
	select {
	case err := <-ended:
		t.Fatalf("it ended: %v", err)
	default:
	}
	k.mu.Lock()
	k.conn.Close()
	k.mu.Unlock()
	if what, hint := Explain(<-ended); what != "the connection to w3 of nlp/sft was lost" || hint != "forward it again" {
		t.Errorf("%q, %q", what, hint)
	}
}

func TestForwardOnATakenPort(t *testing.T) {
	client := connect(t, podServer(running, func(http.ResponseWriter, *http.Request) { t.Error("it was dialled") }), "nlp")
	taken, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	err = client.Forward(t.Context(), worker, port, 80, func(int) { t.Error("it is ready") })
	if what, hint := Explain(err); what != fmt.Sprintf("port %d of this machine is taken", port) || hint != "take another one, or 0 for any that is free" {
		t.Errorf("%q, %q (%v)", what, hint, err)
	}
}
