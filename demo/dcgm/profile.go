package dcgm

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Profile is what a pod does with its GPUs.
type Profile string

// The profiles.
const (
	Busy      Profile = "busy"      // trains well: util 95%, tensor cores at work
	Idle      Profile = "idle"      // holds its GPUs, has its model loaded, does nothing
	Empty     Profile = "empty"     // holds its GPUs and never touched them
	Light     Profile = "light"     // a notebook: a few percent
	Starved   Profile = "starved"   // waits for data: utilisation swings
	Straggler Profile = "straggler" // a hot, throttled GPU: busy, but slow
	Hung      Profile = "hung"      // busy for two minutes, then a collective spins: 100% util, no tensor work, little power
	Loading   Profile = "loading"   // reads its checkpoint for ever
)

const (
	// warmUp is how long a container imports, loads and builds before it trains.
	warmUp = 45 * time.Second
	// hangsAfter is how long a hung one trained before.
	hangsAfter = 2 * time.Minute
	// xidAfter is when a pod's XID comes, after its container started.
	xidAfter = time.Minute
)

// ParseProfile reads "busy" or "busy,2=straggler,4=hung" and says what the
// worker of that index does; an index of -1 is a pod without one.
func ParseProfile(text string, index int) (Profile, error) {
	chosen := Busy
	for word := range strings.SplitSeq(text, ",") {
		word = strings.TrimSpace(word)
		if at, name, ok := strings.Cut(word, "="); ok {
			if at != strconv.Itoa(index) {
				continue
			}
			word = name
		}
		switch p := Profile(word); p {
		case "":
		case Busy, Idle, Empty, Light, Starved, Straggler, Hung, Loading:
			chosen = p
		default:
			return Busy, fmt.Errorf("GPU profile %q: unknown word %q", text, word)
		}
	}
	return chosen, nil
}

// load is how much of a device something uses; all from 0 to 1 but heat.
type load struct {
	util, memCopy, engine, tensor, dram float64
	memory                              float64 // of the framebuffer
	power, clock                        float64 // of the limits
	heat                                float64 // degrees above an idle GPU
}

// load says what a pod does to each of its devices at a moment. wobble is a
// smooth noise of the device, from -1 to 1.
func (p Pod) load(now time.Time, wobble float64) load {
	switch since := now.Sub(p.Started); {
	case p.Started.IsZero() || now.Before(p.Started):
		return load{clock: 0.15, power: 0.13}
	case p.Profile == Empty:
		return load{clock: 0.15, power: 0.13}
	case p.Profile == Loading || since < warmUp:
		grown := min(1, since.Seconds()/warmUp.Seconds())
		return load{util: 0.02, memCopy: 0.03, engine: 0.02, dram: 0.04, memory: 0.05 + 0.45*grown, power: 0.18, clock: 0.6, heat: 4}
	case p.Profile == Hung && since > hangsAfter:
		return load{util: 1, memCopy: 0.01, engine: 1, tensor: 0.002, dram: 0.01, memory: 0.87, power: 0.27, clock: 1, heat: 14}
	default:
		return p.steady(now, wobble)
	}
}

// steady is the load once the warm-up is over.
func (p Pod) steady(now time.Time, wobble float64) load {
	switch p.Profile {
	case Idle:
		return load{memory: 0.34, power: 0.16, clock: 0.2, heat: 1}
	case Light:
		u := 0.07 + 0.05*wobble
		return load{util: u, memCopy: u / 3, engine: u, tensor: u / 5, dram: u / 3, memory: 0.12, power: 0.2 + u/2, clock: 0.7, heat: 5}
	case Starved:
		u := 0.35 + 0.33*math.Sin(float64(now.Unix()%90)/90*2*math.Pi) + 0.05*wobble
		return load{util: u, memCopy: u / 2, engine: u, tensor: u * 0.4, dram: u / 2, memory: 0.62, power: 0.22 + 0.5*u, clock: 0.95, heat: 12 + 14*u}
	case Straggler:
		return load{util: 0.99, memCopy: 0.2, engine: 0.98, tensor: 0.17 + 0.02*wobble, dram: 0.16, memory: 0.84, power: 0.48 + 0.02*wobble, clock: 0.46, heat: 58}
	default:
		return load{
			util: 0.95 + 0.04*wobble, memCopy: 0.42 + 0.06*wobble, engine: 0.94 + 0.04*wobble, tensor: 0.55 + 0.08*wobble, dram: 0.45 + 0.06*wobble,
			memory: 0.84 + 0.01*wobble, power: 0.78 + 0.08*wobble, clock: 0.97 + 0.03*wobble, heat: 32 + 4*wobble,
		}
	}
}
