package gpu

import (
	"testing"
	"time"

	"paddock/fleet"
)

// A pod that ended while Prometheus was away: its series is believed for five
// minutes more, beside that of the pod that has the GPU now.
func TestSeriesThatEndedUnnoticed(t *testing.T) {
	old := `{instance="10.0.0.1:9400",gpu="0",UUID="GPU-a",exported_pod="gone",exported_namespace="nlp"} `
	now := `{instance="10.0.0.1:9400",gpu="0",UUID="GPU-a",exported_pod="here",exported_namespace="nlp"} `
	other := `{instance="10.0.0.2:9400",gpu="0",UUID="GPU-b",exported_pod="else",exported_namespace="nlp"} `
	for _, c := range []struct {
		name    string
		seconds [2]string // of the two samples
		holders int
		util    float64
	}{
		{"one is older", [2]string{"1700000000", "1700000060"}, 1, 0.2},
		{"both are scraped", [2]string{"1700000060", "1700000060"}, 2, 0.9},
		{"by replicas, at different moments", [2]string{"1700000050", "1700000060"}, 2, 0.9},
	} {
		f := &fake{t: t, routes: []route{
			counts("DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_POWER_USAGE"),
			{"POWER", vector(`{instance="10.0.0.1:9400",gpu="0"} 0.9`, `{instance="10.0.0.2:9400",gpu="0"} 0.2`)},
			{`instance=~"10\\.0\\.0\\.1:9400"`, vector(old+c.seconds[0], now+c.seconds[1])},
			{askTimes, vector()},
			{"max by", vector(old+"0.9", now+"0.2", other+"0.5")},
		}}
		s := f.source()
		s.every = defaultPace
		for _, what := range []string{"first", "next"} {
			if err := s.refresh(t.Context(), time.Now(), nil); err != nil {
				t.Fatal(err)
			}
			r := s.readings()
			if len(r) != 2 || len(r[0].Holders) != c.holders || r[0].Util != c.util || r[1].Util != 0.5 {
				t.Errorf("%s, %s refresh: %+v", c.name, what, r)
			}
			if c.holders == 1 && (r[0].Holders[0].Name != "here" || fleet.Known(r[0].Power) || r[1].Power != 0.2) {
				t.Errorf("%s: held by %v, power %v; the other's %v", c.name, r[0].Holders, r[0].Power, r[1].Power)
			}
		}
	}
}
