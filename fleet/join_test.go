package fleet

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// cluster builds n nodes of eight GPUs and jobs of workers with one GPU each, packed.
func cluster(nodes, jobs, workers int) *Snapshot {
	s := &Snapshot{Seq: 1, Complete: true, Sources: []Source{{Name: "pods", Health: Live}}}
	for i := range nodes {
		s.Nodes = append(s.Nodes, &NodeObject{Name: fmt.Sprintf("gpu-%04d", i), Ready: true, Resource: "nvidia.com/gpu",
			Capacity: 8, Allocatable: 8, GPUCount: 8, Product: "NVIDIA-A100-SXM4-80GB", Address: fmt.Sprintf("10.0.%d.%d", i/250, i%250)})
	}
	n := 0
	for i := range jobs {
		s.Groups = append(s.Groups, indexedJob("team-"+string(rune('a'+i%5)), fmt.Sprintf("job-%04d", i), workers, func(p *Pod) {
			if n < nodes*8 {
				running(p, s.Nodes[n/8].Name)
			}
			n++
		}))
	}
	return s
}

func indexedJob(ns, name string, workers int, each func(*Pod)) *Group {
	ref := Ref{"Job", ns, name}
	owner := Owner{Ref: ref, APIVersion: "batch/v1", UID: "uid-" + name}
	g := &Group{Owner: owner, Job: &JobObject{Ref: ref, APIVersion: "batch/v1", UID: owner.UID, Created: noon.Add(-time.Hour), Phase: PhaseActive,
		Roles: []RoleSpec{{Name: "worker", Wanted: workers, GPUs: 1, Resource: "nvidia.com/gpu", Image: "train:1"}},
		Shape: Shape{Indexed: true, Completions: workers, Parallelism: workers}}}
	for w := range workers {
		p := &Pod{Ref: Ref{"Pod", ns, fmt.Sprintf("%s-%d-abcde", name, w)}, UID: fmt.Sprintf("%s-%d", name, w), Index: w,
			Phase: "Pending", GPUs: 1, Resource: "nvidia.com/gpu", Created: noon.Add(-time.Hour), Main: Container{Name: "main", Image: "train:1"}}
		if each != nil {
			each(p)
		}
		g.Pods = append(g.Pods, p)
	}
	return g
}

func running(p *Pod, node string) {
	p.Node, p.Phase = node, "Running"
	p.Scheduled, p.Admitted, p.Ready = noon.Add(-50*time.Minute), noon.Add(-49*time.Minute), noon.Add(-45*time.Minute)
	p.Main.State, p.Main.Ready, p.Main.Started = "running", true, noon.Add(-46*time.Minute)
}

func failed(p *Pod, code int) {
	p.Phase = "Failed"
	p.Main.State, p.Main.ExitCode, p.Main.Reason = "terminated", code, "Error"
	p.Main.Finished = p.Created.Add(time.Minute)
}

// readingsOf gives each GPU of each node a reading; held ones name their pod.
func readingsOf(s *Snapshot, labels bool) *Readings {
	byNode := map[string][]Ref{}
	for _, g := range s.Groups {
		for _, p := range g.Pods {
			if p.Holds() {
				for range p.GPUs {
					byNode[p.Node] = append(byNode[p.Node], p.Ref)
				}
			}
		}
	}
	r := &Readings{Seq: 1, At: noon, Source: Source{Name: "prometheus", Health: Live, AsOf: noon}}
	for _, n := range s.Nodes {
		for i := range n.Capacity {
			d := Reading{Hardware: &Hardware{UUID: fmt.Sprintf("GPU-%s-%d", n.Name, i), Index: i, Hostname: n.Name}, At: noon.Add(-5 * time.Second),
				Util: 0.5, Tensor: 0.4, MemUsed: 40 << 30, MemTotal: 80 << 30, Power: 300, Temp: 60, SMClock: 1.4e9, History: NewHistory(noon)}
			for m := range HistoryBuckets {
				d.History = d.History.With(noon.Add(-time.Duration(m)*time.Minute), 0.5)
			}
			if pods := byNode[n.Name]; labels && i < len(pods) {
				d.Holders = pods[i : i+1]
			}
			r.Devices = append(r.Devices, d)
		}
	}
	return r
}

