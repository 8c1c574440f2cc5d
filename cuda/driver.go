package cuda

import (
	"cmp"
	"strings"
)

// Fit is what a driver makes of a CUDA.
type Fit int

// The fits, from nothing known to the best.
const (
	Unknown Fit = iota
	// TooOld: "CUDA driver version is insufficient for CUDA runtime version".
	TooOld
	// Minor: it runs by minor version compatibility. PTX is not compiled, and
	// features newer than the driver fail.
	Minor
	// Full: the driver is the one of that toolkit, or newer.
	Full
)

// Judge tells what a driver, "470.57.02", makes of a CUDA.
func Judge(driver string, v Version) Fit {
	d, ok := parseDriver(driver)
	if !ok {
		return Unknown
	}
	if t, ok := Toolkit(v); ok && !older(d, t) {
		return Full
	}
	floor, ok := MinDriver(v)
	switch {
	case !ok:
		return Unknown
	case older(d, floor):
		return TooOld
	}
	return Minor
}

// Supports tells whether a driver runs a CUDA; known is false when the driver
// is no version or the CUDA is in no table.
func Supports(driver string, v Version) (ok, known bool) {
	f := Judge(driver, v)
	return f >= Minor, f != Unknown
}

// CompareDrivers orders two driver versions, part by part as numbers;
// ok is false when one of them is no version.
func CompareDrivers(a, b string) (order int, ok bool) {
	x, okA := parseDriver(a)
	y, okB := parseDriver(b)
	if !okA || !okB {
		return 0, false
	}
	return compare(x, y), true
}

// MinDriver is the oldest driver that runs a CUDA: from 11 on that of its major
// version (minor version compatibility), before that its own toolkit's.
func MinDriver(v Version) (string, bool) {
	switch v.Major {
	case 13:
		return "580", true
	case 12:
		return "525.60.13", true
	case 11:
		if v.Minor == 0 {
			return "450.36.06", true
		}
		return "450.80.02", true
	}
	if v.Major > 13 {
		return "", false
	}
	return Toolkit(v)
}

// Toolkit is the driver that a CUDA toolkit was first released with, on Linux.
func Toolkit(v Version) (string, bool) {
	for _, t := range []struct {
		cuda   Version
		driver string
	}{
		{Version{13, 4}, "615"}, {Version{13, 3}, "610"}, {Version{13, 2}, "595.45.04"}, {Version{13, 1}, "590.44.01"},
		{Version{13, 0}, "580.65.06"}, {Version{12, 9}, "575.51.03"}, {Version{12, 8}, "570.26"}, {Version{12, 6}, "560.28.03"},
		{Version{12, 5}, "555.42.02"}, {Version{12, 4}, "550.54.14"}, {Version{12, 3}, "545.23.06"}, {Version{12, 2}, "535.54.03"},
		{Version{12, 1}, "530.30.02"}, {Version{12, 0}, "525.60.13"}, {Version{11, 8}, "520.61.05"}, {Version{11, 7}, "515.43.04"},
		{Version{11, 6}, "510.39.01"}, {Version{11, 5}, "495.29.05"}, {Version{11, 4}, "470.42.01"}, {Version{11, 3}, "465.19.01"},
		{Version{11, 2}, "460.27.03"}, {Version{11, 1}, "455.23"}, {Version{11, 0}, "450.51.05"}, {Version{10, 2}, "440.33"},
		{Version{10, 1}, "418.39"}, {Version{10, 0}, "410.48"}, {Version{9, 2}, "396.26"},
	} {
		if t.cuda == v {
			return t.driver, true
		}
	}
	return "", false
}

// parseDriver reads "550.107.02", also with a distribution's suffix behind it
// ("535.104.05-0ubuntu1").
func parseDriver(s string) ([3]int, bool) {
	var d [3]int
	parts := strings.Split(upTo(s, "-"), ".")
	if len(parts) > len(d) {
		return d, false
	}
	for i, p := range parts {
		n, err := number(p)
		if err != nil {
			return d, false
		}
		d[i] = n
	}
	return d, d[0] > 0
}

func older(d [3]int, than string) bool {
	t, _ := parseDriver(than) // from the tables above, which are versions
	return compare(d, t) < 0
}

func compare(a, b [3]int) int {
	return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]), cmp.Compare(a[2], b[2]))
}
