package fleet

import (
	"strings"
	"testing"
	"time"
)

func TestWorstFirst(t *testing.T) {
	now := time.Date(2026, 11, 23, 3, 12, 0, 0, time.UTC)
	job := func(name string, s State, gpus int, ended time.Duration) *Job {
		j := &Job{Ref: Ref{Kind: "Job", Namespace: "nlp", Name: name}, State: s, GPUs: GPUs{Requested: gpus}}
		if ended > 0 {
			j.Finished = now.Add(-ended)
		}
		return j
	}
	idle := job("idle", Running, 1, 0)
	idle.Workers = []*Worker{{Devices: []*Device{{Idle: true}}}}
	jobs := []*Job{
		job("done", Done, 8, time.Minute), job("long-failed", Failed, 8, 25*time.Hour), job("small", Running, 1, 0), job("large", Running, 64, 0),
		job("just-failed", Failed, 1, time.Minute), idle, job("waiting", Waiting, 1, 0), job("failing", Failing, 1, 0), job("starting", Starting, 1, 0),
	}
	var got []string
	for _, j := range WorstFirst(jobs, now) {
		got = append(got, j.Ref.Name)
	}
	if want := "failing waiting just-failed starting idle large small long-failed done"; strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
	idle.Load.Devices = 2
	if got := idle.Waste(); got != "1 of 2 GPUs idle for 15m and more" {
		t.Errorf("waste %q", got)
	}
	idle.Load.Devices = 1
	if got := idle.Waste(); got != "1 GPU idle for 15m and more" {
		t.Errorf("waste %q", got)
	}
	if jobs[0].Ref.Name != "done" {
		t.Error("the jobs that were given changed their places")
	}
}
