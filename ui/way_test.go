package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"paddock/fleet"
)

var wayStart = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

func pullingWay() []fleet.Step {
	return []fleet.Step{
		{Name: "created", Status: fleet.StepDone, At: wayStart, Took: -1},
		{Name: "scheduled", Status: fleet.StepDone, At: wayStart.Add(4 * time.Second), Took: 4 * time.Second},
		{Name: "devices bound", Status: fleet.StepDone, At: wayStart.Add(5 * time.Second), Took: time.Second},
		{Name: "image pulled", Status: fleet.StepFailed, Took: -1, Note: "12m so far: ImagePullBackOff: 找不到镜像 manifest unknown"},
		{Name: "started", Status: fleet.StepNext, Took: -1},
		{Name: "ready", Status: fleet.StepNext, Took: -1},
	}
}

func TestWayLine(t *testing.T) {
	done := pullingWay()
	done[3] = fleet.Step{Name: "image pulled", Status: fleet.StepDone, Took: 72 * time.Second}
	done[4].Status, done[5].Status = fleet.StepDone, fleet.StepDone
	tests := []struct {
		name  string
		steps []fleet.Step
		width int
		want  string
	}{
		{"all of it", pullingWay(), 140, "created > scheduled 4s > devices bound 1s > image pulled: 12m so far: ImagePullBackOff: 找不到镜像 manifest unknown > started > ready"},
		{"first what is to come goes", pullingWay(), 120, "created > scheduled 4s > devices bound 1s > image pulled: 12m so far: ImagePullBackOff: 找不到镜像 manifest unknown > .."},
		{"then what is done", pullingWay(), 100, ".. > devices bound 1s > image pulled: 12m so far: ImagePullBackOff: 找不到镜像 manifest unknown > .."},
		{"what it stands at stays", pullingWay(), 40, ".. > image pulled: 12m so far: ImagePul~"},
		{"done", done, 120, "created > scheduled 4s > devices bound 1s > image pulled 1m12s > started > ready"},
		{"done, the end is what counts", done, 50, ".. > image pulled 1m12s > started > ready"},
		{"nothing known", nil, 10, ""},
	}
	for _, tt := range tests {
		e := &env{theme: newTheme(true)}
		line := ansi.Strip(e.line(tt.width, wayLine(e, tt.steps, tt.width)...))
		if w := ansi.StringWidth(line); w != tt.width {
			t.Errorf("%s: %d cells wide, want %d", tt.name, w, tt.width)
		}
		if got := strings.TrimRight(line, " "); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestWayPage(t *testing.T) {
	e := &env{theme: newTheme(true), now: wayStart.Add(time.Hour)}
	var got []string
	for _, l := range wayPage(e, pullingWay(), 60) {
		if w := cells(l.text); w > 60 {
			t.Errorf("%d cells wide: %q", w, l.text)
		}
		got = append(got, strings.TrimRight(l.text, " "))
	}
	want := []string{
		" + created        03:00:00",
		" + scheduled      03:00:04     4s",
		" + devices bound  03:00:05     1s",
		" x image pulled                    12m so far:",
		"                                   ImagePullBackOff:",
		"                                   找不到镜像 manifest",
		"                                   unknown",
		"   started",
		"   ready",
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}
