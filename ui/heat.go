package ui

import (
	"cmp"
	"slices"
	"strings"

	"paddock/fleet"
)

// heat is a map of nodes x GPUs: several nodes a row, a cell or two a GPU, the
// cursor on a node. Nodes keep their places: by pool, then by name; those
// without GPUs come last. Only visible rows are drawn.
type heat struct {
	nodes  []*fleet.Node // by pool, then name; those without GPUs last
	domain string        // what all names end in, left out
	name   int           // cells of the widest name
	gpus   int           // GPUs of the largest node

	at     int    // index of the cursor's node
	cursor string // its name
	rows   []heatRow
	grid   heatGrid
	top    int // first visible row
	height int
}

// heatRow is one line of the map: the title of a pool, nodes side by side, or, without nodes, a blank.
type heatRow struct {
	pool     string
	from, to int // nodes
}

// holds tells whether node i is drawn on the row.
func (r heatRow) holds(i int) bool { return r.pool == "" && i >= r.from && i < r.to }

// heatGrid is how nodes stand on a row.
type heatGrid struct {
	columns int // nodes a row
	cell    int // cells a GPU
	name    int // cells of a name
	width   int // cells of a node, with the gap behind it
}

// nodeGap is the blank cells between two nodes of the map.
const nodeGap = 2

// mostName bounds the cells that a node's name takes in the map.
const mostName = 24

// set takes new nodes; the cursor stays on its node.
func (h *heat) set(nodes []*fleet.Node) {
	h.nodes = slices.Clone(nodes)
	slices.SortStableFunc(h.nodes, func(a, b *fleet.Node) int {
		return cmp.Or(compareBool(gpuless(a), gpuless(b)), strings.Compare(nodePool(a), nodePool(b)), strings.Compare(a.Name, b.Name))
	})
	h.domain = commonDomain(h.nodes)
	h.name, h.gpus = 0, 0
	for _, n := range h.nodes {
		h.name = max(h.name, cells(strings.TrimSuffix(n.Name, h.domain)))
		h.gpus = max(h.gpus, len(slots(n)))
	}
	h.find(h.cursor)
}

// gpuless tells whether a node has no GPUs to show.
func gpuless(n *fleet.Node) bool { return n.GPUs.Capacity == 0 && len(n.Devices) == 0 }

// withoutGPUs is the pool that all nodes without GPUs are in, on the map.
const withoutGPUs = "without GPUs"

// nodePool is the pool of a node, or its product where there are no pools.
func nodePool(n *fleet.Node) string {
	switch {
	case gpuless(n):
		return withoutGPUs
	case n.Object == nil:
		return ""
	case n.Object.Pool != "":
		return n.Object.Pool
	}
	return n.Object.Product
}

// commonDomain is the ".domain" that all names end in; "" when they differ.
func commonDomain(nodes []*fleet.Node) string {
	if len(nodes) == 0 {
		return ""
	}
	_, domain, ok := strings.Cut(nodes[0].Name, ".")
	if !ok {
		return ""
	}
	for _, n := range nodes {
		if !strings.HasSuffix(n.Name, "."+domain) {
			return ""
		}
	}
	return "." + domain
}

// arrange fits the map into width x height cells: two cells a GPU when all nodes fit so, else one.
func (h *heat) arrange(width, height int) {
	h.height = height
	h.grid = h.gridOf(width, 2)
	h.lay()
	if len(h.rows) > height {
		h.grid = h.gridOf(width, 1)
		h.lay()
	}
	h.move(h.at)
}

// gridOf is the grid with so many cells a GPU.
func (h *heat) gridOf(width, cell int) heatGrid {
	const gutter = 3 // the cursor, the node's sign, a blank
	g := heatGrid{cell: cell, name: min(h.name, mostName)}
	g.width = gutter + g.name + 1 + h.gpus*cell + nodeGap
	g.columns = max((width+nodeGap)/g.width, 1)
	return g
}

// lay puts the nodes on rows, pool by pool; a single pool needs no title.
func (h *heat) lay() {
	h.rows = h.rows[:0]
	titles := len(h.nodes) > 0 && nodePool(h.nodes[0]) != nodePool(h.nodes[len(h.nodes)-1])
	for from := 0; from < len(h.nodes); {
		pool := nodePool(h.nodes[from])
		to := from
		for to < len(h.nodes) && nodePool(h.nodes[to]) == pool {
			to++
		}
		if titles && from > 0 {
			h.rows = append(h.rows, heatRow{})
		}
		if titles {
			h.rows = append(h.rows, heatRow{pool: cmp.Or(pool, "no pool"), from: from, to: to})
		}
		for ; from < to; from += h.grid.columns {
			h.rows = append(h.rows, heatRow{from: from, to: min(from+h.grid.columns, to)})
		}
		from = to
	}
}

