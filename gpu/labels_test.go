package gpu

import (
	"math"
	"testing"
	"time"

	"paddock/fleet"
)

func pods(names ...string) []fleet.Ref {
	var refs []fleet.Ref
	for _, name := range names {
		refs = append(refs, fleet.Ref{Kind: "Pod", Namespace: "nlp", Name: name})
	}
	return refs
}

// Every form in which installs of dcgm-exporter name device, node and pod.
func TestLabelForms(t *testing.T) {
	tests := []struct {
		name string
		rows []string
		want []fleet.Reading // compared: UUID, Slice, Profile, Index, Hostname, NodeLabel, Instance, Product, Driver, Holders
	}{
		{
			"honor_labels off",
			[]string{`{instance="10.0.0.1:9400",Hostname="gpu-1",gpu="3",UUID="GPU-a",modelName="NVIDIA A100",DCGM_FI_DRIVER_VERSION="535.104.05",pod="nvidia-dcgm-exporter-x",namespace="gpu-operator",container="nvidia-dcgm-exporter",exported_pod="train-0",exported_namespace="nlp"} 0.5`},
			[]fleet.Reading{{Hardware: &fleet.Hardware{UUID: "GPU-a", Index: 3, Hostname: "gpu-1", Instance: "10.0.0.1", Product: "NVIDIA A100", Driver: "535.104.05"}, Holders: pods("train-0")}},
		},
		{
			"honor_labels on",
			[]string{`{instance="10.0.0.1:9400",Hostname="gpu-1",gpu="0",UUID="GPU-a",pod="train-0",namespace="nlp",container="main"} 0.5`},
			[]fleet.Reading{{Hardware: &fleet.Hardware{UUID: "GPU-a", Hostname: "gpu-1", Instance: "10.0.0.1"}, Holders: pods("train-0")}},
		},
		{
			"free device, only the exporter's own pod",
			[]string{
				`{instance="a",gpu="0",UUID="GPU-a",pod="nvidia-dcgm-exporter-x",namespace="gpu-operator",container="nvidia-dcgm-exporter"} 0`,
				`{instance="b",gpu="0",UUID="GPU-b",pod="gpu-mon-7",namespace="monitoring",container="exporter"} 0`,
			},
			[]fleet.Reading{{Hardware: &fleet.Hardware{UUID: "GPU-a", Instance: "a"}}, {Hardware: &fleet.Hardware{UUID: "GPU-b", Instance: "b"}}},
		},
		{
			"an exporter of unknown name is known by its neighbours' exported_pod",
			[]string{
				`{instance="a",gpu="0",UUID="GPU-a",pod="mon-x",namespace="ops",container="c",exported_pod="train-0",exported_namespace="nlp"} 0.5`,
				`{instance="a",gpu="1",UUID="GPU-b",pod="mon-x",namespace="ops",container="c"} 0`,
			},
			[]fleet.Reading{{Hardware: &fleet.Hardware{UUID: "GPU-a", Instance: "a"}, Holders: pods("train-0")}, {Hardware: &fleet.Hardware{UUID: "GPU-b", Index: 1, Instance: "a"}}},
		},
		{
			"old namespace: lower-case uuid and pod_name",
			[]string{`{instance="a",gpu="0",uuid="GPU-a",pod_name="train-0",pod_namespace="nlp",container_name="main"} 0.5`},
			[]fleet.Reading{{Hardware: &fleet.Hardware{UUID: "GPU-a", Instance: "a"}, Holders: pods("train-0")}},
		},
		{
			"old namespace with the exporter's pod beside it",
			[]string{`{instance="a",gpu="0",uuid="GPU-a",pod="dcgm-exporter-x",namespace="ops",pod_name="train-0",pod_namespace="nlp"} 0.5`},
			[]fleet.Reading{{Hardware: &fleet.Hardware{UUID: "GPU-a", Instance: "a"}, Holders: pods("train-0")}},
		},
		{
			"a target label namespace only",
			[]string{`{instance="a",gpu="0",UUID="GPU-a",namespace="ops",pod="train-0",exported_namespace="nlp"} 0.5`},
			[]fleet.Reading{{Hardware: &fleet.Hardware{UUID: "GPU-a", Instance: "a"}, Holders: pods("train-0")}},
		},
		{
			"hostname of exporter 4.8.3, node by relabelling, renamed driver label",
			[]string{`{instance="a",hostname="gpu-1",nodename="node-1",gpu="0",UUID="GPU-a",DCGM_FI_SYSTEM_DRIVER_VERSION="580.1"} 0.5`},
			[]fleet.Reading{{Hardware: &fleet.Hardware{UUID: "GPU-a", Hostname: "gpu-1", NodeLabel: "node-1", Instance: "a", Driver: "580.1"}}},
		},
		{
			"MIG: slices are the devices, their parent is not",
			[]string{
				`{instance="a",gpu="0",UUID="GPU-a"} 0`,
				`{instance="a",gpu="0",UUID="GPU-a",GPU_I_ID="13",GPU_I_PROFILE="1g.10gb",exported_pod="p1",exported_namespace="nlp"} 0.4`,
				`{instance="a",gpu="0",UUID="GPU-a",GPU_I_ID="9",GPU_I_PROFILE="1g.10gb",exported_pod="p0",exported_namespace="nlp"} 0.6`,
				`{instance="a",gpu="1",UUID="GPU-b"} 0`,
			},
			[]fleet.Reading{
				{Hardware: &fleet.Hardware{UUID: "GPU-a", Slice: "9", Profile: "1g.10gb", Instance: "a"}, Holders: pods("p0")},
				{Hardware: &fleet.Hardware{UUID: "GPU-a", Slice: "13", Profile: "1g.10gb", Instance: "a"}, Holders: pods("p1")},
				{Hardware: &fleet.Hardware{UUID: "GPU-b", Index: 1, Instance: "a"}},
			},
		},
		{
			"a shared GPU is one device with several pods",
			[]string{
				`{instance="a",gpu="0",UUID="GPU-a",exported_pod="p1",exported_namespace="nlp"} 0.6`,
				`{instance="a",gpu="0",UUID="GPU-a",exported_pod="p0",exported_namespace="nlp"} 0.6`,
				`{instance="a",gpu="0",UUID="GPU-a"} 0.6`,
			},
			[]fleet.Reading{{Hardware: &fleet.Hardware{UUID: "GPU-a", Instance: "a"}, Holders: pods("p0", "p1")}},
		},
		{
			"blank driver, no index, hostile text",
			[]string{`{instance="a",UUID="GPU-a",DCGM_FI_DRIVER_VERSION="<<<NOT_SUPPORTED>>>",modelName="A` + "\x1b[31m" + `100"} 0`},
			[]fleet.Reading{{Hardware: &fleet.Hardware{UUID: "GPU-a", Index: -1, Instance: "a", Product: "A100"}}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := &fake{t: t, routes: []route{counts("DCGM_FI_DEV_GPU_UTIL"), {askTimes, vector()}, {"max by", vector(test.rows...)}}}
			s := f.source()
			if err := s.refresh(t.Context(), time.Now(), nil); err != nil {
				t.Fatal(err)
			}
			compareIdentities(t, s.readings(), test.want)

			// The short question that follows must come to the same.
			if err := s.refresh(t.Context(), time.Now(), nil); err != nil {
				t.Fatal(err)
			}
			compareIdentities(t, s.readings(), test.want)
		})
	}
}

