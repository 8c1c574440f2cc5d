// Package incident is the black box: what is kept on disk of workers that
// failed, and the archive that it is handed on in. It reads no cluster; whoever
// has read one gives it Records, which are safe to draw and without secrets.
package incident

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"paddock/fleet"
)

// LinesKept is how many of a container's last lines are kept.
const LinesKept = 200

// Kind tells what a Record is of.
type Kind string

// The kinds of a Record.
const (
	Failure Kind = "failure" // one end of one worker, read when it was noticed
	Left    Kind = "left"    // ends that were noticed, but of which nothing was read
	Present Kind = "present" // a worker as it was when the archive was written
)

// Head is what a list shows of a Record.
type Head struct {
	Kind      Kind      `json:"kind"`
	Context   string    `json:"context"`
	Namespace string    `json:"namespace"`
	Job       string    `json:"job"`
	JobKind   string    `json:"jobKind"`
	JobUID    string    `json:"jobUID"`
	Worker    string    `json:"worker"` // "w3"; of what was left, how many: "448 workers"
	Pod       string    `json:"pod"`
	PodUID    string    `json:"podUID"`
	Node      string    `json:"node"`
	Attempt   int       `json:"attempt"`
	Restarts  int       `json:"restarts"` // of the container in place, when it was noticed
	Container string    `json:"container"`
	ExitCode  *int      `json:"exitCode"` // null: no container ended
	Reason    string    `json:"reason"`
	How       string    `json:"how"` // it ended: "exit 137 OOMKilled"
	Ended     time.Time `json:"endedAt,omitzero"`
	Noticed   time.Time `json:"noticedAt"`
}

// At is when it happened, as far as is known.
func (h Head) At() time.Time {
	if h.Ended.IsZero() {
		return h.Noticed
	}
	return h.Ended
}

// Record is what is kept of one failure. What could not be read is said in
// Missing, a sentence each.
type Record struct {
	Head    Head     `json:"head"` // first, so that a list need not read the rest
	By      By       `json:"by"`
	Missing []string `json:"missing"`
	Log     Log      `json:"log"`
	Worker  Worker   `json:"worker"`
	Job     Job      `json:"job"`
	Node    *Node    `json:"node,omitempty"`
	Devices []Device `json:"devices"`
	Events  []Event  `json:"events"` // of the pod, newest first
	Pod     string   `json:"pod"`    // as YAML, with its status; "" when it could not be read
	Left    []Ending `json:"left,omitempty"`
}

// By is which paddock wrote a Record, and what it looked at.
type By struct {
	Version string    `json:"version"`
	Server  string    `json:"server"`
	User    string    `json:"user"`
	At      time.Time `json:"at"`
}

// Log is the end of the log of the container that failed.
type Log struct {
	Container string `json:"container"`
	Previous  bool   `json:"previous"` // of the run before the one that ran when it was read
	Lines     []Line `json:"lines"`
}

// Line is one line, with when the container runtime took it.
type Line struct {
	At   time.Time `json:"at,omitzero"`
	Text string    `json:"text"`
}

// Worker is what the watch said of the worker when its end was noticed.
type Worker struct {
	State    string    `json:"state"`
	Reason   string    `json:"reason"`
	Why      string    `json:"why"`
	Role     string    `json:"role"`
	Image    string    `json:"image"`
	Phase    string    `json:"phase"`
	GPUs     int       `json:"gpus"`
	Message  string    `json:"message"` // the container's last words to the kubelet
	Created  time.Time `json:"createdAt,omitzero"`
	Started  time.Time `json:"startedAt,omitzero"` // of the run that ended
	Attempts int       `json:"attempts"`           // that the server knew of
}

// Job is the job at that time.
type Job struct {
	State    string    `json:"state"`
	Reason   string    `json:"reason"`
	Why      string    `json:"why"`
	Image    string    `json:"image"`
	Product  string    `json:"product"`
	Queue    string    `json:"queue"`
	GPUs     int       `json:"gpus"`
	Wanted   int       `json:"wanted"` // workers; -1: unknown
	Ready    int       `json:"ready"`
	Failed   int       `json:"failed"`
	Restarts int       `json:"restarts"`
	Created  time.Time `json:"createdAt,omitzero"`
}

