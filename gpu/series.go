package gpu

import "strings"

// measure is one number that paddock shows of a device.
type measure int

// The measures: the columns of a reading first, then what they are made of.
const (
	util measure = iota
	tensor
	memUsed
	memTotal
	power
	temp
	clock
	engine // utilisation where there is no other: MIG slices
	memFree
	memReserved
	xid
)

// columns is how many measures are a column of a reading.
const columns = int(clock) + 1

// series is one name under which an exporter gives a measure.
type series struct {
	measure measure
	name    string
	scale   string // PromQL that brings the name's unit to the measure's unit on the wire; "" when it is that
}

// catalogue lists the names of dcgm-exporter up to 4.8 (default-counters.csv),
// the renamed ones of 4.9 / DCGM 4.7 with their new units, and the
// compatibility names of 1.x. Units on the wire are chosen to be short:
// ratios, MiB, W, degrees Celsius, MHz.
func catalogue() []series {
	const percent, bytes, hertz = "/100", "/1048576", "/1e6"
	return []series{
		{util, "DCGM_FI_DEV_GPU_UTIL", percent},
		{util, "DCGM_FI_DEV_GPU_UTIL_RATIO", ""}, // DCGM 4.6 has percent under this name: see units.go
		{util, "dcgm_gpu_utilization", percent},
		{engine, "DCGM_FI_PROF_GR_ENGINE_ACTIVE", ""},
		{engine, "DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO", ""},
		{tensor, "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", ""},
		{tensor, "DCGM_FI_PROF_TENSOR_UTIL_RATIO", ""},
		{tensor, "DCGM_FI_PROF_PIPE_TENSOR_UTIL_RATIO", ""},
		{memUsed, "DCGM_FI_DEV_FB_USED", ""},
		{memUsed, "DCGM_FI_DEV_FB_USED_BYTES", bytes},
		{memUsed, "dcgm_fb_used", ""},
		{memFree, "DCGM_FI_DEV_FB_FREE", ""},
		{memFree, "DCGM_FI_DEV_FB_FREE_BYTES", bytes},
		{memFree, "dcgm_fb_free", ""},
		{memReserved, "DCGM_FI_DEV_FB_RESERVED", ""},
		{memReserved, "DCGM_FI_DEV_FB_RESERVED_BYTES", bytes},
		{memTotal, "DCGM_FI_DEV_FB_TOTAL", ""},
		{memTotal, "DCGM_FI_DEV_FB_CAPACITY_BYTES", bytes},
		{power, "DCGM_FI_DEV_POWER_USAGE", ""},
		{power, "DCGM_FI_DEV_BOARD_POWER_WATTS", ""},
		{power, "dcgm_power_usage", ""},
		{temp, "DCGM_FI_DEV_GPU_TEMP", ""},
		{temp, "DCGM_FI_DEV_GPU_TEMP_CELSIUS", ""},
		{temp, "dcgm_gpu_temp", ""},
		{clock, "DCGM_FI_DEV_SM_CLOCK", ""},
		{clock, "DCGM_FI_DEV_SM_CLOCK_HERTZ", hertz},
		{clock, "dcgm_sm_clock", ""},
		{xid, "DCGM_FI_DEV_XID_ERRORS", ""},
		{xid, "DCGM_FI_DEV_XID_ERROR", ""},
		{xid, "dcgm_xid_errors", ""},
	}
}

// allNames is a regular expression of every name, in both cases: some agents
// write the whole name in lower case.
func allNames() string {
	seen := map[string]bool{}
	var names []string
	for _, s := range catalogue() {
		for _, name := range []string{s.name, strings.ToLower(s.name)} {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	return strings.Join(names, "|")
}

// scale of a measure: how its numbers travel and what they mean.
type scale struct {
	label  string  // for people
	round  string  // to what the server rounds, on the wire
	factor float64 // from the wire to fleet's unit
	// limit is what no real device reaches, in fleet's unit. DCGM's blanks are
	// all above it: 2147483632 for 32 bit integers (temperature, percent, MiB),
	// 9.2e18 for 64 bit ones, 2^47 = 1.4e14 for doubles.
	limit float64
}

func (m measure) scale() scale {
	switch m {
	case util:
		return scale{"utilisation", "0.01", 1, 101} // percent under a ratio's name is told apart later
	case engine:
		return scale{"engine activity", "0.01", 1, 1.01}
	case tensor:
		return scale{"tensor activity", "0.01", 1, 1.01}
	case memUsed:
		return scale{"memory used", "1", 1 << 20, 1e14}
	case memTotal:
		return scale{"memory total", "1", 1 << 20, 1e14}
	case power:
		return scale{"power", "1", 1, 1e5}
	case temp:
		return scale{"temperature", "1", 1, 1000}
	case clock:
		return scale{"SM clock", "1", 1e6, 1e11}
	case xid:
		return scale{"XID", "1", 1, 1e5}
	case memFree:
		return scale{"memory free", "1", 1 << 20, 1e14}
	default:
		return scale{"memory reserved", "1", 1 << 20, 1e14}
	}
}

// value brings a number from the wire to fleet's unit; NaN when it is none:
// not a number, negative, infinite, or one of DCGM's blanks.
func (s scale) value(wire float64) (float64, bool) {
	v := wire * s.factor
	return v, v >= 0 && v <= s.limit
}