func compareIdentities(t *testing.T, got, want []fleet.Reading) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d devices, want %d: %+v", len(got), len(want), got)
	}
	for i := range got {
		g, w := got[i], want[i]
		for _, field := range [][3]string{
			{"UUID", g.UUID, w.UUID}, {"Slice", g.Slice, w.Slice}, {"Profile", g.Profile, w.Profile},
			{"Hostname", g.Hostname, w.Hostname}, {"NodeLabel", g.NodeLabel, w.NodeLabel}, {"Instance", g.Instance, w.Instance},
			{"Product", g.Product, w.Product}, {"Driver", g.Driver, w.Driver},
		} {
			if field[1] != field[2] {
				t.Errorf("device %d: %s is %q, want %q", i, field[0], field[1], field[2])
			}
		}
		if g.Index != w.Index {
			t.Errorf("device %d: index %d, want %d", i, g.Index, w.Index)
		}
		if len(g.Holders) != len(w.Holders) {
			t.Errorf("device %d: holders %v, want %v", i, g.Holders, w.Holders)
			continue
		}
		for j := range g.Holders {
			if g.Holders[j] != w.Holders[j] {
				t.Errorf("device %d: holders %v, want %v", i, g.Holders, w.Holders)
			}
		}
	}
}

func TestKeyFormIsTheShortestThatTellsDevicesApart(t *testing.T) {
	tests := []struct {
		name string
		rows []string
		want keyForm
	}{
		{"targets differ", []string{`{instance="a",gpu="0",UUID="1"} 0`, `{instance="b",gpu="0",UUID="2"} 0`}, keyInstance},
		{"one instance for all", []string{`{instance="a",Hostname="x",gpu="0",UUID="1"} 0`, `{instance="a",Hostname="y",gpu="0",UUID="2"} 0`}, keyHost},
		{"two clusters alike", []string{`{instance="a",Hostname="x",gpu="0",UUID="1"} 0`, `{instance="a",Hostname="x",gpu="0",UUID="2"} 0`}, keyUUID},
	}
	for _, test := range tests {
		f := &fake{t: t, routes: []route{counts("DCGM_FI_DEV_GPU_UTIL"), {askTimes, vector()}, {askLabels, vector(test.rows...)}}}
		s := f.source()
		if err := s.refresh(t.Context(), time.Now(), nil); err != nil {
			t.Fatal(err)
		}
		if s.table.form != test.want {
			t.Errorf("%s: form %d, want %d", test.name, s.table.form, test.want)
		}
		if n := len(s.readings()); n != 2 {
			t.Errorf("%s: %d devices, want 2", test.name, n)
		}
	}
}

