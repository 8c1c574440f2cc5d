package kube

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"paddock/act"
	"paddock/fleet"
)

var (
	sft    = fleet.Ref{Kind: "Job", Namespace: "nlp", Name: "sft"}
	job    = act.Target{Ref: sft, APIVersion: "batch/v1", UID: "j1", Job: sft, JobUID: "j1"}
	worker = act.Target{Ref: fleet.Ref{Kind: "Pod", Namespace: "nlp", Name: "sft-3-abcde"}, APIVersion: "v1", UID: "p3", Label: "w3", Job: sft, JobUID: "j1"}
	node   = act.Target{Ref: fleet.Ref{Kind: "Node", Name: "gpu-07"}, APIVersion: "v1", UID: "n7"}
)

// change is one request that changes something.
type change struct{ method, path, query, body string }

// changing answers changes, and remembers them; object is what a read finds.
type changing struct {
	answer func(w http.ResponseWriter, r *http.Request) // nil: yes
	object string

	mu   sync.Mutex
	sent []change
}

func (c *changing) handle(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet {
		if c.object == "" || r.URL.Query().Get("watch") != "" || !strings.HasSuffix(r.URL.Path, "sft") && !strings.HasSuffix(r.URL.Path, "abcde") {
			return false
		}
		fmt.Fprint(w, c.object)
		return true
	}
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	c.sent = append(c.sent, change{r.Method, r.URL.Path, r.URL.RawQuery, string(body)})
	c.mu.Unlock()
	if c.answer != nil {
		c.answer(w, r)
		return true
	}
	fmt.Fprint(w, `{"kind":"Status","apiVersion":"v1","status":"Success"}`)
	return true
}

// times is how often something was sent. A connection that is cut says nothing
// of what the server is still writing down.
func (c *changing) times() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.sent)
}

func TestWhatIsSent(t *testing.T) {
	const uid = `{"op":"test","path":"/metadata/uid","value":"%s"}`
	const options = `{"kind":"DeleteOptions","apiVersion":"v1",%s"preconditions":{"uid":"%s"}%s}`
	for _, c := range []struct {
		action act.Action
		dry    bool
		want   change
	}{
		{act.Action{Target: job, Change: act.Scale{From: 4, To: 2, Completions: true}}, false, change{"PATCH", "/apis/batch/v1/namespaces/nlp/jobs/sft", "fieldManager=paddock",
			`[` + fmt.Sprintf(uid, "j1") + `,{"op":"test","path":"/spec/parallelism","value":4},{"op":"add","path":"/spec/parallelism","value":2}` +
				`,{"op":"test","path":"/spec/completions","value":4},{"op":"add","path":"/spec/completions","value":2}]`}},
		{act.Action{Target: job, Change: act.Suspend{}}, true, change{"PATCH", "/apis/batch/v1/namespaces/nlp/jobs/sft", "dryRun=All&fieldManager=paddock",
			`[` + fmt.Sprintf(uid, "j1") + `,{"op":"test","path":"/spec/suspend","value":false},{"op":"add","path":"/spec/suspend","value":true}]`}},
		{act.Action{Target: job, Change: act.Delete{Foreground: true}}, false, change{"DELETE", "/apis/batch/v1/namespaces/nlp/jobs/sft", "",
			fmt.Sprintf(options, "", "j1", `,"propagationPolicy":"Foreground"`)}},
		{act.Action{Target: job, Change: act.Delete{}}, true, change{"DELETE", "/apis/batch/v1/namespaces/nlp/jobs/sft", "dryRun=All",
			fmt.Sprintf(options, "", "j1", `,"propagationPolicy":"Background","dryRun":["All"]`)}},
		{act.Action{Target: worker, Change: act.Kill{How: act.Remove}}, false, change{"DELETE", "/api/v1/namespaces/nlp/pods/sft-3-abcde", "", fmt.Sprintf(options, "", "p3", "")}},
		{act.Action{Target: worker, Change: act.Kill{How: act.Force}}, false, change{"DELETE", "/api/v1/namespaces/nlp/pods/sft-3-abcde", "", fmt.Sprintf(options, `"gracePeriodSeconds":0,`, "p3", "")}},
		{act.Action{Target: worker, Change: act.ForceDelete{Node: "gpu-07"}}, false, change{"DELETE", "/api/v1/namespaces/nlp/pods/sft-3-abcde", "", fmt.Sprintf(options, `"gracePeriodSeconds":0,`, "p3", "")}},
		{act.Action{Target: worker, Change: act.Kill{How: act.Evict}}, false, change{"POST", "/api/v1/namespaces/nlp/pods/sft-3-abcde/eviction", "fieldManager=paddock",
			`{"apiVersion":"policy/v1","deleteOptions":` + fmt.Sprintf(options, "", "p3", "") + `,"kind":"Eviction","metadata":{"name":"sft-3-abcde","namespace":"nlp"}}`}},
		{act.Action{Target: node, Change: act.Cordon{}}, false, change{"PATCH", "/api/v1/nodes/gpu-07", "fieldManager=paddock",
			`[` + fmt.Sprintf(uid, "n7") + `,{"op":"test","path":"/spec/unschedulable","value":null},{"op":"add","path":"/spec/unschedulable","value":true}]`}},
		{act.Action{Target: node, Change: act.Uncordon{}}, false, change{"PATCH", "/api/v1/nodes/gpu-07", "fieldManager=paddock",
			`[` + fmt.Sprintf(uid, "n7") + `,{"op":"test","path":"/spec/unschedulable","value":true},{"op":"remove","path":"/spec/unschedulable","value":null}]`}},
	} {
		server := &changing{}
		client := connect(t, &apiServer{handle: server.handle}, "nlp")
		send := client.Do
		if c.dry {
			send = client.DryRun
		}
		o, err := send(t.Context(), c.action)
		if err != nil || o.Result != act.Done || !strings.HasSuffix(o.Says, c.action.Title()) {
			t.Errorf("%s: %+v %v", c.action.Title(), o, err)
		}
		if len(server.sent) != 1 || server.sent[0] != c.want {
			t.Errorf("%s sent\n%+v\nwant\n%+v", c.action.Title(), server.sent, c.want)
		}
	}
}

