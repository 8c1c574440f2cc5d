package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"paddock/fleet"
)

// node is the screen of one node: what it is, its devices, the workers that
// run on it, and what is read of it: conditions and events.
type node struct {
	at      string
	node    *fleet.Node // nil before it was seen; the last seen when it is gone
	gone    bool
	devices table[*fleet.Device]
	slots   deviceSlots // of the devices
	clock   float64     // that those of them have that work
	workers table[*fleet.Worker]
	only    filter[*fleet.Worker]
	page    *pager
	told    describedMsg // with an empty selection before anything was read
	wide    int          // cells that the page was made for
	pane    nodePane
}

// nodePane is the part of the screen that keys go to.
type nodePane uint8

const (
	paneDevices nodePane = iota
	paneWorkers
	panePage
	nodePanes
)

func newNode(name string) screen {
	s := &node{at: name, page: newPager("", nil), workers: table[*fleet.Worker]{
		columns: nodeWorkerColumns(), normal: heaviestWorker, word: "most GPUs first",
		id:   func(w *fleet.Worker) identity { return identity{w.Ref, w.Pod.UID} },
		mark: func(e *env, w *fleet.Worker) span { return e.state(w.State) },
	}}
	s.workers.empty = func(*env) []string {
		if s.node != nil && len(s.node.Workers) > 0 {
			return []string{"no worker matches the filter"}
		}
		return []string{"no worker runs here"}
	}
	s.devices = nodeDevices(func() deviceSlots { return s.slots }, func() float64 { return s.clock })
	return s
}

func (s *node) name() string  { return "node" }
func (s *node) crumb() string { return s.at }

func (s *node) note(*env) string {
	switch {
	case s.node == nil:
		return ""
	case s.gone:
		return "gone, as last seen"
	}
	devices, workers := plural(len(s.devices.rows), "device"), s.shownWorkers()
	switch s.pane {
	case paneDevices:
		return s.devices.place() + devices + " " + s.devices.sorted() + ", " + workers
	case paneWorkers:
		return devices + ", " + s.workers.place() + workers + " " + s.workers.sorted()
	}
	return devices + ", " + workers
}

// shownWorkers is how many workers are shown, of how many when that is not all.
func (s *node) shownWorkers() string {
	all := plural(len(s.node.Workers), "worker")
	if n := len(s.workers.rows); n != len(s.node.Workers) {
		return count(n) + " of " + all
	}
	return all
}

func (s *node) refresh(e *env) {
	i := slices.IndexFunc(e.fleet.Nodes, func(n *fleet.Node) bool { return n.Name == s.at })
	s.gone = i < 0 && s.node != nil && e.fleet.Complete
	if i >= 0 {
		s.node = e.fleet.Nodes[i]
	}
	if s.node == nil {
		return
	}
	rows, of := deviceRows(s.node)
	s.slots, s.clock = of, usualClock(s.node.Devices)
	s.devices.set(rows)
	s.workers.set(slices.DeleteFunc(slices.Clone(s.node.Workers), func(w *fleet.Worker) bool { return !s.only.match(w, e.now) }))
	s.write(e)
}

// write makes the page of what was read.
func (s *node) write(e *env) {
	if s.wide <= 0 {
		return
	}
	var page []pageLine
	switch {
	case s.told.err != nil:
		page = hanging([]span{plain(" ")}, s.told.err.Error(), toneBad, s.wide)
	case !s.told.of.ok():
		page = []pageLine{newPageLine(dim(" reading conditions and events ..."))}
	default:
		page = describePage(s.told.description, e.now, s.wide)
	}
	s.page.set(page)
}

func (s *node) receive(e *env, msg tea.Msg) effect {
	if m, ok := msg.(describedMsg); ok && m.of == s.reading() {
		s.told = m
		s.write(e)
	}
	return effect{}
}

