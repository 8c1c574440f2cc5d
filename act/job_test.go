package act

import (
	"strings"
	"testing"
	"time"

	"paddock/fleet"
)

func TestWhatCanBeDoneToAJob(t *testing.T) {
	plain := func(completions, parallelism int) func(*fleet.Job) {
		return func(j *fleet.Job) {
			j.Shape.Indexed, j.Shape.Completions, j.Shape.Parallelism = false, completions, parallelism
		}
	}
	kind := func(k string) func(*fleet.Job) { return func(j *fleet.Job) { j.Ref.Kind = k } }
	unread := func(j *fleet.Job) { j.Known, j.Ref.Kind = false, "PyTorchJob" }
	deleted := func(j *fleet.Job) { j.State, j.Reason, j.Why = fleet.Ending, "Terminating", "being deleted" }
	scaleTo := func(n int) func(*fleet.Job) (Action, error) {
		return func(j *fleet.Job) (Action, error) { return NewScale(j, n) }
	}
	remove := func(j *fleet.Job) (Action, error) { return NewDelete(j, true) }
	anew := func(j *fleet.Job) (Action, error) { return NewRestartAnew(j, "kind: Job") }
	for _, c := range []struct {
		name  string
		do    func(*fleet.Job) (Action, error)
		job   *fleet.Job
		want  Change // nil: refused
		words string // of the refusal
	}{
		{"workers of an Indexed Job", scaleTo(8), indexed(4), Scale{4, 8, true}, ""},
		{"parallelism of a Job with other completions", scaleTo(2), indexed(4, func(j *fleet.Job) { j.Shape.Completions = 16 }), Scale{4, 2, false}, ""},
		{"parallelism of a plain Job", scaleTo(3), indexed(4, plain(-1, 4)), Scale{4, 3, false}, ""},
		{"one completion", scaleTo(3), indexed(4, plain(1, 4)), nil, "one worker runs at a time"},
		{"more than completions", scaleTo(5), indexed(4, plain(4, 4)), nil, "4 completions"},
		{"to nothing", scaleTo(0), indexed(4), nil, "suspend it instead"},
		{"to the same", scaleTo(4), indexed(4), nil, "has 4 workers already"},
		{"a JobSet", scaleTo(4), indexed(2, kind("JobSet")), nil, "replicas of a JobSet never change"},
		{"a TrainJob", scaleTo(4), indexed(2, kind("TrainJob")), nil, "never change"},
		{"a finished job", scaleTo(4), indexed(2, inState(fleet.Done, "")), nil, "over (done)"},
		{"a job of an unread kind", scaleTo(4), indexed(2, unread), nil, "does not read PyTorchJobs"},
		{"a child", scaleTo(4), indexed(2, below("Workflow")), nil, "kept as it is by Workflow up"},
		{"a CronJob's", scaleTo(4), indexed(2, below("CronJob")), Scale{2, 4, true}, ""},
		{"without a UID", scaleTo(4), indexed(2, func(j *fleet.Job) { j.UID = "" }), nil, "UID is not known"},

		{"suspend", NewSuspend, indexed(2), Suspend{}, ""},
		{"suspend a JobSet", NewSuspend, indexed(2, kind("JobSet")), Suspend{}, ""},
		{"suspend what waits in a queue", NewSuspend, indexed(2, inQueue, inState(fleet.Waiting, "Queued")), Suspend{}, ""},
		{"suspend twice", NewSuspend, indexed(2, inState(fleet.Suspended, "")), nil, "suspended already"},
		{"suspend what goes", NewSuspend, indexed(2, deleted), nil, "being deleted"},
		{"resume", NewResume, indexed(2, inState(fleet.Suspended, "")), Resume{}, ""},
		{"resume what waits in a queue", NewResume, indexed(2, inQueue, inState(fleet.Waiting, "Queued")), Resume{}, ""},
		{"resume what waits for nodes", NewResume, indexed(2, inState(fleet.Waiting, "Unschedulable")), nil, "not suspended"},
		{"resume what runs", NewResume, indexed(2), nil, "not suspended"},

		{"restart", NewRestart, indexed(2), Restart{}, ""},
		{"restart what is over", NewRestart, indexed(2, inState(fleet.Failed, "")), nil, "only be deleted and created anew"},
		{"restart what is suspended", NewRestart, indexed(2, inState(fleet.Suspended, "")), nil, "resume it"},
		{"anew", anew, indexed(2, inState(fleet.Failed, "")), Restart{Anew: true, Manifest: "kind: Job"}, ""},
		{"anew, of a CronJob", anew, indexed(2, below("CronJob")), nil, "makes the next one"},

		{"delete", remove, indexed(2, inState(fleet.Done, "")), Delete{true}, ""},
		{"delete twice", remove, indexed(2, deleted), nil, "being deleted already"},
		{"delete a lonely pod", remove, indexed(1, kind("Pod")), nil, "kill it instead"},
	} {
		a, err := c.do(c.job)
		switch {
		case c.want == nil && (err == nil || !strings.Contains(err.Error(), c.words)):
			t.Errorf("%s: %v, want a refusal with %q", c.name, err, c.words)
		case c.want != nil && (err != nil || a.Change != c.want || a.Target.UID != "j1"):
			t.Errorf("%s: %v %+v, want %+v", c.name, err, a, c.want)
		}
	}
}

