package e2e

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"paddock/e2e/cluster"
)

// stampWithin is how paddock rounds the time of a sample.
const stampWithin = 100 * time.Millisecond

// lastScrapes is a window of raw samples that is sure to hold those that
// paddock saw.
const lastScrapes = "40s"

// reportingNodes waits until Prometheus' numbers of all nodes that report are there.
func reportingNodes(t *testing.T) report {
	t.Helper()
	var r report
	eventually(t, "readings", func() error {
		r = ask(t, "nodes")
		n := 0
		for _, node := range r.Nodes {
			n += len(node.Devices)
		}
		// 12 nodes of 8, one of them without one, 4 T4s; of the MIG node 8 GPUs in 5 slices
		if want := 11*8 - 1 + 4 + 40; n != want {
			return fmt.Errorf("%d devices, want %d", n, want)
		}
		return nil
	})
	return r
}

// TestPaddockReadingsAreSamples compares every number of every device with the
// raw samples: busy with the sample of that time, the others with the
// last scrapes, because they are asked for in turns.
func TestPaddockReadingsAreSamples(t *testing.T) {
	r := reportingNodes(t)
	raw, ghosts := rawSamples(t, lastScrapes), ghosts(t)
	compared := 0
	for _, n := range r.Nodes {
		for _, d := range n.Devices {
			u := unit{d.UUID, d.Slice}
			where := fmt.Sprintf("%s GPU %d %s", n.Name, d.Index, d.Slice)
			if raw[u] == nil {
				t.Errorf("%s: Prometheus has no device %v", where, u)
				continue
			}
			if age := r.AsOf.Sub(d.AsOf); age < -time.Second || age > 30*time.Second {
				t.Errorf("%s: its sample is %s old, scraped every 2 s", where, age)
			}
			checkBusy(t, where, d, raw[u])
			for _, m := range measures() {
				if m.name == "power" && d.Slice != "" { // its series tell the power of the whole GPU
					continue
				}
				if m.said(d) == nil && ghosts[u] {
					continue // mixed with what an ended series says: unknown
				}
				if check(t, where+": "+m.name, m.said(d), scaled(raw[u], m.series), m.within) {
					compared++
				}
			}
		}
	}
	if compared < 4*100 {
		t.Errorf("only %d numbers were compared", compared)
	}
}

// checkBusy looks the very sample up.
func checkBusy(t *testing.T, where string, d device, raw map[string][]point) {
	points := scaled(raw, busySeries(d.Slice))
	at := slices.DeleteFunc(slices.Clone(points), func(p point) bool { return p.at.Sub(d.AsOf).Abs() > stampWithin })
	if len(points) > 0 && len(at) == 0 {
		t.Errorf("%s: no sample of busy at %s", where, d.AsOf)
		return
	}
	check(t, where+": busy", d.Busy, at, 0.00501)
}

// check compares a number with samples; null must mean that there are none.
func check(t *testing.T, what string, said *float64, points []point, within float64) bool {
	switch {
	case said == nil && len(points) > 0:
		t.Errorf("%s is null, but there are samples: %v", what, points[len(points)-1])
	case said != nil && !anyNear(points, *said, within):
		t.Errorf("%s is %v, which no sample says: %v", what, *said, points)
	}
	return said != nil
}

// TestPaddockHoldersAreLabels compares who holds each device with what the
// series' labels say, whatever the exporter's dialect.
func TestPaddockHoldersAreLabels(t *testing.T) {
	before := labelledHolders(t)
	r := reportingNodes(t)
	after := labelledHolders(t)
	compared := 0
	for _, n := range r.Nodes {
		for _, d := range n.Devices {
			u := unit{d.UUID, d.Slice}
			if d.Inferred || before[u] != after[u] {
				continue
			}
			compared++
			if got := sorted(d.Holders); got != after[u] {
				t.Errorf("%s GPU %d %s: held by %s, the labels say %s", n.Name, d.Index, d.Slice, got, after[u])
			}
		}
	}
	if compared < 100 {
		t.Errorf("only %d devices were compared", compared)
	}
}

