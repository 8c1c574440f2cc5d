package fleet

import (
	"math"
	"time"
)

// gather sums readings into a Load. A measure that a device does not tell
// takes no part in that measure, and only in that one.
type gather struct {
	busy, tensor      mean
	memUsed, memTotal sum
	power             sum
	maxTemp           float64
	hasTemp           bool
	oldest            time.Time // sample
	history           [HistoryBuckets]mean
	end               int64
	devices           int
}

type mean struct {
	sum float64
	n   int
}

func (m *mean) add(v float64, weight int) {
	if Known(v) && weight > 0 {
		m.sum += v * float64(weight)
		m.n += weight
	}
}

func (m mean) value() float64 {
	if m.n == 0 {
		return Unknown()
	}
	return m.sum / float64(m.n)
}

type sum struct {
	sum   float64
	known bool
}

func (s *sum) add(v float64) {
	if Known(v) {
		s.sum += v
		s.known = true
	}
}

func (s sum) value() float64 {
	if !s.known {
		return Unknown()
	}
	return s.sum
}

// device adds one device's reading.
func (g *gather) device(r *Reading, h History) {
	g.devices++
	g.busy.add(r.Util, 1)
	g.tensor.add(r.Tensor, 1)
	g.memUsed.add(r.MemUsed)
	g.memTotal.add(r.MemTotal)
	g.power.add(r.Power)
	g.temp(r.Temp)
	g.seen(r.At)
	g.past(h, 1)
}

// load adds what was gathered before.
func (g *gather) load(l Load) {
	if l.Devices == 0 {
		return
	}
	g.devices += l.Devices
	g.busy.add(l.Busy, l.told.busy)
	g.tensor.add(l.Tensor, l.told.tensor)
	g.memUsed.add(l.MemUsed)
	g.memTotal.add(l.MemTotal)
	g.power.add(l.Power)
	g.temp(l.MaxTemp)
	g.seen(l.At)
	g.past(l.History, l.Devices)
}

func (g *gather) temp(t float64) {
	if Known(t) && (!g.hasTemp || t > g.maxTemp) {
		g.maxTemp, g.hasTemp = t, true
	}
}

func (g *gather) seen(at time.Time) {
	if !at.IsZero() && (g.oldest.IsZero() || at.Before(g.oldest)) {
		g.oldest = at
	}
}

// past adds a history, lined up on absolute minutes.
func (g *gather) past(h History, weight int) {
	if h.end == 0 {
		return
	}
	if g.end == 0 {
		g.end = h.end
	}
	if shift := h.end - g.end; shift > 0 {
		var moved [HistoryBuckets]mean
		if shift < HistoryBuckets {
			copy(moved[:], g.history[shift:])
		}
		g.history, g.end = moved, h.end
	}
	behind := g.end - h.end
	for i := range h.values {
		if at := int64(i) - behind; at >= 0 && h.values[i] != 0 {
			g.history[at].add(float64(h.values[i]-1)/100, weight)
		}
	}
}

func (g *gather) result() Load {
	l := Load{
		Devices: g.devices, Busy: g.busy.value(), Tensor: g.tensor.value(),
		MemUsed: g.memUsed.value(), MemTotal: g.memTotal.value(), Power: g.power.value(),
		MaxTemp: math.NaN(), At: g.oldest, History: History{end: g.end},
		told: told{busy: g.busy.n, tensor: g.tensor.n},
	}
	if g.hasTemp {
		l.MaxTemp = g.maxTemp
	}
	for i, m := range g.history {
		if m.n > 0 {
			l.History.values[i] = percent(m.sum / float64(m.n))
		}
	}
	return l
}

// told counts the devices behind the means of a Load.
type told struct{ busy, tensor int }

// idle tells whether a device did nothing over the whole IdleWindow, or that
// too many minutes have no reading to know. A minute or two without one doesn't
// hide it.
func idle(h History) (idle, unsure bool) {
	known := 0
	for i := range h.values {
		switch v := h.values[i]; {
		case v == 0:
		case float64(v-1)/100 >= IdleBelow:
			return false, false
		default:
			known++
		}
	}
	enough := known >= HistoryBuckets-2 && h.values[0] != 0
	return enough, !enough
}
