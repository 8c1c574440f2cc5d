package fleet

import (
	"slices"
	"testing"
	"time"
)

// join is the one job of a group, joined alone.
func join(g *Group) *Job {
	return new(Joiner).Join(&Snapshot{Groups: []*Group{g}}, nil, noon).Jobs[0]
}

func TestJobStates(t *testing.T) {
	job := func(workers int, each func(i int, p *Pod)) *Group {
		i := -1
		return indexedJob("nlp", "llm", workers, func(p *Pod) {
			i++
			if each != nil {
				each(i, p)
			}
		})
	}
	run := func(_ int, p *Pod) { running(p, "n1") }
	again := func(g *Group, index, times int, last func(*Pod)) *Group { // earlier attempts of one worker
		for n := range times {
			p := *g.Pods[index]
			p.Ref.Name, p.UID = p.Ref.Name+string(rune('a'+n)), p.UID+string(rune('a'+n))
			p.Created = p.Created.Add(-time.Duration(times-n) * 10 * time.Minute)
			p.Ready = time.Time{}
			failed(&p, 1)
			g.Pods = append(g.Pods, &p)
		}
		last(g.Pods[index])
		return g
	}
	phase := func(g *Group, p Phase, reason, message string) *Group {
		g.Job.Phase, g.Job.Reason, g.Job.Message = p, reason, message
		return g
	}
	for _, c := range []struct {
		name  string
		group *Group
		state State
		why   string
	}{
		{"all ready", job(4, run), Running, ""},
		{"not scheduled", job(2, func(_ int, p *Pod) {
			p.Unschedulable, p.Message = true, "0/3 nodes are available: 3 Insufficient nvidia.com/gpu."
		}),
			Waiting, "w0: 0/3 nodes are available: 3 Insufficient nvidia.com/gpu."},
		{"one of two still starts", job(2, func(i int, p *Pod) {
			running(p, "n1")
			if i == 1 {
				p.Phase, p.Ready, p.Main.State = "Pending", time.Time{}, "waiting"
				p.Blocking = &Container{Name: "main", State: "waiting", Reason: "ContainerCreating"}
			}
		}), Starting, "w1: creating: volumes, network, image"},
		{"wrong image", job(2, func(_ int, p *Pod) {
			p.Node, p.Phase = "n1", "Pending"
			p.Blocking = &Container{Name: "main", State: "waiting", Reason: "ImagePullBackOff", Message: "manifest unknown"}
		}), Failing, "w0: ImagePullBackOff: manifest unknown"},
		{"a worker was killed and is coming back", again(job(2, run), 1, 1, func(p *Pod) {
			p.Node, p.Phase, p.Ready, p.Main.State = "", "Pending", time.Time{}, ""
		}), Restarting, "w1: not scheduled yet"},
		{"a worker was killed and is back", again(job(2, run), 1, 1, func(p *Pod) {}), Running, ""},
		{"a worker fails again and again", again(job(2, run), 1, 3, func(p *Pod) {
			p.Ready = time.Time{}
			failed(p, 1)
		}), Failing, "w1: exit 1, attempt 4"},
		{"restarts in place", job(1, func(_ int, p *Pod) {
			running(p, "n1")
			p.Ready, p.Main.State, p.Restarts = time.Time{}, "waiting", 5
			p.Blocking = &Container{Name: "main", State: "waiting", Reason: "CrashLoopBackOff", Last: &Termination{ExitCode: 137, Reason: "OOMKilled"}}
		}), Failing, "w0: CrashLoopBackOff: last ended with exit 137 OOMKilled"},
		{"node lost", job(2, func(i int, p *Pod) {
			running(p, "n1")
			if i == 0 {
				p.Phase, p.Reason, p.Message = "Unknown", "NodeLost", "node gpu-7 does not answer"
			}
		}), UnknownState, "w0: node gpu-7 does not answer"},
		{"suspended", phase(job(0, nil), PhaseSuspended, "JobSuspended", "Job suspended"), Suspended, "Job suspended"},
		{"queued", phase(job(0, nil), PhaseQueued, "", ""), Waiting, "queue ? has not admitted it"},
		{"done", phase(job(1, func(_ int, p *Pod) { p.Phase = "Succeeded" }), PhaseDone, "CompletionsReached", ""), Done, ""},
		{"gave up", phase(job(1, func(_ int, p *Pod) { failed(p, 1) }), PhaseFailed, "BackoffLimitExceeded", "Job has reached the specified backoff limit"),
			Failed, "w0: exit 1; back-off limit reached"},
		{"gave up, its pods are gone", phase(job(0, nil), PhaseFailed, "BackoffLimitExceeded", "Job has reached the specified backoff limit"),
			Failed, "Job has reached the specified backoff limit"},
		{"runs between two crashes", job(1, func(_ int, p *Pod) {
			running(p, "n1")
			p.Restarts, p.Main.Started, p.Ready = 5, noon.Add(-time.Minute), noon.Add(-time.Minute)
			p.Main.Last = &Termination{ExitCode: 1, Reason: "Error"}
		}), Failing, "w0: restarted 5 times, last ended with exit 1"},
		{"one restart is an accident", job(1, func(_ int, p *Pod) {
			running(p, "n1")
			p.Restarts, p.Main.Started, p.Ready = 1, noon.Add(-time.Minute), noon.Add(-time.Minute)
			p.Main.Last = &Termination{ExitCode: 1, Reason: "Error"}
		}), Running, ""},
		{"runs in its fourth attempt", again(job(2, run), 1, 3, func(p *Pod) { p.Main.Started, p.Ready = noon.Add(-time.Minute), noon }),
			Failing, "w1: attempt 4; the one before ended with exit 1"},
		{"has run for long in its fourth attempt", again(job(2, run), 1, 3, func(*Pod) {}), Running, ""},
		{"its image is being pulled", job(1, func(_ int, p *Pod) {
			p.Node, p.Phase, p.Admitted, p.Sandbox = "n1", "Pending", noon.Add(-time.Minute), noon.Add(-time.Minute)
			p.Blocking = &Container{Name: "main", State: "waiting", Reason: "ContainerCreating"}
		}), Starting, "w0: its image is being pulled"},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := join(c.group)
			if j.State != c.state || j.Why != c.why {
				t.Errorf("%s %q (%s), want %s %q", j.State, j.Why, j.Reason, c.state, c.why)
			}
		})
	}
}

