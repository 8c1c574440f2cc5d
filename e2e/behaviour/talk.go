package behaviour

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// patience is how long one answer may take.
const patience = 30 * time.Second

// Talk is a conversation with one server. Paths are below the namespace of the
// conversation when they begin with "~": "~/pods" is the core group's,
// "~batch/v1/jobs" another's.
type Talk struct {
	t          *testing.T
	server     Server
	ns         string
	token      string
	transcript []string
	names      map[string]string // what stands for what differs from run to run
}

func newTalk(t *testing.T, s Server) *Talk {
	return &Talk{t: t, server: s, token: s.Admin, names: map[string]string{}}
}

// namespace makes the conversation's namespace, with the account that pods need.
func (k *Talk) namespace() {
	k.t.Helper()
	made := k.quiet("POST", "/api/v1/namespaces", object{"metadata": object{"generateName": "behaviour-"}})
	if made.Code != http.StatusCreated {
		k.t.Fatalf("make a namespace: %s", made.Body)
	}
	k.ns = made.Text("metadata.name")
	k.names[k.ns] = "<namespace>"
	account := k.quiet("POST", "~/serviceaccounts", object{"metadata": object{"name": "default"}})
	if account.Code != http.StatusCreated && account.Code != http.StatusConflict {
		k.t.Fatalf("make the account: %s", account.Body)
	}
	k.t.Cleanup(func() {
		k.token = k.server.Admin
		k.quiet("DELETE", "/api/v1/namespaces/"+k.ns, nil)
	})
}

// object is JSON to be written.
type object = map[string]any

// Answer is what the server said.
type Answer struct {
	talk    *Talk
	Code    int
	Body    []byte
	Header  http.Header
	Content any // the decoded body
}

// header is an extra header of a request, as "Name: value".
type header string

// say asks and writes both sides into the transcript.
func (k *Talk) say(method, path string, body any, headers ...header) Answer {
	k.t.Helper()
	a := k.quiet(method, path, body, headers...)
	k.transcript = append(k.transcript, fmt.Sprintf("%s %s -> %d %s", method, k.blur(path), a.Code, k.normal(a)))
	return a
}

// quiet asks without a trace.
func (k *Talk) quiet(method, path string, body any, headers ...header) Answer {
	k.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	resp, err := k.send(ctx, method, path, body, headers...)
	if err != nil {
		k.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		k.t.Fatalf("%s %s: %v", method, path, err)
	}
	a := Answer{talk: k, Code: resp.StatusCode, Body: text, Header: resp.Header}
	if json.Unmarshal(text, &a.Content) != nil {
		a.Content = string(text)
	}
	return a
}

func (k *Talk) send(ctx context.Context, method, path string, body any, headers ...header) (*http.Response, error) {
	var payload io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		payload = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			return nil, err
		}
		payload = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, k.server.URL+k.expand(path), payload)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+k.token)
	req.Header.Set("Accept", "application/json")
	if payload != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(string(h), ": ")
		req.Header.Set(name, value)
	}
	return k.server.Client.Do(req)
}

// expand makes a whole path of one below the namespace.
func (k *Talk) expand(path string) string {
	rest, ok := strings.CutPrefix(path, "~")
	if !ok {
		return path
	}
	if strings.HasPrefix(rest, "/") {
		return "/api/v1/namespaces/" + k.ns + rest
	}
	parts := strings.SplitN(rest, "/", 3)
	return "/apis/" + parts[0] + "/" + parts[1] + "/namespaces/" + k.ns + "/" + parts[2]
}

// as goes on as somebody else.
func (k *Talk) as(token string) { k.token = token }

// want expects a status code, and words of the body.
func (a Answer) want(code int, words ...string) Answer {
	a.talk.t.Helper()
	if a.Code != code {
		a.talk.t.Errorf("%s: got %d, want %d: %s", a.talk.t.Name(), a.Code, code, a.Body)
	}
	message := a.Text("message")
	if message == "" {
		message = string(a.Body)
	}
	for _, w := range words {
		if w = strings.ReplaceAll(w, "<namespace>", a.talk.ns); !strings.Contains(message, w) {
			a.talk.t.Errorf("%s: %q lacks %q", a.talk.t.Name(), message, w)
		}
	}
	return a
}

// reason expects the reason of a failure.
func (a Answer) reason(want string) Answer {
	a.talk.t.Helper()
	if got := a.Text("reason"); got != want {
		a.talk.t.Errorf("%s: reason is %q, want %q: %s", a.talk.t.Name(), got, want, a.Body)
	}
	return a
}

// has expects a value at a path of the body, as text.
func (a Answer) has(path, want string) Answer {
	a.talk.t.Helper()
	if got := a.Text(path); got != strings.ReplaceAll(want, "<namespace>", a.talk.ns) {
		a.talk.t.Errorf("%s: %s is %q, want %q", a.talk.t.Name(), path, got, want)
	}
	return a
}

// Text is the value at a dotted path, with numbers as indexes; empty when
// there is none. A dot within a key is written "\.".
func (a Answer) Text(path string) string {
	v := a.Content
	for _, key := range strings.Split(strings.ReplaceAll(path, `\.`, "\x00"), ".") {
		key = strings.ReplaceAll(key, "\x00", ".")
		switch node := v.(type) {
		case map[string]any:
			v = node[key]
		case []any:
			var i int
			if _, err := fmt.Sscanf(key, "%d", &i); err != nil || i >= len(node) {
				return ""
			}
			v = node[i]
		default:
			return ""
		}
	}
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	text, _ := json.Marshal(v) // it was JSON
	return string(text)
}

// ready waits until the server's controllers, where there are any, have brought
// a value to an object.
func (k *Talk) ready(path, at, want string) {
	k.t.Helper()
	if !k.server.Controllers {
		return
	}
	deadline := time.Now().Add(patience)
	for {
		a := k.quiet("GET", path, nil)
		if a.Text(at) == want {
			return
		}
		if time.Now().After(deadline) {
			k.t.Fatalf("%s: %s is still %q, not %q", path, at, a.Text(at), want)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
