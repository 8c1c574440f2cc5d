package exporter

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// target is an entry of Prometheus's HTTP service discovery.
type target struct {
	Targets []string          `json:"targets"`
	Labels  map[string]string `json:"labels"`
}

// Handler serves /nodes/NAME/metrics, and /targets?honor=true|false for
// Prometheus's HTTP service discovery. address is the server's own.
//
// The target labels are those that a ServiceMonitor of the GPU operator adds.
func (e *Exporter) Handler(address string) http.Handler {
	mux := http.NewServeMux()
	buffers := sync.Pool{New: func() any { b := make([]byte, 0, 64<<10); return &b }}
	mux.HandleFunc("GET /nodes/{name}/metrics", func(w http.ResponseWriter, r *http.Request) {
		buffer := buffers.Get().(*[]byte)
		defer buffers.Put(buffer)
		text, ok := e.AppendNode((*buffer)[:0], r.PathValue("name"), time.Now())
		*buffer = text
		if !ok {
			http.Error(w, "the exporter of this node is down", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_, _ = w.Write(text) // a scraper that went away needs no answer
	})
	mux.HandleFunc("GET /targets", func(w http.ResponseWriter, r *http.Request) {
		targets := []target{}
		for _, name := range e.names(r.URL.Query().Get("honor") == "true") {
			targets = append(targets, target{Targets: []string{address}, Labels: map[string]string{
				"__metrics_path__": "/nodes/" + name + "/metrics",
				"job":              "nvidia-dcgm-exporter",
				"instance":         instance(name),
				"namespace":        "gpu-operator",
				"pod":              exporterPod(name),
				"container":        "nvidia-dcgm-exporter",
				"service":          "nvidia-dcgm-exporter",
				"endpoint":         "gpu-metrics",
			}})
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(targets)
	})
	return mux
}

// instance is the address that the exporter's pod would have; only a label.
func instance(node string) string {
	h := uint32(2166136261)
	for i := range len(node) {
		h = (h ^ uint32(node[i])) * 16777619
	}
	return fmt.Sprintf("10.%d.%d.%d:9400", 112+h%16, h>>8&0xff, 1+(h>>16)%250)
}