// A state that time alone ends must end without a change on the server.
func TestAWorkerSettles(t *testing.T) {
	g := indexedJob("nlp", "llm", 1, func(p *Pod) {
		running(p, "n1")
		p.Restarts, p.Main.Started, p.Ready = 5, noon, noon
		p.Main.Last = &Termination{ExitCode: 1, Reason: "Error"}
	})
	j, s := new(Joiner), &Snapshot{Groups: []*Group{g}}
	state := func(at time.Duration) (State, int) {
		job := j.Join(s, nil, noon.Add(at)).Jobs[0]
		return job.State, job.Counts.Ready
	}
	if s, ready := state(time.Minute); s != Failing || ready != 1 {
		t.Errorf("a minute after a crash: %s, %d ready", s, ready)
	}
	if s, _ := state(9 * time.Minute); s != Failing {
		t.Errorf("after 9 minutes: %s", s)
	}
	if s, _ := state(10 * time.Minute); s != Running {
		t.Errorf("after 10 minutes: %s", s)
	}
}

func TestLostNodesAreNamed(t *testing.T) {
	g := indexedJob("nlp", "llm", 3, func(p *Pod) { running(p, "n1") })
	g.Pods[1].Deleted = noon
	g.Pods[2].Node = "n2"
	s := &Snapshot{Groups: []*Group{g}, Nodes: []*NodeObject{{Name: "n1", ReadySince: noon}, {Name: "n2", Ready: true}}}
	f := new(Joiner).Join(s, nil, noon.Add(time.Minute))
	var got []string
	for _, w := range f.Jobs[0].Workers {
		got = append(got, string(w.State)+" "+w.Why)
	}
	want := []string{"unknown node n1 is not ready since 12:00 UTC", "ending node n1 is not ready since 12:00 UTC: its kubelet can't end the pod", "running "}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if j := f.Jobs[0]; j.State != UnknownState || j.Why != "w0: node n1 is not ready since 12:00 UTC" {
		t.Errorf("%s %q", j.State, j.Why)
	}
	// The ending worker's GPU is not the one that its successor waits for.
	g.Pods[0].Deleted, g.Pods[1].Index = noon, 1
	if team := new(Joiner).Join(s, nil, noon).Teams[0]; team.Waiting != 2 || team.Held != 3 {
		t.Errorf("%+v", team)
	}
}

