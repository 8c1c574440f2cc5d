package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"paddock/act"
	"paddock/e2e/cluster"
	"paddock/fleet"
	"paddock/kube"
)

// page is what a terminal shows, for a test to wait for.
type page struct {
	mu   sync.Mutex
	text strings.Builder
}

func (p *page) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *page) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

func (p *page) await(t *testing.T, want string) {
	t.Helper()
	eventually(t, "the terminal shows "+want, func() error {
		if s := p.String(); !strings.Contains(s, want) {
			return fmt.Errorf("it shows %q", s)
		}
		return nil
	})
}

// deaf is a terminal that nobody sees. Its keys are there, if none is ever
// pressed: kwok's kubelet dies of a terminal without.
func deaf() kube.Terminal {
	keys, _ := io.Pipe()
	return kube.Terminal{In: keys, Out: io.Discard}
}

// runner is a bare pod of a test's own that runs.
func runner(t *testing.T, ns, container string) map[string]any {
	t.Helper()
	pod := map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"namespace": ns, "name": "run-0", "labels": map[string]any{"paddle-res-type": "worker"}},
		"spec": map[string]any{"containers": []any{map[string]any{"name": container, "image": "paddle:3"}}},
	}
	apply(t, pod)
	return pod
}

func TestExec(t *testing.T) {
	ns := namespace(t)
	pod := runner(t, ns, "trainer")
	e := eyesOf(t, cluster.Admin, ns)
	w := target(t, e.job("run-0", fleet.Running, 1))

	keys, typing := io.Pipe()
	screen := new(page)
	sizes := make(chan [2]int, 2)
	tty := kube.Terminal{In: keys, Out: screen, Sizes: func() (int, int, bool) {
		s, ok := <-sizes
		return s[0], s[1], ok
	}}
	const script = `stty -echo; [ -t 0 ] && [ -t 1 ] && echo "a terminal"
until [ "$(stty size)" = "24 80" ]; do sleep 0.05; done; echo "24 by 80"
read name; echo "hello $name"
until [ "$(stty size)" = "50 132" ]; do sleep 0.05; done; echo "50 by 132"
head -c 200000 /dev/zero | tr '\0' x; echo; echo "much more"
read end`
	_, before := e.client.Cost()
	sizes <- [2]int{80, 24}
	ended := make(chan error, 1)
	go func() { ended <- e.client.Exec(t.Context(), w, "trainer", []string{"sh", "-c", script}, tty) }()
	screen.await(t, "a terminal")
	screen.await(t, "24 by 80")
	fmt.Fprintln(typing, "ann")
	screen.await(t, "hello ann")
	sizes <- [2]int{132, 50}
	screen.await(t, "50 by 132")
	screen.await(t, "much more")
	if _, after := e.client.Cost(); after-before < 200000 {
		t.Errorf("%d bytes were counted of 200000", after-before)
	}
	fmt.Fprintln(typing, "end")
	if err := <-ended; err != nil {
		t.Error(err)
	}
	close(sizes)
	typing.Close()

	err := e.client.Exec(t.Context(), w, "trainer", []string{"no-such-shell"}, deaf())
	expectWords(t, err, "the image has no no-such-shell", "kubectl debug -it run-0 -n "+ns+" --image=busybox --target=trainer")
	err = e.client.Exec(t.Context(), w, "other", []string{"sh"}, deaf())
	expectWords(t, err, "container other is not valid for pod run-0", "")

	ctx, cancel := context.WithCancel(t.Context())
	go func() { ended <- e.client.Exec(ctx, w, "", []string{"sleep", "60"}, deaf()) }()
	time.AfterFunc(500*time.Millisecond, cancel)
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("after it was cancelled: %v", err)
	}

	kubectl(t, "-n", ns, "delete", "pod", "run-0", "--force", "--grace-period=0")
	expectWords(t, e.client.Exec(t.Context(), w, "", []string{"sh"}, deaf()), "is gone", "")
	apply(t, pod)
	expectWords(t, e.client.Exec(t.Context(), w, "", []string{"touch", t.TempDir() + "/x"}, deaf()), "is another pod now", "")
}

// expectWords expects an error in these words, and this hint.
func expectWords(t *testing.T, err error, says, hint string) {
	t.Helper()
	what, advice := kube.Explain(err)
	if err == nil || !strings.Contains(what, says) || !strings.Contains(advice, hint) {
		t.Errorf("%q, hint %q (%v), want %q, hint %q", what, advice, err, says, hint)
	}
}

