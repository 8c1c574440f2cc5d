package apiserver

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	rbac "k8s.io/api/rbac/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"paddock/demo/store"
)

// bench is a server with a pod on a node, a Job and a few users.
type bench struct {
	*Server
	store *store.Store
}

func newBench(t testing.TB, o Options) bench {
	t.Helper()
	n := 0
	s := store.New(time.Now, func() types.UID { n++; return types.UID(strconv.Itoa(n)) })
	o.Now = time.Now
	o.Users = map[string]User{"root": {Name: "root", Groups: []string{masters}}, "reader": {Name: "reader"}}
	o.Grants = append(o.Grants, Grant{Users: []string{"reader"}, Namespaces: []string{"ns"}, Rules: []rbac.PolicyRule{
		{Verbs: []string{"get", "list", "watch"}, APIGroups: []string{""}, Resources: []string{"pods"}},
	}})
	b := bench{New(s, o), s}
	b.put(t, "", "nodes", &core.Node{ObjectMeta: meta.ObjectMeta{Name: "node"}})
	b.put(t, "", "pods", &core.Pod{
		ObjectMeta: meta.ObjectMeta{Namespace: "ns", Name: "pod"},
		Spec:       core.PodSpec{NodeName: "node", Containers: []core.Container{{Name: "main", Image: "x"}}},
	})
	b.put(t, "batch", "jobs", &batch.Job{ObjectMeta: meta.ObjectMeta{Namespace: "ns", Name: "job"}})
	return b
}

func (b bench) put(t testing.TB, group, resource string, o store.Object) {
	t.Helper()
	k := store.Key{Resource: schema.GroupResource{Group: group, Resource: resource}, Namespace: o.GetNamespace(), Name: o.GetName()}
	if _, err := b.store.Write(k, false, func(store.Object) (store.Object, error) { return o, nil }); err != nil {
		t.Fatal(err)
	}
}

// ask sends one request as a user.
func (b bench) ask(token, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

func TestGrants(t *testing.T) {
	b := newBench(t, Options{})
	for _, test := range []struct {
		token, path string
		want        int
	}{
		{"reader", "/api/v1/namespaces/ns/pods", 200},
		{"reader", "/api/v1/namespaces/ns/pods/pod", 200},
		{"reader", "/api/v1/namespaces/ns/pods/pod/log", 403},
		{"reader", "/api/v1/namespaces/other/pods", 403},
		{"reader", "/api/v1/pods", 403},
		{"reader", "/apis/batch/v1/namespaces/ns/jobs", 403},
		{"reader", "/apis", 200},
		{"root", "/api/v1/pods", 200},
		{"root", "/apis/batch/v1/namespaces/ns/jobs/job", 200},
		{"nobody", "/api/v1/pods", 401},
	} {
		if got := b.ask(test.token, "GET", test.path, "").Code; got != test.want {
			t.Errorf("%s asks for %s: %d, want %d", test.token, test.path, got, test.want)
		}
	}
	r := httptest.NewRequest("GET", "/version", nil)
	w := httptest.NewRecorder()
	if b.ServeHTTP(w, r); w.Code != 200 {
		t.Errorf("without a token the version is %d", w.Code)
	}
	r = httptest.NewRequest("GET", "/api/v1/pods", nil)
	w = httptest.NewRecorder()
	if b.ServeHTTP(w, r); w.Code != 403 || !strings.Contains(w.Body.String(), "system:anonymous") {
		t.Errorf("without a token pods are %d: %s", w.Code, w.Body)
	}
}

func TestProxyHidesTheToken(t *testing.T) {
	b := newBench(t, Options{Proxies: map[string]http.Handler{
		"ns/prometheus:web": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_ = json.NewEncoder(w).Encode([]string{r.Method, r.URL.String(), r.Header.Get("Authorization")})
		}),
	}})
	b.put(t, "", "services", &core.Service{ObjectMeta: meta.ObjectMeta{Namespace: "ns", Name: "prometheus"},
		Spec: core.ServiceSpec{Ports: []core.ServicePort{{Name: "web", Port: 9090}}}})
	for _, service := range []string{"prometheus:web", "prometheus:9090", "http:prometheus:web", "prometheus"} {
		w := b.ask("root", "POST", "/api/v1/namespaces/ns/services/"+service+"/proxy/api/v1/query?query=up", "")
		if got := strings.TrimSpace(w.Body.String()); w.Code != 200 || got != `["POST","/api/v1/query?query=up",""]` {
			t.Errorf("%s: %d %s", service, w.Code, got)
		}
	}
	if w := b.ask("root", "GET", "/api/v1/namespaces/ns/services/prometheus:other/proxy/", ""); w.Code != 503 {
		t.Errorf("another port: %d", w.Code)
	}
}