func (s *node) keys(e *env) []binding {
	own := []binding{
		{keys: []string{"tab"}, help: "pane", long: "to the next pane: devices, workers, described", footer: true, run: func() effect {
			s.pane = (s.pane + 1) % nodePanes
			return effect{}
		}},
		{keys: []string{"shift+tab"}, show: "shift-tab", help: "pane before", run: func() effect {
			s.pane = (s.pane + nodePanes - 1) % nodePanes
			return effect{}
		}},
	}
	own = append(own, logsKey(e, "the logs of all workers on the node", nil, func() *logScreen { return nodeLogs(s.crumb()) }))
	own = append(own, nodeChanges(e, s.itself)...)
	switch s.pane {
	case paneDevices:
		own = append(own, binding{keys: []string{"enter"}, help: "open", long: "open the worker that holds the device", footer: true, disabled: s.unheld, run: func() effect { return s.open(e) }})
		return slices.Concat(own, s.devices.moves(), s.devices.sorts())
	case paneWorkers:
		own = append(own, binding{keys: []string{"enter"}, help: "open", long: "open the worker under the cursor", footer: true, disabled: s.unheld, run: func() effect { return s.open(e) }})
		return slices.Concat(own, s.workers.moves(), s.workers.sorts())
	}
	return append(own, s.page.keys(e)...)
}

// itself is the node that is shown, while it is there.
func (s *node) itself() []*fleet.Node {
	if s.node == nil || s.gone {
		return nil
	}
	return []*fleet.Node{s.node}
}

// worker is the worker under the cursor, or the one that holds the device under it.
func (s *node) worker() *fleet.Worker {
	if s.pane == paneWorkers {
		w, _ := s.workers.current()
		return w
	}
	d, ok := s.devices.current()
	if !ok || s.node == nil {
		return nil
	}
	for _, w := range s.node.Workers {
		if slices.Contains(w.Devices, d) {
			return w
		}
	}
	return nil
}

func (s *node) unheld() string {
	if s.worker() == nil {
		return "no worker is known to hold it"
	}
	return ""
}

func (s *node) open(e *env) effect {
	w := s.worker()
	return open(newWorker(e, w.Job, w.Ref))
}

func (s *node) hold() {
	s.devices.hold()
	s.workers.hold()
}

func (s *node) resort() {
	s.devices.resort()
	s.workers.resort()
}

// filter narrows the workers, and goes to them: devices are few. In the page it
// searches. No text ends both.
func (s *node) filter(e *env, text string) error {
	if s.pane == panePage && text != "" {
		return s.page.filter(e, text)
	}
	only, err := parseFilter(text, workerKeys())
	if err != nil {
		return err
	}
	s.page.search("")
	if s.pane == paneDevices && !only.empty() {
		s.pane = paneWorkers
	}
	s.only = only
	s.workers.narrow(!only.empty())
	s.refresh(e)
	return nil
}

func (s *node) searches() bool { return s.pane == panePage }

func (s *node) complete(e *env, text string) []string {
	if s.pane == panePage {
		return nil
	}
	return completeFilter(text, workerKeys(), e.fleet)
}

// selected is the worker under the cursor of the workers, else the node.
func (s *node) selected() selection {
	switch {
	case s.node == nil:
		return selection{}
	case s.pane == paneWorkers && s.worker() != nil:
		return podSelection(s.worker().Pod)
	}
	of := selectNode(s.node)
	if d, ok := s.devices.current(); ok && s.pane == paneDevices {
		of.text = d.Reading.UUID
	}
	if s.pane == panePage {
		of.text, of.what = s.page.of.text, "description of "+s.at
	}
	return of
}

func (s *node) reading() selection {
	if s.node == nil {
		return selection{}
	}
	return selectNode(s.node)
}

func (s *node) interest() fleet.Interest {
	i := fleet.Interest{Nodes: []string{s.at}}
	for _, w := range s.workers.visible() {
		i.Pods = append(i.Pods, w.Ref)
	}
	return i
}
