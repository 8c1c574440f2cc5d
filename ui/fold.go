package ui

import (
	"slices"

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
	others        float64         // the median of its role; NaN where there are too few
}

// behindBy is how far below the median of its role a worker's utilisation is
// before it stands out: data-parallel workers wait for each other, so one that
// works less is the one that the others wait for, or that waits for its data.
const behindBy = 0.25

// behind is true for a worker that works clearly less than its peers.
func (r workerRow) behind() bool { return r.usual < r.others-behindBy }

const (
	foldFrom  = 6 // workers up to which a job's list is short enough as it is
	foldGroup = 3 // alike workers that are worth one line
)

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
	byRole := map[string][]float64{}
	rank := stateRanks()
	rank[fleet.Failed] = -1 // in a job that goes on, a failed worker is news
	for i, w := range workers {
		rows[i] = workerRow{Worker: w, load: w.Load, idle: idleDevices(workers[i : i+1]), rank: rank[w.State], usual: usualLoad(w.Load)}
		if w.State == fleet.Running && fleet.Known(rows[i].usual) {
			byRole[w.Role] = append(byRole[w.Role], rows[i].usual)
		}
	}
	for role, loads := range byRole {
		slices.Sort(loads)
		byRole[role] = loads
	}
	for i := range rows {
		rows[i].others = fleet.Unknown()
		if loads := byRole[rows[i].Role]; len(loads) > 2 && rows[i].State == fleet.Running {
			rows[i].others = loads[len(loads)/2]
		}
	}
	return rows
}

// usualLoad is the mean utilisation of the minutes that are known.
func usualLoad(l fleet.Load) float64 {
	sum, n := 0.0, 0
	for i := range fleet.HistoryBuckets {
		if v := l.History.At(i); fleet.Known(v) {
			sum += v
			n++
		}
	}
	if n == 0 {
		return l.Busy
	}
	return sum / float64(n)
}

// fold draws workers that are alike as one row, in the place of the first.
func fold(rows []workerRow) []workerRow {
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
		if len(group) >= foldGroup {
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