func TestWhatIsSaidOfAFailure(t *testing.T) {
	status := func(code int, reason, message, details string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			text, _ := json.Marshal(message)
			fmt.Fprintf(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","code":%d,"reason":%q,"message":%s,"details":{%s}}`, code, reason, text, details)
		}
	}
	hangUp := func(w http.ResponseWriter, _ *http.Request) {
		if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
			conn.Close()
		}
	}
	scale := act.Action{Target: job, Change: act.Scale{From: 4, To: 2}}
	suspend := act.Action{Target: job, Change: act.Suspend{}}
	evict := act.Action{Target: worker, Change: act.Kill{How: act.Evict}}
	kill := act.Action{Target: worker, Change: act.Kill{How: act.Remove}}
	for _, c := range []struct {
		name   string
		action act.Action
		answer func(http.ResponseWriter, *http.Request)
		object string
		result act.Result
		says   string
	}{
		{"the pod was replaced", kill, status(409, "Conflict", "Precondition failed: UID in precondition: p3", `"name":"sft-3-abcde"`), `{"metadata":{"uid":"other"}}`, act.Unchanged, "w3 is another pod now; nothing was done"},
		{"the job was replaced", suspend, status(422, "Invalid", "the server rejected our request due to an error in our request", ""), `{"metadata":{"uid":"other"}}`, act.Unchanged, "sft is another Job now; nothing was done"},
		{"somebody else scaled", scale, status(422, "Invalid", "the server rejected our request", ""), `{"metadata":{"uid":"j1"},"spec":{"parallelism":9}}`, act.Unchanged, "sft has 9 workers by now, not 4; nothing was done"},
		{"somebody else suspended", suspend, status(422, "Invalid", "the server rejected our request", ""), `{"metadata":{"uid":"j1"}}`, act.Unchanged, "sft is suspended already; nothing was done"},
		{"gone", kill, status(404, "NotFound", `pods "sft-3-abcde" not found`, ""), "", act.Unchanged, "w3 of nlp/sft is gone; nothing was done"},
		{"not allowed", kill, status(403, "Forbidden", `pods "sft-3-abcde" is forbidden: User "ann" cannot delete resource "pods" in API group "" in the namespace "nlp"`, ""), "", act.Unchanged, "user ann may not delete pods in namespace nlp; nothing was done"},
		{"quota", scale, status(403, "Forbidden", `jobs.batch "sft" is forbidden: exceeded quota: gpu, requested: 8`, ""), "", act.Unchanged, "it would exceed the team's quota: jobs.batch"},
		{"budget", evict, status(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", `"causes":[{"reason":"DisruptionBudget","message":"needs 4"}]`), "", act.Unchanged, "a disruption budget does not allow another worker to go now"},
		{"policy", scale, status(403, "Forbidden", `admission webhook "limits.corp" denied the request: too many workers`, ""), "", act.Unchanged, "a policy of the cluster refuses it: admission webhook \"limits.corp\" denied the request: too many workers; nothing"},
		{"webhook away", scale, status(500, "InternalError", `Internal error occurred: failed calling webhook "limits.corp": connection refused`, ""), "", act.Unchanged, "an admission webhook does not answer"},
		{"not valid", scale, status(422, "Invalid", "Job.batch is invalid", `"kind":"Job","name":"sft","causes":[{"field":"spec.template","message":"Invalid value: {`+strings.Repeat("x", 300)+`}: field is immutable"}]`), "", act.Unchanged, "the server refuses it: spec.template: field is immutable; nothing was done"},
		{"login expired", scale, status(401, "Unauthorized", "Unauthorized", ""), "", act.Unchanged, "does not accept the credentials"},
		{"the server ran out of time", scale, status(504, "Timeout", "Timeout: request did not complete", ""), "", act.Unknown, "the API server ran out of time: unknown whether it was done; watching"},
		{"the server failed", scale, status(500, "InternalError", "etcdserver: request timed out", ""), "", act.Unknown, "unknown whether it was done; watching"},
		{"the connection broke", scale, hangUp, "", act.Unknown, "the connection to the API server broke: unknown whether it was done; watching"},
		{"an escape sequence", scale, status(400, "BadRequest", "no \x1b]0;evil\a way", ""), "", act.Unchanged, "the server refuses it: no way; nothing was done"},
	} {
		server := &changing{answer: c.answer, object: c.object}
		client := connect(t, &apiServer{handle: server.handle}, "nlp")
		o, err := client.Do(t.Context(), c.action)
		if err == nil || o.Result != c.result || !strings.Contains(o.Says, c.says) {
			t.Errorf("%s: %s, %q (%v)\nwant %s, %q", c.name, o.Result, o.Says, err, c.result, c.says)
		}
		if n := server.times(); n != 1 {
			t.Errorf("%s: sent %d times", c.name, n)
		}
	}
}

// A server that nobody reaches has done nothing.
func TestNothingIsDoneWithoutAConnection(t *testing.T) {
	c, err := (&Flags{kubeconfig: configFor(t, "http://127.0.0.1:1")}).Connect(Target{})
	if err != nil {
		t.Fatal(err)
	}
	o, err := c.Do(t.Context(), act.Action{Target: job, Change: act.Suspend{}})
	if err == nil || o.Result != act.Unchanged || !strings.Contains(o.Says, "nothing listens at 127.0.0.1:1: connection refused; nothing was done") {
		t.Errorf("%+v %v", o, err)
	}
}

func TestRestartThatBreaksHalfWay(t *testing.T) {
	server := &changing{object: `{"metadata":{"uid":"j1","resourceVersion":"8"},"status":{"conditions":[{"type":"Suspended","status":"True"}]}}`}
	server.answer = func(w http.ResponseWriter, r *http.Request) {
		if len(server.sent) > 1 {
			refuse(w, 403, "Forbidden", `jobs.batch "sft" is forbidden: User "ann" cannot patch resource "jobs" in API group "batch" in the namespace "nlp"`)
		}
	}
	client := connect(t, &apiServer{handle: server.handle}, "nlp")
	o, err := client.Do(t.Context(), act.Action{Target: job, Change: act.Restart{}})
	if err == nil || o.Result != act.Half || !strings.Contains(o.Says, "it is suspended, but was not resumed: user ann may not patch jobs.batch") || o.Hint != "resume it" {
		t.Errorf("%+v %v", o, err)
	}
}

func TestStrip(t *testing.T) {
	object := func() map[string]any {
		var o map[string]any
		if err := json.Unmarshal([]byte(`{"apiVersion":"batch/v1","kind":"Job","status":{"active":1},
			"metadata":{"name":"sft","uid":"j1","resourceVersion":"8","finalizers":["x"],"labels":{"controller-uid":"j1","team":"nlp"},"annotations":{"batch.kubernetes.io/job-tracking":"","note":"n"}},
			"spec":{"parallelism":2,"selector":{"matchLabels":{"batch.kubernetes.io/controller-uid":"j1"}},
			"template":{"metadata":{"creationTimestamp":null,"labels":{"batch.kubernetes.io/job-name":"sft","app":"a"}},"spec":{}}}}`), &o); err != nil {
			t.Fatal(err)
		}
		return o
	}
	words := func(o map[string]any) string {
		strip(o)
		text, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	const want = `{"apiVersion":"batch/v1","kind":"Job","metadata":{"annotations":{"note":"n"},"labels":{"team":"nlp"},"name":"sft"},"spec":{"parallelism":2,"template":{"metadata":{"labels":{"app":"a"}},"spec":{}}}}`
	if got := words(object()); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	manual := object()
	manual["spec"].(map[string]any)["manualSelector"] = true
	if got := words(manual); !strings.Contains(got, `"selector"`) {
		t.Errorf("a selector made by hand was taken away: %s", got)
	}
}

func configFor(t *testing.T, server string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config")
	config := fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"x","clusters":[{"name":"x","cluster":{"server":%q}}],"contexts":[{"name":"x","context":{"cluster":"x"}}]}`, server)
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