func TestJobWithoutPods(t *testing.T) {
	g := indexedJob("nlp", "llm", 0, nil)
	g.Job.Roles[0].Wanted = 4
	if j := join(g); j.State != Waiting || j.Counts.Waiting != 4 || j.GPUs.Requested != 4 {
		t.Errorf("%s, counts %+v, GPUs %+v", j.State, j.Counts, j.GPUs)
	}
	g.Events = []Event{{Type: "Warning", Reason: "FailedCreate", Message: "(combined from similar events): Error creating: exceeded quota: gpus"}}
	if j := join(g); j.State != Waiting || j.Reason != "FailedCreate" || j.Why != "exceeded quota: gpus" {
		t.Errorf("%s %s %q", j.State, j.Reason, j.Why)
	}
	g.Events, g.Job.FailedPods = nil, 2
	if j := join(g); j.State != Restarting || j.Reason != "BackOff" {
		t.Errorf("%s %s %q", j.State, j.Reason, j.Why)
	}
}

func TestPodsWithoutTheirController(t *testing.T) {
	owner := Owner{Ref: Ref{"PyTorchJob", "nlp", "llama"}, APIVersion: "kubeflow.org/v1", UID: "u"}
	g := &Group{Owner: owner}
	for i, role := range []string{"worker", "master", "worker"} {
		p := &Pod{Ref: Ref{"Pod", "nlp", "llama-" + role + string(rune('0'+i/2))}, UID: role + string(rune('0'+i)), Role: role, Index: i / 2, GPUs: 8, Created: noon}
		running(p, "n1")
		g.Pods = append(g.Pods, p)
	}
	j := join(g)
	if j.Known || j.State != Running || len(j.Workers) != 3 || j.GPUs.Held != 24 || j.Counts.Wanted != -1 {
		t.Errorf("job = %+v", j)
	}
	labels := []string{j.Workers[0].Label(), j.Workers[1].Label(), j.Workers[2].Label()}
	if labels[0] != "w0" || labels[1] != "w1" || labels[2] != "master" {
		t.Errorf("workers are called %v", labels)
	}
}

