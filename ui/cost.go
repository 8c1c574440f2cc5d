package ui

import (
	"fmt"
	"time"

	"paddock/fleet"
)

// costs tells what paddock itself asks of the cluster and of this machine, and
// how its sources are.
type costs struct {
	*pager
	wide int
}

func newCosts() *costs { return &costs{pager: newPager("Cost and sources", nil)} }

func (s *costs) name() string { return "cost" }

// openCost opens the screen of paddock's own cost.
func (m *Model) openCost() effect { return open(newCosts()) }

func (s *costs) arrange(e *env, width, height int) {
	if width != s.wide {
		s.wide = width
		s.refresh(e)
	}
	s.pager.arrange(e, width, height)
}

func (s *costs) refresh(e *env) {
	if s.wide == 0 {
		return
	}
	p := describer{now: e.now, width: s.wide}
	c := e.dash.Cost()
	if e.written != nil {
		c.Terminal = e.written()
	}
	ran := e.now.Sub(c.Since)
	p.title("Cost", dim("  of paddock itself, in "+age(ran)))
	p.pairs([]fleet.KeyValue{
		{Key: "API server", Value: fmt.Sprintf("%s requests, watches included; %s received, %s a second", count(int(c.Requests)), size(c.Received), rate(c.Received, ran))},
		{Key: "Prometheus", Value: fmt.Sprintf("%s requests; %s received, %s a second; through the API server's proxy they are among its own above", count(int(c.Prometheus.Requests)), size(c.Prometheus.Received), rate(c.Prometheus.Received, ran))},
		{Key: "memory", Value: fmt.Sprintf("%s heap, %s goroutines", size(c.Heap), count(c.Goroutines))},
		{Key: "terminal", Value: fmt.Sprintf("%s written, %s a second", size(c.Terminal), rate(c.Terminal, ran))},
	})
	p.title("Sources")
	for _, src := range e.fleet.Sources {
		p.source(src)
	}
	p.title("GPU numbers", dim("  what they rest on"))
	n := e.fleet.Metrics
	p.pairs([]fleet.KeyValue{{Key: "devices", Value: fmt.Sprintf("%s report, %s name their pod, %s joined to a worker", count(n.Devices), count(n.Labelled), count(n.Matched))}})
	for _, note := range n.Notes {
		p.text([]span{plain("  "), {"! ", toneWarn}}, note, toneText)
	}
	s.set(p.lines)
}

// source is one source: its health, its age, and what is wrong with it.
func (p *describer) source(s fleet.Source) {
	head := []span{plain("  " + fitLeft(s.Name, 16)), {fitLeft(string(s.Health), 14), healthTone(s.Health)}}
	text := "for " + since(s.Since, p.now)
	if s.Health == fleet.Off && s.Name == "metrics.k8s.io" {
		text += "; it is asked while workers or nodes are on screen"
	}
	if s.Objects >= 0 {
		text += ", " + count(s.Objects) + " objects"
	}
	if !s.AsOf.IsZero() {
		text += ", last heard " + fleet.Age(p.now.Sub(s.AsOf)) + " ago"
	}
	p.text(head, text, toneDim)
	for _, said := range []string{s.Err, s.Hint} {
		if said != "" {
			p.text([]span{plain(spaces(18))}, said, toneText)
		}
	}
}

// rate is bytes a second.
func rate(bytes int64, over time.Duration) string {
	if over < time.Second {
		return unknown
	}
	return size(int64(float64(bytes) / over.Seconds()))
}
