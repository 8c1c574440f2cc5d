package apiserver

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	"paddock/demo/store"
)

// serve runs a bench's server; stop ends it and waits.
func (b bench) serve(t *testing.T, certificate *tls.Certificate) (url string, stop func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- b.Serve(ctx, l, certificate) }()
	return "://" + l.Addr().String(), func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}
}

// TestReflector lets client-go's own follow the pods, over protobuf and TLS.
func TestReflector(t *testing.T) {
	b := newBench(t, Options{})
	certificate, authority, err := NewCertificate(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	url, stop := b.serve(t, certificate)
	defer stop()
	client, err := rest.RESTClientFor(&rest.Config{
		Host: "https" + url, APIPath: "/api", BearerToken: "root", TLSClientConfig: rest.TLSClientConfig{CAData: authority},
		ContentConfig: rest.ContentConfig{
			GroupVersion: &core.SchemeGroupVersion, ContentType: "application/vnd.kubernetes.protobuf",
			NegotiatedSerializer: serializer.NewCodecFactory(newScheme()).WithoutConversion(),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	seen := make(chan string, 100)
	tell := func(kind string) func(any) {
		return func(o any) { seen <- kind + " " + o.(*core.Pod).Name + " " + o.(*core.Pod).Labels["x"] }
	}
	_, informer := cache.NewInformerWithOptions(cache.InformerOptions{
		ListerWatcher: cache.NewListWatchFromClient(client, "pods", "ns", fields.ParseSelectorOrDie("spec.nodeName=node")),
		ObjectType:    &core.Pod{},
		Handler: cache.ResourceEventHandlerFuncs{
			AddFunc: tell("added"), UpdateFunc: func(_, o any) { tell("updated")(o) }, DeleteFunc: tell("deleted"),
		},
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); informer.RunWithContext(ctx) }()
	defer func() { cancel(); <-done }()
	expect := func(want string) {
		t.Helper()
		select {
		case got := <-seen:
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%q never came", want)
		}
	}
	pod := func(name, node, label string) {
		b.put(t, "", "pods", &core.Pod{ObjectMeta: meta.ObjectMeta{Namespace: "ns", Name: name, Labels: map[string]string{"x": label}}, Spec: core.PodSpec{NodeName: node}})
	}
	expect("added pod ")
	pod("other", "", "1")
	pod("pod", "node", "1")
	expect("updated pod 1")
	pod("other", "node", "2")
	expect("added other 2")
	pod("pod", "elsewhere", "2")
	expect("deleted pod 1")
	if _, err := b.store.Delete(store.Key{Resource: schema.GroupResource{Resource: "pods"}, Namespace: "ns", Name: "other"}, meta.DeleteOptions{GracePeriodSeconds: new(int64)}); err != nil {
		t.Fatal(err)
	}
	expect("deleted other 2")
}

// TestServeLeavesNothing: with watchers and followers at work, nothing of the
// server runs on once Serve has returned.
func TestServeLeavesNothing(t *testing.T) {
	var ended moment
	b := withLogs(t, 1, &ended)
	url, stop := b.serve(t, nil)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	for _, path := range []string{"/api/v1/pods?watch=1", "/apis/batch/v1/jobs?watch=1", "/api/v1/namespaces/ns/pods/pod/log?follow=1"} {
		r, err := http.NewRequest("GET", "http"+url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer root")
		resp, err := (&http.Client{Transport: transport}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if _, err := io.ReadFull(resp.Body, make([]byte, 5)); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	stop()
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	if strings.Contains(string(stacks), "apiserver.(*call)") {
		t.Errorf("it goes on:\n%s", stacks)
	}
}

// TestBookmarks come every minute to who asked for them.
func TestBookmarks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{})
		for query, want := range map[string]int{"&allowWatchBookmarks=true": 3, "": 0} {
			w := b.ask("root", "GET", "/apis/batch/v1/jobs?watch=1&resourceVersion=4&timeoutSeconds=200"+query, "")
			if got := strings.Count(w.Body.String(), `"type":"BOOKMARK"`); got != want {
				t.Errorf("%q: %d bookmarks: %s", query, got, w.Body)
			}
		}
	})
}
