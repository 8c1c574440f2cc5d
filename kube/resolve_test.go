package kube

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	"paddock/fleet"
	"paddock/submit"
)

func need(kind, apiVersion, name string) submit.Need {
	return submit.Need{Ref: fleet.Ref{Kind: kind, Namespace: "nlp", Name: name}, APIVersion: apiVersion}
}

// answering answers paths, the rest as an empty server does. It remembers what
// was asked to be sent, by path.
type answering struct {
	paths map[string]string // JSON, or "403", "404", "500"

	mu     sync.Mutex
	accept map[string]string
}

func (a *answering) handle(w http.ResponseWriter, r *http.Request) bool {
	a.mu.Lock()
	if a.accept == nil {
		a.accept = map[string]string{}
	}
	a.accept[r.URL.Path] = strings.TrimSpace(r.Header.Get("Accept") + " " + r.URL.Query().Get("includeObject"))
	a.mu.Unlock()
	at := r.URL.Path
	if more := r.URL.Query().Get("continue"); more != "" {
		at += "?" + more
	}
	body, ok := a.paths[at]
	switch {
	case !ok || r.URL.Query().Get("watch") != "":
		return false
	case body == "403":
		return refuse(w, 403, "Forbidden", `User "ann" cannot get resource "x" in API group ""`)
	case body == "404":
		return refuse(w, 404, "NotFound", "not found")
	case body == "500":
		return refuse(w, 500, "InternalError", "etcd is away")
	}
	fmt.Fprint(w, body)
	return true
}

// tableOf is a page of what kubectl get prints.
func tableOf(more string, names ...string) string {
	rows := make([]any, len(names))
	for i, n := range names {
		rows[i] = map[string]any{"cells": []any{i, n}, "object": nil}
	}
	text, _ := json.Marshal(map[string]any{"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": map[string]any{"continue": more}, "rows": rows,
		"columnDefinitions": []any{map[string]any{"name": "Age", "format": ""}, map[string]any{"name": "Name", "format": "name"}}})
	return string(text)
}

func TestResolve(t *testing.T) {
	meta := tableOf("", "x")
	const v1, ns = "/api/v1/", "/api/v1/namespaces/nlp/"
	server := &answering{paths: map[string]string{
		ns + "secrets/harbor": meta, ns + "secrets/hidden": "403", ns + "secrets/gone": "404", ns + "secrets/broken": "500",
		ns + "configmaps/hyper": meta, ns + "serviceaccounts/trainer": meta, v1 + "namespaces/nlp": "403",
		"/apis/scheduling.k8s.io/v1/priorityclasses/high": meta,
		ns + "persistentvolumeclaims/bound": `{"kind":"PersistentVolumeClaim","apiVersion":"v1","spec":{"accessModes":["ReadWriteOnce"]},
			"status":{"phase":"Bound","accessModes":["ReadWriteMany","ReadOnlyMany"]}}`,
		ns + "persistentvolumeclaims/waits": `{"kind":"PersistentVolumeClaim","apiVersion":"v1","spec":{"accessModes":["ReadWriteOnce"]},"status":{"phase":"Pending"}}`,
		ns + "persistentvolumeclaims/lost":  "404",
		ns + "resourcequotas": `{"kind":"ResourceQuotaList","apiVersion":"v1","items":[
			{"metadata":{"name":"gpu"},"spec":{"hard":{"requests.nvidia.com/gpu":"8","pods":"10"}},"status":{"hard":{"requests.nvidia.com/gpu":"6","pods":"10"},"used":{"requests.nvidia.com/gpu":"4"}}},
			{"metadata":{"name":"fresh"},"spec":{"hard":{"requests.cpu":"48500m"}}},
			{"metadata":{"name":"some"},"spec":{"hard":{"pods":"0"},"scopes":["BestEffort"]}}]}`,
		v1 + "nodes": tableOf("two", "gpu-2"), v1 + "nodes?two": tableOf("", "gpu-1"),
		"/apis/kueue.x-k8s.io/v1beta1": "404", "/apis/kueue.x-k8s.io": "404",
	}}
	client := connect(t, &apiServer{handle: server.handle}, "nlp")
	selector, quotas := need(submit.NodeSelector, "v1", "pool=a100"), need(submit.Quotas, "v1", "")
	selector.Ref.Namespace = ""
	team := submit.Need{Ref: fleet.Ref{Kind: "Namespace", Name: "nlp"}, APIVersion: "v1"}
	high := submit.Need{Ref: fleet.Ref{Kind: "PriorityClass", Name: "high"}, APIVersion: "scheduling.k8s.io/v1"}
	present, absent := submit.Answer{Presence: submit.Present}, submit.Answer{Presence: submit.Absent}
	for _, c := range []struct {
		need submit.Need
		want submit.Answer
	}{
		{need("Secret", "v1", "harbor"), present},
		{need("Secret", "v1", "hidden"), submit.Answer{Presence: submit.NotAllowed}},
		{need("Secret", "v1", "gone"), absent},
		{need("Secret", "v1", "broken"), submit.Answer{}},
		{need("ConfigMap", "v1", "hyper"), present},
		{need("ServiceAccount", "v1", "trainer"), present},
		{team, submit.Answer{Presence: submit.NotAllowed}},
		{high, present},
		{need("PersistentVolumeClaim", "v1", "bound"), submit.Answer{Presence: submit.Present, Claim: submit.Claim{Modes: []string{"ReadWriteMany", "ReadOnlyMany"}, Phase: "Bound"}}},
		{need("PersistentVolumeClaim", "v1", "waits"), submit.Answer{Presence: submit.Present, Claim: submit.Claim{Modes: []string{"ReadWriteOnce"}, Phase: "Pending"}}},
		{need("PersistentVolumeClaim", "v1", "lost"), absent},
		{need("LocalQueue", kueueVersion, "gold"), absent},
		{quotas, submit.Answer{Presence: submit.Present, Quotas: []submit.Quota{
			{Name: "gpu", Resource: "pods", Hard: "10", Used: "0"}, {Name: "gpu", Resource: "requests.nvidia.com/gpu", Hard: "6", Used: "4"},
			{Name: "fresh", Resource: "requests.cpu", Hard: "48500m", Used: "0"}}}},
		{selector, submit.Answer{Presence: submit.Present, Nodes: []string{"gpu-2", "gpu-1"}}},
	} {
		facts := client.Resolve(t.Context(), []submit.Need{c.need})
		if got := facts[c.need.Ref]; fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s %s: %+v, want %+v", c.need.Ref.Kind, c.need.Ref, got, c.want)
		}
		if _, known := facts[c.need.Ref]; known != (c.want.Presence != submit.Unknown) {
			t.Errorf("%s %s: is in the facts: %v", c.need.Ref.Kind, c.need.Ref, known)
		}
	}
	server.mu.Lock()
	defer server.mu.Unlock()
	for at, accept := range server.accept {
		if strings.Contains(at, "/secrets") && accept != asTable+" None" {
			t.Errorf("%s was asked for as %q", at, accept)
		}
		if strings.HasSuffix(at, "/secrets") {
			t.Error("secrets were listed")
		}
	}
}

