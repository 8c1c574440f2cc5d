package ui

import (
	"strings"
	"testing"
	"time"

	"paddock/fleet"
)

func describedPod(now time.Time) fleet.Description {
	return fleet.Description{
		Ref: fleet.Ref{Kind: "Pod", Namespace: "vision", Name: "ocr-0"}, At: now,
		Conditions: []fleet.Condition{
			{Type: "Ready", Status: "False", Reason: "ContainersNotReady", Message: "containers with unready status: [train]", Since: now.Add(-41 * time.Minute)},
			{Type: "PodScheduled", Status: "True", Since: now.Add(-3 * time.Hour)},
		},
		Events: []fleet.Event{
			{Type: "Warning", Reason: "BackOff", Message: "Back-off pulling image \"registry/视觉/ocr:2.6\"", Count: 17, Last: now.Add(-time.Minute)},
			{Type: "Normal", Reason: "Scheduled", Message: "Successfully assigned vision/ocr-0 to gpu-0412", Count: 1, Last: now.Add(-3 * time.Hour)},
		},
		Containers: []fleet.ContainerSpec{{
			Name: "train", Image: "registry/paddle:2.6.0-gpu", Command: []string{"python", "-m", "paddle.distributed.launch"},
			Args: []string{"--devices=0,1", "it's"}, Env: []fleet.KeyValue{{Key: "TOKEN", Value: "secret hub/token"}, {Key: "EMPTY"}},
			Mounts: []fleet.KeyValue{{Key: "/data", Value: "data, read-only"}}, Limits: []fleet.KeyValue{{Key: "nvidia.com/gpu", Value: "1"}, {Key: "memory", Value: "64Gi"}},
		}},
		Volumes: []fleet.Volume{{Name: "data", What: "claim paddle-data (Bound, 1Ti, ReadWriteMany)"}},
		Facts:   []fleet.KeyValue{{Key: "service account", Value: "default"}},
		Labels:  []fleet.KeyValue{{Key: "app", Value: "ocr"}, {Key: "batch.kubernetes.io/job-completion-index", Value: "0"}},
	}
}

func TestDescribePage(t *testing.T) {
	now := time.Date(2026, 11, 23, 3, 12, 0, 0, time.UTC)
	want := ` Conditions
   Ready         False     41m  ContainersNotReady: containers with unready
                                status: [train]
   PodScheduled  True       3h

 Events  newest first
 !   1m x17   BackOff    Back-off pulling image "registry/视觉/ocr:2.6"
     3h       Scheduled  Successfully assigned vision/ocr-0 to gpu-0412

 Container train
   image    registry/paddle:2.6.0-gpu
   command  python -m paddle.distributed.launch
   args     --devices=0,1 'it'\''s'
   limits   nvidia.com/gpu 1, memory 64Gi
   mounts
     /data from data, read-only
   environment
     TOKEN=secret hub/token
     EMPTY=

 Volumes
   data  claim paddle-data (Bound, 1Ti, ReadWriteMany)

 Further
   service account  default

 Labels
   app  ocr
   batch.kubernetes.io/job-completion-index  0
`
	if got := pageText(describePage(describedPod(now), now, 80)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestDescribePageFitsAnyWidth(t *testing.T) {
	now := time.Unix(1e9, 0)
	d := describedPod(now)
	d.Conditions[0].Message = strings.Repeat("没有空闲的节点 ", 30) + strings.Repeat("x", 300)
	for width := 20; width <= 300; width++ {
		for _, l := range describePage(d, now, width) {
			// a key that is wider than the page is cut by the pager's own wrapping
			if w := cells(l.text); w > width && width >= 60 {
				t.Errorf("width %d: line of %d cells: %q", width, w, l.text)
			}
		}
	}
}

func TestDescribePageWithoutEvents(t *testing.T) {
	now := time.Unix(1e9, 0)
	tests := []struct {
		d    fleet.Description
		want string
	}{
		{fleet.Description{}, " Events  none are kept; a server keeps them for an hour as a rule\n"},
		{fleet.Description{EventsErr: "not allowed to list events in vision"}, " Events\n   not allowed to list events in vision\n"},
	}
	for _, tt := range tests {
		if got := pageText(describePage(tt.d, now, 80)); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestConditionTone(t *testing.T) {
	tests := []struct {
		kind, status string
		want         tone
	}{
		{"Ready", "True", toneText},
		{"Ready", "False", toneBad},
		{"Ready", "Unknown", toneWarn},
		{"MemoryPressure", "False", toneText},
		{"MemoryPressure", "True", toneBad},
		{"FailureTarget", "True", toneBad},
	}
	for _, tt := range tests {
		if got := conditionTone(fleet.Condition{Type: tt.kind, Status: tt.status}); got != tt.want {
			t.Errorf("%s=%s: tone %d, want %d", tt.kind, tt.status, got, tt.want)
		}
	}
}

// pageText is a page's text without trailing blanks.
func pageText(lines []pageLine) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(strings.TrimRight(l.text, " ") + "\n")
	}
	return b.String()
}
