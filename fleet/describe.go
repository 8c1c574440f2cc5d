package fleet

import "time"

// Description is what is read of one object when it is opened: what the
// watches don't keep. Values of secrets never get into it.
type Description struct {
	Ref        Ref
	At         time.Time // when it was read
	Conditions []Condition
	Containers []ContainerSpec // of a pod, or of a job's template; init containers first
	Volumes    []Volume
	Labels     []KeyValue // sorted
	Events     []Event    // newest first
	EventsErr  string     // why events are missing; "" when they are not
	Facts      []KeyValue // further lines: node selector, tolerations, service account, priority, ...
}

// Condition is one condition of an object.
type Condition struct {
	Type    string
	Status  string // "True", "False", "Unknown"
	Reason  string
	Message string
	Since   time.Time
}

// ContainerSpec is a container as it was asked for.
type ContainerSpec struct {
	Name     string
	Image    string
	Init     bool
	Command  []string
	Args     []string
	Env      []KeyValue // a value from a secret reads "secret NAME/KEY"; a literal that looks secret is "(hidden)"
	Mounts   []KeyValue // path -> volume, with "read-only" when it is
	Requests []KeyValue
	Limits   []KeyValue
}

// Volume is a volume in words: "data": "claim paddle-data (Bound, 1Ti, ReadWriteMany)".
type Volume struct {
	Name string
	What string
}

// KeyValue is a line of a list.
type KeyValue struct{ Key, Value string }

// Check is one line of a diagnosis of paddock's own footing: what was tried, whether it works, what to do.
type Check struct {
	Name   string // "API server", "watch pods", "DCGM series"
	Status CheckStatus
	Detail string // what was found, or what failed
	Hint   string // what to do; "" when nothing
}

// CheckStatus is the outcome of a Check.
type CheckStatus string

// The outcomes: CheckWarn works with a loss, CheckSkip was not tried because something before it failed.
const (
	CheckOK   CheckStatus = "ok"
	CheckWarn CheckStatus = "warn"
	CheckFail CheckStatus = "fail"
	CheckSkip CheckStatus = "skip"
)
