// Package progress reads how far a training run is out of the lines that its
// workers print. It is pure. The formats and their samples are those of
// PaddleOCR, PaddleDetection, PaddleClas, PaddleSeg, PaddleNLP, the Hugging
// Face Trainer, tqdm, Megatron-LM, DeepSpeed, Lightning and nanoGPT, read in
// their sources and in public issues.
package progress

import (
	"math"
	"time"
)

// Progress is what has been printed of a run so far. What was not told is NaN,
// and 0 for counts.
type Progress struct {
	Format  string  // "paddleocr", "megatron", ..., or the name of an own pattern
	Step    int64   // optimizer steps, or iterations; of the epoch where InEpoch is set
	Steps   int64   // that there will be; 0 when it is not told
	InEpoch bool    // Step and Steps count within the epoch
	Epoch   float64 // as it is printed: from 0 or from 1 on
	Epochs  float64 // that there will be
	Loss    float64 // may be told as NaN, see LossTold
	Rate    float64 // learning rate
	Speed   float64 // in Unit
	Unit    string  // "samples/s", "images/s", "it/s"
	Nans    int64   // steps whose loss was not a number, as Megatron counts them

	StepTime time.Duration // of one step; 0 when it is not told
	ETA      time.Duration // by the framework's own reckoning; -1 when it is not told
	LossTold bool          // Loss was printed, perhaps as nan
	StepTold bool          // Step was printed
}

// none is nothing told.
func none() Progress {
	nan := math.NaN()
	return Progress{Epoch: nan, Epochs: nan, Loss: nan, Rate: nan, Speed: nan, ETA: -1}
}

// Fraction is how much of the run is done, 0 to 1; false where that is not told.
func (p Progress) Fraction() (float64, bool) {
	var f float64
	switch {
	case p.InEpoch && p.Steps > 0 && p.Epochs > 0:
		f = (p.Epoch - 1 + float64(p.Step)/float64(p.Steps)) / p.Epochs
	case p.InEpoch:
		return 0, false
	case p.StepTold && p.Steps > 0:
		f = float64(p.Step) / float64(p.Steps)
	case p.Epochs > 0 && p.Epoch >= 1: // the epochs that are over
		f = (p.Epoch - 1) / p.Epochs
	default:
		return 0, false
	}
	if math.IsNaN(f) || f < 0 || f > 1 {
		return 0, false
	}
	return f, true
}

// with takes over what a line tells.
func (p Progress) with(l Progress) Progress {
	out := p
	out.Format, out.InEpoch = l.Format, l.InEpoch
	if l.StepTold {
		out.Step, out.StepTold = l.Step, true
	}
	if l.Steps > 0 {
		out.Steps = l.Steps
	}
	if l.LossTold {
		out.Loss, out.LossTold = l.Loss, true
	}
	for _, f := range []struct {
		to   *float64
		from float64
	}{{&out.Epoch, l.Epoch}, {&out.Epochs, l.Epochs}, {&out.Rate, l.Rate}, {&out.Speed, l.Speed}} {
		if !math.IsNaN(f.from) {
			*f.to = f.from
		}
	}
	if l.Unit != "" {
		out.Unit = l.Unit
	}
	if l.StepTime > 0 {
		out.StepTime = l.StepTime
	}
	if l.ETA >= 0 {
		out.ETA = l.ETA
	}
	out.Nans = max(out.Nans, l.Nans)
	return out
}
