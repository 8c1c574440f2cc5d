package ui

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"paddock/fleet"
	"paddock/logs"
)

// noon is the time of every test.
var noon = time.Date(2026, 11, 23, 3, 12, 0, 0, time.UTC)

// world builds Fleets the way the running program does: objects and readings
// through the join.
type world struct {
	snapshot fleet.Snapshot
	readings fleet.Readings
	joiner   fleet.Joiner
	taken    map[string]int // GPUs given away on a node
	next     int            // where the next worker goes
}

// newWorld is a cluster of n ready nodes with eight GPUs each, all sources live.
func newWorld(n int) *world {
	w := &world{taken: map[string]int{}}
	w.snapshot = fleet.Snapshot{Seq: 1, At: noon, Complete: true, Cluster: fleet.Cluster{
		Context: "prod-a", Server: "https://10.0.0.1:6443", User: "ops", Version: "v1.37.2", Protected: true,
	}}
	for _, name := range []string{"pods", "jobs", "nodes", "namespaces", "quotas", "events"} {
		w.snapshot.Sources = append(w.snapshot.Sources, fleet.Source{Name: name, Health: fleet.Live, Since: noon.Add(-time.Hour), AsOf: noon, Objects: 120})
	}
	w.snapshot.Sources = append(w.snapshot.Sources, fleet.Source{Name: "metrics.k8s.io", Health: fleet.NotInstalled, Objects: -1})
	for i := range n {
		w.snapshot.Nodes = append(w.snapshot.Nodes, &fleet.NodeObject{
			Name: fmt.Sprintf("gpu-%04d", i), UID: fmt.Sprintf("n%d", i), Ready: true, Resource: "nvidia.com/gpu", Capacity: 8, Allocatable: 8,
			GPUCount: 8, Product: "NVIDIA-H100-80GB-HBM3", GPUMemory: 80 << 30, Driver: "550.90.07", CUDA: "12.4", Pool: "h100", Created: noon.Add(-200 * time.Hour),
		})
	}
	for _, ns := range []string{"nlp", "speech", "vision"} {
		w.snapshot.Namespaces = append(w.snapshot.Namespaces, &fleet.Namespace{Name: ns})
	}
	w.readings = fleet.Readings{Seq: 1, At: noon, Every: 15 * time.Second,
		Source: fleet.Source{Name: "prometheus", Health: fleet.Live, Since: noon.Add(-time.Hour), AsOf: noon.Add(-12 * time.Second), Objects: -1}}
	return w
}

// job adds a job of equal workers; each may change a worker's pod.
func (w *world) job(team, name string, workers, gpus int, each func(*fleet.Pod)) *fleet.Group {
	ref := fleet.Ref{Kind: "Job", Namespace: team, Name: name}
	owner := fleet.Owner{Ref: ref, APIVersion: "batch/v1", UID: "uid-" + team + name}
	image := "registry.example.com/" + team + "/train:2.6.0-gpu-cuda11.8-cudnn8"
	g := &fleet.Group{Owner: owner, Job: &fleet.JobObject{
		Ref: ref, APIVersion: "batch/v1", UID: owner.UID, Created: noon.Add(-3 * time.Hour), Phase: fleet.PhaseActive,
		Roles: []fleet.RoleSpec{{Name: "worker", Wanted: workers, GPUs: gpus, Resource: "nvidia.com/gpu", Image: image}},
		Shape: fleet.Shape{Indexed: true, Completions: workers, Parallelism: workers, BackoffLimit: 6},
	}}
	for i := range workers {
		p := &fleet.Pod{
			Ref: fleet.Ref{Kind: "Pod", Namespace: team, Name: fmt.Sprintf("%s-%d-x%dz%d", name, i, i%10, i%7)}, UID: fmt.Sprintf("%s-%s-%d", team, name, i),
			Index: i, Phase: "Pending", GPUs: gpus, Resource: "nvidia.com/gpu", Created: noon.Add(-3 * time.Hour), CPU: 8000, Memory: 64 << 30,
			Main: fleet.Container{Name: "main", Image: image}, Containers: 1,
		}
		if each != nil {
			each(p)
		}
		g.Pods = append(g.Pods, p)
	}
	w.snapshot.Groups = append(w.snapshot.Groups, g)
	return g
}