// TestPaddockWorkersHaveTheirDevices checks the join: a running worker whose
// node reports has as many devices as it asked for, and is as busy as they are.
func TestPaddockWorkersHaveTheirDevices(t *testing.T) {
	eventually(t, "each running worker's devices", func() error {
		checked := 0
		for _, w := range ask(t, "workers").Workers {
			if w.State != "running" || w.Node == "gpu-010" {
				continue
			}
			checked++
			if w.Load.Devices != w.GPUs || len(w.Devices) != w.GPUs {
				return fmt.Errorf("%s on %s holds %d GPUs and has %d devices", w.Pod, w.Node, w.GPUs, w.Load.Devices)
			}
			busy := 0.0
			for _, d := range w.Devices {
				busy += *d.Busy / float64(w.GPUs)
			}
			if w.Load.Busy == nil || math.Abs(*w.Load.Busy-busy) > 1e-3 {
				t.Fatalf("%s is busy %v, its devices %v", w.Pod, w.Load.Busy, busy)
			}
		}
		if checked < 35 {
			return fmt.Errorf("only %d workers run on nodes that report", checked)
		}
		return nil
	})
}

func (r report) node(t *testing.T, name string) reportedNode {
	t.Helper()
	for _, n := range r.Nodes {
		if n.Name == name {
			return n
		}
	}
	t.Fatalf("no node %s", name)
	return reportedNode{}
}

// worker finds the running worker of a job with the lowest index.
func (r report) workers(job string) []reportedWorker {
	return slices.DeleteFunc(slices.Clone(r.Workers), func(w reportedWorker) bool { return w.Job != job })
}

// TestPaddockOnOddNodes checks what each special node must look like.
func TestPaddockOnOddNodes(t *testing.T) {
	r := reportingNodes(t)
	t.Run("exporter down: missing, not 0", func(t *testing.T) {
		n := r.node(t, "gpu-010")
		if number(n.GPUs.Missing) != 8 || n.Load.Busy != nil || n.Load.Devices != 0 {
			t.Errorf("missing %d, busy %v", number(n.GPUs.Missing), n.Load.Busy)
		}
		for _, w := range ask(t, "workers").workers("asr-no-metrics") {
			if w.Load.Busy != nil || w.Load.MemoryUsed != nil || len(w.Devices) != 0 {
				t.Errorf("%s: %+v", w.Pod, w.Load)
			}
		}
	})
	t.Run("no pod labels: inferred from the whole node", func(t *testing.T) {
		for _, d := range r.node(t, "gpu-012").Devices {
			if !d.Inferred || len(d.Holders) != 1 || !strings.HasPrefix(d.Holders[0], "speech/asr-no-labels-0-") {
				t.Errorf("GPU %d: inferred %v, held by %v", d.Index, d.Inferred, d.Holders)
			}
		}
		for _, n := range r.Nodes {
			for _, d := range n.Devices {
				if d.Inferred && n.Name != "gpu-012" {
					t.Errorf("%s GPU %d is inferred", n.Name, d.Index)
				}
			}
		}
	})
	t.Run("a GPU without series is missing", func(t *testing.T) {
		if n := r.node(t, "gpu-011"); number(n.GPUs.Missing) != 1 || n.GPUs.Broken != 1 || len(n.Devices) != 7 {
			t.Errorf("missing %d, broken %d, %d devices", number(n.GPUs.Missing), n.GPUs.Broken, len(n.Devices))
		}
	})
	t.Run("slices are devices", func(t *testing.T) {
		n := r.node(t, "gpu-008")
		profiles := map[string]int{}
		for _, d := range n.Devices {
			profiles[d.Profile]++
			if d.Slice == "" || d.Busy == nil {
				t.Errorf("GPU %d slice %q: busy %v", d.Index, d.Slice, d.Busy)
			}
		}
		if profiles["3g.40gb"] != 8 || profiles["1g.10gb"] != 32 || number(n.GPUs.Missing) != 0 {
			t.Errorf("profiles %v, missing %d", profiles, number(n.GPUs.Missing))
		}
	})
	t.Run("a shared GPU counts once", func(t *testing.T) {
		n := r.node(t, "gpu-009")
		holders, held := 0, 0
		for _, d := range n.Devices {
			holders += len(d.Holders)
			if len(d.Holders) > 0 {
				held++
			}
		}
		if len(n.Devices) != 8 || holders != 4 || n.Load.Devices != held || n.GPUs.Held != 4 {
			t.Errorf("%d devices with %d holders, %d loaded, %d held", len(n.Devices), holders, n.Load.Devices, n.GPUs.Held)
		}
	})
	t.Run("XID", func(t *testing.T) {
		for _, d := range r.node(t, "gpu-011").Devices {
			want := 0
			if d.Index == 6 {
				want = 63
			}
			if d.XID == nil || *d.XID != want {
				t.Errorf("GPU %d: XID %v, want %d", d.Index, number(d.XID), want)
			}
		}
	})
	t.Run("blanks are no numbers", func(t *testing.T) {
		for _, d := range r.node(t, "gpu-006").Devices {
			if (d.Tensor == nil) != (d.Index == 3) { // NaN on the last GPU
				t.Errorf("GPU %d: tensor %v", d.Index, d.Tensor)
			}
		}
	})
}