func TestExecRights(t *testing.T) {
	team := eyesOf(t, cluster.TeamA, cluster.TeamNamespace)
	var w act.Target
	team.until("a worker runs", func(f *fleet.Fleet) bool {
		for _, j := range f.Jobs {
			for _, worker := range j.Workers {
				if worker.State == fleet.Running {
					a, err := act.NewKill(j, worker, act.Remove)
					w = a.Target
					return err == nil
				}
			}
		}
		return false
	})
	err := team.client.Exec(t.Context(), w, "", []string{"sh"}, deaf())
	expectWords(t, err, "user team-ocr may not create pods/exec in namespace ocr", "kubectl auth can-i create pods --subresource=exec -n ocr")
	err = team.client.Forward(t.Context(), w, 0, 7, func(int) { t.Error("it is ready") })
	expectWords(t, err, "user team-ocr may not create pods/portforward in namespace ocr", "kubectl auth can-i create pods --subresource=portforward -n ocr")
}

func TestForward(t *testing.T) {
	ns := namespace(t)
	pod := runner(t, ns, "trainer")
	e := eyesOf(t, cluster.Admin, ns)
	w := target(t, e.job("run-0", fleet.Running, 1))

	port, ended, stop := forward(t, e, w, 7)
	first, second := dialHere(t, port), dialHere(t, port)
	echo(t, first, "one")
	echo(t, second, "two")
	echo(t, first, strings.Repeat("much ", 100000))
	if conn, err := net.Dial("tcp", fmt.Sprintf("[::1]:%d", port)); err == nil {
		conn.Close()
		t.Error("it listens on another address as well")
	}
	expectWords(t, e.client.Forward(t.Context(), w, port, 7, func(int) {}), fmt.Sprintf("port %d of this machine is taken", port), "0 for any that is free")
	first.(*net.TCPConn).CloseWrite()
	if rest, err := io.ReadAll(first); err != nil || len(rest) != 0 {
		t.Errorf("after the end: %q (%v)", rest, err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("stopped: %v", err)
	}
	if conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
		conn.Close()
		t.Error("it still listens")
	}

	// nothing listens on port 9 of the pod: each connection ends, the forwarding goes on
	port, ended, _ = forward(t, e, w, 9)
	for range 3 {
		conn := dialHere(t, port)
		if got, _ := io.ReadAll(conn); len(got) != 0 {
			t.Errorf("%q came from a port without a program", got)
		}
	}
	select {
	case err := <-ended:
		t.Fatalf("it ended: %v", err)
	default:
	}

	kubectl(t, "-n", ns, "delete", "pod", "run-0", "--force", "--grace-period=0")
	expectWords(t, <-ended, "is gone", "")
	apply(t, pod)
	expectWords(t, e.client.Forward(t.Context(), w, 0, 7, func(int) {}), "is another pod now", "")
}

// forward forwards a port until stop is called, or the test ends.
func forward(t *testing.T, e *eyes, w act.Target, remote int) (port int, ended <-chan error, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ready, done := make(chan int, 1), make(chan error, 1)
	go func() { done <- e.client.Forward(ctx, w, 0, remote, func(port int) { ready <- port }) }()
	t.Cleanup(cancel)
	select {
	case port = <-ready:
	case err := <-done:
		t.Fatalf("forward port %d: %v", remote, err)
	}
	return port, done, cancel
}

func dialHere(t *testing.T, port int) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func echo(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	sent := make(chan error, 1)
	go func() {
		_, err := io.WriteString(conn, text)
		sent <- err
	}()
	got := make([]byte, len(text))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != text {
		t.Errorf("%d bytes came back, %.20q (%v)", len(got), got, err)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

func TestFirstLine(t *testing.T) {
	ns := namespace(t)
	runner(t, ns, cluster.Quiet)
	e := eyesOf(t, cluster.Admin, ns)
	pod := e.job("run-0", fleet.Running, 1).Workers[0].Ref
	type said struct {
		line string
		err  error
	}
	heard := make(chan said, 1)
	go func() {
		line, err := e.client.FirstLine(t.Context(), pod, cluster.Quiet)
		heard <- said{line, err}
	}()
	at := time.Now()
	for _, blank := range []string{"", "   ", "\x1b[2K"} {
		if err := shared.PrintAs(cluster.Quiet, at, blank); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case s := <-heard:
		t.Fatalf("before anything was printed: %q (%v)", s.line, s.err)
	case <-time.After(time.Second):
	}
	for _, line := range []string{"\x1b[32mLAUNCH INFO\x1b[0m " + strings.Repeat("数", 600), "step 1"} {
		if err := shared.PrintAs(cluster.Quiet, at, line); err != nil {
			t.Fatal(err)
		}
	}
	if s := <-heard; s.err != nil || s.line != "LAUNCH INFO "+strings.Repeat("数", 485)+"..." {
		t.Errorf("%q (%v)", s.line, s.err)
	}
	_, err := e.client.FirstLine(t.Context(), fleet.Ref{Kind: "Pod", Namespace: ns, Name: "no-such-pod"}, "")
	expectWords(t, err, `pods "no-such-pod" not found`, "")
}
