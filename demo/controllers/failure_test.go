package controllers

import (
	"fmt"
	"testing"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
)

func TestWrongImage(t *testing.T) {
	c := newCluster(t, 1, 3, lives)
	c.submit(job("det", "hub/train:wrong", 1))
	const why = `rpc error: code = NotFound desc = failed to pull and unpack image "hub/train:wrong": not found`
	waiting := func(reason string) func() bool {
		return func() bool {
			for _, p := range c.pods("det") {
				for _, s := range p.Status.ContainerStatuses {
					if s.State.Waiting != nil && s.State.Waiting.Reason == reason {
						if reason == "ImagePullBackOff" && s.State.Waiting.Message != `Back-off pulling image "hub/train:wrong": ErrImagePull: `+why {
							t.Errorf("message %q", s.State.Waiting.Message)
						}
						return p.Status.Phase == core.PodPending
					}
				}
			}
			return false
		}
	}
	c.until("refused", waiting("ErrImagePull"))
	c.until("backing off", waiting("ImagePullBackOff"))
	c.pass(time.Minute)
	expect(t, c.tell("det-0-*** "),
		`Normal det-0-*** Scheduled Successfully assigned ocr/det-0-*** to gpu-1`,
		`Normal det-0-*** Pulling Pulling image "hub/train:wrong"`,
		`Warning det-0-*** Failed Failed to pull image "hub/train:wrong": `+why,
		`Warning det-0-*** Failed Error: ErrImagePull`,
		`Normal det-0-*** BackOff Back-off pulling image "hub/train:wrong"`,
		`Warning det-0-*** Failed Error: ImagePullBackOff`)
}

func TestHostMemoryKill(t *testing.T) {
	c := newCluster(t, 1, 3, lives)
	c.submit(job("det", "hub/train:oom", 1))
	c.until("failed once", func() bool { return c.job("det").Status.Failed == 1 })
	end := c.pods("det")[0].Status.ContainerStatuses[0].State.Terminated
	if end == nil || end.Reason != "OOMKilled" || end.ExitCode != 137 {
		t.Errorf("it ended with %+v", end)
	}
	c.until("replaced", c.running("det", 1))
}

func TestBackoffLimit(t *testing.T) {
	c := newCluster(t, 1, 3, lives)
	c.submit(job("det", "hub/train:crash", 1, func(j *batch.Job) { limit := int32(2); j.Spec.BackoffLimit = &limit }))
	c.until("failed", c.finished("det", batch.JobFailed))
	const why = "BackoffLimitExceeded: Job has reached the specified backoff limit"
	j := c.job("det")
	for _, kind := range []batch.JobConditionType{batch.JobFailureTarget, batch.JobFailed} {
		if got := conditionOf(j, kind); got != why {
			t.Errorf("%s: %s", kind, got)
		}
	}
	pods := c.pods("det")
	if j.Status.Failed != 3 || len(pods) != 3 {
		t.Errorf("%d failed, %d pods", j.Status.Failed, len(pods))
	}
	expect(t, c.tell("Warning det "), `Warning det BackoffLimitExceeded Job has reached the specified backoff limit`)
}

// The waits between restarts in place: none, 10 s, 20 s, ...
func TestCrashLoop(t *testing.T) {
	c := newCluster(t, 1, 3, lives)
	c.submit(job("det", "hub/train:crash", 1, restarting))
	var starts []time.Time
	c.until("restarted three times", func() bool {
		for _, p := range c.pods("det") {
			for _, s := range p.Status.ContainerStatuses {
				if s.State.Running != nil && int(s.RestartCount) == len(starts) {
					starts = append(starts, s.State.Running.StartedAt.Time)
				}
			}
		}
		return len(starts) == 4
	})
	for i, least := range []time.Duration{5 * time.Second, 15 * time.Second, 25 * time.Second} {
		if pause := starts[i+1].Sub(starts[i]); pause < least || pause > least+5*time.Second {
			t.Errorf("restart %d came %v after the start before", i+1, pause)
		}
	}
	c.until("backing off", func() bool {
		s := c.pods("det")[0].Status.ContainerStatuses[0]
		return s.State.Waiting != nil && s.State.Waiting.Reason == "CrashLoopBackOff"
	})
	p := c.pods("det")[0]
	s := p.Status.ContainerStatuses[0]
	if want := fmt.Sprintf("back-off 40s restarting failed container=trainer pod=%s_ocr(%s)", p.Name, p.UID); s.State.Waiting.Message != want {
		t.Errorf("message %q, want %q", s.State.Waiting.Message, want)
	}
	if s.LastTerminationState.Terminated == nil || s.LastTerminationState.Terminated.ExitCode != 1 || p.Status.Phase != core.PodRunning {
		t.Errorf("%s after %+v", p.Status.Phase, s.LastTerminationState)
	}
	expect(t, c.tell("Warning det-0"), `Warning det-0-*** BackOff Back-off restarting failed container trainer in pod det-0-***_ocr(UID)`)
}

