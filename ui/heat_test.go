package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"paddock/fleet"
)

// heatNode is a node whose devices have these utilisations in percent: held by
// a pod, unless negative: -1 is free, -2 held and idle.
func heatNode(name string, g fleet.NodeGPUs, percents ...int) *fleet.Node {
	n := &fleet.Node{Name: name, Ready: true, GPUs: g, Object: &fleet.NodeObject{Name: name, Ready: true}}
	for i, p := range percents {
		d := &fleet.Device{Node: name, Reading: &fleet.Reading{Hardware: &fleet.Hardware{Index: i}, Util: max(float64(p), 0) / 100}}
		if p != -1 {
			d.Holders = []fleet.Ref{{Kind: "Pod", Name: "p"}}
		}
		d.Idle = p == -2
		n.Devices = append(n.Devices, d)
	}
	return n
}

// without is a node without the devices of these indices: they don't report.
func without(n *fleet.Node, indices ...int) *fleet.Node {
	n.Devices = slices.DeleteFunc(n.Devices, func(d *fleet.Device) bool { return slices.Contains(indices, d.Reading.Index) })
	n.GPUs.Missing = len(indices)
	return n
}

func TestSlots(t *testing.T) {
	cordoned := heatNode("n", fleet.NodeGPUs{Capacity: 4, Allocatable: 4, Held: 1}, 50, -1, -1, -1)
	cordoned.Object.Cordoned = true
	down := heatNode("n", fleet.NodeGPUs{Capacity: 4, Allocatable: 4, Held: 1, Broken: 3, Missing: 4})
	down.Ready = false
	unlabelled := heatNode("n", fleet.NodeGPUs{Capacity: 4, Allocatable: 4, Held: 2}, -1, -1, -1, -1)
	unlabelled.Devices[1].Reading.Util = 0.7
	whole := heatNode("n", fleet.NodeGPUs{Capacity: 4, Allocatable: 4, Held: 4}, -1, -1, -1, -1)
	blank := heatNode("n", fleet.NodeGPUs{Capacity: 2, Held: 2}, 0, 0)
	blank.Devices[1].Reading.Util = fleet.Unknown()
	tests := []struct {
		name string
		node *fleet.Node
		want string
	}{
		{"busy by tens", heatNode("n", fleet.NodeGPUs{Capacity: 4, Held: 4}, 0, 9, 50, 100), "0059"},
		{"idle and free", heatNode("n", fleet.NodeGPUs{Capacity: 4, Held: 2, Free: 2}, -2, 99, -1, -1), "i9.."},
		{"a silent one stands in its place", without(heatNode("n", fleet.NodeGPUs{Capacity: 8, Held: 8}, 0, 11, 22, 33, 44, 55, 66, 77), 3), "012?4567"},
		{"and so does a broken one", without(heatNode("n", fleet.NodeGPUs{Capacity: 8, Held: 7, Broken: 1}, 0, 11, 22, 33, 44, 55, 66, 77), 3), "012x4567"},
		{"those behind the last", without(heatNode("n", fleet.NodeGPUs{Capacity: 4, Held: 4}, 0, 11, 22, 33), 0, 3), "?12?"},
		{"silent ones are missing", heatNode("n", fleet.NodeGPUs{Capacity: 4, Held: 2, Missing: 2}, 60, 60), "66??"},
		{"a broken one is a silent one first", heatNode("n", fleet.NodeGPUs{Capacity: 4, Held: 2, Missing: 1, Broken: 1}, 60, 60, -1), "66.x"},
		{"then a free one", heatNode("n", fleet.NodeGPUs{Capacity: 4, Held: 2, Broken: 1}, 60, 60, -1, -1), "66.x"},
		{"cordoned", cordoned, "5---"},
		{"not ready", down, "?xxx"},
		{"without metrics the arithmetic stays", heatNode("n", fleet.NodeGPUs{Capacity: 4, Held: 1, Broken: 1, Missing: -1}), "o..x"},
		{"works, though no label names a pod", unlabelled, ".7.."},
		{"the whole node is held", whole, "0000"},
		{"held without a utilisation", blank, "0o"},
		{"no GPUs", heatNode("n", fleet.NodeGPUs{}), ""},
	}
	for _, tt := range tests {
		var b strings.Builder
		for _, s := range slots(tt.node) {
			b.WriteString(s.glyph(true))
		}
		if b.String() != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, b.String(), tt.want)
		}
	}
}