// TestPaddockSeesAnXIDOfAWorker waits for the page fault of a job.
func TestPaddockSeesAnXIDOfAWorker(t *testing.T) {
	eventually(t, "XID 31", func() error {
		workers := ask(t, "workers").workers("moe-xid31")
		for _, w := range workers {
			if len(w.Devices) != 1 || number(w.Devices[0].XID) != 31 {
				return fmt.Errorf("%s: %+v", w.Pod, w.Devices)
			}
		}
		if len(workers) != 2 {
			return fmt.Errorf("%d workers", len(workers))
		}
		return nil
	})
}

// TestPaddockFindsPrometheus compares the ways to Prometheus.
func TestPaddockFindsPrometheus(t *testing.T) {
	for what, o := range map[string]outcome{
		"by itself, through the service proxy": paddock(t, "nodes", "-o", "json"),
		"by flag":                              paddock(t, "nodes", "-o", "json", "--prometheus", shared.PrometheusURL),
		"by environment":                       paddockWith(t, []string{"PADDOCK_PROMETHEUS=" + shared.PrometheusURL}, "nodes", "-o", "json"),
		"as the viewer":                        paddock(t, "nodes", "-o", "json", "--context", cluster.Viewer),
		"by settings": paddock(t, "nodes", "-o", "json", "--config", config(t, `
prometheus:
  url: `+shared.PrometheusURL+`
  matchers: ['Hostname!="nowhere"']
`)),
	} {
		t.Run(what, func(t *testing.T) {
			r := o.report(t)
			if n := r.node(t, "gpu-001"); o.code != 0 || r.health("prometheus") != "live" || len(n.Devices) != 8 || n.Load.Busy == nil {
				t.Errorf("exit code %d, prometheus %s, %d devices\n%s", o.code, r.health("prometheus"), len(n.Devices), o.errs)
			}
		})
	}
}

func TestPaddockSaysWhenNoSeriesMatch(t *testing.T) {
	o := paddock(t, "jobs", "-o", "json", "--config", config(t, `prometheus: {matchers: ['Hostname="nowhere"']}`))
	r := o.report(t)
	if o.code != 0 || r.health("prometheus") != "failing" || !strings.Contains(o.errs, `no DCGM series match {Hostname="nowhere"}`) {
		t.Errorf("exit code %d, prometheus %s\n%s", o.code, r.health("prometheus"), o.errs)
	}
	for _, j := range r.Jobs {
		if j.GPUs.Busy != nil || j.GPUs.Power != nil || j.GPUs.Devices != 0 {
			t.Errorf("%s: %+v", j.Name, j.GPUs)
		}
	}
	if len(r.Jobs) < 30 {
		t.Errorf("only %d jobs", len(r.Jobs))
	}
}
