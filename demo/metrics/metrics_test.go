package metrics

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/demo/controllers/kubelet"
	"paddock/demo/dcgm"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// nodes makes nodes of eight GPUs each.
func nodes(count int) []*core.Node {
	var all []*core.Node
	for i := range count {
		all = append(all, &core.Node{
			ObjectMeta: meta.ObjectMeta{Name: fmt.Sprintf("gpu-%03d", i+1), Annotations: map[string]string{}, Labels: map[string]string{
				"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB", "nvidia.com/gpu.count": "8", "nvidia.com/cuda.driver-version.full": "535.161.08",
			}},
			Status: core.NodeStatus{Addresses: []core.NodeAddress{{Type: core.NodeInternalIP, Address: "10.0.1." + strconv.Itoa(i+1)}}},
		})
	}
	return all
}

// holding is a pod on a node that began an hour before noon.
func holding(node, name string, count int, profile dcgm.Profile) kubelet.Holding {
	return kubelet.Holding{Node: node, Resource: "nvidia.com/gpu", Count: count, Pod: dcgm.Pod{
		UID: "uid-" + name, Namespace: "ocr", Name: name, Container: "train", Profile: profile, Started: noon.Add(-time.Hour),
	}}
}

func start(t testing.TB, now *time.Time) *Server {
	t.Helper()
	s, err := New(func() time.Time { return *now })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(s.dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("its directory stays: %v", err)
		}
	})
	return s
}

// value asks for one number; false: there is no such series, or more than one.
func (s *Server) value(ctx context.Context, question string, at time.Time) (float64, bool) {
	q, err := s.engine.NewInstantQuery(ctx, s, nil, question, at)
	if err != nil {
		return 0, false
	}
	defer q.Close()
	v, err := q.Exec(ctx).Vector()
	if err != nil || len(v) != 1 {
		return 0, false
	}
	return v[0].F, true
}

// get asks the API and returns the status and the decoded answer.
func get(t *testing.T, s *Server, path string, params ...string) (int, map[string]any) {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(params); i += 2 {
		form.Add(params[i], params[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path+"?"+form.Encode(), nil))
	var body map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("%s: %d %s: %v", path, w.Code, w.Body, err)
	}
	posted := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	s.ServeHTTP(posted, r)
	if posted.Code != w.Code || !bytes.Equal(posted.Body.Bytes(), w.Body.Bytes()) && !strings.Contains(path, "runtimeinfo") {
		t.Errorf("%s: POST is answered differently: %d %s", path, posted.Code, posted.Body)
	}
	return w.Code, body
}

func TestAnswersAreTheSimulatorsValues(t *testing.T) {
	now := noon
	s, e := start(t, &now), NewExporters(1)
	all := nodes(2)
	held := []kubelet.Holding{holding("gpu-001", "rec-0-abcde", 6, dcgm.Busy), holding("gpu-001", "idle-0-abcde", 2, dcgm.Idle)}
	for i := range 9 {
		now = noon.Add(time.Duration(i) * Interval)
		if err := s.Scrape(now, e.Targets(all, held)); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]float64{} // by gpu, of the last scrape; equal nodes say equal things
	twin := dcgm.NewNode(e.nodes["gpu-001"].node.Spec())
	for _, h := range held {
		if err := twin.Hold(h.Pod, string(h.Resource), h.Count); err != nil {
			t.Fatal(err)
		}
	}
	for line := range strings.SplitSeq(string(twin.AppendMetrics(nil, now)), "\n") {
		if rest, ok := strings.CutPrefix(line, `DCGM_FI_DEV_GPU_UTIL{gpu="`); ok {
			v, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
			if err != nil {
				t.Fatal(err)
			}
			want[rest[:1]] = v
		}
	}
	for gpu, v := range want {
		got, ok := s.value(t.Context(), `DCGM_FI_DEV_GPU_UTIL{Hostname="gpu-001",gpu="`+gpu+`"}`, now)
		if !ok || got != v {
			t.Errorf("GPU %s: %v %v, the simulator says %v", gpu, got, ok, v)
		}
	}
	if len(want) != 8 {
		t.Errorf("%d GPUs", len(want))
	}
	for question, v := range map[string]float64{
		`count(DCGM_FI_DEV_GPU_UTIL)`:                                      16,
		`count(DCGM_FI_DEV_GPU_UTIL{exported_pod="rec-0-abcde"} > 85)`:     6,
		`count(DCGM_FI_DEV_GPU_UTIL{exported_pod="idle-0-abcde"} == 0)`:    2,
		`count(DCGM_FI_DEV_GPU_UTIL{exported_namespace="ocr"})`:            8,
		`count(DCGM_FI_DEV_GPU_UTIL{namespace="gpu-operator"})`:            16,
		`count(count_over_time(DCGM_FI_DEV_GPU_UTIL[2m]) == 8)`:            16, // a range leaves out its beginning
		`sum(up{job="nvidia-dcgm-exporter"})`:                              2,
		`sum(increase(DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION[1m])) > bool 0`: 1,
		`count(timestamp(DCGM_FI_DEV_GPU_UTIL) == ` + unix(now) + `)`:      16,
		`count(DCGM_FI_DEV_XID_ERRORS{err_msg="No Error"} == 0)`:           16,
		`scrape_samples_scraped{instance="10.128.1.9:9400"}`:               8 * 16,
	} {
		if got, ok := s.value(t.Context(), question, now); !ok || got != v {
			t.Errorf("%s = %v %v, want %v", question, got, ok, v)
		}
	}
}