// When Prometheus is silent, what it said looks old; what the API server says does not.
func TestSlotsLookOld(t *testing.T) {
	for kind := slotBusy; kind <= slotMissing; kind++ {
		s := slot{kind: kind, busy: 0.9}
		measured := kind == slotBusy || kind == slotIdle || kind == slotMissing
		if got := s.look(true); measured != (got == toneDim) && s.tone() != toneDim {
			t.Errorf("kind %d looks %d when old", kind, got)
		}
		if s.look(false) != s.tone() {
			t.Errorf("kind %d looks old when it is not", kind)
		}
	}
}

// Kinds are told apart without colour, in both sets of glyphs.
func TestSlotGlyphsDiffer(t *testing.T) {
	for _, asciiOnly := range []bool{false, true} {
		seen := map[string]slotKind{}
		for kind := slotBusy; kind <= slotMissing; kind++ {
			g := slot{kind: kind, busy: 0.9}.glyph(asciiOnly)
			if other, ok := seen[g]; ok || cells(g) != 1 {
				t.Errorf("ASCII %v: kind %d is drawn %q as kind %d is", asciiOnly, kind, g, other)
			}
			seen[g] = kind
		}
	}
}

func heatOf(width, height int, nodes ...*fleet.Node) *heat {
	h := &heat{}
	h.set(nodes)
	h.arrange(width, height)
	return h
}

func heatText(t *testing.T, h *heat, width, height int) string {
	t.Helper()
	e := &env{theme: newTheme(true), fleet: &fleet.Fleet{}, now: noon}
	lines := h.draw(e, width, height)
	for i, l := range lines {
		if w := ansi.StringWidth(l); w != width {
			t.Errorf("line %d is %d cells wide, want %d", i, w, width)
		}
		lines[i] = strings.TrimRight(ansi.Strip(l), " ")
	}
	if len(lines) != height {
		t.Errorf("%d lines, want %d", len(lines), height)
	}
	return strings.Join(lines, "\n")
}

func TestHeatLayout(t *testing.T) {
	var nodes []*fleet.Node
	for i := range 5 {
		n := heatNode(fmt.Sprintf("gpu-%d.example.com", i), fleet.NodeGPUs{Capacity: 2, Held: 1, Free: 1}, 70, -1)
		n.Object.Pool = []string{"h100", "a100"}[i%2]
		nodes = append(nodes, n)
	}
	want := `  a100  2 nodes, 4 GPUs, 2 free
   gpu-1 7 .   >! gpu-3 7 .

  h100  3 nodes, 6 GPUs, 3 free
   gpu-0 7 .      gpu-2 7 .
   gpu-4 7 .

  without GPUs  1 node
   cpu-0`
	nodes[3].Devices[0].Reading.XID, nodes[3].Devices[0].Reading.XIDAt = 79, noon
	cpu := heatNode("cpu-0.example.com", fleet.NodeGPUs{})
	h := heatOf(38, 9, append(nodes, cpu)...)
	h.find("gpu-3.example.com")
	if got := heatText(t, h, 38, 9); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	// too low for two cells a GPU: one cell, more nodes a row, and it scrolls
	h = heatOf(38, 3, nodes...)
	h.move(4)
	want = `
  h100  3 nodes, 6 GPUs, 3 free
   gpu-0 7.     gpu-2 7.  >  gpu-4 7.`
	if got := heatText(t, h, 38, 3); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if h.grid.cell != 1 || h.grid.columns != 3 {
		t.Errorf("grid %+v", h.grid)
	}
}

