package act

import (
	"fmt"
	"time"

	"paddock/fleet"
)

// noon is when the tests' screens are looked at; their workers started three hours before.
func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// indexed is a running Indexed Job nlp/sft of workers with 2 GPUs each.
func indexed(workers int, changes ...func(*fleet.Job)) *fleet.Job {
	j := &fleet.Job{
		Ref: fleet.Ref{Kind: "Job", Namespace: "nlp", Name: "sft"}, APIVersion: "batch/v1", UID: "j1", Known: true, State: fleet.Running,
		Roles: []fleet.Role{{Name: "worker", Wanted: workers, GPUs: 2}},
		Shape: fleet.Shape{Indexed: true, Completions: workers, Parallelism: workers, BackoffLimit: 6},
		GPUs:  fleet.GPUs{Requested: 2 * workers, Held: 2 * workers, Resource: "nvidia.com/gpu"},
	}
	for i := range workers {
		p := &fleet.Pod{
			Ref: fleet.Ref{Kind: "Pod", Namespace: "nlp", Name: fmt.Sprintf("sft-%d-abcde", i)}, UID: fmt.Sprintf("p%d", i), Index: i,
			Node: fmt.Sprintf("gpu-%02d", i), Phase: "Running", GPUs: 2, Main: fleet.Container{Started: noon().Add(-3 * time.Hour)},
		}
		j.Workers = append(j.Workers, &fleet.Worker{Pod: p, Ref: p.Ref, Job: j.Ref, Role: "worker", Index: i, Attempt: 1, State: fleet.Running})
	}
	for _, change := range changes {
		change(j)
	}
	return j
}

func inState(s fleet.State, reason string) func(*fleet.Job) {
	return func(j *fleet.Job) { j.State, j.Reason = s, reason }
}

func below(kind string) func(*fleet.Job) {
	return func(j *fleet.Job) { j.Parents = []fleet.Owner{{Ref: fleet.Ref{Kind: kind, Name: "up"}}} }
}

func inQueue(j *fleet.Job) { j.Queue = "gold" }

func gpuNode(ready, cordoned bool) *fleet.Node {
	return &fleet.Node{Name: "gpu-00", Ready: ready, Object: &fleet.NodeObject{Name: "gpu-00", UID: "n0", Ready: ready, Cordoned: cordoned, Capacity: 8}, GPUs: fleet.NodeGPUs{Capacity: 8, Free: 6}}
}

func fleetOf(jobs ...*fleet.Job) *fleet.Fleet {
	return &fleet.Fleet{
		Jobs: jobs, Nodes: []*fleet.Node{gpuNode(true, false)}, Totals: fleet.Totals{Free: 12},
		Teams: []*fleet.Team{{Name: "nlp", Limit: 20, Used: 16}},
	}
}
