package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	gorilla "github.com/gorilla/websocket"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/util/exec"
	"k8s.io/streaming/pkg/httpstream"

	"paddock/act"
)

const running = `{"metadata":{"uid":"p3"},"status":{"phase":"Running","containerStatuses":[{"name":"trainer","state":{"running":{}}},{"name":"side","state":{"waiting":{"reason":"ImagePullBackOff"}}}]}}`

// podServer has one pod, and upgrades nothing but by its own way.
func podServer(pod string, upgrade func(http.ResponseWriter, *http.Request)) *apiServer {
	const at = "/api/v1/namespaces/nlp/pods/sft-3-abcde"
	return &apiServer{handle: func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case r.URL.Path == at && pod == "":
			return refuse(w, 404, "NotFound", `pods "sft-3-abcde" not found`)
		case r.URL.Path == at:
			fmt.Fprint(w, pod)
		case strings.HasPrefix(r.URL.Path, at+"/") && upgrade != nil:
			upgrade(w, r)
		default:
			return false
		}
		return true
	}}
}

func TestExecAndForwardStandBeforeTheyDial(t *testing.T) {
	for _, c := range []struct{ name, pod, container, want string }{
		{"gone", "", "trainer", "w3 of nlp/sft is gone"},
		{"replaced", `{"metadata":{"uid":"other"}}`, "trainer", "w3 is another pod now"},
		{"ended", `{"metadata":{"uid":"p3"},"status":{"phase":"Succeeded"}}`, "trainer", "w3 of nlp/sft has ended"},
		{"does not run", running, "side", "container side of w3 of nlp/sft does not run (ImagePullBackOff)"},
	} {
		client := connect(t, podServer(c.pod, func(http.ResponseWriter, *http.Request) { t.Errorf("%s: it was dialled", c.name) }), "nlp")
		err := client.Exec(t.Context(), worker, c.container, []string{"sh"}, Terminal{Out: io.Discard})
		if what, _ := Explain(err); what != c.want {
			t.Errorf("%s: %q (%v), want %q", c.name, what, err, c.want)
		}
		if c.container != "trainer" {
			continue
		}
		err = client.Forward(t.Context(), worker, 0, 8080, func(int) { t.Errorf("%s: it is ready", c.name) })
		if what, _ := Explain(err); what != c.want {
			t.Errorf("%s: forward: %q (%v), want %q", c.name, what, err, c.want)
		}
	}
}

func TestExecRefused(t *testing.T) {
	client := connect(t, podServer(running, func(w http.ResponseWriter, r *http.Request) {
		verb := map[string]string{"GET": "get", "POST": "create"}[r.Method]
		refuse(w, 403, "Forbidden", fmt.Sprintf(`pods "sft-3-abcde" is forbidden: User "ann" cannot %s resource "pods/%s" in API group "" in the namespace "nlp"`, verb, r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]))
	}), "nlp")
	requests, _ := client.Cost()
	err := client.Exec(t.Context(), worker, "trainer", []string{"sh"}, Terminal{Out: io.Discard})
	if what, hint := Explain(err); what != "user ann may not create pods/exec in namespace nlp" || !strings.HasSuffix(hint, "kubectl auth can-i create pods --subresource=exec -n nlp") {
		t.Errorf("%q, %q (%v)", what, hint, err)
	}
	if after, _ := client.Cost(); after-requests < 3 { // the pod, a websocket, SPDY
		t.Errorf("%d requests were counted", after-requests)
	}
	err = client.Forward(t.Context(), worker, 0, 8080, func(int) { t.Error("it is ready") })
	if what, hint := Explain(err); what != "user ann may not create pods/portforward in namespace nlp" || !strings.Contains(hint, "--subresource=portforward") {
		t.Errorf("%q, %q (%v)", what, hint, err)
	}
	if err := client.Exec(t.Context(), worker, "trainer", nil, Terminal{}); err == nil || err.Error() != "there is no command to run" {
		t.Errorf("no command: %v", err)
	}
}

