package ui

import (
	"paddock/fleet"
)

// workerRow is a worker, or several that are alike, drawn as one.
type workerRow struct {
	*fleet.Worker                 // the first of them
	alike         []*fleet.Worker // all of them when they are drawn as one; nil for one worker
	load          fleet.Load      // the worker's; the mean of those that are alike
	idle          int             // devices held and not used
	rank          int             // of its state, worst first
	usual         float64         // its utilisation over the last minutes; NaN unknown
	minutes       int             // how many of them are known
	others        peers           // what the others of its role do
	wide          int             // cells of what its row says
}

// all is the workers that a row stands for.
func (r workerRow) all() []*fleet.Worker {
	if r.alike != nil {
		return r.alike
	}
	return []*fleet.Worker{r.Worker}
}

// uids are those of its workers' pods.
func (r workerRow) uids() []string {
	all := r.all()
	out := make([]string, len(all))
	for i, w := range all {
		out[i] = w.Pod.UID
	}
	return out
}

const (
	foldFrom  = 6 // workers up to which a job's list is short enough as it is
	foldGroup = 3 // alike workers that are worth one line
)

// homeless tells whether a worker has no node: several that wait for the same
// reason have nothing to tell but that.
func (r workerRow) homeless() bool { return r.Pod.Node == "" && r.Why != "" }

// likeness is what workers that are drawn as one have in common. Readings are
// not in it, but for what stands out over minutes: rows must not jump.
type likeness struct {
	role, why string
	state     fleet.State
	devices   int
	restarts  int
	attempt   int
	idle      bool
	behind    bool
}

func (r workerRow) likeness() likeness {
	return likeness{r.Role, r.Why, r.State, len(r.Devices), r.Pod.Restarts, r.Attempt, r.idle > 0, r.behind()}
}

// workerRows makes a row of each worker, with what compares it to its peers.
func workerRows(workers []*fleet.Worker) []workerRow {
	rows := make([]workerRow, len(workers))
	rank := stateRanks()
	rank[fleet.Failed] = -1 // in a job that goes on, a failed worker is news
	for i, w := range workers {
		rows[i] = workerRow{Worker: w, load: w.Load, idle: idleDevices(workers[i : i+1]), rank: rank[w.State]}
		rows[i].usual, rows[i].minutes = usualLoad(w.Load)
	}
	compared(rows)
	return rows
}

// fold draws workers that are alike as one row, in the place of the first; of a
// few only those that wait for a node.
func fold(rows []workerRow, few bool) []workerRow {
	places := map[likeness]int{} // of a likeness among groups
	var groups [][]workerRow
	for _, r := range rows {
		like := r.likeness()
		i, ok := places[like]
		if !ok {
			i = len(groups)
			places[like] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], r)
	}
	var out []workerRow
	for _, group := range groups {
		if len(group) >= foldGroup && !few || len(group) > 1 && group[0].homeless() {
			group = []workerRow{folded(group)}
		}
		out = append(out, group...)
	}
	return out
}

// folded makes one row of several: their means, the hottest temperature.
func folded(group []workerRow) workerRow {
	r := group[0]
	var busy, tensor, used, total, power mean
	r.load.MaxTemp = fleet.Unknown()
	for _, g := range group {
		r.alike = append(r.alike, g.Worker)
		busy.add(g.load.Busy)
		tensor.add(g.load.Tensor)
		used.add(g.load.MemUsed)
		total.add(g.load.MemTotal)
		power.add(g.load.Power)
		if t := g.load.MaxTemp; fleet.Known(t) && !(t <= r.load.MaxTemp) {
			r.load.MaxTemp = t
		}
	}
	r.load.Busy, r.load.Tensor = busy.value(), tensor.value()
	r.load.MemUsed, r.load.MemTotal, r.load.Power = used.value(), total.value(), power.value()
	return r
}

// mean is the mean of the numbers that are known.
type mean struct {
	sum float64
	n   int
}

func (m *mean) add(v float64) {
	if fleet.Known(v) {
		m.sum += v
		m.n++
	}
}

func (m mean) value() float64 {
	if m.n == 0 {
		return fleet.Unknown()
	}
	return m.sum / float64(m.n)
}
