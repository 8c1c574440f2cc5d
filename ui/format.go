package ui

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"paddock/fleet"
)

// unknown stands for a number that nobody told: it is never drawn as 0.
const unknown = "-"

// cutMark ends a text that was cut. ASCII on purpose: the ellipsis is two cells
// wide in some Chinese terminals.
const cutMark = "~"

const gibibyte = 1 << 30

// percent writes 0 to 1 as "93%", four cells at most.
func percent(v float64) string {
	if !fleet.Known(v) {
		return unknown
	}
	return strconv.Itoa(int(math.Round(v*100))) + "%"
}

// gib writes used of total bytes of GPU memory as "71/80 G"; from 1000 GiB on in tebibytes, "8.9/10.0 T".
func gib(used, total float64) string {
	switch {
	case !fleet.Known(used) && !fleet.Known(total):
		return unknown
	case fleet.Known(total) && total >= 1000*gibibyte:
		return quantity(used/gibibyte/1024, 1) + "/" + quantity(total/gibibyte/1024, 1) + " T"
	case !fleet.Known(total):
		return quantity(used/gibibyte, 0) + " G"
	}
	return quantity(used/gibibyte, 0) + "/" + quantity(total/gibibyte, 0) + " G"
}

// watts writes a power as "240 W", from 10 kW on as "12.4 kW".
func watts(v float64) string {
	switch {
	case !fleet.Known(v):
		return unknown
	case v >= 10_000:
		return quantity(v/1000, 1) + " kW"
	}
	return quantity(v, 0) + " W"
}

// degrees writes a temperature; sign is the theme's degree sign, "C" in ASCII.
func degrees(v float64, sign string) string {
	if !fleet.Known(v) {
		return unknown
	}
	return quantity(v, 0) + sign
}

// megahertz writes a clock given in hertz as "1410 MHz".
func megahertz(hertz float64) string {
	if !fleet.Known(hertz) {
		return unknown
	}
	return quantity(hertz/1e6, 0) + " MHz"
}

// cores writes millicores as "7.8".
func cores(milli int64) string { return quantity(float64(milli)/1000, 1) }

// quantity writes a number with a fixed precision.
func quantity(v float64, digits int) string {
	if !fleet.Known(v) {
		return unknown
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}

// size writes bytes as "512 MiB" or "1.9 GiB": three digits or fewer before the unit.
func size(bytes int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	v, unit := float64(bytes), 0
	for v >= 1000 && unit < len(units)-1 {
		v /= 1024
		unit++
	}
	digits := 0
	if unit > 2 && v < 100 {
		digits = 1
	}
	return quantity(v, digits) + " " + units[unit]
}

// age writes how long ago something was, in four cells at most and changing by
// the minute at most: "<1m", "41m", "3h", "2d", "4y". Minutes go up to 119 and hours up to
// 47, so that the first digits say enough.
func age(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Minute: // also a clock that runs ahead of ours
		return "<1m"
	case d < 2*time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + "m"
	case d < 2*day:
		return strconv.Itoa(int(d/time.Hour)) + "h"
	case d < 1000*day:
		return strconv.Itoa(int(d/day)) + "d"
	}
	return strconv.Itoa(int(d/(365*day))) + "y"
}

// since is the age of t at now, unknown for a time that nobody told.
func since(t, now time.Time) string {
	if t.IsZero() {
		return unknown
	}
	return age(now.Sub(t))
}

// took writes how long a step took: "4s", "1m12s", "3h4m", "2d5h".
func took(d time.Duration) string {
	switch {
	case d < 0:
		return unknown
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd%dh", int(d.Hours())/24, int(d.Hours())%24)
}

// count writes a number with thousands set apart, "3,120"; -1 is unknown, as in fleet.
func count(n int) string {
	if n < 0 {
		return unknown
	}
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// fraction writes "3/4"; a side below 0 is unknown.
func fraction(a, b int) string {
	if a < 0 && b < 0 {
		return unknown
	}
	return count(a) + "/" + count(b)
}

// gpuHours writes what n GPUs over d cost: "46 GPU-hours", "0.4 GPU-hours".
func gpuHours(n int, d time.Duration) string {
	h := float64(n) * d.Hours()
	if h < 10 {
		return quantity(h, 1) + " GPU-hours"
	}
	return count(int(math.Round(h))) + " GPU-hours"
}
