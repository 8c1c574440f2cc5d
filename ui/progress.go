package ui

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"paddock/fleet"
)

// stamped is a time as a number to sort by; NaN where it is not known.
func stamped(p *fleet.Progress, at func(*fleet.Progress) time.Time) float64 {
	if p == nil || at(p).IsZero() {
		return math.NaN()
	}
	return float64(at(p).Unix())
}

// stepCell is how long ago the last line of progress was printed.
func stepCell(e *env, p *fleet.Progress) span {
	if p == nil || p.At.IsZero() {
		return dim(unknown)
	}
	return plain(age(e.now.Sub(p.At)))
}

// checkpointCell is how long ago a checkpoint was saved.
func checkpointCell(e *env, p *fleet.Progress) span {
	if p == nil || p.Checkpoint.IsZero() {
		return dim(unknown)
	}
	return plain(age(e.now.Sub(p.Checkpoint)))
}

// speedOf is the speed, and NaN where it is not known.
func speedOf(p *fleet.Progress) float64 {
	if p == nil || p.Unit == "" {
		return math.NaN()
	}
	return p.Speed
}

func speedWord(p *fleet.Progress) string {
	v := speedOf(p)
	if math.IsNaN(v) {
		return unknown
	}
	return figures(v) + " " + p.Unit
}

// figures writes a number with three digits or four.
func figures(v float64) string {
	switch {
	case v >= 100:
		return count(int(math.Round(v)))
	case v >= 1:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'g', 2, 64)
}

// progressPieces are how far a job is, as its worker printed it.
func progressPieces(e *env, j *fleet.Job) []piece {
	p := e.fleet.Progress[j.UID]
	if p == nil || p.At.IsZero() {
		return nil
	}
	var out []piece
	if !math.IsNaN(p.Fraction) {
		out = append(out, part(2, plain(fmt.Sprintf("%.1f%%", 100*p.Fraction))))
	}
	if !math.IsNaN(p.Epoch) {
		word := strconv.FormatFloat(p.Epoch, 'g', 5, 64)
		if !math.IsNaN(p.Epochs) {
			word += "/" + strconv.FormatFloat(p.Epochs, 'g', 5, 64)
		}
		out = append(out, part(4, dim("epoch "), plain(word)))
	}
	if p.StepTold {
		word := count(int(p.Step))
		if p.Steps > 0 {
			word += "/" + count(int(p.Steps))
		}
		out = append(out, part(0, dim("step "), plain(word), dim(" "+age(e.now.Sub(p.At))+" ago")))
	}
	if p.LossTold {
		t := toneText
		if math.IsNaN(p.Loss) || math.IsInf(p.Loss, 0) {
			t = toneBad
		}
		out = append(out, part(1, dim("loss "), span{strconv.FormatFloat(p.Loss, 'g', 4, 64), t}, plain(" "), e.curve(p.Losses)))
	}
	if w := speedWord(p); w != unknown {
		out = append(out, part(5, plain(w)))
	}
	if p.ETATold {
		out = append(out, part(3, dim("eta "), plain(age(p.ETA))))
	}
	if !p.Checkpoint.IsZero() {
		out = append(out, part(2, dim("ckpt "), plain(age(e.now.Sub(p.Checkpoint))+" ago")))
	}
	return append(out, part(6, dim("by "+p.Worker)))
}

// curveCells is how wide a loss curve is.
const curveCells = 12

// curve draws the last losses between their least and their greatest.
func (t *theme) curve(losses []float64) span {
	var known []float64
	for _, l := range losses {
		if !math.IsNaN(l) && !math.IsInf(l, 0) {
			known = append(known, l)
		}
	}
	if len(known) < 2 {
		return dim("")
	}
	low, high := known[0], known[0]
	for _, l := range known {
		low, high = min(low, l), max(high, l)
	}
	if high == low {
		high = low + 1
	}
	levels := sparkLevels(t.ascii)
	wide := min(len(known), curveCells)
	var b strings.Builder
	for i := range wide { // each cell is the mean of what falls into it
		from, to, sum := i*len(known)/wide, (i+1)*len(known)/wide, 0.0
		for _, l := range known[from:to] {
			sum += (l - low) / (high - low)
		}
		b.WriteString(levels[level(sum/float64(to-from), len(levels))])
	}
	return dim(b.String())
}