func TestJoinCountsWhatIsHeldBusyAndFree(t *testing.T) {
	s := cluster(3, 2, 8) // 16 of 24 GPUs held: two nodes full, one free
	s.Nodes[2].Allocatable = 7
	f := new(Joiner).Join(s, readingsOf(s, true), noon)
	got := f.Totals
	if got.GPUs != 24 || got.Held != 16 || got.Free != 7 || got.WholeNodes != 0 || got.Fragments != 7 || got.Broken != 1 {
		t.Errorf("totals = %+v", got)
	}
	if got.Load.Devices != 16 || got.Load.Busy != 0.5 || math.Abs(got.Load.Tensor-0.4) > 1e-9 {
		t.Errorf("load = %+v", got.Load)
	}
	j := f.Jobs[0]
	if j.State != Running || j.Counts.Ready != 8 || j.GPUs != (GPUs{8, 8, "nvidia.com/gpu"}) || j.Product != "NVIDIA-A100-SXM4-80GB" {
		t.Errorf("job = %+v", j)
	}
	if d := j.Workers[3].Devices; len(d) != 1 || d[0].Node != "gpu-0000" || d[0].Inferred {
		t.Errorf("devices of w3 = %+v", d)
	}
	if f.Metrics.Labelled != 16 || f.Metrics.Matched != 16 {
		t.Errorf("metrics = %+v", f.Metrics)
	}
}

func TestUnknownIsNeverZero(t *testing.T) {
	s := cluster(1, 1, 8)
	f := new(Joiner).Join(s, nil, noon)
	l := f.Jobs[0].Load
	for name, v := range map[string]float64{"busy": l.Busy, "tensor": l.Tensor, "memory": l.MemUsed, "power": l.Power, "temperature": l.MaxTemp} {
		if !math.IsNaN(v) {
			t.Errorf("%s without metrics = %v", name, v)
		}
	}
	if f.Totals.Idle != -1 || f.Teams[0].Idle != -1 {
		t.Errorf("idle without metrics: %d of all, %d of the team", f.Totals.Idle, f.Teams[0].Idle)
	}
	if f.Nodes[0].GPUs.Missing != -1 {
		t.Errorf("missing without metrics = %d", f.Nodes[0].GPUs.Missing)
	}
	s.Cluster.Namespaces = []string{"team-a"}
	s.Nodes = slices.Clone(s.Nodes)
	if f = new(Joiner).Join(s, nil, noon); f.Nodes[0].GPUs.Free != -1 || f.Totals.Free != -1 {
		t.Errorf("free GPUs are claimed though only one namespace is read: %+v", f.Totals)
	}
	s.Nodes = nil
	if f = new(Joiner).Join(s, nil, noon); f.Totals.GPUs != -1 || f.Totals.Held != 8 {
		t.Errorf("totals without nodes = %+v", f.Totals)
	}
}

func TestDevicesWithoutPodLabels(t *testing.T) {
	whole := func(p *Pod) { running(p, "gpu-0000"); p.GPUs = 8 }
	for _, c := range []struct {
		name string
		pods int
		gpus int
		want int
	}{
		{"one pod holds the whole node", 1, 8, 8},
		{"one pod holds a part of it", 1, 4, 0},
		{"two pods share it", 2, 4, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := cluster(1, 0, 0)
			s.Groups = []*Group{indexedJob("a", "big", c.pods, func(p *Pod) { whole(p); p.GPUs = c.gpus })}
			f := new(Joiner).Join(s, readingsOf(s, false), noon)
			if n := len(f.Jobs[0].Workers[0].Devices); n != c.want {
				t.Fatalf("%d devices, want %d", n, c.want)
			}
			for _, d := range f.Jobs[0].Workers[0].Devices {
				if !d.Inferred {
					t.Error("not marked as inferred")
				}
			}
		})
	}
}

func TestInferenceFollowsThePods(t *testing.T) {
	s := cluster(1, 0, 0)
	one := indexedJob("a", "one", 1, func(p *Pod) { running(p, "gpu-0000"); p.GPUs = 8 })
	s.Groups = []*Group{one}
	r := readingsOf(s, false)
	var j Joiner
	if f := j.Join(s, r, noon); len(f.Jobs[0].Workers[0].Devices) != 8 {
		t.Fatal("the only pod does not stand for the missing labels")
	}
	next := *s
	next.Groups = []*Group{one, indexedJob("a", "two", 1, func(p *Pod) { running(p, "gpu-0000") })}
	f := j.Join(&next, r, noon)
	if n := len(f.Jobs[0].Workers[0].Devices); n != 0 {
		t.Errorf("a second pod came, and %d devices are still given to the first", n)
	}
	if f = j.Join(s, r, noon); len(f.Jobs[0].Workers[0].Devices) != 8 {
		t.Error("the second pod went, and the first does not have its devices back")
	}
}

