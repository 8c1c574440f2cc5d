package ui

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"paddock/fleet"
)

// onStage is an env with a Fleet, for screens that are drawn by hand.
func onStage(f *fleet.Fleet) *env {
	return &env{theme: newTheme(true), fleet: f, now: noon}
}

// drawn is a screen's lines without styles and trailing blanks; each must be
// exactly as wide as the screen.
func drawn(t *testing.T, e *env, s screen, width, height int) []string {
	t.Helper()
	s.arrange(e, width, height)
	lines := s.draw(e, width, height)
	if len(lines) != height {
		t.Errorf("%s at %dx%d: %d lines", s.name(), width, height, len(lines))
	}
	for i, l := range lines {
		if w := ansi.StringWidth(l); w != width {
			t.Errorf("%s at %dx%d: line %d is %d cells wide: %q", s.name(), width, height, i, w, ansi.Strip(l))
		}
		lines[i] = strings.TrimRight(ansi.Strip(l), " ")
	}
	return lines
}

// typed presses keys on a screen; what the last one asked for is returned.
func typed(t *testing.T, e *env, s screen, keys ...string) effect {
	t.Helper()
	var last effect
	for _, k := range keys {
		var ok bool
		if last, ok = press(s.keys(e), k); !ok {
			t.Errorf("%s has no key %q", s.name(), k)
		}
		s.arrange(e, 80, 20)
	}
	return last
}

// opened is a screen that has seen the Fleet.
func opened(e *env, s screen) screen {
	s.refresh(e)
	s.arrange(e, 80, 20)
	return s
}

func TestScreensFitAnySize(t *testing.T) {
	e := onStage(nodeWorld().fleet())
	empty := onStage(&fleet.Fleet{})
	for _, make := range []func() screen{
		func() screen { return newNodes(nil) },
		func() screen { s := newNodes(nil); s.(*nodes).mapped = true; return s },
		func() screen { return newNode("gpu-0002") },
		func() screen { return newNode("gpu-0039") },
		func() screen { s := newNode("gpu-0002"); s.(*node).pane = panePage; return s },
		func() screen { return newTeams(nil) },
	} {
		for width := leastWidth; width <= 300; width += 13 {
			for _, height := range []int{leastHeight - 3, 20, 36, 96} {
				drawn(t, e, opened(e, make()), width, height)
				drawn(t, empty, opened(empty, make()), width, height)
			}
		}
	}
}

func TestNodesList(t *testing.T) {
	e := onStage(nodeWorld().fleet())
	got := drawn(t, e, opened(e, newNodes(e)), 80, 20)
	want := []string{
		"    NODE       STATE     GPUS HELD FREE BRKN BUSY TENS WHY, JOBS",
		"> x gpu-0039   not ready    8    0    0    8    -    - NotReady: Kubelet stopp~",
		"  x gpu-0003   broken       8    8    0    1  97%  58% 1 of 8 GPUs broken; nlp~",
		"  ! gpu-0002   ready        8    8    0    0  97%  58% XID 79 on GPU 5; nlp/ll~",
		"  ! gpu-0037   ready        8    0    8    0    -    - 2 GPUs without a reading",
		"  = gpu-0038   cordoned     8    0    0    0    -    -",
		"    gpu-0000   ready        8    8    0    0  97%  58% nlp/llm-sft-7b",
	}
	if !slices.Equal(got[:len(want)], want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got[:len(want)], "\n"), strings.Join(want, "\n"))
	}
	shows(t, got, " x gpu-0039  not ready", "NotReady: Kubelet stopped posting node status; 8 GPUs without a reading", "GPUs 8  held 0  free 0  broken 8")
	wide := drawn(t, e, opened(e, newNodes(e)), 200, 40)
	shows(t, wide[:1], "LAST 15 MIN", "MEM", "POWER", "TEMP", "POOL", "PRODUCT", "DRIVER", "CUDA", "AGE", "MISS")
	shows(t, wide, "562/640 G", "3899 W", "63C", "NVIDIA-A100-SXM4-80GB", "450.80.02", "11.0")
}

// shows asserts that every text stands somewhere in the lines.
func shows(t *testing.T, lines []string, texts ...string) {
	t.Helper()
	all := strings.Join(lines, "\n")
	for _, text := range texts {
		if !strings.Contains(all, text) {
			t.Errorf("%q is not in\n%s", text, all)
		}
	}
}