func TestStartError(t *testing.T) {
	c := newCluster(t, 1, 3, lives)
	c.submit(job("det", "hub/train:driver", 1))
	c.until("failed once", func() bool { return c.job("det").Status.Failed == 1 })
	end := c.pods("det")[0].Status.ContainerStatuses[0].State.Terminated
	if end == nil || end.Reason != "StartError" || end.ExitCode != 128 || end.StartedAt.Unix() != 0 {
		t.Errorf("it ended with %+v", end)
	}
	expect(t, c.tell("Error:", "started"),
		`Warning det-0-*** Failed Error: failed to create containerd task: nvidia-container-cli: requirement error: unsatisfied condition: cuda>=12.4`)
}

func TestPodFailurePolicy(t *testing.T) {
	rule := func(action batch.PodFailurePolicyAction) func(*batch.Job) {
		return func(j *batch.Job) {
			j.Spec.PodFailurePolicy = &batch.PodFailurePolicy{Rules: []batch.PodFailurePolicyRule{{
				Action: action, OnExitCodes: &batch.PodFailurePolicyOnExitCodesRequirement{Operator: batch.PodFailurePolicyOnExitCodesOpIn, Values: []int32{3}},
			}}}
		}
	}
	t.Run("FailJob", func(t *testing.T) {
		c := newCluster(t, 1, 3, lives)
		c.submit(job("det", "hub/train:once", 1, rule(batch.PodFailurePolicyActionFailJob)))
		c.until("failed", c.finished("det", batch.JobFailed))
		want := "PodFailurePolicy: Container trainer for pod ocr/det-0-*** failed with exit code 3 matching FailJob rule at index 0"
		if got := c.anonymous(conditionOf(c.job("det"), batch.JobFailed)); got != want {
			t.Errorf("got %s", got)
		}
	})
	t.Run("Ignore", func(t *testing.T) {
		c := newCluster(t, 1, 3, lives)
		none := func(j *batch.Job) { limit := int32(0); j.Spec.BackoffLimit = &limit }
		c.submit(job("det", "hub/train:once", 1, rule(batch.PodFailurePolicyActionIgnore), none))
		c.until("complete", c.finished("det", batch.JobComplete))
		if n := c.job("det").Status.Failed; n != 0 {
			t.Errorf("%d counted as failed", n)
		}
	})
}

func TestBackoffLimitPerIndex(t *testing.T) {
	c := newCluster(t, 1, 3, lives)
	c.submit(job("det", "hub/train:crash", 2, func(j *batch.Job) {
		one := int32(1)
		j.Spec.BackoffLimitPerIndex, j.Spec.BackoffLimit = &one, nil
	}))
	c.until("failed", c.finished("det", batch.JobFailed))
	j := c.job("det")
	if got := conditionOf(j, batch.JobFailed); got != "FailedIndexes: Job has failed indexes" || *j.Status.FailedIndexes != "0,1" {
		t.Errorf("%s; failed indexes %s", got, *j.Status.FailedIndexes)
	}
	if n := len(c.pods("det")); n != 4 || j.Status.Failed != 4 {
		t.Errorf("%d pods, %d failed", n, j.Status.Failed)
	}
}

func TestActiveDeadline(t *testing.T) {
	c := newCluster(t, 1, 3, lives)
	c.submit(job("det", "hub/train:long", 2, func(j *batch.Job) { s := int64(90); j.Spec.ActiveDeadlineSeconds = &s }))
	c.until("failed", c.finished("det", batch.JobFailed))
	if got := conditionOf(c.job("det"), batch.JobFailed); got != "DeadlineExceeded: Job was active longer than specified deadline" {
		t.Errorf("got %s", got)
	}
	if took := c.now.Sub(start); took < 90*time.Second || took > 100*time.Second {
		t.Errorf("after %v", took)
	}
	expect(t, c.tell(" det SuccessfulDelete", "Warning det "),
		`Normal det SuccessfulDelete Deleted pod: det-0-***`,
		`Normal det SuccessfulDelete Deleted pod: det-1-***`,
		`Warning det DeadlineExceeded Job was active longer than specified deadline`)
}
