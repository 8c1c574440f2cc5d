package ui

import (
	"slices"

	"paddock/fleet"
)

// nodes is the screen of all nodes: a list, or a heat map of nodes x GPUs, and
// below it what is known of the node under the cursor.
type nodes struct {
	listing[*fleet.Node, *fleet.Node]
	heat   heat
	mapped bool // the heat map is shown
}

func newNodes(*env) screen {
	return &nodes{listing: listing[*fleet.Node, *fleet.Node]{
		noun:   "node",
		of:     func(f *fleet.Fleet) []*fleet.Node { return f.Nodes },
		row:    func(_ *env, n *fleet.Node) *fleet.Node { return n },
		words:  nodeKeys,
		choose: selectNode,
		detail: nodeDetail, least: 3,
		table: table[*fleet.Node]{
			columns: nodeColumns(), normal: worstNode, word: "worst first", id: nodeIdentity, mark: nodeMark, uids: nodeUIDs,
		},
	}}
}

func nodeIdentity(n *fleet.Node) identity { return identity{ref: nodeRef(n.Name)} }

func nodeUIDs(n *fleet.Node) []string {
	if n.Object == nil {
		return nil
	}
	return []string{n.Object.UID}
}

func nodeRef(name string) fleet.Ref { return fleet.Ref{Kind: "Node", Name: name} }

func (s *nodes) name() string {
	if s.mapped {
		return "heat map"
	}
	return "nodes"
}

func (s *nodes) crumb() string { return "Nodes" }

func (s *nodes) note(e *env) string {
	if !s.mapped {
		return s.listing.note(e)
	}
	if s.all == 0 {
		return ""
	}
	return s.heat.place() + s.shown() + ", by name"
}

func (s *nodes) refresh(e *env) {
	s.listing.refresh(e)
	s.heat.set(s.table.rows)
}

func (s *nodes) filter(e *env, text string) error {
	err := s.listing.filter(e, text)
	s.refresh(e)
	return err
}

// heatDetail is what stands below the heat map beside its legend: a blank line
// and four of the node.
const heatDetail = 5

func (s *nodes) arrange(e *env, width, height int) {
	s.listing.arrange(e, width, height)
	s.heat.arrange(width, s.heatHeight(height, len(heatLegend(e, width))))
}

// heatHeight is the lines of the map itself above a legend of so many lines; a
// low screen has the legend only.
func (s *nodes) heatHeight(height, legend int) int {
	if height < 2*(heatDetail+legend) {
		return max(height-legend, 0)
	}
	return height - heatDetail - legend
}

func (s *nodes) draw(e *env, width, height int) []string {
	switch {
	case len(s.table.rows) == 0:
		return s.blank(e, width, height)
	case s.mapped:
		return s.drawMap(e, width, height)
	}
	return s.listing.draw(e, width, height)
}

func (s *nodes) drawMap(e *env, width, height int) []string {
	legend := heatLegend(e, width)
	high := s.heatHeight(height, len(legend))
	detailed := height-high > len(legend)
	lines := s.heat.draw(e, width, min(high, len(s.heat.rows)))
	if n, ok := s.heat.current(); ok && detailed {
		lines = append(lines, spaces(width))
		lines = append(lines, nodeDetail(e, n, width, heatDetail-1)...)
	}
	return fill(append(fill(lines, width, height-len(legend)), legend...), width, height)
}

// blank says why there are no nodes.
func (s *nodes) blank(e *env, width, height int) []string {
	if why, ok := s.filtered(); ok {
		return message(e, width, height, why)
	}
	source := e.fleet.Source("nodes")
	switch {
	case source.Health == fleet.Forbidden:
		return message(e, width, height, "Nodes can't be read here, so nobody knows what is free.", source.Err, source.Hint)
	case source.Health != fleet.Live && source.Health != fleet.Stale:
		return message(e, width, height, connecting(e)...)
	}
	return message(e, width, height, "This cluster has no nodes.")
}

// message is a screen that only speaks.
func message(e *env, width, height int, said ...string) []string {
	lines := []string{spaces(width)}
	for _, text := range said {
		for _, l := range wrap(text, width-6) {
			lines = append(lines, e.line(width, plain("   "), plain(l)))
		}
	}
	return fill(lines, width, height)
}

func (s *nodes) keys(e *env) []binding {
	own := []binding{
		{keys: []string{"enter"}, help: "open", long: "open the node under the cursor", footer: true, disabled: s.unselected, run: func() effect {
			return open(newNode(s.selected().ref.Name))
		}},
		{keys: []string{"m"}, help: s.otherView(), long: "heat map of nodes x GPUs, or the list", footer: true, run: s.toggle},
	}
	if s.mapped {
		return slices.Concat(own, nodeChanges(e, s.chosen), s.heat.moves())
	}
	own = append(own, logsKey(e, "the logs of all workers on the node", s.unselected, func() *logScreen { return nodeLogs(s.selected().ref.Name) }))
	if !e.readOnly() {
		own = append(own, s.table.markKey(s.unselected))
	}
	return slices.Concat(own, nodeChanges(e, s.chosen), s.table.moves(), s.table.sorts())
}

// chosen is the marked nodes, else the one under the cursor.
func (s *nodes) chosen() []*fleet.Node {
	if !s.mapped {
		return s.table.chosen()
	}
	if n, ok := s.heat.current(); ok {
		return []*fleet.Node{n}
	}
	return nil
}

func (s *nodes) otherView() string {
	if s.mapped {
		return "list"
	}
	return "heat map"
}

// toggle changes between list and map; the cursor stays on its node.
func (s *nodes) toggle() effect {
	at := s.selected().ref
	s.mapped = !s.mapped
	if s.mapped {
		s.heat.find(at.Name)
	} else {
		s.table.find(identity{ref: at})
	}
	return effect{}
}

func (s *nodes) selected() selection {
	if !s.mapped {
		return s.listing.selected()
	}
	n, ok := s.heat.current()
	if !ok {
		return selection{}
	}
	return selectNode(n)
}

func selectNode(n *fleet.Node) selection {
	of := selection{ref: nodeRef(n.Name), apiVersion: "v1"}
	if n.Object != nil {
		of.uid = n.Object.UID
	}
	return of
}