func TestValuesByUnit(t *testing.T) {
	tests := []struct {
		measure measure
		wire    float64
		want    float64
	}{
		{util, 0.97, 0.97},
		{util, 2147483632.0 / 100, math.NaN()},
		{tensor, 0.42, 0.42},
		{tensor, 140737488355328, math.NaN()},
		{memUsed, 61234, 61234 << 20},
		{memUsed, 2147483634, math.NaN()},
		{memUsed, 9.223372036854775807e18 / 1048576, math.NaN()},
		{memUsed, 140737488355328.0 / 1048576, math.NaN()},
		{power, 412, 412},
		{power, 140737488355329, math.NaN()},
		{temp, 66, 66},
		{temp, 2147483635, math.NaN()},
		{temp, 9223372036854775794, math.NaN()},
		{temp, math.Inf(1), math.NaN()},
		{temp, -1, math.NaN()},
		{clock, 1410, 1.41e9},
		{clock, 2147483632, math.NaN()},
		{clock, math.NaN(), math.NaN()},
	}
	for _, test := range tests {
		v, ok := test.measure.scale().value(test.wire)
		if known := !math.IsNaN(test.want); ok != known || known && v != test.want {
			t.Errorf("%s %v: %v, %v; want %v", test.measure.scale().label, test.wire, v, ok, test.want)
		}
	}
}

// The exporter repeats the card's power with every slice: in a sum it would
// count many times.
func TestSlicesHaveNoPowerOfTheirOwn(t *testing.T) {
	f := &fake{t: t, routes: []route{counts("DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_POWER_USAGE"), {askTimes, vector()},
		{askLabels, vector(`{instance="a",gpu="0",GPU_I_ID="7"} 0.5`, `{instance="a",gpu="1"} 0.5`)},
		{"POWER", vector(`{instance="a",gpu="0",GPU_I_ID="7"} 300`, `{instance="a",gpu="1"} 300`)}}}
	s := f.source()
	if err := s.refresh(t.Context(), time.Now(), nil); err != nil {
		t.Fatal(err)
	}
	d := s.readings()
	if fleet.Known(d[0].Power) || d[1].Power != 300 {
		t.Errorf("power of the slice %v, of the whole GPU %v", d[0].Power, d[1].Power)
	}
}