func TestLargeListsAreCompressed(t *testing.T) {
	b := newBench(t, Options{})
	for i := range 200 {
		b.put(t, "", "configmaps", &core.ConfigMap{ObjectMeta: meta.ObjectMeta{Namespace: "ns", Name: strconv.Itoa(i)}, Data: map[string]string{"x": strings.Repeat("y", 1000)}})
	}
	plain := b.ask("root", "GET", "/api/v1/configmaps", "")
	small := b.ask("root", "GET", "/api/v1/configmaps", "", "Accept-Encoding", "gzip")
	if plain.Header().Get("Content-Encoding") != "" || small.Header().Get("Content-Encoding") != "gzip" || small.Body.Len() > plain.Body.Len()/10 {
		t.Errorf("%d bytes plain, %d compressed as %q", plain.Body.Len(), small.Body.Len(), small.Header().Get("Content-Encoding"))
	}
	if one := b.ask("root", "GET", "/api/v1/namespaces/ns/configmaps/1", "", "Accept-Encoding", "gzip"); one.Header().Get("Content-Encoding") != "" {
		t.Error("a small answer is compressed")
	}
}

func TestHistoryThatIsGone(t *testing.T) {
	b := newBench(t, Options{})
	for i := range 20_000 {
		b.put(t, "", "configmaps", &core.ConfigMap{ObjectMeta: meta.ObjectMeta{Namespace: "ns", Name: strconv.Itoa(i % 3)}, Data: map[string]string{"x": strconv.Itoa(i)}})
	}
	w := b.ask("root", "GET", "/api/v1/configmaps?watch=1&resourceVersion=5", "")
	var event struct {
		Type   string
		Object meta.Status
	}
	if err := json.Unmarshal(w.Body.Bytes(), &event); err != nil || w.Code != 200 || event.Type != "ERROR" || event.Object.Code != 410 || event.Object.Reason != meta.StatusReasonExpired {
		t.Errorf("%d %s (%v)", w.Code, w.Body, err)
	}
	if w := b.ask("root", "GET", "/api/v1/configmaps?limit=1&continue="+token{5, ""}.String(), ""); w.Code != 410 {
		t.Errorf("a page of a version that is gone: %d %s", w.Code, w.Body)
	}
}

// BenchmarkList lists 150 pods: JSON, protobuf and as a table.
func BenchmarkList(b *testing.B) {
	s := newBench(b, Options{})
	for i := range 150 {
		s.put(b, "", "pods", &core.Pod{
			ObjectMeta: meta.ObjectMeta{Namespace: "ns", Name: "pod-" + strconv.Itoa(i), Labels: map[string]string{"job-name": "train"}},
			Spec:       core.PodSpec{NodeName: "node", Containers: []core.Container{{Name: "main", Image: "registry.example/team/train:1"}}},
			Status:     core.PodStatus{Phase: core.PodRunning, ContainerStatuses: []core.ContainerStatus{{Name: "main", Ready: true}}},
		})
	}
	for name, accept := range map[string]string{
		"json": "application/json", "protobuf": "application/vnd.kubernetes.protobuf", "table": "application/json;as=Table;v=v1;g=meta.k8s.io",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if w := s.ask("root", "GET", "/api/v1/pods", "", "Accept", accept); w.Code != 200 {
					b.Fatal(w.Code)
				}
			}
		})
	}
}
