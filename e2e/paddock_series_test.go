package e2e

import (
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"
)

// unit is a GPU, or a slice of one, by what its series say.
type unit struct{ uuid, slice string }

// rawSeries is one series with its raw samples of the last while.
type rawSeries struct {
	Metric map[string]string
	Values [][2]any
}

// point is a raw sample.
type point struct {
	at    time.Time
	value float64
}

// rawSamples are all DCGM samples of the last while, by device and metric.
func rawSamples(t *testing.T, window string) map[unit]map[string][]point {
	t.Helper()
	resp, err := http.Get(shared.PrometheusURL + "/api/v1/query?query=" + url.QueryEscape(`{__name__=~"DCGM_FI_.*"}[`+window+`]`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct{ Data struct{ Result []rawSeries } }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	out := map[unit]map[string][]point{}
	for _, s := range answer.Data.Result {
		u := unitOf(s.Metric)
		if out[u] == nil {
			out[u] = map[string][]point{}
		}
		name := s.Metric["__name__"]
		out[u][name] = append(out[u][name], s.points(t)...)
	}
	return out
}

// points are the samples that mean something: no NaN and no blank value of DCGM.
func (s rawSeries) points(t *testing.T) []point {
	var out []point
	for _, v := range s.Values {
		value, err := strconv.ParseFloat(v[1].(string), 64)
		if err != nil {
			t.Fatal(err)
		}
		if !math.IsNaN(value) && value < 1.4e14 {
			out = append(out, point{time.UnixMilli(int64(math.Round(v[0].(float64) * 1000))), value})
		}
	}
	return out
}

func unitOf(labels map[string]string) unit {
	if labels["UUID"] == "" {
		return unit{labels["uuid"], labels["GPU_I_ID"]}
	}
	return unit{labels["UUID"], labels["GPU_I_ID"]}
}

// workloadPod is the pod that a series names as the holder, "" for none.
func workloadPod(labels map[string]string) string {
	switch {
	case labels["exported_pod"] != "":
		return labels["exported_namespace"] + "/" + labels["exported_pod"]
	case labels["pod"] != "" && labels["container"] != "nvidia-dcgm-exporter":
		return labels["namespace"] + "/" + labels["pod"]
	}
	return ""
}

// labelledHolders are the pods that the series of each device name now; not
// those of ghosts.
func labelledHolders(t *testing.T) map[unit]string {
	t.Helper()
	samples, err := promQL(t.Context(), `{__name__=~"DCGM_FI_DEV_GPU_TEMP|DCGM_FI_DEV_GPU_TEMP_CELSIUS"} and time() - timestamp({__name__=~"DCGM_FI_DEV_GPU_TEMP|DCGM_FI_DEV_GPU_TEMP_CELSIUS"}) < 20`)
	if err != nil {
		t.Fatal(err)
	}
	pods := map[unit][]string{}
	for _, s := range samples {
		u := unitOf(s.Labels)
		if pod := workloadPod(s.Labels); pod != "" && !slices.Contains(pods[u], pod) {
			pods[u] = append(pods[u], pod)
		} else if pods[u] == nil {
			pods[u] = []string{}
		}
	}
	out := map[unit]string{}
	for u, names := range pods {
		out[u] = sorted(names)
	}
	return out
}

// ghosts are devices of which Prometheus has a series that no exporter serves
// any more. One that ended while Prometheus was stopped by another test is
// never marked as ended, and answers questions for five minutes on.
func ghosts(t *testing.T) map[unit]bool {
	t.Helper()
	samples, err := promQL(t.Context(), `time() - timestamp({__name__=~"DCGM_FI_DEV_GPU_TEMP|DCGM_FI_DEV_GPU_TEMP_CELSIUS"}) > 20`)
	if err != nil {
		t.Fatal(err)
	}
	out := map[unit]bool{}
	for _, s := range samples {
		out[unitOf(s.Labels)] = true
	}
	return out
}

func sorted(names []string) string {
	names = slices.Sorted(slices.Values(names))
	text, _ := json.Marshal(names) // of strings: it can't fail
	return string(text)
}

// measure is one number of a device: how paddock says it, and the series that
// it comes from, with what turns their units into paddock's.
type measure struct {
	name   string
	said   func(device) *float64
	series map[string]float64
	within float64 // the rounding of what paddock asks for
}

func measures() []measure {
	const mib = 1 << 20
	return []measure{
		{"tensor", func(d device) *float64 { return d.Tensor }, map[string]float64{"DCGM_FI_PROF_PIPE_TENSOR_ACTIVE": 1, "DCGM_FI_PROF_TENSOR_UTIL_RATIO": 1}, 0.00501},
		{"memory", func(d device) *float64 { return d.MemoryUsed }, map[string]float64{"DCGM_FI_DEV_FB_USED": mib, "DCGM_FI_DEV_FB_USED_BYTES": 1}, 1},
		{"power", func(d device) *float64 { return d.Power }, map[string]float64{"DCGM_FI_DEV_POWER_USAGE": 1, "DCGM_FI_DEV_BOARD_POWER_WATTS": 1}, 0.5001},
		{"temperature", func(d device) *float64 { return d.Temperature }, map[string]float64{"DCGM_FI_DEV_GPU_TEMP": 1, "DCGM_FI_DEV_GPU_TEMP_CELSIUS": 1}, 1e-3},
		{"SM clock", func(d device) *float64 { return d.SMClock }, map[string]float64{"DCGM_FI_DEV_SM_CLOCK": 1e6, "DCGM_FI_DEV_SM_CLOCK_HERTZ": 1}, 1},
	}
}

// busySeries are those of a whole GPU, or of a slice.
func busySeries(slice string) map[string]float64 {
	if slice != "" {
		return map[string]float64{"DCGM_FI_PROF_GR_ENGINE_ACTIVE": 1, "DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO": 1}
	}
	return map[string]float64{"DCGM_FI_DEV_GPU_UTIL": 0.01, "DCGM_FI_DEV_GPU_UTIL_RATIO": 1}
}

// scaled are the points of the series that a device has, in paddock's unit.
func scaled(of map[string][]point, series map[string]float64) []point {
	var out []point
	for name, factor := range series {
		for _, p := range of[name] {
			out = append(out, point{p.at, p.value * factor})
		}
	}
	return out
}

func anyNear(points []point, value, within float64) bool {
	return slices.ContainsFunc(points, func(p point) bool { return math.Abs(p.value-value) <= within })
}
