package metrics

import (
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/prometheus/prometheus/util/annotations"
)

// version is that of the Prometheus whose engine and database this is.
const version = "3.16.0"

func buildInfo(*http.Request) (any, annotations.Annotations, error) {
	return map[string]string{
		"version": version, "revision": "", "branch": "HEAD", "buildUser": "", "buildDate": "", "goVersion": runtime.Version(),
	}, nil, nil
}

func (s *Server) runtimeInfo(*http.Request) (any, annotations.Annotations, error) {
	return map[string]any{
		"startTime": s.started, "CWD": "/prometheus", "reloadConfigSuccess": true, "lastConfigTime": s.started, "corruptionCount": 0,
		"goroutineCount": runtime.NumGoroutine(), "GOMAXPROCS": runtime.GOMAXPROCS(0), "storageRetention": retention.String(),
		"timeSeriesCount": s.head.NumSeries(),
	}, nil, nil
}

// targetInfo is a target as /api/v1/targets tells it.
type targetInfo struct {
	DiscoveredLabels   map[string]string `json:"discoveredLabels"`
	Labels             map[string]string `json:"labels"`
	ScrapePool         string            `json:"scrapePool"`
	ScrapeURL          string            `json:"scrapeUrl"`
	GlobalURL          string            `json:"globalUrl"`
	LastError          string            `json:"lastError"`
	LastScrape         time.Time         `json:"lastScrape"`
	LastScrapeDuration float64           `json:"lastScrapeDuration"`
	Health             string            `json:"health"`
	ScrapeInterval     string            `json:"scrapeInterval"`
	ScrapeTimeout      string            `json:"scrapeTimeout"`
}

func (s *Server) targets(*http.Request) (any, annotations.Annotations, error) {
	s.scraping.Lock()
	defer s.scraping.Unlock()
	active := []targetInfo{}
	for _, url := range s.urls() {
		p := s.pools[url]
		t := targetInfo{
			DiscoveredLabels: map[string]string{}, Labels: p.target.Labels, ScrapeURL: url, GlobalURL: url, LastScrape: p.last,
			LastScrapeDuration: p.took.Seconds(), Health: "up", ScrapeInterval: Interval.String(), ScrapeTimeout: "10s",
			ScrapePool: "serviceMonitor/" + p.target.Labels["namespace"] + "/" + p.target.Labels["service"] + "/0",
		}
		if p.err != nil {
			t.Health, t.LastError = "down", p.err.Error()
		}
		active = append(active, t)
	}
	return map[string]any{"activeTargets": active, "droppedTargets": []any{}, "droppedTargetCounts": map[string]int{}}, nil, nil
}

func (s *Server) metadata(r *http.Request) (any, annotations.Annotations, error) {
	s.scraping.Lock()
	defer s.scraping.Unlock()
	all := map[string][]metadata{}
	for name, m := range s.help {
		if asked := r.FormValue("metric"); asked == "" || strings.EqualFold(asked, name) && asked == name {
			all[name] = []metadata{m}
		}
	}
	return all, nil, nil
}