func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

func TestSeriesEndAtOnce(t *testing.T) {
	now := noon
	s, e := start(t, &now), NewExporters(1)
	all := nodes(3)
	scrape := func(held ...kubelet.Holding) {
		now = now.Add(Interval)
		if err := s.Scrape(now, e.Targets(all, held)); err != nil {
			t.Fatal(err)
		}
	}
	count := func(question string) int {
		v, ok := s.value(t.Context(), "count("+question+") or vector(0)", now)
		if !ok {
			t.Fatalf("%s has no answer", question)
		}
		return int(v)
	}
	scrape(holding("gpu-001", "a", 4, dcgm.Busy))
	if got := count(`DCGM_FI_DEV_GPU_UTIL{exported_pod="a"}`); got != 4 {
		t.Errorf("a holds %d", got)
	}
	scrape(holding("gpu-001", "b", 2, dcgm.Busy))
	if a, b, free := count(`DCGM_FI_DEV_GPU_UTIL{exported_pod="a"}`), count(`DCGM_FI_DEV_GPU_UTIL{exported_pod="b"}`), count(`DCGM_FI_DEV_GPU_UTIL{exported_pod=""}`); a != 0 || b != 2 || free != 22 {
		t.Errorf("after a ended it holds %d, b %d, and %d are free", a, b, free)
	}
	lost := all[1].DeepCopy()
	lost.Status.Conditions = []core.NodeCondition{{Type: core.NodeReady, Status: core.ConditionUnknown}}
	all[1] = lost
	scrape()
	if up, gone := count(`up == 1`), count(`DCGM_FI_DEV_GPU_UTIL{Hostname="gpu-002"}`); up != 2 || gone != 0 {
		t.Errorf("a lost node: %d up, %d series of it", up, gone)
	}
	all = all[:2]
	scrape()
	if got := count(`up`); got != 2 {
		t.Errorf("a node that was removed is still a target: %d", got)
	}
}

func TestXIDAndDriver(t *testing.T) {
	now := noon
	s, e := start(t, &now), NewExporters(1)
	all := nodes(1)
	all[0].Annotations[XIDs] = "7=79"
	delete(all[0].Labels, "nvidia.com/cuda.driver-version.full")
	for part, v := range map[string]string{"major": "418", "minor": "87", "rev": "01"} {
		all[0].Labels["nvidia.com/cuda.driver."+part] = v
	}
	if err := s.Scrape(now, e.Targets(all, []kubelet.Holding{holding("gpu-001", "a", 7, dcgm.Busy)})); err != nil {
		t.Fatal(err)
	}
	if v, ok := s.value(t.Context(), `DCGM_FI_DEV_XID_ERRORS{gpu="7",exported_pod="",DCGM_FI_DRIVER_VERSION="418.87.01"}`, now); !ok || v != 79 {
		t.Errorf("XID of the dead device: %v %v", v, ok)
	}
}

