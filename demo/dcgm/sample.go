package dcgm

import (
	"fmt"
	"math"
	"time"
)

// sample is the state of one unit at one moment, in DCGM's classic units.
type sample struct {
	smClock, memClock           float64 // MHz
	temp, memTemp               float64 // degrees Celsius
	power                       float64 // W
	energy                      float64 // mJ
	util, memCopy               float64 // %
	xid                         int
	fbFree, fbUsed, fbReserved  float64 // MiB
	engine, tensor, dram        float64 // 0 to 1
	pcieTx, pcieRx, pcieReplays float64 // bytes/s, count
}

// sample computes a unit's state; seconds is the time since the last one.
func (n *Node) sample(u *unit, now time.Time, seconds float64) sample {
	wobble := noise(u.noise, now)
	l := load{clock: 0.15, power: 0.13}
	for i, p := range u.pods {
		if one := p.load(now, wobble); i == 0 {
			l = one
		} else {
			l = l.plus(one)
		}
	}
	m := n.spec.Model
	used := math.Min(0.97, l.memory)*float64(u.memory) + 4*float64(len(u.pods))
	reserved := math.Round(float64(u.memory) * 0.008)
	power := math.Min(1, l.power)*m.PowerW + 2*wobble
	if u.slice == "" || u.sliceID == 7 { // slices share one board: count it once
		u.energy += power * 1000 * seconds
	}
	temp := 31 + l.heat + 2*wobble + float64(u.gpu%4)
	return sample{
		smClock: math.Round(l.clock * float64(m.SMClock)), memClock: float64(m.MemClock),
		temp: math.Round(temp), memTemp: math.Round(temp * 1.08),
		power: power, energy: math.Round(u.energy),
		util: math.Round(100 * clamp(l.util)), memCopy: math.Round(100 * clamp(l.memCopy)),
		xid:    n.xid(u, now),
		fbUsed: math.Round(used), fbReserved: reserved, fbFree: math.Max(0, float64(u.memory)-math.Round(used)-reserved),
		engine: clamp(l.engine), tensor: clamp(l.tensor), dram: clamp(l.dram),
		pcieTx: 4e9 * clamp(l.memCopy), pcieRx: 6e9 * clamp(l.memCopy),
	}
}

// xid is the last XID of a device: of the node's own faults, or of its pods.
func (n *Node) xid(u *unit, now time.Time) int {
	if x := n.spec.XIDs[u.gpu]; x != 0 {
		return x
	}
	for _, p := range u.pods {
		if p.XID != 0 && !p.Started.IsZero() && now.Sub(p.Started) > xidAfter {
			return p.XID
		}
	}
	return 0
}

// plus is the load of two pods that share a device.
func (l load) plus(o load) load {
	return load{
		util: l.util + o.util, memCopy: l.memCopy + o.memCopy, engine: l.engine + o.engine, tensor: l.tensor + o.tensor, dram: l.dram + o.dram,
		memory: l.memory + o.memory, power: math.Max(l.power, o.power), clock: math.Max(l.clock, o.clock), heat: math.Max(l.heat, o.heat),
	}
}

func clamp(v float64) float64 { return math.Min(1, math.Max(0, v)) }

// wobbles is how long the noise takes from one random value to the next.
const wobbles = 20 * time.Second

// noise is smooth between -1 and 1, and a function of the moment alone.
func noise(seed uint64, now time.Time) float64 {
	step := now.UnixNano() / int64(wobbles)
	at := float64(now.UnixNano()%int64(wobbles)) / float64(wobbles)
	at = at * at * (3 - 2*at)
	return (1-at)*random(seed, step) + at*random(seed, step+1)
}

func random(seed uint64, step int64) float64 {
	return float64(mix(seed^mix(uint64(step)))>>11)/float64(1<<52) - 1
}

// mix is the finisher of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// hash is FNV-1a over a name, mixed with a seed and an index.
func hash(seed uint64, name string, index uint64) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return mix(h ^ mix(seed) ^ mix(index<<32))
}

func uuid(h uint64) string {
	g := mix(h)
	return fmt.Sprintf("GPU-%08x-%04x-%04x-%04x-%012x", uint32(h>>32), uint16(h>>16), uint16(h), uint16(g>>48), g&0xffffffffffff)
}
