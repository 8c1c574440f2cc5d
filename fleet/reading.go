package fleet

import (
	"math"
	"time"
)

// Readings is what Prometheus said of all devices, at one refresh.
type Readings struct {
	Seq     uint64
	At      time.Time // when it was asked
	Devices []Reading // by Hostname, then Index, then Slice
	Notes   []string  // what can't be trusted and why, a sentence each
	Source  Source
	Every   time.Duration // the pace of the scrape, as far as it is known
}

// Unknown is the value of a number that nobody told.
func Unknown() float64 { return math.NaN() }

// Known tells whether a number was told.
func Known(v float64) bool { return !math.IsNaN(v) }

// Hardware is what the labels of a device's series say that does not change
// from one refresh to the next: which device it is, and where. Readings share it.
type Hardware struct {
	UUID    string // "GPU-..." or "MIG-..."; "" when the series have none
	Slice   string // GPU_I_ID of a MIG slice, "" for a whole GPU
	Profile string // GPU_I_PROFILE, "1g.10gb"
	Index   int    // the exporter's "gpu" label; -1 when unknown

	// Where the device is, as far as the labels say. The join resolves them to a node.
	Hostname  string // Hostname or hostname: the node, or in old installs the exporter's pod
	NodeLabel string // node or nodename, from relabelling
	Instance  string // host of the scrape target's address

	Product string // modelName
	Driver  string // DCGM_FI_DRIVER_VERSION or its successor; "" when the series carry none
}

// Reading is what Prometheus last said of one Device. Unknown numbers are NaN.
type Reading struct {
	*Hardware // never nil

	// Holders are the pods that the labels name; none for a free device or an
	// exporter without pod labels, several for a shared one. Kind is "Pod".
	Holders []Ref

	At       time.Time // of the sample, not of the question
	Util     float64   // GPU utilisation, 0 to 1; for MIG slices the graphics engine's activity
	Tensor   float64   // tensor pipe activity, 0 to 1
	MemUsed  float64   // bytes
	MemTotal float64   // bytes
	Power    float64   // watts
	Temp     float64   // degrees Celsius
	SMClock  float64   // hertz
	XID      int       // the last XID that the device had, 0 none; -1 unknown
	XIDAt    time.Time // when XID was seen to change; zero when it was there from the start
	History  History   // Util over the last minutes
}

// The window of a sparkline: fifteen one-minute buckets on absolute time, so
// that a bucket's value does not move when the window does.
const (
	HistoryBuckets = 15
	HistoryBucket  = time.Minute
)

// IdleWindow is how long a held device must stay under IdleBelow to be idle.
const (
	IdleWindow = HistoryBuckets * HistoryBucket
	IdleBelow  = 0.01
)

// History is a utilisation over the last fifteen minutes; a minute without a
// reading is a gap. The zero History is all gaps.
type History struct {
	end    int64                // unix minute after the last bucket
	values [HistoryBuckets]byte // value+1 in percent; 0 is a gap
}

// NewHistory is a History whose last bucket is the minute that contains end,
// all of it gaps.
func NewHistory(end time.Time) History { return History{end: end.Unix()/60 + 1} }

// End is the end of the last bucket.
func (h History) End() time.Time { return time.Unix(h.end*60, 0).UTC() }

// At returns bucket i (0 the oldest) as 0 to 1; NaN for a gap.
func (h History) At(i int) float64 {
	if h.values[i] == 0 {
		return Unknown()
	}
	return float64(h.values[i]-1) / 100
}

// Start is the beginning of bucket i.
func (h History) Start(i int) time.Time {
	return time.Unix((h.end-HistoryBuckets+int64(i))*60, 0).UTC()
}

// Empty is true when no minute has a reading.
func (h History) Empty() bool { return h.values == [HistoryBuckets]byte{} }

// With returns the History with v (0 to 1) as the value of the minute that
// contains t, moved on so that t is in it. A later value of the same minute
// replaces the earlier one; a time before the window, or NaN, changes nothing.
func (h History) With(t time.Time, v float64) History {
	minute := t.Unix() / 60
	if h.end == 0 {
		h.end = minute + 1
	}
	if minute >= h.end {
		h = h.Until(t)
	}
	i := minute - (h.end - HistoryBuckets)
	if i < 0 || !Known(v) {
		return h
	}
	h.values[i] = percent(v)
	return h
}

// Until returns the History moved on so that its last bucket contains t.
func (h History) Until(t time.Time) History {
	end := t.Unix()/60 + 1
	if shift := end - h.end; h.end != 0 && shift > 0 {
		var moved [HistoryBuckets]byte
		if shift < HistoryBuckets {
			copy(moved[:], h.values[shift:])
		}
		h.values = moved
	}
	if end > h.end {
		h.end = end
	}
	return h
}

// Since returns the History without the minutes that ended before t: a pod's
// name may be an older pod's, and a device's past is not its holder's.
func (h History) Since(t time.Time) History {
	first := t.Unix()/60 - (h.end - HistoryBuckets)
	for i := int64(0); i < min(first, HistoryBuckets); i++ {
		h.values[i] = 0
	}
	return h
}

func percent(v float64) byte {
	p := math.Round(v * 100)
	return byte(min(max(p, 0), 100)) + 1
}