// find puts the cursor on the node with this name, else leaves it at its place.
func (h *heat) find(name string) {
	i := slices.IndexFunc(h.nodes, func(n *fleet.Node) bool { return n.Name == name })
	if i < 0 {
		i = h.at
	}
	h.at = max(min(i, len(h.nodes)-1), 0)
	if h.at < len(h.nodes) {
		h.cursor = h.nodes[h.at].Name
	}
}

// current is the node under the cursor.
func (h *heat) current() (*fleet.Node, bool) {
	if h.at >= len(h.nodes) {
		return nil, false
	}
	return h.nodes[h.at], true
}

// move puts the cursor on node i, or the nearest there is, and scrolls to it.
func (h *heat) move(i int) {
	h.at = max(min(i, len(h.nodes)-1), 0)
	if h.at < len(h.nodes) {
		h.cursor = h.nodes[h.at].Name
	}
	row := h.row()
	if row > 0 && h.rows[row-1].pool != "" && row-1 < h.top {
		h.top = row - 1 // the pool's title stays above its first row
	}
	h.top = min(h.top, row)
	h.top = max(h.top, row-h.height+1)
	h.top = max(min(h.top, len(h.rows)-h.height), 0)
}

// row is the row that the cursor is on.
func (h *heat) row() int {
	return max(slices.IndexFunc(h.rows, func(r heatRow) bool { return r.holds(h.at) }), 0)
}

// place says which nodes are visible when not all are: "217 to 266 of ".
func (h *heat) place() string {
	first, last := len(h.nodes), 0
	for _, r := range h.rows[h.top:min(h.top+h.height, len(h.rows))] {
		if r.holds(r.from) {
			first, last = min(first, r.from), max(last, r.to)
		}
	}
	if last-first == len(h.nodes) || last == 0 {
		return ""
	}
	return count(first+1) + " to " + count(last) + " of "
}

// step moves the cursor up or down by rows of nodes, in its column.
func (h *heat) step(n int) {
	if len(h.rows) == 0 {
		return
	}
	row := h.row()
	column := h.at - h.rows[row].from
	dir := 1
	if n < 0 {
		n, dir = -n, -1
	}
	for at := row + dir; n > 0 && at >= 0 && at < len(h.rows); at += dir {
		if r := h.rows[at]; r.holds(r.from) {
			row = at
			n--
		}
	}
	h.move(min(h.rows[row].from+column, h.rows[row].to-1))
}

// draw renders the visible rows into exactly height lines of exactly width cells.
func (h *heat) draw(e *env, width, height int) []string {
	lines := make([]string, 0, height)
	for i := h.top; i < len(h.rows) && len(lines) < height; i++ {
		r := h.rows[i]
		if r.pool != "" {
			lines = append(lines, h.title(e, r, width))
			continue
		}
		spans := make([]span, 0, (r.to-r.from)*(h.gpus+4))
		for at := r.from; at < r.to; at++ {
			if at > r.from {
				spans = append(spans, plain(spaces(nodeGap)))
			}
			spans = h.node(e, spans, h.nodes[at], at == h.at)
		}
		lines = append(lines, e.line(width, spans...))
	}
	return fill(lines, width, height)
}

// title is the line above a pool's nodes.
func (h *heat) title(e *env, r heatRow, width int) string {
	if r.pool == withoutGPUs {
		return e.line(width, plain("  "), strong(r.pool), dim("  "+plural(r.to-r.from, "node")))
	}
	gpus, free := 0, 0
	for _, n := range h.nodes[r.from:r.to] {
		gpus += n.GPUs.Capacity
		if free >= 0 && n.GPUs.Free >= 0 {
			free += n.GPUs.Free
		} else {
			free = -1
		}
	}
	return e.line(width, plain("  "), strong(r.pool), dim("  "+plural(r.to-r.from, "node")+", "+plural(gpus, "GPU")+", "+count(free)+" free"))
}

// node draws one node: the cursor, a sign, its name, a cell or two a GPU.
func (h *heat) node(e *env, out []span, n *fleet.Node, current bool) []span {
	cursor, base := plain(" "), toneText
	if n.Why != "" {
		base = toneDim
	}
	if current {
		cursor, base = span{">", toneCursor}, toneCursor
	}
	name := fitLeft(strings.TrimSuffix(n.Name, h.domain), h.grid.name)
	out = append(out, cursor, nodeMark(e, n), plain(" "), span{name, base}, plain(" "))
	all := slots(n)
	old := e.old("prometheus")
	// GPUs that do the same share a span: a row of a large node is short on the wire.
	for i := 0; i < len(all); {
		t, text := all[i].look(old), ""
		for ; i < len(all) && all[i].look(old) == t; i++ {
			text += fitLeft(all[i].glyph(e.ascii), h.grid.cell)
		}
		out = append(out, span{text, t})
	}
	return append(out, plain(spaces((h.gpus-len(all))*h.grid.cell)))
}