// TestExecExitCode: kwok's kubelet, which the tests on a real control plane
// use, does not tell exit codes as others do.
func TestExecExitCode(t *testing.T) {
	query := make(chan string, 1)
	client := connect(t, podServer(running, func(w http.ResponseWriter, r *http.Request) {
		query <- r.URL.RawQuery
		w.Header().Del("Content-Type")
		conn, err := (&gorilla.Upgrader{Subprotocols: []string{"v5.channel.k8s.io"}}).Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		status, _ := json.Marshal(map[string]any{"status": "Failure", "reason": "NonZeroExitCode", "message": "m",
			"details": map[string]any{"causes": []any{map[string]any{"reason": "ExitCode", "message": "3"}}}})
		for channel, text := range map[byte]string{1: "out", 3: string(status)} {
			if err := conn.WriteMessage(gorilla.BinaryMessage, append([]byte{channel}, text...)); err != nil {
				t.Error(err)
			}
		}
		conn.WriteMessage(gorilla.CloseMessage, gorilla.FormatCloseMessage(gorilla.CloseNormalClosure, ""))
	}), "nlp")
	var out strings.Builder
	err := client.Exec(t.Context(), worker, "trainer", []string{"sh", "-c", "exit 3"}, Terminal{In: strings.NewReader("in"), Out: &out})
	var exit ExitError
	if !errors.As(err, &exit) || exit.Code != 3 || err.Error() != "the command ended with exit code 3" {
		t.Errorf("%#v", err)
	}
	if out.String() != "out" {
		t.Errorf("it printed %q", out.String())
	}
	if q := <-query; q != "command=sh&command=-c&command=exit+3&container=trainer&stdin=true&stdout=true&tty=true" {
		t.Errorf("it asked for %s", q)
	}
}

func TestExplainUpgrade(t *testing.T) {
	upgrade := func(cause string) error { return &httpstream.UpgradeFailureError{Cause: errors.New(cause)} }
	for _, c := range []struct {
		err        error
		what, hint string
	}{
		{errors.New(`Internal error occurred: error executing command in container: failed to exec in container: OCI runtime exec failed: exec failed: unable to start container process: exec: "bash": executable file not found in $PATH: unknown`),
			"the image has no bash", "kubectl debug -it sft-3-abcde -n nlp --image=busybox --target=trainer"},
		{errors.New(`exec: "/bin/bash": stat /bin/bash: no such file or directory`), "the image has no bash", "kubectl debug"},
		{upgrade("error dialing backend: dial tcp 10.0.0.7:10250: connect: connection refused"), "the kubelet of its node does not answer: error dialing backend", "is the node up?"},
		{errors.New("unable to upgrade connection: container not found (\"trainer\")"), `the server refuses it: container not found ("trainer")`, ""},
		{&httpstream.UpgradeFailureError{Cause: apierrors.NewBadRequest("the embedded cluster's containers run no programs: use make cluster")}, "the server refuses it: the embedded cluster's containers run no programs", ""},
		{errors.New("unable to upgrade connection: no \x1b[2Jway"), "the server refuses it: no way", ""},
		{fmt.Errorf("read: %w", io.ErrUnexpectedEOF), "the connection to the API server broke", ""},
	} {
		what, hint := Explain(explainUpgrade(worker, "trainer", "bash", c.err))
		if !strings.HasPrefix(what, c.what) || !strings.HasPrefix(hint, c.hint) {
			t.Errorf("%v: %q, %q, want %q, %q", c.err, what, hint, c.what, c.hint)
		}
	}
	for _, same := range []error{nil, context.Canceled, exec.CodeExitError{Code: 1}} {
		if got := explainUpgrade(act.Target{}, "", "", same); got != same {
			t.Errorf("%v became %v", same, got)
		}
	}
}

// TestExecLost: a connection that breaks is not the end of the command.
func TestExecLost(t *testing.T) {
	for name, end := range map[string]func(*gorilla.Conn){
		"broke": func(c *gorilla.Conn) { c.NetConn().Close() },
		"going away": func(c *gorilla.Conn) {
			c.WriteMessage(gorilla.CloseMessage, gorilla.FormatCloseMessage(gorilla.CloseGoingAway, ""))
		},
	} {
		client := connect(t, podServer(running, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Del("Content-Type")
			conn, err := (&gorilla.Upgrader{Subprotocols: []string{"v5.channel.k8s.io"}}).Upgrade(w, r, nil)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			conn.WriteMessage(gorilla.BinaryMessage, append([]byte{1}, "$ "...))
			end(conn)
		}), "nlp")
		err := client.Exec(t.Context(), worker, "trainer", []string{"sh"}, Terminal{Out: io.Discard})
		if what, _ := Explain(err); what != "the connection to w3 of nlp/sft was lost" {
			t.Errorf("%s: %q (%v)", name, what, err)
		}
	}
}