func TestReadingsOfAnEarlierPodAreNotTaken(t *testing.T) {
	s := cluster(1, 1, 1)
	r := readingsOf(s, true)
	r.Devices[0].At = s.Groups[0].Pods[0].Main.Started.Add(-time.Second)
	if f := new(Joiner).Join(s, r, noon); len(f.Jobs[0].Workers[0].Devices) != 0 {
		t.Error("a sample from before the pod's start was taken as its own")
	}
	r = readingsOf(s, true)
	s.Groups[0].Pods[0].Main.Started = noon.Add(-5 * time.Minute)
	f := new(Joiner).Join(s, r, noon)
	h := f.Jobs[0].Workers[0].Devices[0].History
	for i := range HistoryBuckets {
		if known, own := Known(h.At(i)), !h.Start(i).Before(noon.Add(-5*time.Minute)); known != own {
			t.Errorf("minute %s: known %v, the pod's own %v", h.Start(i).Format("15:04"), known, own)
		}
	}
}

func TestDevicesFindTheirNode(t *testing.T) {
	s := cluster(3, 0, 0)
	s.Nodes[0].Hostname = "host-a"
	s.Nodes[1].Address, s.Nodes[2].Address = "10.9.9.9", "10.9.9.9"
	for _, c := range []struct {
		name string
		r    Reading
		want string
	}{
		{"Hostname is the node", Reading{Hardware: &Hardware{Hostname: "gpu-0001"}}, "gpu-0001"},
		{"a relabelled name wins over the exporter's pod", Reading{Hardware: &Hardware{Hostname: "dcgm-exporter-x7k2p", NodeLabel: "gpu-0002"}}, "gpu-0002"},
		{"Hostname is the host's own name", Reading{Hardware: &Hardware{Hostname: "host-a"}}, "gpu-0000"},
		{"only the address of the target tells", Reading{Hardware: &Hardware{Hostname: "dcgm-exporter-x7k2p", Instance: "10.0.0.0"}}, "gpu-0000"},
		{"an address of two nodes tells nothing", Reading{Hardware: &Hardware{Hostname: "dcgm-exporter-x7k2p", Instance: "10.9.9.9"}}, ""},
		{"another cluster's node", Reading{Hardware: &Hardware{Hostname: "other-1"}}, ""},
	} {
		got := ""
		for _, n := range new(Joiner).Join(s, &Readings{Devices: []Reading{c.r}}, noon).Nodes {
			if len(n.Devices) > 0 {
				got = n.Name
			}
		}
		if got != c.want {
			t.Errorf("%s: on %q, want %q", c.name, got, c.want)
		}
	}
}

func TestIdleNeedsTheWholeWindow(t *testing.T) {
	h := NewHistory(noon)
	for m := range HistoryBuckets {
		h = h.With(noon.Add(-time.Duration(m)*time.Minute), 0)
	}
	for _, c := range []struct {
		name         string
		h            History
		idle, unsure bool
	}{
		{"15 minutes at 0%", h, true, false},
		{"10 minutes at 0%", h.Since(noon.Add(-10 * time.Minute)), false, true},
		{"a busy minute", h.With(noon.Add(-3*time.Minute), 0.4), false, false},
		{"no history", History{}, false, true},
	} {
		if yes, unsure := idle(c.h); yes != c.idle || unsure != c.unsure {
			t.Errorf("%s: idle %v, unsure %v; want %v, %v", c.name, yes, unsure, c.idle, c.unsure)
		}
	}
}

// Slices and shares are no GPUs: eight of them may be one.
func TestPartsAreNotAddedToGPUs(t *testing.T) {
	s := cluster(4, 1, 4)
	s.Nodes[0].MIG = "single"
	s.Nodes[1].Shared = 4
	f := new(Joiner).Join(s, nil, noon)
	held := 0
	for _, n := range f.Nodes[2:] {
		held += n.GPUs.Held
	}
	capacity := s.Nodes[0].Capacity
	if g := f.Totals; g.GPUs != 2*capacity || g.Parts.Capacity != 2*capacity || g.Held != held || g.Free != 2*capacity-held ||
		g.Parts.Held+g.Parts.Free != 2*capacity {
		t.Errorf("%+v", g)
	}
}

// With only some teams in sight, others may hold what looks free.
func TestSomeTeamsDoNotTellWhatANodeHolds(t *testing.T) {
	s := cluster(4, 1, 4)
	s.Cluster.Namespaces = []string{"nlp"}
	s.Nodes[1].Ready = false
	f := new(Joiner).Join(s, nil, noon)
	for _, n := range f.Nodes {
		if g := n.GPUs; g.Held != -1 || g.Broken != 0 || n.Ready && g.Free != -1 {
			t.Errorf("%s: %+v", n.Name, g)
		}
	}
}