func TestNodesKeys(t *testing.T) {
	e := onStage(nodeWorld().fleet())
	s := opened(e, newNodes(e)).(*nodes)
	typed(t, e, s, "down")
	if got := s.selected(); got.ref != nodeRef("gpu-0003") || got.uid != "n3" || got.apiVersion != "v1" {
		t.Errorf("selected %+v", got)
	}
	typed(t, e, s, "m")
	if got := s.selected().ref.Name; got != "gpu-0003" || !s.mapped {
		t.Errorf("on the map the cursor is on %s", got)
	}
	typed(t, e, s, "right")
	if got := s.selected().ref.Name; got != "gpu-0004" {
		t.Errorf("right of gpu-0003 is %s", got)
	}
	typed(t, e, s, "m")
	if got := s.selected().ref.Name; got != "gpu-0004" {
		t.Errorf("back in the list the cursor is on %s", got)
	}
	if got := typed(t, e, s, "enter").push; got == nil || got.crumb() != "gpu-0004" {
		t.Errorf("enter opens %v", got)
	}
}

func TestNodesFilter(t *testing.T) {
	e := onStage(nodeWorld().fleet())
	s := opened(e, newNodes(e))
	if err := s.filter(e, "pool:a100 free:>0"); err != nil {
		t.Fatal(err)
	}
	if got := s.note(e); got != "3 of 40 nodes, worst first" {
		t.Errorf("note %q", got)
	}
	if err := s.filter(e, "poool:a100"); err == nil {
		t.Error("an unknown key is no error")
	}
	if got := s.note(e); got != "3 of 40 nodes, worst first" {
		t.Errorf("an invalid filter changed the rows: %q", got)
	}
	if err := s.filter(e, "pool:none"); err != nil {
		t.Fatal(err)
	}
	shows(t, drawn(t, e, s, 80, 20), "No node matches the filter.  esc clears it.")
	if got := typed(t, e, s, "enter"); !got.bad || !strings.Contains(got.status, "there is no node") {
		t.Errorf("enter on nothing: %+v", got)
	}
}

func TestNodesThatCannotBeRead(t *testing.T) {
	f := sample().fleet()
	f.Nodes = nil
	f.Sources = []fleet.Source{{Name: "pods", Health: fleet.Live}, {Name: "jobs", Health: fleet.Live},
		{Name: "nodes", Health: fleet.Forbidden, Err: "user dev may not list nodes", Hint: "kubectl auth can-i list nodes"}}
	e := onStage(f)
	shows(t, drawn(t, e, opened(e, newNodes(e)), 80, 20), "nobody knows what is free", "user dev may not list nodes", "kubectl auth can-i list nodes")
}

func TestNodeScreen(t *testing.T) {
	f := nodeWorld().fleet()
	f.Usage = map[fleet.Ref]fleet.Usage{nodeRef("gpu-0002"): {CPU: 61_500, Memory: 700 << 30}}
	e := onStage(f)
	s := opened(e, newNode("gpu-0002"))
	got := drawn(t, e, s, 80, 20)
	want := []string{
		" ! gpu-0002  ready  NVIDIA-H100-80GB-HBM3  driver 550.90.07  CUDA 12.4",
		"   XID 79 on GPU 5",
		"   GPUs 8  held 8  free 0  busy 97%  tensor 58%  ###############  power 3899 W",
		"   CPU 61.5 of 96.0 cores  memory 700 GiB of 1.0 TiB  address 10.0.1.17",
	}
	if !slices.Equal(got[:len(want)], want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got[:len(want)], "\n"), strings.Join(want, "\n"))
	}
	shows(t, got, "GPU", "BUSY", "TENS", "MEM", "XID", "HELD BY", "70/80 G", "nlp/llm-sft-7b-2", "WORKER", "llm-sft-7b-2-x2z2")
	if i := s.interest(); !slices.Equal(i.Nodes, []string{"gpu-0002"}) || len(i.Pods) != 1 {
		t.Errorf("interest %+v", i)
	}
}