func TestRanksFollowNodeRanks(t *testing.T) {
	pod := func(role string, index, gpus int) *Pod {
		return &Pod{Ref: Ref{"Pod", "a", role + string(rune('0'+index))}, Role: role, Index: index, GPUs: gpus, Created: noon}
	}
	for _, c := range []struct {
		name string
		pods []*Pod
		want []int // first rank and ranks of each worker
	}{
		{"workers of 8", []*Pod{pod("worker", 0, 8), pod("worker", 1, 8)}, []int{0, 8, 8, 8}},
		{"a master is rank 0", []*Pod{pod("master", 0, 4), pod("worker", 0, 4)}, []int{0, 4, 4, 4}},
		{"a launcher has none", []*Pod{pod("launcher", 0, 0), pod("worker", 1, 2)}, []int{0, 0, 2, 2}},
		{"no index, no claim", []*Pod{pod("worker", -1, 8)}, []int{0, 0}},
		{"unequal workers, no claim", []*Pod{pod("master", 0, 1), pod("worker", 0, 8)}, []int{0, 0, 0, 0}},
	} {
		var got []int
		for _, w := range join(&Group{Owner: Owner{Ref: Ref{"X", "a", "x"}}, Pods: c.pods}).Workers {
			got = append(got, w.FirstRank, w.Ranks)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAnEndingAttemptStillHoldsItsGPU(t *testing.T) {
	g := indexedJob("nlp", "llm", 1, func(p *Pod) { running(p, "n1") })
	old := *g.Pods[0]
	old.Ref.Name, old.UID, old.Created, old.Deleted = "llm-0-old", "old", old.Created.Add(-time.Minute), noon
	g.Pods = append(g.Pods, &old)
	j := join(g)
	if len(j.Workers) != 2 || j.GPUs.Held != 2 || j.Workers[0].State != Ending || j.Workers[1].Attempt != 2 {
		t.Errorf("workers %+v, GPUs %+v", j.Workers, j.GPUs)
	}
}

func TestPodsWithoutIndexFollowEachOther(t *testing.T) {
	var pods []*Pod
	for i := range 3 {
		p := &Pod{Ref: Ref{"Pod", "nlp", "p" + string(rune('0'+i))}, Index: -1, GPUs: 1, Created: noon.Add(time.Duration(i) * 10 * time.Minute)}
		failed(p, 1)
		pods = append(pods, p)
	}
	running(pods[2], "n1")
	pods[2].Phase = "Running"
	j := join(&Group{Owner: Owner{Ref: Ref{"Job", "nlp", "p"}}, Pods: pods})
	if len(j.Workers) != 1 || j.Workers[0].Attempt != 3 || len(j.Workers[0].Earlier) != 2 || j.Workers[0].Earlier[0] != pods[1] {
		t.Errorf("workers = %+v", j.Workers)
	}
}

func TestWayStandsWhereTheWorkerStands(t *testing.T) {
	p := &Pod{Ref: Ref{"Pod", "nlp", "llm-0"}, GPUs: 8, Created: noon.Add(-10 * time.Minute)}
	status := func(events []Event) (names []StepStatus, note string) {
		w := newWorker(p, Ref{}, nil, noon)
		for _, s := range Way(&w, events, noon) {
			names = append(names, s.Status)
			if s.Status == StepNow || s.Status == StepFailed {
				note = s.Note
			}
		}
		return
	}
	check := func(what string, events []Event, want ...any) {
		t.Helper()
		got, note := status(events)
		for i, w := range want[:6] {
			if got[i] != w {
				t.Errorf("%s: step %d is %s, want %s (all %v)", what, i, got[i], w, got)
			}
		}
		if note != want[6] {
			t.Errorf("%s: note %q, want %q", what, note, want[6])
		}
	}
	p.Unschedulable, p.Message = true, "0/3 nodes are available"
	check("unschedulable", nil, StepDone, StepNow, StepNext, StepNext, StepNext, StepNext, "10m so far: 0/3 nodes are available")
	p.Unschedulable, p.Node, p.Phase, p.Message = false, "n1", "Pending", ""
	p.Scheduled, p.Admitted = noon.Add(-9*time.Minute), noon.Add(-8*time.Minute)
	p.Blocking = &Container{Name: "main", State: "waiting", Reason: "ContainerCreating"}
	check("pulling", []Event{{Reason: "Pulling", Message: "Pulling image \"x\"", Last: noon}}, StepDone, StepDone, StepDone, StepNow, StepNext, StepNext,
		"8m so far: creating: volumes, network, image")
	p.Blocking = &Container{Name: "main", State: "waiting", Reason: "ImagePullBackOff", Message: "manifest unknown"}
	check("no such image", nil, StepDone, StepDone, StepDone, StepFailed, StepNext, StepNext, "8m so far: ImagePullBackOff: manifest unknown")
	p.Blocking, p.Main.Started, p.Ready = nil, noon.Add(-6*time.Minute), time.Time{}
	failed(p, 137)
	p.Main.Reason, p.Main.Finished = "OOMKilled", noon.Add(-4*time.Minute)
	check("ended before it was ready", nil, StepDone, StepDone, StepDone, StepDone, StepDone, StepFailed, "after 2m: exit 137 OOMKilled")
	crashed := &Pod{Ref: p.Ref, Created: noon.Add(-3 * time.Hour), Scheduled: noon.Add(-3 * time.Hour), Admitted: noon.Add(-3 * time.Hour), Node: "n1", Phase: "Running", Restarts: 39,
		Main:     Container{Name: "main", State: "waiting", Restarts: 39, Last: &Termination{ExitCode: 1, Started: noon.Add(-2 * time.Minute)}},
		Blocking: &Container{Name: "main", State: "waiting", Reason: "CrashLoopBackOff", Last: &Termination{ExitCode: 1}}}
	again := newWorker(crashed, Ref{}, nil, noon)
	if s := Way(&again, nil, noon); s[4].Status != StepDone || !s[4].At.IsZero() || s[5].Status != StepFailed || s[5].Note != "CrashLoopBackOff: last ended with exit 1" {
		t.Errorf("the 39th restart is no first start: %+v", s)
	}
	w := newWorker(p, Ref{}, nil, noon)
	pulled := []Event{{Reason: "Pulled", Message: "already present", First: noon.Add(-time.Minute), Last: noon}, {Reason: "Pulled", Message: "pulled", First: noon.Add(-7 * time.Minute), Last: noon.Add(-7 * time.Minute)}}
	if s := Way(&w, pulled, noon)[3]; !s.At.Equal(noon.Add(-7 * time.Minute)) {
		t.Errorf("the image was pulled at %s: a restart says so again", s.At)
	}
	running(p, "n1")
	check("ready, events gone", nil, StepDone, StepDone, StepDone, StepDone, StepDone, StepDone, "")
}
