package controllers

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/demo/controllers/typed"
	"paddock/demo/training"
)

// lives are the programs of these tests, by image.
func lives(image string, attempt int) training.Life {
	life := training.Life{Pull: 20 * time.Second, ImageSize: 4_500_000_000, Run: time.Hour, Grace: 2 * time.Second, CPU: 6, Memory: 32 << 30}
	switch image {
	case "hub/train:short":
		life.Run = time.Minute
	case "hub/train:wrong":
		life.Pull, life.PullError = 0, `rpc error: code = NotFound desc = failed to pull and unpack image "hub/train:wrong": not found`
	case "hub/train:oom":
		life.Run, life.Exit = 20*time.Minute, training.Exit{Code: 137, Reason: "OOMKilled"}
	case "hub/train:crash":
		life.Run, life.Exit = 5*time.Second, training.Exit{Code: 1}
	case "hub/train:once":
		if attempt == 0 {
			life.Run, life.Exit = time.Minute, training.Exit{Code: 3}
		}
	case "hub/train:driver":
		life.Exit = training.Exit{Reason: "StartError", Message: "failed to create containerd task: nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.4"}
	case "hub/train:stubborn":
		life.Grace = time.Hour
	}
	return life
}

func TestJobFromBeginningToEnd(t *testing.T) {
	c := newCluster(t, 1, 3, lives)
	c.submit(job("det", "hub/train:short", 2))
	c.until("running", c.running("det", 2))
	for _, p := range c.pods("det") {
		s := p.Status.ContainerStatuses[0]
		if s.Image != "docker.io/hub/train:short" || len(s.ContainerID) != len("containerd://")+64 || p.Status.PodIP == "" || p.Status.HostIP == "" {
			t.Errorf("%s runs %s as %s at %s on %s", p.Name, s.Image, s.ContainerID, p.Status.PodIP, p.Status.HostIP)
		}
		if i := p.Annotations[batch.JobCompletionIndexAnnotation]; p.Spec.Hostname != "det-"+i || p.Labels[batch.JobCompletionIndexAnnotation] != i {
			t.Errorf("%s has the index %q and the host name %s", p.Name, i, p.Spec.Hostname)
		}
	}
	c.until("complete", c.finished("det", batch.JobComplete))
	expect(t, c.tell(),
		`Normal det SuccessfulCreate Created pod: det-0-***`,
		`Normal det SuccessfulCreate Created pod: det-1-***`,
		`Normal det-0-*** Scheduled Successfully assigned ocr/det-0-*** to gpu-1`,
		`Normal det-1-*** Scheduled Successfully assigned ocr/det-1-*** to gpu-0`,
		`Normal det-1-*** Pulling Pulling image "hub/train:short"`,
		`Normal det-0-*** Pulling Pulling image "hub/train:short"`,
		`Normal det-1-*** Pulled Successfully pulled image "hub/train:short" in 20s (20s including waiting). Image size: 4500000000 bytes.`,
		`Normal det-1-*** Created Container created`,
		`Normal det-1-*** Started Container started`,
		`Normal det-0-*** Pulled Successfully pulled image "hub/train:short" in 20s (20s including waiting). Image size: 4500000000 bytes.`,
		`Normal det-0-*** Created Container created`,
		`Normal det-0-*** Started Container started`,
		`Normal det Completed Job completed`)
	j := c.job("det")
	if s := j.Status; s.Succeeded != 2 || s.CompletedIndexes != "0,1" || s.Active != 0 || *s.Ready != 0 || s.CompletionTime == nil {
		t.Errorf("status %+v", s)
	}
	for _, kind := range []batch.JobConditionType{batch.JobSuccessCriteriaMet, batch.JobComplete} {
		if got := conditionOf(j, kind); got != "CompletionsReached: Reached expected number of succeeded pods" {
			t.Errorf("%s: %s", kind, got)
		}
	}
	for _, p := range c.pods("det") {
		if p.Status.Phase != core.PodSucceeded || len(p.Finalizers) != 0 {
			t.Errorf("%s is %s with finalizers %v", p.Name, p.Status.Phase, p.Finalizers)
		}
	}
}