func TestTitlesAndRights(t *testing.T) {
	j := indexed(4)
	set := indexed(1, func(j *fleet.Job) { j.Ref.Kind, j.APIVersion = "JobSet", "jobset.x-k8s.io/v1alpha2" })
	paused := indexed(4, inState(fleet.Suspended, ""), inQueue)
	strict := indexed(1, func(j *fleet.Job) { j.Shape.ReplacesFailed = true })
	ending := indexed(1).Workers[0]
	ending.Pod.Deleted = noon()
	for _, c := range []struct {
		make   func() (Action, error)
		title  string
		rights string
	}{
		{func() (Action, error) { return NewScale(j, 1) }, "scale nlp/sft from 4 to 1 worker", "patch jobs.batch in namespace nlp"},
		{func() (Action, error) { return NewSuspend(set) }, "suspend nlp/sft", "patch jobsets.jobset.x-k8s.io in namespace nlp"},
		{func() (Action, error) { return NewResume(paused) }, "resume nlp/sft", "list workloads.kueue.x-k8s.io in namespace nlp, patch workloads.kueue.x-k8s.io in namespace nlp"},
		{func() (Action, error) { return NewRestart(j) }, "restart nlp/sft", "patch jobs.batch in namespace nlp, get jobs.batch in namespace nlp, watch jobs.batch in namespace nlp"},
		{func() (Action, error) { return NewRestartAnew(j, "x") }, "delete nlp/sft and create it anew",
			"get jobs.batch in namespace nlp, watch jobs.batch in namespace nlp, delete jobs.batch in namespace nlp, create jobs.batch in namespace nlp"},
		{func() (Action, error) { return NewDelete(j, false) }, "delete nlp/sft", "delete jobs.batch in namespace nlp"},
		{func() (Action, error) { return NewKill(j, j.Workers[3], Evict) }, "evict w3 of nlp/sft", "create pods/eviction in namespace nlp"},
		{func() (Action, error) { return NewKill(j, j.Workers[3], Remove) }, "delete w3 of nlp/sft", "delete pods in namespace nlp"},
		{func() (Action, error) { return NewKill(j, j.Workers[3], Force) }, "kill w3 of nlp/sft at once, without a grace period", "delete pods in namespace nlp"},
		{func() (Action, error) { return NewForceDelete(j, ending, gpuNode(false, false)) }, "force the deletion of w0 of nlp/sft on the lost node gpu-00", "delete pods in namespace nlp"},
		{func() (Action, error) { return NewForceDelete(strict, ending, nil) }, "force the deletion of w0 of nlp/sft on the lost node gpu-00",
			"get pods in namespace nlp, patch pods/status in namespace nlp, delete pods in namespace nlp"},
		{func() (Action, error) { return NewCordon(gpuNode(true, false)) }, "cordon gpu-00", "patch nodes"},
		{func() (Action, error) { return NewUncordon(gpuNode(true, true)) }, "uncordon gpu-00", "patch nodes"},
		{func() (Action, error) { return NewEdit(j.Ref, "batch/v1", "j1", "a", "b") }, "edit Job nlp/sft", "get jobs.batch in namespace nlp, patch jobs.batch in namespace nlp"},
	} {
		a, err := c.make()
		var rights []string
		for _, r := range a.Change.rights(a.Target) {
			rights = append(rights, r.String())
		}
		if got := strings.Join(rights, ", "); err != nil || a.Title() != c.title || got != c.rights {
			t.Errorf("%v %q needs %q\nwant %q %q", err, a.Title(), got, c.title, c.rights)
		}
	}
	evict := Right{Verb: "create", Resource: "pods", Subresource: "eviction", Namespace: "nlp"}
	if got := evict.Check(); got != "kubectl auth can-i create pods --subresource=eviction -n nlp" {
		t.Error(got)
	}
}