func TestResolveAsksFewAtOnce(t *testing.T) {
	var now, most atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer now.Add(-1)
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		if strings.HasSuffix(r.URL.Path, "/hangs") {
			<-r.Context().Done()
			return
		}
		time.Sleep(time.Millisecond)
		fmt.Fprint(w, `{}`)
	}))
	defer server.Close()
	client, err := (&Flags{kubeconfig: configFor(t, server.URL)}).Connect(Target{})
	if err != nil {
		t.Fatal(err)
	}
	client.timeout = 300 * time.Millisecond
	needs := []submit.Need{need("ConfigMap", "v1", "hangs")}
	for i := range 60 {
		needs = append(needs, need("ConfigMap", "v1", "c"+strconv.Itoa(i)))
	}
	facts := client.Resolve(t.Context(), needs)
	if len(facts) != 60 || facts[needs[0].Ref].Presence != submit.Unknown {
		t.Errorf("%d answers, to what hangs %q", len(facts), facts[needs[0].Ref].Presence)
	}
	if most.Load() > needsAtOnce {
		t.Errorf("%d questions at once", most.Load())
	}
}

func TestChoices(t *testing.T) {
	names := func(list ...string) string { return tableOf("", list...) }
	const ns = "/api/v1/namespaces/nlp/"
	server := &answering{paths: map[string]string{
		ns + "persistentvolumeclaims": names("train", "models"), ns + "serviceaccounts": "403",
		ns + "serviceaccounts/default":                            `{"imagePullSecrets":[{"name":"harbor"},{"name":"ghcr\u001b[31m"},{"name":"harbor"}]}`,
		"/apis/scheduling.k8s.io/v1/priorityclasses":              names("low", "high"),
		"/apis/kueue.x-k8s.io/v1beta1":                            `{"resources":[{"name":"localqueues","kind":"LocalQueue","namespaced":true}]}`,
		"/apis/kueue.x-k8s.io/v1beta1/namespaces/nlp/localqueues": names("gold"),
	}}
	client := connect(t, &apiServer{handle: server.handle}, "nlp")
	got := client.Choices(t.Context(), "nlp", "")
	want := submit.Choices{Claims: []string{"models", "train"}, PullSecrets: []string{"ghcr", "harbor"}, PriorityClasses: []string{"high", "low"}, Queues: []string{"gold"}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	if other := client.Choices(t.Context(), "nlp", "no-such"); len(other.PullSecrets) != 0 || !slices.Equal(other.Claims, want.Claims) {
		t.Errorf("of a service account that is not there: %+v", other)
	}
}

// FuzzPrinted: whatever a server prints, the names of it are safe to draw.
func FuzzPrinted(f *testing.F) {
	f.Add(tableOf("", "gpu-1", "gpu\x1b[31m-2"))
	f.Add(`{"columnDefinitions":[{"format":"name"}],"rows":[{"cells":[]},{"cells":[7]},null]}`)
	f.Fuzz(func(t *testing.T, body string) {
		var p printed
		if json.Unmarshal([]byte(body), &p) != nil {
			return
		}
		for _, name := range p.names() {
			if strings.ContainsFunc(name, unicode.IsControl) || len(name) > messageLimit+len("...") {
				t.Errorf("%q", name)
			}
		}
	})
}
