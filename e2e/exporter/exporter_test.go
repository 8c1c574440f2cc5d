package exporter

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"

	"paddock/e2e/sim"
)

func gpuNode(name string, annotations map[string]string) *core.Node {
	return &core.Node{ObjectMeta: meta.ObjectMeta{Name: name, Annotations: annotations, Labels: map[string]string{
		"nvidia.com/gpu.count": "2", "nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB",
		"nvidia.com/cuda.driver.major": "470", "nvidia.com/cuda.driver.minor": "82", "nvidia.com/cuda.driver.rev": "01",
	}}}
}

func gpuPod(name, node string, count int64) *core.Pod {
	limits := core.ResourceList{"nvidia.com/gpu": *resource.NewQuantity(count, resource.DecimalSI)}
	return &core.Pod{
		ObjectMeta: meta.ObjectMeta{Namespace: "ocr", Name: name, UID: types.UID(name)},
		Spec:       core.PodSpec{NodeName: node, Containers: []core.Container{{Name: "trainer", Resources: core.ResourceRequirements{Limits: limits}}}},
		Status:     core.PodStatus{Phase: core.PodRunning},
	}
}

// newExporter follows nothing: the tests say what the informers would.
func newExporter(t *testing.T, o Options) *Exporter {
	t.Helper()
	e, err := New(informers.NewSharedInformerFactory(fake.NewClientset(), 0), o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestPodsKeepTheirDevices(t *testing.T) {
	e := newExporter(t, Options{})
	e.setPod(gpuPod("early", "n1", 1)) // before its node is known
	e.setNode(gpuNode("n1", nil))
	e.setPod(gpuPod("other", "n1", 1))
	before := e.Devices("n1", "early")
	if len(before) != 1 {
		t.Fatalf("early holds %v", before)
	}
	e.setPod(gpuPod("late", "n1", 1)) // no device is free
	if held := e.Devices("n1", "late"); len(held) != 0 {
		t.Errorf("late holds %v of a full node", held)
	}
	finished := gpuPod("other", "n1", 1)
	finished.Status.Phase = core.PodSucceeded
	e.setPod(finished)
	if held := e.Devices("n1", "late"); len(held) != 1 || held[0] == before[0] {
		t.Errorf("late holds %v after other ended; early holds %v", held, before)
	}
	if held := e.Devices("n1", "early"); len(held) != 1 || held[0] != before[0] {
		t.Errorf("early moved from %v to %v", before, held)
	}
	e.removePod(gpuPod("early", "n1", 1))
	if held := e.Devices("n1", "early"); len(held) != 0 {
		t.Errorf("a deleted pod holds %v", held)
	}
}

func TestServe(t *testing.T) {
	e := newExporter(t, Options{HonorLabels: true})
	e.setNode(gpuNode("n1", nil))
	e.setNode(gpuNode("n2", map[string]string{sim.Exporter: "nohonor,renamed"}))
	e.setNode(gpuNode("n3", map[string]string{sim.Exporter: "down"}))
	e.setNode(&core.Node{ObjectMeta: meta.ObjectMeta{Name: "cpu"}})
	e.setPod(gpuPod("rec-0", "n1", 2))
	server := httptest.NewServer(e.Handler("127.0.0.1:9400"))
	defer server.Close()
	for _, test := range []struct {
		path   string
		status int
		has    string
	}{
		{"/nodes/n1/metrics", 200, `pod="rec-0"`},
		{"/nodes/n1/metrics", 200, `DCGM_FI_DRIVER_VERSION="470.82.01"`},
		{"/nodes/n2/metrics", 200, "DCGM_FI_DEV_GPU_UTIL_RATIO{"},
		{"/nodes/n3/metrics", 503, ""},
		{"/nodes/cpu/metrics", 503, ""},
		{"/nodes/unknown/metrics", 503, ""},
	} {
		status, body := get(t, server.URL+test.path)
		if status != test.status || !strings.Contains(body, test.has) {
			t.Errorf("%s: %d without %q", test.path, status, test.has)
		}
	}
	for honor, want := range map[string][]string{"true": {"/nodes/n1/metrics", "/nodes/n3/metrics"}, "false": {"/nodes/n2/metrics"}} {
		_, body := get(t, server.URL+"/targets?honor="+honor)
		var targets []target
		if err := json.Unmarshal([]byte(body), &targets); err != nil {
			t.Fatal(err)
		}
		var paths []string
		for _, target := range targets {
			paths = append(paths, target.Labels["__metrics_path__"])
		}
		if strings.Join(paths, " ") != strings.Join(want, " ") {
			t.Errorf("targets with honor=%s: %v, want %v", honor, paths, want)
		}
	}
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestWrongDialectIsSaid(t *testing.T) {
	_, err := New(informers.NewSharedInformerFactory(fake.NewClientset(), 0), Options{Dialect: "renamed,dancing"})
	if err == nil || !strings.Contains(err.Error(), "dancing") {
		t.Errorf("error %v", err)
	}
}
