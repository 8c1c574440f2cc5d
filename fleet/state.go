package fleet

// State is what a job or a worker does, in the words of people who train.
type State string

// The states. A job is what its worst current worker makes of it.
const (
	Waiting      State = "waiting"    // no node yet, or not admitted by a queue or a quota
	Starting     State = "starting"   // on a node: volumes, image, containers
	Running      State = "running"    // all wanted workers run and are ready
	Restarting   State = "restarting" // ran before; a worker is coming back
	Failing      State = "failing"    // a worker fails again and again; the job has not given up
	Suspended    State = "suspended"
	Ending       State = "ending" // being deleted
	Done         State = "done"
	Failed       State = "failed"
	UnknownState State = "unknown" // the server can't tell: its node is lost, or the object can't be read
)

// States lists all states, worst first: the order of the default sort.
func States() []State {
	return []State{Failing, UnknownState, Restarting, Waiting, Starting, Ending, Running, Suspended, Failed, Done}
}

// Over is true when nothing more will happen.
func (s State) Over() bool { return s == Done || s == Failed }
