package logs

import (
	"time"

	"paddock/fleet"
)

// Wish is what to read of each container.
type Wish struct {
	Container string    // by its name; "" for the one with the GPUs
	Previous  bool      // the attempt before the present one
	Follow    bool      // and what is printed from now on
	Since     time.Time // what was printed from then on; zero for all
	Tail      int64     // the last lines of each alone; 0 for all
	Most      int       // streams at a time; 0 for no bound
}

// Ask is whose logs are to be read from now on.
type Ask struct {
	Workers []*fleet.Worker
	More    int // so many more streams at a time
}

// SourceState is how the reading of a container's log goes.
type SourceState uint8

// The states of a Source.
const (
	Unread  SourceState = iota // it waits for others to end: there is a bound on streams
	Waiting                    // its container has not begun
	Opening                    // it was asked for
	Live                       // it is followed
	Broken                     // it can't be read now, and is tried again
	Ended                      // all of it was read
)

// Source is what is known of the log of one container.
type Source struct {
	Label     string // the worker's: "w3"
	Job       fleet.Ref
	Pod       fleet.Ref
	UID       string
	Node      string
	Index     int // of the worker; -1 when unknown
	Attempt   int
	Restarts  int // of the container in this attempt, before the run that is read now
	Container string
	State     SourceState
	Says      string    // why it is so: how it ended, why it can't be read
	Failed    bool      // it can't be read, and is not tried again
	Lines     int64     // that were read
	Last      time.Time // when the last line was printed; zero when there was none
}

// State is the stream as it is now, with how its sources are.
type State struct {
	Log      *Log
	Sources  []Source
	Followed int    // sources that are read or were
	Failure  string // what went wrong beside: the spill file
}
