// Package training is what happens inside the containers of the embedded
// cluster: how long an image is pulled, whether a program starts on this
// node's driver, what it prints, how it uses its GPUs and how it ends. It is
// pure: equal programs give equal lives.
package training

import (
	"time"

	"paddock/demo/dcgm"
)

// Life is what one container of a pod does on one node, from the pull of its
// image to its end, if nobody stops it. All durations are story time.
type Life struct {
	Pull      time.Duration // how long the image takes; 0: it is on the node already
	ImageSize int64         // bytes; 0: unknown
	PullError string        // the kubelet's message; the image never arrives
	Run       time.Duration // from start to end; 0: it runs until it is stopped
	Exit      Exit          // how it ends by itself
	Ready     time.Duration // from start to ready
	Grace     time.Duration // how long it takes to end after SIGTERM
	Profile   dcgm.Profile
	XID       int     // reported by its GPUs a minute after the start; 0: none
	CPU       float64 // cores
	Memory    float64 // bytes
	Log       Log     // nil: it prints nothing
}

// Exit is how a container ended. With the reason StartError it never ran: the
// container runtime refused to start it, and Message is what it said.
type Exit struct {
	Code    int32
	Signal  int32  // 0: none
	Reason  string // Completed, Error, OOMKilled, StartError, ...
	Message string
}

// Log writes what a container printed. Its lines are a function of the
// moments alone: started is when the container started, and all lines with
// from <= time < to are returned, in order of time.
type Log interface {
	Lines(started, from, to time.Time) []Line
}

// Line is one line of a log, without its newline.
type Line struct {
	Time   time.Time
	Stderr bool
	Text   string
}