func TestWhatCanBeDoneToWorkersAndNodes(t *testing.T) {
	j := indexed(4)
	over, ending := j.Workers[0], j.Workers[1]
	over.State, ending.Pod.Deleted = fleet.Done, noon()
	for _, c := range []struct {
		name string
		do   func() (Action, error)
		want string
	}{
		{"one that has ended", func() (Action, error) { return NewKill(j, over, Evict) }, "w0 of nlp/sft: it has ended already (done)"},
		{"one that is ending", func() (Action, error) { return NewKill(j, ending, Remove) }, "w1 of nlp/sft: it is ending already"},
		{"one that is ending, at once", func() (Action, error) { return NewKill(j, ending, Force) }, ""},
		{"forget one on a node that answers", func() (Action, error) { return NewForceDelete(j, ending, gpuNode(true, false)) }, "will end it"},
		{"forget one that nobody deleted", func() (Action, error) { return NewForceDelete(j, j.Workers[2], gpuNode(false, false)) }, "kill it"},
		{"forget one on an unseen node", func() (Action, error) { return NewForceDelete(j, ending, nil) }, ""},
		{"cordon twice", func() (Action, error) { return NewCordon(gpuNode(true, true)) }, "cordoned already"},
		{"uncordon twice", func() (Action, error) { return NewUncordon(gpuNode(true, false)) }, "not cordoned"},
		{"edit nothing", func() (Action, error) { return NewEdit(j.Ref, "batch/v1", "j1", "a", "a") }, "nothing was changed"},
	} {
		_, err := c.do()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestPrune(t *testing.T) {
	old, young, running := indexed(1), indexed(1), indexed(1)
	old.State, old.Finished = fleet.Done, noon().Add(-48*time.Hour)
	young.State, young.Finished = fleet.Failed, noon().Add(-time.Hour)
	child := indexed(1, below("Workflow"))
	child.State, child.Finished = fleet.Done, noon().Add(-48*time.Hour)
	p := Prune([]*fleet.Job{old, young, running, child}, 24*time.Hour, noon())
	if len(p.Actions) != 1 || len(p.Refused) != 1 || p.Title() != "delete nlp/sft" {
		t.Errorf("%+v", p)
	}
}

// A change to what is that way already is no mistake, unlike one that can't be.
func TestWhatIsThatWayAlready(t *testing.T) {
	paused := indexed(2, inState(fleet.Suspended, ""))
	over := indexed(2, inState(fleet.Done, ""))
	for _, c := range []struct {
		name    string
		do      func() (Action, error)
		already bool
	}{
		{"suspended twice", func() (Action, error) { return NewSuspend(paused) }, true},
		{"resumed twice", func() (Action, error) { return NewResume(indexed(2)) }, true},
		{"scaled twice", func() (Action, error) { return NewScale(indexed(2), 2) }, true},
		{"cordoned twice", func() (Action, error) { return NewCordon(gpuNode(true, true)) }, true},
		{"uncordoned twice", func() (Action, error) { return NewUncordon(gpuNode(true, false)) }, true},
		{"suspended when it is over", func() (Action, error) { return NewSuspend(over) }, false},
		{"resumed when it is over", func() (Action, error) { return NewResume(over) }, false},
		{"scaled to nothing", func() (Action, error) { return NewScale(indexed(2), 0) }, false},
		{"suspended, another object's", func() (Action, error) { return NewSuspend(indexed(2, below("Workflow"))) }, false},
	} {
		var p Plan
		p.Add(c.do())
		if len(p.Refused) != 1 || p.Refused[0].Already != c.already || p.Refused[0].Target.UID == "" || p.Refused[0].Of != p.Refused[0].Target.String() {
			t.Errorf("%s: %+v", c.name, p)
		}
	}
}