// run puts a pod on the next node with room, where it has been ready for a while.
func (w *world) run(p *fleet.Pod) {
	for range w.snapshot.Nodes {
		node := w.snapshot.Nodes[w.next%len(w.snapshot.Nodes)]
		if w.taken[node.Name]+p.GPUs <= node.Allocatable {
			w.taken[node.Name] += p.GPUs
			p.Node = node.Name
			break
		}
		w.next++
	}
	if p.Node == "" {
		panic("no room for " + p.Ref.String())
	}
	p.Phase = "Running"
	p.Scheduled = p.Created.Add(4 * time.Second)
	p.Admitted = p.Created.Add(5 * time.Second)
	p.Sandbox = p.Created.Add(8 * time.Second)
	p.Main.State, p.Main.Ready, p.Main.Started = "running", true, p.Created.Add(80*time.Second)
	p.Ready, p.ReadyContainers = p.Created.Add(95*time.Second), 1
}

// busy gives the pod's devices readings of a utilisation.
func (w *world) busy(p *fleet.Pod, util, tensor float64) {
	for i := range p.GPUs {
		r := fleet.Reading{
			Hardware: &fleet.Hardware{UUID: fmt.Sprintf("GPU-%s-%d", p.UID, i), Index: w.taken[p.Node] - p.GPUs + i, Hostname: p.Node, Product: "NVIDIA H100 80GB HBM3", Driver: "550.90.07"},
			Holders:  []fleet.Ref{p.Ref}, At: noon.Add(-5 * time.Second), Util: util, Tensor: tensor,
			MemUsed: (12 + 60*util) * (1 << 30), MemTotal: 80 << 30, Power: 80 + 420*util, Temp: 34 + 30*util, SMClock: 1.755e9, History: fleet.NewHistory(noon),
		}
		for m := range fleet.HistoryBuckets {
			wave := util * (1 - 0.05*float64((m+i)%3))
			r.History = r.History.With(noon.Add(-time.Duration(m)*time.Minute), wave)
		}
		w.readings.Devices = append(w.readings.Devices, r)
	}
}

// fleet joins what the world has now.
func (w *world) fleet() *fleet.Fleet {
	s, r := w.snapshot, w.readings
	return w.joiner.Join(&s, &r, noon)
}

// sample is a small cluster with one job of every fate.
func sample() *world {
	w := newWorld(40)
	trains := func(util, tensor float64) func(*fleet.Pod) {
		return func(p *fleet.Pod) { w.run(p); w.busy(p, util, tensor) }
	}
	w.job("nlp", "llm-sft-7b", 8, 8, func(p *fleet.Pod) {
		if p.Index == 4 {
			w.run(p)
			w.busy(p, 0.31, 0.02)
			return
		}
		trains(0.97, 0.58)(p)
	})
	asr := w.job("speech", "asr-base", 4, 8, func(p *fleet.Pod) {
		trains(0, 0)(p)
		if p.Index == 2 {
			p.Ready, p.Main.Ready, p.Main.State, p.Main.Reason = time.Time{}, false, "waiting", "CrashLoopBackOff"
			p.Main.Last = &fleet.Termination{ExitCode: 1, Reason: "Error", Started: noon.Add(-8 * time.Minute), Finished: noon.Add(-7 * time.Minute)}
			p.Main.Restarts, p.Restarts = 7, 7
			blocking := p.Main
			p.Blocking = &blocking
		}
	})
	asr.Events = []fleet.Event{{Ref: asr.Owner.Ref, Type: "Warning", Reason: "BackOff", Message: "Back-off restarting failed container main", Count: 31, First: noon.Add(-41 * time.Minute), Last: noon.Add(-2 * time.Minute)}}
	w.job("vision", "det-large", 8, 8, func(p *fleet.Pod) {
		p.Unschedulable = true
		p.Message = "0/40 nodes are available: 31 Insufficient nvidia.com/gpu, 9 node(s) had untolerated taint {pool: a100}."
	})
	w.job("vision", "ocr-rec-v4", 16, 8, trains(0.93, 0.61))
	w.job("vision", "ocr-det-v4-北京数据", 2, 8, trains(0.88, 0.5))
	w.job("speech", "tts-ft", 1, 8, trains(0, 0))
	w.job("nlp", "tokenizer-bench", 1, 1, trains(0.42, 0.1))
	w.job("nlp", "llm-pretrain-13b-long-context-stage2", 4, 8, func(p *fleet.Pod) {
		w.run(p)
		p.Phase, p.Ready, p.Main = "Pending", time.Time{}, fleet.Container{Name: "main", Image: p.Main.Image, State: "waiting", Reason: "ContainerCreating"}
		blocking := p.Main
		p.Blocking = &blocking
	})
	w.job("speech", "asr-nightly", 4, 1, nil).Job.Phase = fleet.PhaseSuspended
	done := w.job("nlp", "eval-1123", 1, 1, func(p *fleet.Pod) {
		p.Phase, p.Main.State = "Succeeded", "terminated"
		p.Main.Finished = noon.Add(-20 * time.Minute)
	})
	done.Job.Phase, done.Job.Finished = fleet.PhaseDone, noon.Add(-20*time.Minute)
	return w
}

