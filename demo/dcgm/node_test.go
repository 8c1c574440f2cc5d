package dcgm

import (
	"slices"
	"testing"
	"time"
)

func a100() Spec {
	model, _ := FindModel("NVIDIA-A100-SXM4-80GB")
	return Spec{Name: "gpu-1", Model: model, Driver: "535.161.08", GPUs: 8, Seed: 1}
}

func gpus(devices []Device) []int {
	var indexes []int
	for _, d := range devices {
		indexes = append(indexes, d.GPU)
	}
	return indexes
}

func TestHoldTakesTheFirstFreeAndKeepsThem(t *testing.T) {
	n := NewNode(a100())
	mustHold := func(uid string, count int) {
		t.Helper()
		if err := n.Hold(Pod{UID: uid, Name: uid}, "nvidia.com/gpu", count); err != nil {
			t.Fatal(err)
		}
	}
	mustHold("a", 2)
	mustHold("b", 3)
	before := n.Devices("b")
	if got := gpus(before); !slices.Equal(got, []int{2, 3, 4}) {
		t.Errorf("b holds %v", got)
	}
	n.Release("a")
	mustHold("c", 4)
	if got := gpus(n.Devices("c")); !slices.Equal(got, []int{0, 1, 5, 6}) {
		t.Errorf("c holds %v, not the first free ones", got)
	}
	mustHold("b", 3) // said again, with another state
	if got := n.Devices("b"); !slices.Equal(got, before) {
		t.Errorf("b moved from %v to %v", before, got)
	}
	if err := n.Hold(Pod{UID: "d"}, "nvidia.com/gpu", 2); err == nil {
		t.Error("d got two devices of one that is free")
	}
	if n.Holds("d") {
		t.Error("d holds devices though it was refused")
	}
	n.Release("nobody") // what was never there is no fault
}

func TestHoldSlicesAndShares(t *testing.T) {
	mig := a100()
	mig.GPUs, mig.MIG = 2, []string{"3g.40gb", "1g.10gb", "1g.10gb"}
	shared := a100()
	shared.GPUs, shared.Replicas = 2, 2
	missing := a100()
	missing.Missing = []int{0, 3}
	tests := []struct {
		name, resource string
		spec           Spec
		fit            int // pods of one device each
		first          []Device
	}{
		{"big slices", "nvidia.com/mig-3g.40gb", mig, 2, []Device{{GPU: 0, Slice: "3g.40gb"}}},
		{"small slices", "nvidia.com/mig-1g.10gb", mig, 4, []Device{{GPU: 0, Slice: "1g.10gb"}}},
		{"no whole GPU of a cut one", "nvidia.com/gpu", mig, 0, nil},
		{"no slice of a whole one", "nvidia.com/mig-1g.10gb", a100(), 0, nil},
		{"not those that are missing", "nvidia.com/gpu", missing, 6, []Device{{GPU: 1}}},
		{"shared", "nvidia.com/gpu", shared, 4, []Device{{GPU: 0}}},
		{"shared, renamed", "nvidia.com/gpu.shared", shared, 4, []Device{{GPU: 0}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n, fit := NewNode(test.spec), 0
			for n.Hold(Pod{UID: string(rune('a' + fit))}, test.resource, 1) == nil {
				fit++
			}
			if fit != test.fit {
				t.Errorf("%d pods fit, want %d", fit, test.fit)
			}
			first := n.Devices("a")
			for i := range first {
				first[i].UUID = ""
			}
			if !slices.Equal(first, test.first) {
				t.Errorf("the first holds %v, want %v", first, test.first)
			}
		})
	}
}

func TestSharedGPUsFillEvenly(t *testing.T) {
	spec := a100()
	spec.GPUs, spec.Replicas = 2, 2
	n := NewNode(spec)
	for _, uid := range []string{"a", "b"} {
		if err := n.Hold(Pod{UID: uid}, "nvidia.com/gpu", 1); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := gpus(n.Devices("a")), gpus(n.Devices("b")); a[0] == b[0] {
		t.Errorf("both pods sit on GPU %d while the other is free", a[0])
	}
}

func TestUpdate(t *testing.T) {
	spec := a100()
	n := NewNode(spec)
	if err := n.Hold(Pod{UID: "a"}, "nvidia.com/gpu", 1); err != nil {
		t.Fatal(err)
	}
	spec.Dialect.Names, spec.Driver = Renamed, "550.90.07"
	if !n.Update(spec) {
		t.Error("another exporter needed another node")
	}
	if !n.Holds("a") {
		t.Error("an update took the devices away")
	}
	spec.GPUs = 4
	if n.Update(spec) {
		t.Error("fewer GPUs passed for the same node")
	}
}

func TestUUIDsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range []string{"gpu-1", "gpu-2", "gpu-10"} {
		spec := a100()
		spec.Name = name
		n := NewNode(spec)
		if err := n.Hold(Pod{UID: "a"}, "nvidia.com/gpu", 8); err != nil {
			t.Fatal(err)
		}
		for _, d := range n.Devices("a") {
			if len(d.UUID) != len("GPU-00000000-0000-0000-0000-000000000000") || seen[d.UUID] {
				t.Errorf("%s: UUID %q is malformed or not unique", name, d.UUID)
			}
			seen[d.UUID] = true
		}
	}
}

var start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func BenchmarkAppendMetrics(b *testing.B) {
	n := NewNode(a100())
	for i := range 8 {
		pod := Pod{UID: string(rune('a' + i)), Namespace: "ocr", Name: "train-0001-" + string(rune('a'+i)), Container: "trainer", Profile: Busy, Started: start}
		if err := n.Hold(pod, "nvidia.com/gpu", 1); err != nil {
			b.Fatal(err)
		}
	}
	var text []byte
	now := start.Add(time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(15 * time.Second)
		text = n.AppendMetrics(text[:0], now)
	}
	b.SetBytes(int64(len(text)))
}
