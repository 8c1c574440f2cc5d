package act

import (
	"strings"
	"testing"
	"time"

	"paddock/fleet"
)

func TestCost(t *testing.T) {
	must := func(a Action, err error) Action {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
		return a
	}
	shape := func(change func(*fleet.Shape)) func(*fleet.Job) { return func(j *fleet.Job) { change(&j.Shape) } }
	kill := func(j *fleet.Job, how How, workers ...int) Plan {
		var p Plan
		for _, i := range workers {
			p.Add(NewKill(j, j.Workers[i], how))
		}
		return p
	}
	one := func(a Action) Plan { return Plan{Actions: []Action{a}} }
	big, small := indexed(16), indexed(4)
	plain := indexed(4, shape(func(s *fleet.Shape) { s.Indexed, s.Completions = false, 16 }))
	queue := indexed(4, inQueue)
	paused := indexed(4, inState(fleet.Suspended, ""), func(j *fleet.Job) { j.Workers = nil })
	tired := indexed(4, func(j *fleet.Job) { j.Failures = 6 })
	policy := indexed(16, shape(func(s *fleet.Shape) { s.IgnoresDisruptions, s.ReplacesFailed = true, true }))
	perIndex := indexed(4, shape(func(s *fleet.Shape) { s.PerIndex, s.BackoffLimit = true, 1<<31-1 }))
	perIndex.Workers[1].Attempt = 3
	unread := indexed(2, func(j *fleet.Job) { j.Known, j.Ref.Kind = false, "PyTorchJob" })
	pod := indexed(1, func(j *fleet.Job) { j.Known, j.Ref.Kind = false, "Pod" })
	stuck := indexed(2)
	stuck.Workers[0].Pod.Deleted = noon()
	for _, c := range []struct {
		name  string
		plan  Plan
		job   *fleet.Job
		gpus  int
		hours float64
		says  string // parts, in their order
	}{
		{"scale down", one(must(NewScale(big, 8))), big, 16, 48, "frees 16 GPUs|48 GPU-hours|w8-w15 end|keep the old world size"},
		{"scale down by one", one(must(NewScale(small, 3))), small, 2, 6, "frees 2 GPUs|6.0 GPU-hours|w3 ends"},
		{"scale up", one(must(NewScale(small, 8))), small, 0, 0, "asks for 8 GPUs; 12 are free|team nlp has 4 of its 20 left|w4-w7 added|old world size"},
		{"scale in a queue", one(must(NewScale(queue, 8))), queue, 0, 0, "Kueue will stop it and queue it again"},
		{"parallelism", one(must(NewScale(plain, 3))), plain, 2, 0, "chooses which 1 worker ends|16 completions stay"},
		{"suspend", one(must(NewSuspend(small))), small, 8, 24, "frees 8 GPUs|24 GPU-hours|4 workers end; the job stays"},
		{"suspend in a queue", one(must(NewSuspend(queue))), queue, 8, 24, "leaves queue gold"},
		{"resume", one(must(NewResume(paused))), paused, 0, 0, "asks for 8 GPUs; 12 are free"},
		{"restart", one(must(NewRestart(small))), small, 8, 24, "4 workers end and as many start anew|24 GPU-hours|8 GPUs are free for a moment|keeps its UID"},
		{"restart anew", one(must(NewRestartAnew(small, "x"))), small, 8, 24, "its manifest is saved first"},
		{"delete", one(must(NewDelete(small, true))), small, 8, 24, "frees 8 GPUs|24 GPU-hours|4 workers end|nothing brings it back|until its workers are gone"},

		{"kill one", kill(small, Remove, 3), small, 2, 6, "frees 2 GPUs|w3 starts again|other 3 workers exit or hang|counts as 1 failure, and 6 of 6 are left|waits about 10s"},
		{"kill one of many", kill(big, Remove, 3), big, 2, 6, "the other 15 workers exit|counts as 1 failure, and 6 of 6 are left: if the others exit because of it, the job ends"},
		{"kill three", kill(small, Remove, 0, 1, 2), small, 6, 18, "w0, w1 and w2 start again|other worker exits or hang|counts as 3 failures|waits about 40s"},
		{"kill all", kill(big, Remove, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), big, 32, 96, "and 8 more start again|this ends the job: it counts as 16 failures, and 6 of 6 are left"},
		{"the last failure", kill(tired, Remove, 0), tired, 2, 6, "this ends the job: it counts as 1 failure, and all 6 that it may have are used up"},
		{"evict, by policy", kill(policy, Evict, 0), policy, 2, 6, "does not count as a failure|if all do, the job ends|waits about 10s|only once it has ended|budget may refuse"},
		{"delete in spite of the policy", kill(policy, Remove, 0), policy, 2, 6, "counts as 1 failure"},
		{"per index", kill(perIndex, Remove, 1), perIndex, 2, 6, "that worker alone|waits about 40s"},
		{"of an unread kind", kill(unread, Remove, 1), unread, 2, 6, "its PyTorchJob decides whether w1 starts again"},
		{"a lonely pod", kill(pod, Force, 0), pod, 2, 6, "nothing starts it again|processes have ended"},
		{"on a lost node", one(must(NewForceDelete(stuck, stuck.Workers[0], nil))), stuck, 2, 6, "if gpu-00 still runs|two live copies may write one checkpoint|next attempt"},
		{"cordon", one(must(NewCordon(gpuNode(true, false)))), small, 0, 0, "no new pod starts there|free GPUs go to nobody: 6"},
		{"gone meanwhile", kill(small, Remove, 3), pod, 0, 0, "it is not there any more"},
	} {
		got := c.plan.Cost(fleetOf(c.job), noon())
		if c.name == "gone meanwhile" {
			got = c.plan.Cost(fleetOf(), noon())
		}
		if got.GPUs != c.gpus || got.GPUHours != c.hours {
			t.Errorf("%s: %d GPUs, %v GPU-hours, want %d, %v", c.name, got.GPUs, got.GPUHours, c.gpus, c.hours)
		}
		text, rest := strings.Join(got.Says, "\n"), ""
		rest = text
		for part := range strings.SplitSeq(c.says, "|") {
			_, after, ok := strings.Cut(rest, part)
			if !ok {
				t.Errorf("%s: no %q in\n%s", c.name, part, text)
			}
			rest = after
		}
	}
}

// The figures of the Job controller, as they were observed: three killed
// together wait 40 s, sixteen the full ten minutes.
func TestBackoff(t *testing.T) {
	for failures, want := range map[int]time.Duration{0: 0, 1: 10 * time.Second, 3: 40 * time.Second, 6: 320 * time.Second, 7: 10 * time.Minute, 16: 10 * time.Minute, 1 << 30: 10 * time.Minute} {
		if got := backoff(failures); got != want {
			t.Errorf("after %d: %s, want %s", failures, got, want)
		}
	}
}

// Work counts from the last checkpoint on, where the job's log told of one.
func TestCostSinceTheLastCheckpoint(t *testing.T) {
	j := indexed(4)
	f := fleetOf(j)
	f.Progress = map[string]*fleet.Progress{j.UID: {Checkpoint: noon().Add(-30 * time.Minute)}}
	var p Plan
	p.Add(NewSuspend(j))
	cost := p.Cost(f, noon())
	if text := strings.Join(cost.Says, "\n"); cost.GPUHours != 4 || !strings.Contains(text, "the last checkpoint was saved 30m ago, by its log: 4.0 GPU-hours were worked since then, and are lost") {
		t.Errorf("%v GPU-hours\n%s", cost.GPUHours, text)
	}
}
