package tables

import (
	"fmt"
	"strings"
	"testing"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

var now = time.Unix(1_800_000_000, 0)

func ago(d time.Duration) meta.Time { return meta.NewTime(now.Add(-d)) }

func old(name string) meta.ObjectMeta {
	return meta.ObjectMeta{Name: name, CreationTimestamp: ago(90 * time.Minute)}
}

func ptr[T any](v T) *T { return &v }

// container is the status of one.
func container(restarts int32, ready bool, state core.ContainerState) core.ContainerStatus {
	s := core.ContainerStatus{Name: "main", RestartCount: restarts, Ready: ready, State: state}
	if restarts > 0 {
		s.LastTerminationState.Terminated = &core.ContainerStateTerminated{FinishedAt: ago(2 * time.Minute)}
	}
	return s
}

func aPod(phase core.PodPhase, statuses ...core.ContainerStatus) *core.Pod {
	return &core.Pod{ObjectMeta: old("p"), Spec: core.PodSpec{NodeName: "n", Containers: make([]core.Container, max(1, len(statuses)))},
		Status: core.PodStatus{Phase: phase, ContainerStatuses: statuses}}
}

func TestRows(t *testing.T) {
	running := core.ContainerState{Running: &core.ContainerStateRunning{}}
	waiting := func(why string) core.ContainerState {
		return core.ContainerState{Waiting: &core.ContainerStateWaiting{Reason: why}}
	}
	ended := func(code int32, why string) core.ContainerState {
		return core.ContainerState{Terminated: &core.ContainerStateTerminated{ExitCode: code, Reason: why}}
	}
	dying := aPod(core.PodRunning, container(0, true, running))
	dying.DeletionTimestamp = ptr(ago(0))
	initialising := aPod(core.PodPending)
	initialising.Spec.InitContainers = make([]core.Container, 2)
	initialising.Status.InitContainerStatuses = []core.ContainerStatus{{State: ended(0, "Completed")}, {State: waiting("PodInitializing")}}
	mixed := aPod(core.PodRunning, container(0, true, running), container(0, false, ended(0, "Completed")))
	for _, test := range []struct {
		what string
		o    runtime.Object
		want string // the cells after the name, as far as given
	}{
		{"pending", aPod(core.PodPending), "0/1 Pending 0 90m"},
		{"creating", aPod(core.PodPending, container(0, false, waiting("ContainerCreating"))), "0/1 ContainerCreating 0"},
		{"running", aPod(core.PodRunning, container(0, true, running)), "1/1 Running 0 90m <none> n"},
		{"restarted", aPod(core.PodRunning, container(3, true, running)), "1/1 Running 3 (2m ago)"},
		{"crash loop", aPod(core.PodRunning, container(5, false, waiting("CrashLoopBackOff"))), "0/1 CrashLoopBackOff 5 (2m ago)"},
		{"killed for memory", aPod(core.PodFailed, container(0, false, ended(137, "OOMKilled"))), "0/1 OOMKilled 0"},
		{"failed without a reason", aPod(core.PodFailed, container(0, false, ended(3, ""))), "0/1 ExitCode:3 0"},
		{"done", aPod(core.PodSucceeded, container(0, false, ended(0, "Completed"))), "0/1 Completed 0"},
		{"half done", mixed, "1/2 NotReady 0"},
		{"dying", dying, "1/1 Terminating 0"},
		{"init", initialising, "0/1 Init:1/2 0"},
		{"job", &batch.Job{ObjectMeta: old("j"), Spec: batch.JobSpec{Completions: ptr(int32(4))},
			Status: batch.JobStatus{Succeeded: 1, StartTime: ptr(ago(time.Hour))}}, "Running 1/4 60m 90m"},
		{"job done", &batch.Job{ObjectMeta: old("j"), Spec: batch.JobSpec{Completions: ptr(int32(4))},
			Status: batch.JobStatus{Succeeded: 4, StartTime: ptr(ago(time.Hour)), CompletionTime: ptr(ago(30 * time.Minute)),
				Conditions: []batch.JobCondition{{Type: batch.JobComplete, Status: core.ConditionTrue}}}}, "Complete 4/4 30m 90m"},
		{"work queue", &batch.Job{ObjectMeta: old("j"), Spec: batch.JobSpec{Parallelism: ptr(int32(3))}}, "Running 0/1 of 3"},
		{"cordoned", &core.Node{ObjectMeta: old("n"), Spec: core.NodeSpec{Unschedulable: true},
			Status: core.NodeStatus{Conditions: []core.NodeCondition{{Type: core.NodeReady, Status: core.ConditionUnknown}}}}, "NotReady,SchedulingDisabled <none> 90m"},
		{"quota", &core.ResourceQuota{ObjectMeta: old("q"), Status: core.ResourceQuotaStatus{
			Hard: core.ResourceList{"requests.nvidia.com/gpu": resource.MustParse("8"), "limits.cpu": resource.MustParse("9")},
			Used: core.ResourceList{"requests.nvidia.com/gpu": resource.MustParse("3")}}}, "requests.nvidia.com/gpu: 3/8 limits.cpu: 0/9 90m"},
		{"event", &core.Event{ObjectMeta: old("e"), LastTimestamp: ago(time.Minute), Type: "Warning", Reason: "BackOff",
			InvolvedObject: core.ObjectReference{Kind: "Pod", Name: "p"}}, "Warning BackOff pod/p"},
	} {
		row := Row(test.o, now)
		if got := strings.TrimSpace(fmt.Sprintln(row.Cells[1:]...)); !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: %q, want %q", test.what, got, test.want)
		}
		kind := strings.TrimPrefix(fmt.Sprintf("%T", test.o), "*v1.")
		if len(row.Cells) != len(Columns(kind)) {
			t.Errorf("%s: %d cells in %d columns", test.what, len(row.Cells), len(Columns(kind)))
		}
	}
}