func TestHeatMoves(t *testing.T) {
	var nodes []*fleet.Node
	for i := range 7 {
		n := heatNode(fmt.Sprintf("n%d", i), fleet.NodeGPUs{Capacity: 1, Held: 1}, 70)
		n.Object.Pool = "b"
		if i < 2 {
			n.Object.Pool = "a"
		}
		nodes = append(nodes, n)
	}
	nodes[5].GPUs.Broken = 1
	h := heatOf(30, 20, nodes...) // three nodes a row: n0 n1 | n2 n3 n4 | n5 n6
	if h.grid.columns != 3 {
		t.Fatalf("grid %+v", h.grid)
	}
	steps := []struct{ key, want string }{
		{"right", "n1"}, {"right", "n2"}, {"left", "n1"},
		{"down", "n3"}, {"down", "n6"}, {"down", "n6"}, {"up", "n3"}, {"up", "n1"}, {"up", "n1"},
		{"G", "n6"}, {"g", "n0"}, {"pgdown", "n5"}, {"pgup", "n0"},
		{"n", "n5"}, {"n", "n5"}, {"g", "n0"}, {"N", "n5"},
	}
	for i, s := range steps {
		press(h.moves(), s.key)
		if n, _ := h.current(); n.Name != s.want {
			t.Fatalf("step %d, %s: on %s, want %s", i, s.key, n.Name, s.want)
		}
	}
	h.set(nodes[3:])
	if n, _ := h.current(); n.Name != "n5" {
		t.Errorf("the cursor left its node when others went: on %s", n.Name)
	}
	h.set(nodes[:3])
	h.arrange(30, 20)
	if n, _ := h.current(); n.Name != "n2" {
		t.Errorf("the cursor's node went: on %s, want the nearest", n.Name)
	}
	h.set(nil)
	h.arrange(30, 20)
	if e := h.trouble(1); e.status == "" {
		t.Error("an empty map says nothing")
	}
	if _, ok := h.current(); ok {
		t.Error("an empty map has a cursor")
	}
}

// Every node can be reached, and the cursor is always on the screen.
func TestHeatScrolls(t *testing.T) {
	h := &heat{}
	h.set(large().fleet().Nodes)
	for _, size := range []struct{ w, h int }{{80, 12}, {160, 40}, {300, 90}} {
		h.arrange(size.w, size.h)
		h.move(0)
		for range len(h.nodes) {
			if row := h.row(); row < h.top || row >= h.top+size.h {
				t.Fatalf("%v: cursor %d on row %d, screen from %d", size, h.at, row, h.top)
			}
			if text := heatText(t, h, size.w, size.h); !strings.Contains(text, ">  "+h.cursor) && !strings.Contains(text, ">! "+h.cursor) {
				t.Fatalf("%v: no cursor on %s", size, h.cursor)
			}
			h.move(h.at + 37)
			if h.at == len(h.nodes)-1 {
				break
			}
		}
	}
}

func TestNodeWhy(t *testing.T) {
	xid := heatNode("n", fleet.NodeGPUs{Capacity: 8}, 50, 50)
	xid.Devices[1].Reading.XID, xid.Devices[1].Reading.XIDAt = 79, noon
	old := heatNode("n", fleet.NodeGPUs{Capacity: 8}, 50)
	old.Devices[0].Reading.XID = 13 // there from the start
	cordoned := heatNode("n", fleet.NodeGPUs{Capacity: 8, Missing: 1})
	cordoned.Object.Cordoned, cordoned.Why = true, "cordoned"
	down := heatNode("n", fleet.NodeGPUs{Capacity: 8, Broken: 8})
	down.Ready, down.Why = false, "NotReady: Kubelet stopped posting node status."
	tests := []struct {
		node        *fleet.Node
		state, want string
	}{
		{heatNode("n", fleet.NodeGPUs{Capacity: 8, Missing: -1}), "ready", ""},
		{heatNode("n", fleet.NodeGPUs{Capacity: 8, Broken: 1, Missing: 2}), "broken", "1 of 8 GPUs broken; 2 GPUs without a reading"},
		{xid, "ready", "XID 79 on GPU 1"},
		{old, "ready", ""},
		{cordoned, "cordoned", "1 GPU without a reading"},
		{down, "not ready", "NotReady: Kubelet stopped posting node status"},
	}
	for _, tt := range tests {
		if got := nodeWhy(tt.node); got != tt.want || nodeState(tt.node) != tt.state {
			t.Errorf("%s: %q, want %s: %q", nodeState(tt.node), got, tt.state, tt.want)
		}
	}
}

func BenchmarkHeat1000Nodes(b *testing.B) {
	nodes := large().fleet().Nodes
	h := &heat{}
	e := &env{theme: newTheme(false), fleet: &fleet.Fleet{}, now: time.Unix(0, 0)}
	b.Run("set", func(b *testing.B) {
		for b.Loop() {
			h.set(nodes)
		}
	})
	h.arrange(160, 40)
	b.Run("arrange", func(b *testing.B) {
		for b.Loop() {
			h.arrange(160, 40)
		}
	})
	b.Run("draw", func(b *testing.B) {
		for b.Loop() {
			h.draw(e, 160, 40)
		}
	})
}
