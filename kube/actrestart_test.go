package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"paddock/act"
	"paddock/submit"
)

// breakOff ends the connection instead of an answer.
func breakOff(w http.ResponseWriter) bool {
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		conn.Close()
	}
	return true
}

// A network that blinks in the middle of a restart leaves no job suspended.
func TestRestartOutlivesABlink(t *testing.T) {
	var reads, watches, resumes atomic.Int32
	object := func(left int) string {
		return fmt.Sprintf(`{"metadata":{"uid":"j1","resourceVersion":"8"},"status":{"active":%d,"conditions":[{"type":"Suspended","status":"True"}]}}`, left)
	}
	client := connect(t, &apiServer{handle: func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case !strings.HasPrefix(r.URL.Path, "/apis/batch/v1/namespaces/nlp/jobs"):
			return false
		case r.Method == http.MethodPatch && reads.Load() == 0: // suspend
			fmt.Fprint(w, `{}`)
		case r.Method == http.MethodPatch:
			if resumes.Add(1) == 1 {
				return refuse(w, http.StatusServiceUnavailable, "ServiceUnavailable", "starting")
			}
			fmt.Fprint(w, `{}`)
		case strings.HasSuffix(r.URL.Path, "/sft"):
			switch reads.Add(1) {
			case 1:
				return breakOff(w)
			case 2:
				return refuse(w, http.StatusInternalServerError, "InternalError", "etcdserver: leader changed")
			}
			fmt.Fprint(w, object(1))
		case r.URL.Query().Get("fieldSelector") == "metadata.name=sft":
			if watches.Add(1) == 1 {
				return breakOff(w)
			}
			fmt.Fprintf(w, `{"type":"MODIFIED","object":%s}`, object(0))
		default:
			return false
		}
		return true
	}}, "nlp")
	o, err := client.Do(t.Context(), act.Action{Target: job, Change: act.Restart{}})
	if err != nil || o.Result != act.Done || resumes.Load() != 2 {
		t.Errorf("%+v %v, resumed %d times", o, err, resumes.Load())
	}
}

// An answer that no waiting changes ends it at once.
func TestFollowTakesARefusal(t *testing.T) {
	client := connect(t, &apiServer{handle: func(w http.ResponseWriter, r *http.Request) bool {
		return strings.HasSuffix(r.URL.Path, "/sft") && refuse(w, http.StatusForbidden, "Forbidden", "no")
	}}, "nlp")
	if err := client.follow(t.Context(), job, nil); statusCode(err) != http.StatusForbidden {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	client = connect(t, &apiServer{handle: func(w http.ResponseWriter, r *http.Request) bool {
		return strings.HasSuffix(r.URL.Path, "/sft") && refuse(w, http.StatusBadGateway, "", "the proxy is alone")
	}}, "nlp")
	if err := client.follow(ctx, job, nil); statusCode(err) != http.StatusBadGateway {
		t.Errorf("when the time is up, it tells %v", err)
	}
}

func TestRenamed(t *testing.T) {
	for name, want := range map[string]string{
		"a": "a-anew", "train": "train-anew", "train-ocr": "trai-anew", "a.12345": "a-anew", "a-.12345": "a-anew", "ab-12345": "ab-anew",
	} {
		if got := word(renamed(map[string]any{"metadata": map[string]any{"name": name}}), "metadata", "name"); got != want {
			t.Errorf("%s became %s, want %s", name, got, want)
		}
	}
}

// A quota that counts jobs is full while the old one is there, and for a moment after.
func TestRestartAnewUnderAQuota(t *testing.T) {
	var deleted atomic.Bool
	var created atomic.Int32
	client := connect(t, &apiServer{handle: func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case !strings.HasPrefix(r.URL.Path, "/apis/batch/v1/namespaces/nlp/jobs"):
			return false
		case r.Method == http.MethodPost && (r.URL.Query().Get("dryRun") != "" || created.Add(1) == 1):
			return refuse(w, http.StatusForbidden, "Forbidden", `jobs.batch "sft" is forbidden: exceeded quota: q, requested: count/jobs.batch=1, used: count/jobs.batch=1, limited: count/jobs.batch=1`)
		case r.Method == http.MethodDelete:
			deleted.Store(true)
			fmt.Fprint(w, `{}`)
		case r.Method == http.MethodPost:
			fmt.Fprint(w, `{}`)
		case strings.HasSuffix(r.URL.Path, "/sft") && deleted.Load():
			return refuse(w, http.StatusNotFound, "NotFound", "gone")
		default:
			return false
		}
		return true
	}}, "nlp")
	manifest := `{apiVersion: batch/v1, kind: Job, metadata: {name: sft, namespace: nlp}}`
	o, err := client.Do(t.Context(), act.Action{Target: job, Change: act.Restart{Anew: true, Manifest: manifest}})
	if err != nil || o.Result != act.Done || created.Load() != 2 {
		t.Errorf("%+v %v, created %d times", o, err, created.Load())
	}
}

// A dry run changes nothing, whatever becomes of it.
func TestADryRunIsNeverUnknown(t *testing.T) {
	var silent atomic.Bool
	server := &apiServer{handle: func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case r.Method == http.MethodGet:
			return false
		case r.URL.Query().Get("dryRun") == "" && r.Method != http.MethodDelete:
			t.Errorf("%s %s is no dry run", r.Method, r.URL)
		case silent.Load():
			_, _ = io.Copy(io.Discard, r.Body) // only then it is noticed that nobody waits
			<-r.Context().Done()
		}
		return breakOff(w)
	}}
	client := connect(t, server, "nlp")
	object := submit.Object{Body: map[string]any{"apiVersion": "batch/v1", "kind": "Job", "metadata": map[string]any{"namespace": "nlp", "name": "sft"}}}
	manifest, _ := json.Marshal(object.Body)
	expect := func(o act.Outcome, err error, want string) {
		t.Helper()
		if err == nil || o.Result != act.Unchanged || o.Says != want {
			t.Errorf("%s, %q (%v), want %q", o.Result, o.Says, err, want)
		}
	}
	const broke = "the connection to the API server broke: it could not be tried; nothing was done"
	const late = "the API server did not answer in time: it could not be tried; nothing was done"
	for _, want := range []string{broke, late} {
		if want == late {
			silent.Store(true)
			client.timeout = 50 * time.Millisecond
		}
		o, err := client.DryRun(t.Context(), act.Action{Target: job, Change: act.Suspend{}})
		expect(o, err, want)
		o, err = client.Create(t.Context(), object, true)
		expect(o, err, want)
		o, err = client.Do(t.Context(), act.Action{Target: job, Change: act.Restart{Anew: true, Manifest: string(manifest)}})
		expect(o, err, want) // it is tried before anything is deleted
	}
}
