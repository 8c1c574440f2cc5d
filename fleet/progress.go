package fleet

import "time"

// Progress is how far a run is, as one of its workers printed it. What was not
// told is NaN, and 0 for counts.
type Progress struct {
	Worker string // who printed it: "w0"
	Format string // in the manner of: "paddleocr", "megatron"

	Step, Steps   int64 // Steps is 0 where it is not told how many there will be
	StepTold      bool
	InEpoch       bool // they count within the epoch
	Epoch, Epochs float64
	Fraction      float64 // of the run that is done, 0 to 1
	Loss          float64 // may be printed as nan
	LossTold      bool
	Losses        []float64 // the last ones that were printed, oldest first
	Speed         float64   // in Unit
	Unit          string    // "samples/s"
	ETA           time.Duration
	ETATold       bool // by the framework's own reckoning

	At         time.Time // when the last line of progress was printed; zero when none was read
	Checkpoint time.Time // when the last line that tells of a saved checkpoint was printed; zero when none was read
	Read       time.Time // when the log was read last
}