func TestKilledWorkerIsReplaced(t *testing.T) {
	for _, test := range []struct {
		image string
		code  int32
		took  time.Duration // at least, from the deletion to the end
	}{
		{"hub/train:long", 143, 2 * time.Second},
		{"hub/train:stubborn", 137, 30 * time.Second},
	} {
		t.Run(test.image, func(t *testing.T) {
			c := newCluster(t, 1, 3, lives)
			c.submit(job("det", test.image, 2))
			c.until("running", c.running("det", 2))
			victim := c.pods("det")[0]
			c.delete(typed.Pod("ocr", victim.Name), meta.DeleteOptions{})
			killed := c.now
			var last *core.Pod
			c.until("gone", func() bool {
				p, ok := typed.Get[*core.Pod](c.store, typed.Pod("ocr", victim.Name))
				if ok {
					last = p
				}
				return !ok
			})
			if took := c.now.Sub(killed); took < test.took || took > test.took+3*time.Second {
				t.Errorf("it took %v to end", took)
			}
			if end := last.Status.ContainerStatuses[0].State.Terminated; end == nil || end.ExitCode != test.code || last.Status.Phase != core.PodFailed {
				t.Errorf("it ended as %s with %+v", last.Status.Phase, end)
			}
			c.until("replaced", c.running("det", 2))
			if wait := c.now.Sub(killed); wait < 10*time.Second {
				t.Errorf("replaced after %v: sooner than the back-off", wait)
			}
			if s := c.job("det").Status; s.Failed != 1 || s.Active != 2 {
				t.Errorf("%d failed, %d active", s.Failed, s.Active)
			}
			expect(t, c.tell("Killing", "SuccessfulDelete"), `Normal det-0-*** Killing Stopping container trainer`)
		})
	}
}

func TestForcedDeletionTakesThePodAtOnce(t *testing.T) {
	c := newCluster(t, 1, 3, lives)
	c.submit(job("det", "hub/train:long", 1))
	c.until("running", c.running("det", 1))
	now := int64(0)
	old := c.pods("det")[0]
	c.delete(typed.Pod("ocr", old.Name), meta.DeleteOptions{GracePeriodSeconds: &now})
	c.pass(3 * time.Second)
	if _, ok := c.store.Get(typed.Pod("ocr", old.Name)); ok {
		t.Error("it is still there")
	}
	if held := c.Kubelets.Holdings(); len(held) != 0 {
		t.Errorf("it still holds %v", held)
	}
}

func TestSuspendAndResume(t *testing.T) {
	c := newCluster(t, 1, 3, lives)
	c.submit(job("det", "hub/train:long", 2))
	c.until("running", c.running("det", 2))
	yes, no := true, false
	c.change("det", func(j *batch.Job) { j.Spec.Suspend = &yes })
	c.until("empty", func() bool { return len(c.pods("det")) == 0 })
	c.pass(2 * time.Second)
	j := c.job("det")
	if got := conditionOf(j, batch.JobSuspended); got != "JobSuspended: Job suspended" || j.Status.StartTime != nil || j.Status.Failed != 0 || j.Status.Active != 0 {
		t.Errorf("suspended: %q, %+v", got, j.Status)
	}
	c.change("det", func(j *batch.Job) { j.Spec.Suspend = &no })
	c.until("running again", c.running("det", 2))
	if j := c.job("det"); conditionOf(j, batch.JobSuspended) != "" || j.Status.StartTime == nil {
		t.Errorf("resumed: %+v", j.Status)
	}
	expect(t, c.tell("Normal det "),
		`Normal det SuccessfulCreate Created pod: det-0-***`,
		`Normal det SuccessfulCreate Created pod: det-1-***`,
		`Normal det SuccessfulDelete Deleted pod: det-0-***`,
		`Normal det SuccessfulDelete Deleted pod: det-1-***`,
		`Normal det Suspended Job suspended`,
		`Normal det SuccessfulCreate Created pod: det-0-***`,
		`Normal det SuccessfulCreate Created pod: det-1-***`,
		`Normal det Resumed Job resumed`)
}

// The devices of a pod are free for the next one when the scheduler thinks so.
func TestResumeOnFullNodes(t *testing.T) {
	for seed := range uint64(8) {
		c := newCluster(t, seed, 2, lives)
		c.submit(job("det", "hub/train:long", 4, gpus(4)))
		c.until("running", c.running("det", 4))
		for range 3 {
			yes, no := true, false
			c.change("det", func(j *batch.Job) { j.Spec.Suspend = &yes })
			c.pass(time.Second)
			c.change("det", func(j *batch.Job) { j.Spec.Suspend = &no })
			c.until("running", c.running("det", 4))
		}
		if n := c.job("det").Status.Failed; n > 0 {
			t.Errorf("seed %d: %d pods failed\n%s", seed, n, strings.Join(c.tell("Warning"), "\n"))
		}
	}
}

