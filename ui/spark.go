package ui

import (
	"math"
	"strings"

	"paddock/fleet"
)

// sparkLevels are the eight heights of a sparkline, lowest first. The ASCII
// ones rise by the ink they use.
func sparkLevels(asciiOnly bool) [8]string {
	if asciiOnly {
		return [8]string{"_", ".", ":", "-", "=", "+", "*", "#"}
	}
	return [8]string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}
}

// sparkline draws a History exactly n cells wide, newest on the right, on a
// fixed scale of 0 to 100%; a minute without a reading is a gap. With fewer
// cells than minutes a cell is the mean of several; they are grouped on
// absolute time, so that a cell's height doesn't move when the window does.
func sparkline(h fleet.History, n int, asciiOnly bool) string {
	if n <= 0 {
		return ""
	}
	if h.Empty() {
		return strings.Repeat(" ", n)
	}
	levels := sparkLevels(asciiOnly)
	per := (fleet.HistoryBuckets + n - 1) / n
	cell := func(i int) int64 { return h.Start(i).Unix() / int64(fleet.HistoryBucket.Seconds()) / int64(per) }
	last := cell(fleet.HistoryBuckets - 1)

	sums := make([]float64, n)
	known := make([]int, n)
	for i := range fleet.HistoryBuckets {
		at := n - 1 - int(last-cell(i))
		if v := h.At(i); at >= 0 && fleet.Known(v) {
			sums[at] += v
			known[at]++
		}
	}
	var b strings.Builder
	for i, sum := range sums {
		if known[i] == 0 {
			b.WriteByte(' ')
			continue
		}
		b.WriteString(levels[level(sum/float64(known[i]), len(levels))])
	}
	return b.String()
}

// level is which of n steps a value of 0 to 1 stands on. The lowest is kept for
// less than half a percent, so that a little work doesn't look like none.
func level(v float64, n int) int {
	if v < 0.005 {
		return 0
	}
	return min(max(int(math.Ceil(v*float64(n-1))), 1), n-1)
}
