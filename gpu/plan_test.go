package gpu

import (
	"errors"
	"strings"
	"testing"
)

func planOf(t *testing.T, matchers []string, names ...string) *plan {
	t.Helper()
	f := &fake{t: t, routes: []route{counts(names...)}}
	p, err := newPlan(t.Context(), f.source().server, matchers)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestQuestions(t *testing.T) {
	const key = "instance,gpu,GPU_I_ID"
	tests := []struct {
		name     string
		matchers []string
		series   []string
		ask      func(*plan) string
		want     string
	}{
		{"old name", nil, []string{"DCGM_FI_DEV_GPU_UTIL"},
			func(p *plan) string { return p.value(util, keyInstance) },
			`round(max by (` + key + `) ({__name__="DCGM_FI_DEV_GPU_UTIL"})/100, 0.01)`},
		{"lower case, with a matcher", []string{`cluster="a"`}, []string{"dcgm_fi_dev_gpu_util"},
			func(p *plan) string { return p.value(util, keyInstance) },
			`round(max by (` + key + `) ({__name__="dcgm_fi_dev_gpu_util",cluster="a"})/100, 0.01)`},
		{"old and new exporters side by side", nil, []string{"DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_USED_BYTES", "dcgm_fb_used"},
			func(p *plan) string { return p.value(memUsed, keyInstance) },
			`round(max by (` + key + `) ({__name__=~"DCGM_FI_DEV_FB_USED|dcgm_fb_used"}) or max by (` + key + `) ({__name__="DCGM_FI_DEV_FB_USED_BYTES"})/1048576, 1)`},
		{"slices have engine activity only", nil, []string{"DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_PROF_GR_ENGINE_ACTIVE"},
			func(p *plan) string { return p.busy([]string{"gpu"}) },
			`round(max by (gpu) ({__name__="DCGM_FI_DEV_GPU_UTIL"})/100 or max by (gpu) ({__name__="DCGM_FI_PROF_GR_ENGINE_ACTIVE",GPU_I_ID!=""}), 0.01)`},
		{"no utilisation at all: memory says which devices there are", nil, []string{"DCGM_FI_DEV_FB_USED"},
			func(p *plan) string { return p.busy([]string{"gpu"}) },
			`round(max by (gpu) ({__name__="DCGM_FI_DEV_FB_USED"}), 1)`},
		{"total is the sum of its parts, blanks left out", nil, []string{"DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_FREE", "DCGM_FI_DEV_FB_RESERVED"},
			func(p *plan) string { return p.value(memTotal, keyInstance) },
			`round(sum by (` + key + `) (max by (__name__,` + key + `) ({__name__=~"DCGM_FI_DEV_FB_USED|DCGM_FI_DEV_FB_FREE|DCGM_FI_DEV_FB_RESERVED"} < 2147483632)), 1)`},
		{"total by capacity", nil, []string{"DCGM_FI_DEV_FB_CAPACITY_BYTES", "DCGM_FI_DEV_FB_USED_BYTES"},
			func(p *plan) string { return p.value(memTotal, keyInstance) },
			`round(max by (` + key + `) ({__name__="DCGM_FI_DEV_FB_CAPACITY_BYTES"})/1048576, 1)`},
		{"times, a term a name", nil, []string{"DCGM_FI_DEV_GPU_UTIL", "dcgm_gpu_utilization"},
			func(p *plan) string { return p.times() },
			`round(max by (instance,Hostname,hostname) (timestamp({__name__="DCGM_FI_DEV_GPU_UTIL"})) or max by (instance,Hostname,hostname) (timestamp({__name__="dcgm_gpu_utilization"})), 0.1)`},
		{"XIDs only where there are some", nil, []string{"DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_XID_ERROR"},
			func(p *plan) string { return p.faults(keyHost) },
			`max by (` + key + `,Hostname,hostname) ({__name__="DCGM_FI_DEV_XID_ERROR"} > 0)`},
	}
	for _, test := range tests {
		if got := test.ask(planOf(t, test.matchers, test.series...)); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
		}
	}
}

func TestPlanWithoutSeries(t *testing.T) {
	f := &fake{t: t, routes: []route{counts("up", "DCGM_FI_DEV_MEM_CLOCK"), {"count by (cluster)", vector(`{cluster="prod-b"} 3`, `{cluster="prod-c"} 3`)}}}
	server := f.source().server
	_, err := newPlan(t.Context(), server, []string{`cluster="prod-a"`})
	var missing *seriesError
	if !errors.As(err, &missing) {
		t.Fatalf("error %v, want a seriesError", err)
	}
	what, hint := Explain(nameValues(t.Context(), server, err))
	if want := `no DCGM series match {cluster="prod-a"}`; what != want {
		t.Errorf("%s, want %s", what, want)
	}
	if want := `cluster="prod-b", cluster="prod-c"`; !strings.Contains(hint, want) {
		t.Errorf("hint %q has no %q", hint, want)
	}
}

func TestAnswerable(t *testing.T) {
	p := planOf(t, nil, "DCGM_FI_DEV_FB_USED")
	if p.answerable(memTotal) {
		t.Error("the total of memory can't be known from what is used alone")
	}
	if p = planOf(t, nil, "DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_FREE"); !p.answerable(memTotal) {
		t.Error("used and free make the total")
	}
}