func TestElasticScaling(t *testing.T) {
	c := newCluster(t, 1, 3, lives)
	c.submit(job("det", "hub/train:long", 4))
	c.until("running", c.running("det", 4))
	scale := func(n int32) {
		c.change("det", func(j *batch.Job) { j.Spec.Parallelism, j.Spec.Completions = &n, &n })
		c.until("scaled", c.running("det", int(n)))
		c.pass(5 * time.Second)
		var have []string
		for _, p := range c.pods("det") {
			have = append(have, p.Annotations[batch.JobCompletionIndexAnnotation])
		}
		var want []string
		for i := range n {
			want = append(want, fmt.Sprint(i))
		}
		if s := c.job("det").Status; !slices.Equal(have, want) || s.Active != n || s.Failed != 0 {
			t.Errorf("scaled to %d: indexes %v, %d active, %d failed", n, have, s.Active, s.Failed)
		}
	}
	scale(2)
	scale(6)
}

func TestOneCompletionRunsOneWorkerAtATime(t *testing.T) {
	c := newCluster(t, 1, 3, lives)
	c.submit(job("det", "hub/train:short", 4, func(j *batch.Job) {
		one, mode := int32(1), batch.NonIndexedCompletion
		j.Spec.Completions, j.Spec.CompletionMode = &one, &mode
	}))
	most := 0
	c.until("complete", func() bool {
		most = max(most, len(c.pods("det")))
		return c.finished("det", batch.JobComplete)()
	})
	if most != 1 {
		t.Errorf("%d workers", most)
	}
}

func TestWorkQueueEndsWithItsLastWorker(t *testing.T) {
	c := newCluster(t, 1, 3, lives)
	c.submit(job("det", "hub/train:short", 3, func(j *batch.Job) {
		mode := batch.NonIndexedCompletion
		j.Spec.Completions, j.Spec.CompletionMode = nil, &mode
	}))
	c.until("complete", c.finished("det", batch.JobComplete))
	if n := len(c.pods("det")); n != 3 || c.job("det").Status.Succeeded != 3 {
		t.Errorf("%d workers, %d succeeded", n, c.job("det").Status.Succeeded)
	}
}

func TestInitContainersComeFirstAndSidecarsEndLast(t *testing.T) {
	c := newCluster(t, 1, 1, func(image string, attempt int) training.Life {
		life := lives(image, attempt)
		switch image {
		case "hub/fetch:1":
			life.Run = 15 * time.Second
		case "hub/side:1":
			life.Run = 0
		}
		return life
	})
	c.submit(job("det", "hub/train:long", 1, func(j *batch.Job) {
		always := core.ContainerRestartPolicyAlways
		j.Spec.Template.Spec.InitContainers = []core.Container{
			{Name: "logs", Image: "hub/side:1", RestartPolicy: &always}, {Name: "fetch", Image: "hub/fetch:1"},
		}
	}))
	reason := func() string {
		for _, p := range c.pods("det") {
			for _, s := range p.Status.ContainerStatuses {
				if s.State.Waiting != nil {
					return s.State.Waiting.Reason
				}
			}
		}
		return ""
	}
	c.until("initializing", func() bool { return reason() == "PodInitializing" })
	c.until("running", c.running("det", 1))
	p := c.pods("det")[0]
	if s := p.Status.InitContainerStatuses; s[0].State.Running == nil || s[1].State.Terminated == nil || s[1].State.Terminated.Reason != "Completed" {
		t.Errorf("init containers: %+v", s)
	}
	if !p.Status.ContainerStatuses[0].State.Running.StartedAt.After(p.Status.InitContainerStatuses[1].State.Terminated.FinishedAt.Time) {
		t.Error("the trainer did not wait")
	}
	expect(t, c.tell("Started"), "Normal det-0-*** Started Container started", "Normal det-0-*** Started Container started", "Normal det-0-*** Started Container started")
	c.until("complete", c.finished("det", batch.JobComplete))
	if s := c.pods("det")[0].Status.InitContainerStatuses[0]; s.State.Terminated == nil || len(c.Kubelets.Usage()) > 0 {
		t.Errorf("the sidecar goes on: %+v", s)
	}
}