func TestNodePanes(t *testing.T) {
	e := onStage(nodeWorld().fleet())
	s := opened(e, newNode("gpu-0002"))
	if got := s.selected(); got.ref != nodeRef("gpu-0002") || !strings.HasPrefix(got.text, "GPU-") {
		t.Errorf("devices: selected %+v", got)
	}
	if got := typed(t, e, s, "enter").push; got == nil || !strings.Contains(got.crumb(), "llm-sft-7b") {
		t.Errorf("enter on a device opens %v", got)
	}
	typed(t, e, s, "tab")
	if got := s.selected(); got.ref.Kind != "Pod" || got.ref.Namespace != "nlp" {
		t.Errorf("workers: selected %+v", got)
	}
	shows(t, drawn(t, e, s, 80, 20), ">   llm-sft-7b-2-x2z2")
	typed(t, e, s, "tab")
	shows(t, drawn(t, e, s, 80, 20), "Described", "reading conditions and events ...")
	s.receive(e, describedMsg{of: selectNode(e.fleet.Nodes[3]), description: describedPod(noon)})
	shows(t, drawn(t, e, s, 80, 20), "reading conditions and events ...") // another node's answer
	s.receive(e, describedMsg{of: s.reading(), description: describedPod(noon)})
	shows(t, drawn(t, e, s, 80, 20), "Conditions", "PodScheduled")
	s.receive(e, describedMsg{of: s.reading(), err: errors.New("events of nodes may not be read")})
	shows(t, drawn(t, e, s, 80, 20), "events of nodes may not be read")
	typed(t, e, s, "tab")
	if s.(*node).pane != paneDevices {
		t.Errorf("tab does not go round: pane %d", s.(*node).pane)
	}
}

// The filter narrows the workers whichever list has the focus, goes to them, and
// the title counts what is shown.
func TestNodeFilter(t *testing.T) {
	e := onStage(nodeWorld().fleet())
	s := opened(e, newNode("gpu-0002"))
	if got, want := s.note(e), "1-7 of 8 devices by index, 1 worker"; got != want {
		t.Errorf("note %q, want %q", got, want)
	}
	if err := s.filter(e, "state:failing"); err != nil {
		t.Fatal(err)
	}
	if got, want := s.note(e), "8 devices, 0 of 1 worker most GPUs first"; got != want {
		t.Errorf("note %q, want %q", got, want)
	}
	shows(t, drawn(t, e, s, 80, 20), "no worker matches the filter")
	if err := s.filter(e, ""); err != nil || len(s.(*node).workers.rows) != 1 {
		t.Errorf("%v, %d workers", err, len(s.(*node).workers.rows))
	}
}

func TestNodeThatWent(t *testing.T) {
	e := onStage(nodeWorld().fleet())
	s := opened(e, newNode("gpu-0002"))
	f := *e.fleet
	f.Nodes = slices.Clone(f.Nodes[3:])
	e.fleet = &f
	s.refresh(e)
	if got := s.note(e); got != "gone, as last seen" {
		t.Errorf("note %q", got)
	}
	shows(t, drawn(t, e, s, 80, 20), "gpu-0002", "llm-sft-7b-2-x2z2")
	shows(t, drawn(t, e, opened(e, newNode("gpu-9999")), 80, 20), "There is no node gpu-9999.")
	nothing := onStage(&fleet.Fleet{})
	shows(t, drawn(t, nothing, opened(nothing, newNode("gpu-0002")), 80, 20), "waiting for gpu-0002 ...")
}

func TestUnheldDevices(t *testing.T) {
	e := onStage(nodeWorld().fleet())
	tests := []struct{ node, want string }{
		{"gpu-0036", "free"},
		{"gpu-0038", "free, but the node is cordoned"},
		{"gpu-0037", "no reading 2"},
		{"gpu-0039", "no device of it reports"},
	}
	for _, tt := range tests {
		s := opened(e, newNode(tt.node))
		shows(t, drawn(t, e, s, 120, 30), tt.want)
		if got := typed(t, e, s, "enter"); !got.bad {
			t.Errorf("%s: enter on a device that nobody holds: %+v", tt.node, got)
		}
	}
}

// A GPU that should report and does not has a row in its place.
func TestSilentDeviceHasARow(t *testing.T) {
	w := nodeWorld()
	w.readings.Devices = slices.DeleteFunc(w.readings.Devices, func(r fleet.Reading) bool { return r.Hostname == "gpu-0036" && r.Index == 3 })
	w.snapshot.Nodes[36].Allocatable = 7
	e := onStage(w.fleet())
	s := opened(e, newNode("gpu-0036"))
	got := drawn(t, e, s, 120, 30)
	shows(t, got, "GPU 3 broken (no reading)", "x 3        -     -                         -       -     -         -     -  broken, no reading")
	if strings.Contains(strings.Join(got, "\n"), "1 of 8 GPUs broken; ") {
		t.Error("one fault is told twice")
	}
	if note := s.note(e); !strings.HasPrefix(note, "8 devices") {
		t.Errorf("note %q", note)
	}
	if strings.Contains(strings.Join(got, "\n"), "no device of it reports") {
		t.Error("devices that nobody holds are called silent")
	}
	typed(t, e, s, "down", "down", "down")
	if of := s.selected(); of.ref != nodeRef("gpu-0036") || of.text != "" {
		t.Errorf("on a silent device %+v is selected", of)
	}
}

