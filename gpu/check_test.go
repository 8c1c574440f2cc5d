package gpu

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"paddock/fleet"
)

func TestCheck(t *testing.T) {
	now := time.Now()
	at := vector(`{instance="a",Hostname="gpu-1"} `+itoa(now.Unix()), `{instance="b"} `+itoa(now.Add(-time.Hour).Unix()))
	all := []string{"DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", "DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_FREE",
		"DCGM_FI_DEV_POWER_USAGE", "DCGM_FI_DEV_GPU_TEMP", "DCGM_FI_DEV_SM_CLOCK", "DCGM_FI_DEV_XID_ERRORS"}
	healthy := `{instance="a",Hostname="gpu-1",gpu="0",UUID="GPU-a",exported_pod="p",exported_namespace="nlp"} 0.5`
	tests := []struct {
		name   string
		names  []string
		rows   []string
		check  string
		status fleet.CheckStatus
		text   string // in detail or hint
	}{
		{"all there", all, []string{healthy}, checkSeries, fleet.CheckOK, "1 devices of 1 exporters"},
		{"measures missing", []string{"DCGM_FI_DEV_GPU_UTIL"}, []string{healthy}, checkSeries, fleet.CheckWarn, "needs CAP_SYS_ADMIN"},
		{"renamed", []string{"DCGM_FI_DEV_GPU_UTIL_RATIO"}, []string{healthy}, checkNames, fleet.CheckOK, "4.9 or newer: DCGM_FI_DEV_GPU_UTIL_RATIO"},
		{"1.x", []string{"dcgm_gpu_utilization"}, []string{healthy}, checkNames, fleet.CheckOK, "1.x: dcgm_gpu_utilization"},
		{"honor_labels off", all, []string{healthy}, checkPods, fleet.CheckOK, "honor_labels is off"},
		{"both ways", all, []string{`{instance="a",gpu="0",pod="p",namespace="nlp"} 0`, `{instance="b",gpu="0",exported_pod="q",exported_namespace="nlp",pod="e",namespace="ops"} 0`},
			checkPods, fleet.CheckOK, "2 of 2 devices name their pod, in exported_pod, exported_namespace (honor_labels is off); others in pod, namespace (honor_labels is on)"},
		{"honor_labels on", all, []string{`{instance="a",gpu="0",pod="p",namespace="nlp"} 0`}, checkPods, fleet.CheckOK, "honor_labels is on"},
		{"no pods", all, []string{`{instance="a",gpu="0"} 0`}, checkPods, fleet.CheckWarn, "DCGM_EXPORTER_KUBERNETES=true"},
		{"node named", all, []string{healthy}, checkNodes, fleet.CheckOK, "1 of 1 devices name their node in Hostname"},
		{"exporter named", all, []string{`{instance="a",Hostname="dcgm-exporter-x2x",gpu="0"} 0`}, checkNodes, fleet.CheckWarn, "NODE_NAME"},
		{"exporter named, but relabelled", all, []string{`{instance="a",Hostname="dcgm-exporter-x2x",node="gpu-1",gpu="0"} 0`}, checkNodes, fleet.CheckOK, "relabelling"},
		{"address only", all, []string{`{instance="a",gpu="0"} 0`}, checkNodes, fleet.CheckWarn, "address"},
		{"fresh", all, []string{healthy}, checkScrape, fleet.CheckOK, "every 15s"},
		{"one exporter behind", all, []string{healthy, `{instance="b",gpu="0"} 0`}, checkScrape, fleet.CheckWarn, "1 of 2 exporters"},
		{"two clusters", all, []string{`{instance="a",gpu="0",UUID="1"} 0`, `{instance="a",gpu="0",UUID="2"} 0`}, checkMatchers, fleet.CheckWarn, "several clusters"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := &fake{t: t, routes: []route{counts(test.names...), {askTimes, at}, {askLabels, vector(test.rows...)},
				{"[5m]", matrix(`{instance="a"}`, `[[0,"1"],[15,"1"],[30,"1"]]`)}}}
			client, err := New(Config{}, f.candidates)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range client.Check(t.Context()) {
				if c.Name == test.check && (c.Status != test.status || !strings.Contains(c.Detail+c.Hint, test.text)) {
					t.Errorf("%+v, want %s with %q", c, test.status, test.text)
				}
			}
		})
	}
}

func TestCheckSkipsWhatCannotBeTried(t *testing.T) {
	tests := []struct {
		name   string
		find   Finder
		failed string
		status fleet.CheckStatus
	}{
		{"not set", nil, checkServer, fleet.CheckSkip},
		{"not reachable", (&fake{broken: errors.New("boom")}).candidates, checkServer, fleet.CheckFail},
		{"nobody", func(context.Context) ([]Candidate, error) { return nil, nil }, checkServer, fleet.CheckFail},
		{"no series", (&fake{t: t}).candidates, checkSeries, fleet.CheckFail},
	}
	for _, test := range tests {
		client, err := New(Config{}, test.find)
		if err != nil {
			t.Fatal(err)
		}
		checks := client.Check(t.Context())
		if len(checks) != 8 {
			t.Errorf("%s: %d checks", test.name, len(checks))
		}
		skip := false
		for _, c := range checks {
			switch {
			case c.Name == test.failed:
				skip = true
				if c.Status != test.status || test.status == fleet.CheckFail && (c.Detail == "" || c.Hint == "" && test.name != "not reachable") {
					t.Errorf("%s: %+v, want %s", test.name, c, test.status)
				}
			case skip && c.Status != fleet.CheckSkip:
				t.Errorf("%s: %+v after the failure", test.name, c)
			}
		}
	}
}