func TestAPI(t *testing.T) {
	now := noon
	s, e := start(t, &now), NewExporters(1)
	for i := range 5 {
		now = noon.Add(time.Duration(i) * Interval)
		if err := s.Scrape(now, e.Targets(nodes(2), nil)); err != nil {
			t.Fatal(err)
		}
	}
	at := unix(now)
	for _, test := range []struct {
		path   string
		params []string
		status int
		want   string // in the answer
	}{
		{"/api/v1/query", []string{"query", "1+1"}, 200, `"data":{"result":[1795435260,"2"],"resultType":"scalar"}`},
		{"/api/v1/query", []string{"query", "sum(up)", "time", at}, 200, `"result":[{"metric":{},"value":[1795435260,"2"]}],"resultType":"vector"`},
		{"/api/v1/query", []string{"query", "sum(up)", "time", now.Add(time.Hour).Format(time.RFC3339)}, 200, `"result":[],"resultType":"vector"`},
		{"/api/v1/query", []string{"query", `"text"`}, 200, `"resultType":"string"`},
		{"/api/v1/query", []string{"query", "sum("}, 400, `"errorType":"bad_data"`},
		{"/api/v1/query", []string{"query", "sum("}, 400, `"error":"invalid parameter \"query\": 1:5: parse error: unclosed left parenthesis","errorType":"bad_data","status":"error"`},
		{"/api/v1/query", []string{"query", "up", "time", "yesterday"}, 400, `"error":"invalid parameter \"time\": cannot parse \"yesterday\" to a valid timestamp"`},
		{"/api/v1/query", []string{"query", "up * on(job) up"}, 422, `"errorType":"execution"`},
		{"/api/v1/query_range", []string{"query", "sum(up)", "start", unix(noon), "end", at, "step", "15"}, 200, `"resultType":"matrix"`},
		{"/api/v1/query_range", []string{"query", "sum(up)", "start", unix(noon), "end", at, "step", "30s"}, 200, `"values":[[1795435200,"2"],[1795435230,"2"],[1795435260,"2"]]`},
		{"/api/v1/query_range", []string{"query", "up", "start", at, "end", unix(noon), "step", "15"}, 400, `end timestamp must not be before start time`},
		{"/api/v1/query_range", []string{"query", "up", "start", "0", "end", at, "step", "1"}, 400, `exceeded maximum resolution of 11,000 points per timeseries`},
		{"/api/v1/query_range", []string{"query", "up", "start", at, "end", at, "step", "0"}, 400, `zero or negative query resolution step widths`},
		{"/api/v1/query_range", []string{"query", "up", "end", at, "step", "1"}, 400, `invalid parameter \"start\"`},
		{"/api/v1/labels", nil, 200, `"Hostname"`},
		{"/api/v1/labels", []string{"match[]", "up"}, 200, `"data":["__name__","container","endpoint","instance","job","namespace","pod","service"]`},
		{"/api/v1/label/Hostname/values", nil, 200, `"data":["gpu-001","gpu-002"]`},
		{"/api/v1/label/gpu/values", []string{"match[]", `DCGM_FI_DEV_GPU_UTIL{Hostname="gpu-001"}`}, 200, `"data":["0","1","2","3","4","5","6","7"]`},
		{"/api/v1/series", []string{"match[]", `up{instance="10.128.2.9:9400"}`}, 200, `"job":"nvidia-dcgm-exporter"`},
		{"/api/v1/series", nil, 400, `no match[] parameter provided`},
		{"/api/v1/targets", nil, 200, `"scrapeUrl":"http://10.128.1.9:9400/metrics"`},
		{"/api/v1/metadata", []string{"metric", "DCGM_FI_DEV_GPU_TEMP"}, 200, `"data":{"DCGM_FI_DEV_GPU_TEMP":[{"help":"GPU temperature (in C).","type":"gauge","unit":""}]}`},
		{"/api/v1/status/buildinfo", nil, 200, `"version":"3.`},
		{"/api/v1/status/runtimeinfo", nil, 200, `"timeSeriesCount"`},
	} {
		status, body := get(t, s, test.path, test.params...)
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		if status != test.status || !strings.Contains(string(text), test.want) {
			t.Errorf("%s %v: %d %.500s\nwant %d %s", test.path, test.params, status, text, test.status, test.want)
		}
	}
	for path, want := range map[string]int{"/-/ready": 200, "/-/healthy": 200, "/api/v1/rules": 404, "/": 404} {
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil)); w.Code != want {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestCompressesWhenAsked(t *testing.T) {
	now := noon
	s := start(t, &now)
	r := httptest.NewRequest(http.MethodGet, "/api/v1/query?query=vector(1)", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	z, err := gzip.NewReader(w.Body)
	if err != nil || w.Header().Get("Content-Encoding") != "gzip" {
		t.Fatalf("%v, %v", err, w.Header())
	}
	text, err := io.ReadAll(z)
	if err != nil || !strings.Contains(string(text), `"status":"success"`) {
		t.Errorf("%s %v", text, err)
	}
}

// Old samples go, and new ones stay, however long it runs.
func TestForgetsWhatIsOld(t *testing.T) {
	now := noon
	s, e := start(t, &now), NewExporters(1)
	all := nodes(1)
	for range int(6 * time.Hour / time.Minute) {
		now = now.Add(time.Minute)
		if err := s.Scrape(now, e.Targets(all, nil)); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := s.value(t.Context(), "sum(up)", noon.Add(30*time.Minute)); ok {
		t.Error("what is five hours old is still there")
	}
	for _, back := range []time.Duration{0, time.Hour, retention - time.Minute} {
		if v, ok := s.value(t.Context(), "sum(up)", now.Add(-back)); !ok || v != 1 {
			t.Errorf("%s ago: %v %v", back, v, ok)
		}
	}
}

func TestQuestionsWhileItScrapes(t *testing.T) {
	now := noon
	s, e := start(t, &now), NewExporters(1)
	all := nodes(2)
	done := make(chan error)
	go func() {
		var failed error
		for i := range 400 {
			failed = errors.Join(failed, s.Scrape(noon.Add(time.Duration(i)*time.Minute), e.Targets(all, nil)))
		}
		done <- failed
	}()
	for open := true; open; {
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			open = false
		default:
			if _, err := s.ask(t.Context(), "sum(rate(DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION[5m]))", noon.Add(3*time.Hour)); err != nil {
				t.Error(err)
			}
		}
	}
}

func (s *Server) ask(ctx context.Context, question string, at time.Time) (string, error) {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/v1/query?"+url.Values{"query": {question}, "time": {unix(at)}}.Encode(), nil).WithContext(ctx))
	if w.Code != http.StatusOK {
		return "", errors.New(w.Body.String())
	}
	return w.Body.String(), nil
}

func BenchmarkHalfAnHourOf192GPUs(b *testing.B) {
	all := nodes(24)
	var held []kubelet.Holding
	for _, n := range all {
		held = append(held, holding(n.Name, "job-"+n.Name, 8, dcgm.Busy))
	}
	for b.Loop() {
		now := noon
		s, err := New(func() time.Time { return now })
		if err != nil {
			b.Fatal(err)
		}
		e := NewExporters(1)
		for range int(30 * time.Minute / Interval) {
			now = now.Add(Interval)
			if err := s.Scrape(now, e.Targets(all, held)); err != nil {
				b.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkScrape(b *testing.B) {
	now := noon
	s, e := start(b, &now), NewExporters(1)
	all := nodes(24)
	for b.Loop() {
		now = now.Add(Interval)
		if err := s.Scrape(now, e.Targets(all, nil)); err != nil {
			b.Fatal(err)
		}
	}
}

func TestTargetsAreStable(t *testing.T) {
	e, all := NewExporters(1), nodes(3)
	first, second := e.Targets(all, nil), e.Targets(slices.Clone(all), nil)
	for i := range first {
		if first[i].URL != second[i].URL || first[i].Labels["pod"] != second[i].Labels["pod"] {
			t.Errorf("target %d: %v, then %v", i, first[i].Labels, second[i].Labels)
		}
	}
	if first[0].Labels["pod"] == first[1].Labels["pod"] || first[0].URL == first[1].URL {
		t.Error("two nodes share an exporter")
	}
}

// Nothing of it runs by itself: a bubble ends only when all its goroutines have.
func TestHasNoGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(time.Now)
		if err != nil {
			t.Fatal(err)
		}
		e := NewExporters(1)
		for range 3 {
			time.Sleep(Interval)
			if err := s.Scrape(time.Now(), e.Targets(nodes(1), nil)); err != nil {
				t.Error(err)
			}
		}
		if v, ok := s.value(t.Context(), "sum(up)", time.Now()); !ok || v != 1 {
			t.Errorf("%v %v", v, ok)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// Whatever a target answers, the next round finds the database whole.
func FuzzScrape(f *testing.F) {
	for _, text := range []string{"", "up 1", "a{b=\"c\"} 1\n# HELP a b\n", "a{b=\"c} 1", "a 1\na 2", "# TYPE", "a{} NaN\n\n", "{} 1", "a{b=\"1\",b=\"2\"} 3"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		now := noon
		s := start(t, &now)
		target := Target{URL: "http://a/metrics", Labels: map[string]string{"job": "a"}, Scrape: func(b []byte, _ time.Time) ([]byte, error) { return append(b, text...), nil }}
		_ = s.Scrape(now, []Target{target}) // it may be told that the text is none
		now = now.Add(Interval)
		target.Scrape = func(b []byte, _ time.Time) ([]byte, error) { return append(b, "fine 1\n"...), nil }
		if err := s.Scrape(now, []Target{target}); err != nil {
			t.Fatal(err)
		}
		if v, ok := s.value(t.Context(), `fine{job="a"}`, now); !ok || v != 1 {
			t.Errorf("%v %v", v, ok)
		}
	})
}