// Node is the machine at that time.
type Node struct {
	Name    string   `json:"name"`
	Ready   bool     `json:"ready"`
	Why     string   `json:"why"`
	Product string   `json:"product"`
	Driver  string   `json:"driver"`
	CUDA    string   `json:"cuda"` // the highest that the driver supports
	Kubelet string   `json:"kubelet"`
	GPUs    int      `json:"gpus"`
	Usable  int      `json:"usable"`  // of them, that the device plugin calls healthy
	Missing int      `json:"missing"` // of them, without a reading; -1: unknown
	Trouble []string `json:"pressure,omitempty"`
}

// Device is one GPU with a reading of it. Unknown numbers are null: shares are
// 0 to 1, memory bytes, power watts, temperature degrees Celsius, clocks hertz.
type Device struct {
	UUID    string    `json:"uuid"`
	Label   string    `json:"device"`
	Product string    `json:"product"`
	Driver  string    `json:"driver"`
	At      time.Time `json:"at,omitzero"` // of the sample
	After   bool      `json:"after"`       // the sample is of after the end
	Busy    *float64  `json:"busy"`
	Tensor  *float64  `json:"tensor"`
	MemUsed *float64  `json:"memoryUsed"`
	MemAll  *float64  `json:"memoryTotal"`
	Power   *float64  `json:"power"`
	Temp    *float64  `json:"temperature"`
	SMClock *float64  `json:"smClock"`
	XID     *int      `json:"xid"` // the last one that it had; 0 none
	XIDAt   time.Time `json:"xidAt,omitzero"`
}

// Event is one event, repeats counted.
type Event struct {
	Type    string    `json:"type"`
	Reason  string    `json:"reason"`
	Message string    `json:"message"`
	Source  string    `json:"source"`
	Count   int       `json:"count"`
	First   time.Time `json:"first,omitzero"`
	Last    time.Time `json:"last,omitzero"`
}

// Ending is an end of which nothing was read.
type Ending struct {
	Worker string    `json:"worker"`
	Pod    string    `json:"pod"`
	Node   string    `json:"node"`
	How    string    `json:"how"`
	Ended  time.Time `json:"endedAt,omitzero"`
	Why    string    `json:"why"` // nothing was read
}

// NewDevice is a device with its reading, and whether that is of after an end.
func NewDevice(d *fleet.Device, end time.Time) Device {
	r := d.Reading
	out := Device{
		UUID: r.UUID, Label: d.Label(), Product: r.Product, Driver: r.Driver, At: r.At.UTC(), After: !end.IsZero() && r.At.After(end),
		Busy: known(r.Util), Tensor: known(r.Tensor), MemUsed: known(r.MemUsed), MemAll: known(r.MemTotal),
		Power: known(r.Power), Temp: known(r.Temp), SMClock: known(r.SMClock),
	}
	if r.XID >= 0 {
		out.XID = &r.XID
	}
	if !r.XIDAt.IsZero() {
		out.XIDAt = r.XIDAt.UTC()
	}
	return out
}

// known is a number, nil where nobody told.
func known(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) { // JSON has neither
		return nil
	}
	return &v
}

// NewNode is a machine as a Fleet has it; nil for none.
func NewNode(n *fleet.Node) *Node {
	if n == nil {
		return nil
	}
	o := n.Object
	return &Node{
		Name: n.Name, Ready: n.Ready, Why: n.Why, Product: o.Product, Driver: o.Driver, CUDA: o.CUDA, Kubelet: o.Kubelet,
		GPUs: n.GPUs.Capacity, Usable: n.GPUs.Allocatable, Missing: n.GPUs.Missing, Trouble: o.Pressure,
	}
}

// NewEvents are events, their messages through hide.
func NewEvents(list []fleet.Event, hide func(string) string) []Event {
	out := []Event{}
	for _, e := range list {
		out = append(out, Event{e.Type, e.Reason, hide(e.Message), e.Source, e.Count, utc(e.First), utc(e.Last)})
	}
	return out
}

// utc is a time in UTC; the zero time stays itself.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC()
}

// marshal writes a Record as it is kept.
func marshal(r Record) ([]byte, error) {
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetIndent("", " ")
	out.SetEscapeHTML(false) // tracebacks are full of <module>
	if err := out.Encode(r); err != nil {
		return nil, fmt.Errorf("write down what %s left: %w", r.Head.Worker, err)
	}
	return b.Bytes(), nil
}
