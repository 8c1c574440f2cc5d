package ui

import (
	"fmt"
	"testing"

	"paddock/fleet"
)

// BenchmarkDraw is one frame of 160x48 with 8,000 GPUs behind it.
func BenchmarkDraw(b *testing.B) {
	f := large().fleet()
	for name, keys := range map[string][]string{"jobs": nil, "job": {"G", "enter"}} {
		b.Run(name, func(b *testing.B) {
			m := pressOn(modelOf(f, 160, 48, Options{}), keys...)
			b.ReportAllocs()
			for b.Loop() {
				m.View()
			}
		})
	}
}

// BenchmarkFleet is the model taking a Fleet: filter, sort, the cursor.
func BenchmarkFleet(b *testing.B) {
	one := newWorld(1250)
	one.job("nlp", "huge", 10_000, 1, func(p *fleet.Pod) {
		one.run(p)
		one.busy(p, float64(p.Index%100)/100, 0.4)
	})
	for _, c := range []struct {
		name string
		of   *world
		keys []string
	}{
		{"625 jobs", large(), nil},
		{"625 jobs, filtered", large(), []string{"/", "1", "enter"}},
		{"625 jobs, by busy", large(), []string{"B"}},
		{"10,000 workers", one, []string{"enter"}},
		{"10,000 workers unfolded, by busy", one, []string{"enter", "u", "B"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			fleets := []*fleet.Fleet{c.of.fleet(), nil}
			c.of.joiner = fleet.Joiner{}
			fleets[1] = c.of.fleet() // every job is another one, as after new readings
			m := pressOn(modelOf(fleets[0], 160, 48, Options{}), c.keys...)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				m.Update(fleetMsg{fleets[i%2]})
			}
		})
	}
}

// BenchmarkKey is a key press and its frame.
func BenchmarkKey(b *testing.B) {
	m := modelOf(large().fleet(), 160, 48, Options{})
	down := keyPress("down")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%600 == 599 {
			m.Update(keyPress("home"))
		}
		m.Update(down)
		if v := m.View(); v.Content == "" {
			b.Fatal(fmt.Errorf("nothing drawn"))
		}
	}
}

// BenchmarkForm is a key in the form of a submit, and the frame after it.
func BenchmarkForm(b *testing.B) {
	m := pressOn(modelOf(large().fleet(), 160, 48, Options{}), "a", "enter")
	for b.Loop() {
		m.Update(keyPress("x"))
		m.Update(keyPress("backspace"))
		_ = m.View()
	}
}
