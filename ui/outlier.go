package ui

import (
	"fmt"
	"slices"
	"time"

	"paddock/fleet"
)

// What stands out among workers that should do the same. Utilisation alone hides
// it: whoever waits in a collective spins at 100%, while its tensor cores rest.
const (
	// behindBy is how far below the median of its role a worker's utilisation is
	// before it stands out: data-parallel workers wait for each other, so one that
	// works less is the one that the others wait for, or that waits for its data.
	behindBy = 0.25
	// behindShare is the same for tensor activity, which is low even in good jobs:
	// a part of the median, where that is tensorWorks at least.
	behindShare = 0.50
	tensorWorks = 0.10
	// leastPeers are the workers of a role below which a median says nothing.
	leastPeers = 3
)

// A job whose GPUs are busy while all their tensor cores rest may hang. It may
// as well compute without them, or be at its start: so it is a hint, and not for
// young jobs.
const (
	hangBusy   = 0.50
	hangTensor = 0.02
	hangFrom   = 15 * time.Minute
)

// peers is what the running workers of a role do, as medians; NaN where too few are known.
type peers struct{ busy, tensor float64 }

// compared fills in what compares each running worker with its peers.
func compared(rows []workerRow) {
	busy, tensor := map[string][]float64{}, map[string][]float64{}
	for _, r := range rows {
		if r.State != fleet.Running {
			continue
		}
		if fleet.Known(r.usual) {
			busy[r.Role] = append(busy[r.Role], r.usual)
		}
		if fleet.Known(r.load.Tensor) {
			tensor[r.Role] = append(tensor[r.Role], r.load.Tensor)
		}
	}
	of := map[string]peers{}
	for role := range busy {
		of[role] = peers{median(busy[role]), median(tensor[role])}
	}
	for i := range rows {
		r := &rows[i]
		r.others = peers{fleet.Unknown(), fleet.Unknown()}
		if p, ok := of[r.Role]; ok && r.State == fleet.Running {
			r.others = p
		}
	}
}

// median is the middle of values, which it sorts; NaN of too few.
func median(values []float64) float64 {
	if len(values) < leastPeers {
		return fleet.Unknown()
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// behind is true for a worker that works clearly less than its peers.
func (r workerRow) behind() bool { return r.lessBusy() || r.lessTensor() }

func (r workerRow) lessBusy() bool { return r.usual < r.others.busy-behindBy }

func (r workerRow) lessTensor() bool {
	return r.others.tensor >= tensorWorks && r.load.Tensor < behindShare*r.others.tensor
}

// behindWords say how a worker differs from its peers.
func (r workerRow) behindWords() string {
	if r.lessBusy() {
		return fmt.Sprintf("busy %s%s, the others %s", percent(r.usual), after(" over ", minutesWord(r.minutes)), percent(r.others.busy))
	}
	return fmt.Sprintf("tensor %s, the others %s", percent(r.load.Tensor), percent(r.others.tensor))
}

// minutesWord is "5m"; "" for none.
func minutesWord(n int) string {
	if n == 0 {
		return ""
	}
	return count(n) + "m"
}

// usualLoad is the mean utilisation of the minutes that are known, and how many
// they are; without any it is what was read last.
func usualLoad(l fleet.Load) (usual float64, minutes int) {
	sum := 0.0
	for i := range fleet.HistoryBuckets {
		if v := l.History.At(i); fleet.Known(v) {
			sum += v
			minutes++
		}
	}
	if minutes == 0 {
		return l.Busy, 0
	}
	return sum / float64(minutes), minutes
}

// jobHint is what stands out in a job that seems to run well; "" when nothing does.
func jobHint(j *fleet.Job, now time.Time) string {
	if j.State != fleet.Running || j.Load.Devices == 0 {
		return ""
	}
	if hangs(j, now) {
		return fmt.Sprintf("busy %s, tensor %s: it may hang, or works without tensor cores", percent(j.Load.Busy), percent(j.Load.Tensor))
	}
	if len(j.Workers) < leastPeers {
		return ""
	}
	first, n := outliers(j.Workers)
	if n == 0 {
		return ""
	}
	words := first.Label() + ": " + first.behindWords()
	if n > 1 {
		words += fmt.Sprintf(" (and %d more)", n-1)
	}
	return words
}

// even tells whether workers do so much the same that none can be behind: a
// median is at most the greatest. It is asked of every job after every reading,
// and most are.
func even(workers []*fleet.Worker) bool {
	var usuals, tensors [2]float64 // least and greatest
	some := false
	for _, w := range workers {
		if w.State != fleet.Running {
			continue
		}
		usual, _ := usualLoad(w.Load)
		tensor := w.Load.Tensor
		if !fleet.Known(usual) || !fleet.Known(tensor) {
			return false
		}
		if !some {
			usuals, tensors, some = [2]float64{usual, usual}, [2]float64{tensor, tensor}, true
		}
		usuals = [2]float64{min(usuals[0], usual), max(usuals[1], usual)}
		tensors = [2]float64{min(tensors[0], tensor), max(tensors[1], tensor)}
	}
	return usuals[0] >= usuals[1]-behindBy && (tensors[1] < tensorWorks || tensors[0] >= behindShare*tensors[1])
}

// outliers counts the workers that are behind, and gives the first.
func outliers(workers []*fleet.Worker) (first workerRow, n int) {
	if even(workers) {
		return workerRow{}, 0
	}
	rows := make([]workerRow, 0, len(workers))
	for _, w := range workers {
		if w.State == fleet.Running {
			r := workerRow{Worker: w, load: fleet.Load{Tensor: w.Load.Tensor}}
			r.usual, r.minutes = usualLoad(w.Load)
			rows = append(rows, r)
		}
	}
	compared(rows)
	for _, r := range rows {
		if r.behind() {
			if n++; n == 1 {
				first = r
			}
		}
	}
	return first, n
}

// hangs tells whether a job's GPUs are busy while no tensor core works.
func hangs(j *fleet.Job, now time.Time) bool {
	usual, _ := usualLoad(j.Load)
	if j.Started.IsZero() || now.Sub(j.Started) < hangFrom || !(j.Load.Busy >= hangBusy && usual >= hangBusy) {
		return false
	}
	for _, w := range j.Workers {
		for _, d := range w.Devices {
			if !(d.Reading.Tensor < hangTensor) { // one that works, or of which nobody knows
				return false
			}
		}
	}
	return true
}

// hotFrom is the temperature from which one should look, in degrees Celsius:
// data centre GPUs slow down between 85 and 92.
const hotFrom = 85

// temperature is a cell of degrees; it warns of heat that costs speed.
func temperature(v float64, sign string) span {
	s := number(degrees(v, sign))
	if v >= hotFrom {
		s.tone = toneWarn
	}
	return s
}

// slowShare is the part of its siblings' clock below which a working GPU's is
// slow: hot, short of power, or capped. At rest every GPU lowers its clock.
const slowShare = 0.8

// usualClock is the median clock of the devices that work.
func usualClock(devices []*fleet.Device) float64 {
	var clocks []float64
	for _, d := range devices {
		if c := d.Reading.SMClock; works(d) && fleet.Known(c) {
			clocks = append(clocks, c)
		}
	}
	return median(clocks)
}

func works(d *fleet.Device) bool { return d.Reading.Util >= busyWell }

// clock is a device's clock; it warns of one that is far below its siblings'.
func clock(d *fleet.Device, usual float64) span {
	s := number(megahertz(d.Reading.SMClock))
	if works(d) && d.Reading.SMClock < slowShare*usual {
		s.tone = toneWarn
	}
	return s
}