// large is the cluster of the figures: 1,000 nodes, 625 jobs of 16 workers.
func large() *world {
	w := newWorld(1000)
	for i := range 625 {
		w.job([]string{"nlp", "speech", "vision"}[i%3], fmt.Sprintf("train-%04d", i), 16, 1, func(p *fleet.Pod) {
			if i < 500 {
				w.run(p)
				w.busy(p, float64(i%100)/100, 0.4)
			}
		})
	}
	return w
}

// board is a Dashboard for tests: it gives what it was handed and remembers
// what it was asked.
type board struct {
	hands
	logs        func(context.Context, logs.Wish, <-chan logs.Ask, chan *logs.State) error // nil reads nothing
	mu          sync.Mutex
	updates     chan *fleet.Fleet
	looked      fleet.Interest
	described   int
	description fleet.Description
	yaml        string
	contexts    []fleet.ContextInfo
	err         error
	switched    []string // "context: namespaces"
	refreshed   int
}

func newBoard() *board { return &board{updates: make(chan *fleet.Fleet, 1)} }

func (b *board) Logs(ctx context.Context, w logs.Wish, asks <-chan logs.Ask, out chan *logs.State) error {
	if b.logs == nil {
		<-ctx.Done()
		return nil
	}
	return b.logs(ctx, w, asks, out)
}

func (b *board) LogLink(job fleet.Ref) string { return "https://logs.example.com/" + job.String() }

func (b *board) Updates() <-chan *fleet.Fleet { return b.updates }

func (b *board) Look(i fleet.Interest) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.looked = i
}

func (b *board) Describe(_ context.Context, ref fleet.Ref, _ string) (fleet.Description, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.described++
	d := b.description
	d.Ref, d.At = ref, noon
	return d, b.err
}

func (b *board) YAML(_ context.Context, ref fleet.Ref, _ string) (string, error) {
	if b.err != nil {
		return "", b.err
	}
	return b.yaml + "metadata:\n  name: " + ref.Name + "\n", nil
}

func (b *board) Contexts() ([]fleet.ContextInfo, error) {
	if b.contexts == nil {
		return nil, errors.New("the kubeconfig /home/ops/.kube/config has no contexts")
	}
	return b.contexts, nil
}

func (b *board) Switch(context string, namespaces []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.switched = append(b.switched, fmt.Sprintf("%s: %v", context, namespaces))
}

func (b *board) Refresh() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refreshed++
}

func (b *board) Cost() fleet.Cost {
	return fleet.Cost{Since: noon.Add(-time.Hour), Requests: 14, Received: 3 << 20, Heap: 31 << 20, Goroutines: 23, Terminal: 41_000}
}

// publish hands over a Fleet as the running program does: the latest wins.
func (b *board) publish(f *fleet.Fleet) {
	select {
	case <-b.updates:
	default:
	}
	b.updates <- f
}
