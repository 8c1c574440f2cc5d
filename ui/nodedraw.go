package ui

import (
	"strings"

	"paddock/fleet"
)

// nodeParts are where the parts stand. A rect without height is not drawn.
type nodeParts struct{ facts, devices, workers, page rect }

// parts lays out the screen: facts above, then devices and workers; the page
// beside them where it is wide, below where there is room, and in their stead
// while it has the focus where there is none.
func (s *node) parts(width, height int) nodeParts {
	const leastPage = 5
	p := nodeParts{facts: rect{0, 0, width, min(5, height)}}
	y, left := p.facts.h, height-p.facts.h
	w := width
	if width >= sideWidth {
		w = width * 3 / 5
		p.page = rect{w + 3, y, width - w - 3, left}
	} else if s.pane == panePage {
		p.page = rect{0, y, width, left}
		return p
	}
	devices := min(max(len(s.devices.rows), 1)+2, max(left*3/5, leastTable))
	workers := max(len(s.workers.rows), 1) + 2
	if p.page.w == 0 && left-devices-workers-1 >= leastPage {
		p.page = rect{0, y + devices + workers, width, left - devices - workers}
		left -= p.page.h
	}
	p.devices = rect{0, y, w, min(devices, left)}
	p.workers = rect{0, y + p.devices.h, w, left - p.devices.h}
	return p
}

func (s *node) arrange(e *env, width, height int) {
	p := s.parts(width, height)
	s.devices.arrange(p.devices.h - 1)
	s.workers.arrange(p.workers.h)
	wide := p.page.w
	if wide == 0 {
		wide = width
	}
	if wide != s.wide {
		s.wide = wide
		s.write(e)
	}
	s.page.arrange(e, wide, p.page.h-1)
}

func (s *node) draw(e *env, width, height int) []string {
	if s.node == nil {
		said := "There is no node " + s.at + ".  esc goes back."
		if waiting(e) {
			said = "waiting for " + s.at + " ..."
		}
		return message(e, width, height, said)
	}
	p := s.parts(width, height)
	lines := s.facts(e, width, p.facts.h)
	var left []string
	if p.devices.h > 0 {
		left = append(left, fill(s.devices.draw(e, p.devices.w, p.devices.h-1, s.pane == paneDevices), p.devices.w, p.devices.h)...)
		left = append(left, s.workers.draw(e, p.workers.w, p.workers.h, s.pane == paneWorkers)...)
	}
	switch {
	case p.page.h < 2:
		lines = append(lines, left...)
	case p.page.x > 0:
		lines = append(lines, beside(left, s.drawPage(e, p.page), spaces(p.page.x-p.devices.w))...)
	default:
		lines = append(append(lines, left...), s.drawPage(e, p.page)...)
	}
	return fill(lines, width, height)
}

// drawPage draws what was read under a title that shows whether it has the focus.
func (s *node) drawPage(e *env, at rect) []string {
	t, note := toneStrong, "tab"
	if s.pane == panePage {
		t, note = toneTitle, s.page.note(e)
	}
	title := e.split(at.w, []span{{" Described", t}}, []span{dim(note + " ")})
	return append([]string{title}, s.page.draw(e, at.w, at.h-1)...)
}

// facts are the lines above the devices, with a blank one behind them.
func (s *node) facts(e *env, width, height int) []string {
	n := s.node
	lines := []string{e.line(width, append([]span{plain(" ")}, pack(width-2, nodeFacts(e, n)...)...)...)}
	if why := nodeWhy(n); why != "" {
		lines = append(lines, e.inset(width, span{why, whyTone(n)}))
	}
	lines = append(lines, e.inset(width, pack(width-4, nodeNumbers(e, n)...)...))
	lines = append(lines, e.inset(width, pack(width-4, machinePieces(e, n)...)...))
	return fill(lines, width, height)
}

// machinePieces are the facts of the machine around the GPUs.
func machinePieces(e *env, n *fleet.Node) []piece {
	o := n.Object
	if o == nil {
		return nil
	}
	cpu, memory := cores(o.CPU), size(o.Memory)
	out := []piece{part(1, figure("CPU", cpu+" cores", toneText)...), part(1, figure("memory", memory, toneText)...)}
	if u, ok := e.fleet.Usage[nodeRef(n.Name)]; ok {
		out = []piece{usagePiece("CPU", cores(u.CPU), cpu+" cores"), usagePiece("memory", size(u.Memory), memory)}
	}
	if len(o.Taints) > 0 {
		out = append(out, part(2, figure("taints", strings.Join(o.Taints, " "), toneText)...))
	}
	for _, f := range []struct {
		rank        int
		word, value string
	}{{3, "address", o.Address}, {4, "kubelet", o.Kubelet}, {5, "MIG", o.MIG}} {
		if f.value != "" {
			out = append(out, part(f.rank, figure(f.word, f.value, toneText)...))
		}
	}
	return out
}