func TestNodeArithmetic(t *testing.T) {
	s := cluster(4, 1, 4)
	s.Nodes[1].Cordoned = true
	s.Nodes[2].Ready = false
	r := readingsOf(s, true)
	r.Devices = slices.DeleteFunc(r.Devices, func(d Reading) bool { return d.Hostname == "gpu-0003" && d.Index >= 6 })
	f := new(Joiner).Join(s, r, noon)
	want := []NodeGPUs{
		{Capacity: 8, Allocatable: 8, Held: 4, Free: 4},
		{Capacity: 8, Allocatable: 8},
		{Capacity: 8, Allocatable: 8, Broken: 8},
		{Capacity: 8, Allocatable: 8, Free: 8, Missing: 2},
	}
	for i, n := range f.Nodes {
		if n.GPUs != want[i] {
			t.Errorf("%s: %+v, want %+v", n.Name, n.GPUs, want[i])
		}
	}
	if f.Totals.Free != 12 || f.Totals.WholeNodes != 1 || f.Totals.Fragments != 4 || f.Totals.Blocked != 8 || f.Totals.Broken != 8 {
		t.Errorf("totals = %+v", f.Totals)
	}
}

func TestUnchangedGroupsAreReused(t *testing.T) {
	s := cluster(10, 5, 16)
	r := readingsOf(s, true)
	var j Joiner
	a := j.Join(s, r, noon)
	next := *s
	next.Groups = slices.Clone(s.Groups)
	moved := indexedJob("team-c", "job-0002", 16, nil) // lost all its nodes
	next.Groups[2] = moved
	b := j.Join(&next, r, noon.Add(time.Second))
	for i := range b.Jobs {
		if reused := a.Jobs[i] == b.Jobs[i]; reused == (i == 2) {
			t.Errorf("job %d: reused %v", i, reused)
		}
	}
	fresh := new(Joiner).Join(&next, r, noon.Add(time.Second))
	for i := range fresh.Nodes {
		if got, want := b.Nodes[i].GPUs, fresh.Nodes[i].GPUs; got != want {
			t.Errorf("%s after a change %+v, from scratch %+v", b.Nodes[i].Name, got, want)
		}
	}
	if b.Totals.Held != 64 || a.Totals.Held != 80 {
		t.Errorf("held %d then %d, want 80 then 64", a.Totals.Held, b.Totals.Held)
	}
}

// The index of one refresh serves the next, unless a holder or a device changed.
func TestNewReadingsAreTaken(t *testing.T) {
	s := cluster(2, 2, 8)
	var j Joiner
	first := readingsOf(s, true)
	j.Join(s, first, noon)
	before := j.index

	busier := readingsOf(s, true)
	for i := range busier.Devices {
		busier.Devices[i].Util = 0.9
	}
	f := j.Join(s, busier, noon.Add(15*time.Second))
	if j.index != before {
		t.Error("the index was built anew though only numbers changed")
	}
	if math.Abs(f.Jobs[0].Load.Busy-0.9) > 1e-9 || f.Jobs[0].Workers[0].Devices[0].Reading != &busier.Devices[0] || math.Abs(f.Nodes[1].Load.Busy-0.9) > 1e-9 {
		t.Errorf("old numbers: job %v, node %v", f.Jobs[0].Load.Busy, f.Nodes[1].Load.Busy)
	}

	moved := readingsOf(s, true)
	moved.Devices[0].Holders = nil
	f = j.Join(s, moved, noon.Add(30*time.Second))
	if n := len(f.Jobs[0].Workers[0].Devices); n != 0 {
		t.Errorf("a device that nobody holds any more is still given to a worker: %d", n)
	}
	if f = j.Join(s, nil, noon); len(f.Jobs[0].Workers[1].Devices) != 0 {
		t.Error("readings that are gone are still shown")
	}
}

func BenchmarkJoin(b *testing.B) {
	s := cluster(1000, 625, 16)
	r := readingsOf(s, true)
	b.Run("scratch", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			new(Joiner).Join(s, r, noon)
		}
	})
	b.Run("readings", func(b *testing.B) {
		var j Joiner
		again := []*Readings{r, readingsOf(s, true)}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			j.Join(s, again[i%2], noon)
		}
	})
	b.Run("25changes", func(b *testing.B) {
		var j Joiner
		j.Join(s, r, noon)
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			next := *s
			next.Groups = slices.Clone(s.Groups)
			for k := range 25 {
				at := (i*25 + k) % len(s.Groups)
				g := *s.Groups[at]
				next.Groups[at] = &g
			}
			s = &next
			j.Join(s, r, noon)
		}
	})
}
