package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"paddock/fleet"
)

// headerOf is the first line of the header with these totals.
func headerOf(t *testing.T, width int, totals fleet.Totals, jobs ...*fleet.Job) string {
	t.Helper()
	f := &fleet.Fleet{At: noon, Cluster: fleet.Cluster{Context: "prod-a"}, Totals: totals, Jobs: jobs,
		Sources: []fleet.Source{{Name: "pods", Health: fleet.Live}, {Name: "prometheus", Health: fleet.Live}}, Metrics: fleet.MetricsNote{Devices: 1}}
	m := modelOf(f, width, 24, Options{})
	line := m.header(width, 2)[0]
	if w := ansi.StringWidth(line); w != width {
		t.Errorf("the header is %d cells wide at %d", w, width)
	}
	return strings.TrimRight(ansi.Strip(line), " ")
}

// What is bad stays when room is short, and no room is left blank that a number would fit in.
func TestHeaderKeepsWhatIsBad(t *testing.T) {
	totals := fleet.Totals{GPUs: 8000, Held: 7280, Free: 711, WholeNodes: 5, Fragments: 671, Broken: 9, Blocked: 8, Idle: 412, Load: fleet.Load{Busy: 0.64, Tensor: 0.31},
		States: map[fleet.State]int{fleet.Failing: 2, fleet.Restarting: 1, fleet.Waiting: 12, fleet.Starting: 3, fleet.Running: 25, fleet.Suspended: 4, fleet.Failed: 7, fleet.Done: 90}}
	failed := &fleet.Job{State: fleet.Failed, Finished: noon.Add(-time.Hour)}
	old := &fleet.Job{State: fleet.Failed, Finished: noon.Add(-30 * time.Hour)}
	tests := []struct {
		width int
		want  string
	}{
		{60, " prod-a  busy 64%  idle 412  broken 9 "},
		{80, " prod-a  held 91%  busy 64%  idle 412  free 711  broken 9 "},
		{160, " prod-a"},
	}
	for _, tt := range tests {
		got := headerOf(t, tt.width, totals, failed, old)
		if !strings.HasPrefix(got, tt.want) {
			t.Errorf("at %d: %q, want it to begin with %q", tt.width, got, tt.want)
		}
	}
	shows(t, []string{headerOf(t, 80, totals, failed, old)}, "✗3", "↻1", ".12", ":3")
	shows(t, []string{headerOf(t, 160, totals, failed, old)}, "broken 9", "idle 412", "2 failing", "1 failed", "12 waiting", "25 running")
	fewer := totals
	fewer.States = map[fleet.State]int{fleet.Running: 25, fleet.Waiting: 3, fleet.Failing: 1}
	shows(t, []string{headerOf(t, 160, fewer)}, "25 running", "3 waiting", "cordoned 8", "free 711", "held 91%")
}

// Slices and shares are told apart from whole GPUs, where there is room.
func TestHeaderCountsParts(t *testing.T) {
	totals := fleet.Totals{GPUs: 92, Held: 70, Parts: fleet.Parts{Capacity: 72, Held: 7}}
	if got := headerOf(t, 160, totals); !strings.Contains(got, "GPUs 92  held 76%") || !strings.Contains(got, "parts 7/72") {
		t.Errorf("%q", got)
	}
}

// Nobody knows what idles while no history is long enough.
func TestHeaderIdleUnknown(t *testing.T) {
	got := headerOf(t, 120, fleet.Totals{GPUs: 8, Held: 8, Idle: -1, Load: fleet.Load{Busy: 0.64}})
	if !strings.Contains(got, "idle -") {
		t.Errorf("%q", got)
	}
}