func TestTeams(t *testing.T) {
	e := onStage(nodeWorld().fleet())
	s := opened(e, newTeams(e))
	got := drawn(t, e, s, 120, 20)
	want := []string{
		"    TEAM    NAME             QUOTA   WANT   HELD   WAIT  BUSY  TENS  IDLE   JOBS  STATES",
		"> . vision  Vision 视觉    208/256    208    144     64   92%   60%     0      3  1 waiting, 2 running",
		"  : nlp     语言模型组       96/96     97     97      0   59%   34%    32      3  1 starting, 2 running, 1 done",
		"  x speech  语音组               -     40     40      0    0%    0%    40      3  1 failing, 1 running, 1 suspended",
		"    rank    推荐              0/64      0      0      0     -     -     -      0",
	}
	if !slices.Equal(got[:len(want)], want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got[:len(want)], "\n"), strings.Join(want, "\n"))
	}
	shows(t, got, ". vision  Vision 视觉  holds 144 GPUs  idle 0  waits for 64", "quota gpus  nvidia.com/gpu  208/256")
	typed(t, e, s, "down")
	enter := typed(t, e, s, "enter")
	if enter.push == nil || enter.push.name() != "jobs" || enter.filter != "team:nlp" {
		t.Errorf("enter: %+v", enter)
	}
	if err := s.filter(e, "语音"); err != nil || s.note(e) != "1 of 4 teams, most GPUs first" {
		t.Errorf("filter by display name: %v, %s", err, s.note(e))
	}
}

// Teams that may not be read are not none.
func TestTeamsThatCannotBeRead(t *testing.T) {
	f := &fleet.Fleet{Complete: true, Sources: []fleet.Source{{Name: "pods", Health: fleet.Forbidden, Err: "dev may not list pods"}, {Name: "jobs", Health: fleet.Forbidden, Err: "dev may not list jobs"}}}
	e := onStage(f)
	got := drawn(t, e, opened(e, newTeams(e)), 80, 20)
	shows(t, got, "Teams can't be read", "dev may not list pods")
	if lineWith(got, "No namespace has") >= 0 {
		t.Error("what may not be read is called none")
	}
	n := opened(e, newNodes(e)).(*nodes)
	n.mapped = true
	if note := n.note(e); note != "" {
		t.Errorf("nodes that may not be read are counted: %q", note)
	}
}

// Nobody knows what idles in the first minutes.
func TestTeamIdleUnknown(t *testing.T) {
	e := onStage(&fleet.Fleet{})
	if got := idleCell(&fleet.Team{Idle: -1, Load: fleet.Load{Devices: 8}}); got != dim("-") {
		t.Errorf("%+v", got)
	}
	shows(t, stripped(teamDetail(e, &fleet.Team{Name: "nlp", Idle: -1}, 80, 4)), "idle -")
}

// Chinese display names keep the columns behind them in line.
func TestTeamNamesLineUp(t *testing.T) {
	e := onStage(nodeWorld().fleet())
	lines := drawn(t, e, opened(e, newTeams(e)), 160, 20)
	column := strings.Index(lines[0], "QUOTA") + len("QUOTA")
	for _, l := range lines[1:5] {
		if got := ansi.Strip(ansi.Cut(l, column-1, column)); got == " " || got == "" {
			t.Errorf("no end of a number in column %d: %q", column, l)
		}
	}
}

func BenchmarkNodesRefresh1000(b *testing.B) {
	e := onStage(large().fleet())
	s := newNodes(e)
	b.Run("refresh", func(b *testing.B) {
		for b.Loop() {
			s.refresh(e)
		}
	})
	s.arrange(e, 160, 44)
	b.Run("draw", func(b *testing.B) {
		for b.Loop() {
			s.draw(e, 160, 44)
		}
	})
	n := newNode("gpu-0002")
	n.refresh(e)
	n.arrange(e, 160, 44)
	b.Run("node", func(b *testing.B) {
		for b.Loop() {
			n.refresh(e)
			n.draw(e, 160, 44)
		}
	})
}
