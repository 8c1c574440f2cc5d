// Package behaviour is a suite of what clients rely on in a Kubernetes API
// server. Every behaviour is a short conversation over HTTP with expectations
// of its own; it leaves a transcript without what differs from run to run, so
// that two servers can be held against each other.
package behaviour

import (
	"net/http"
	"testing"
	"time"
)

// Server is one that is asked: its base URL, a client that trusts it, and the
// tokens of an administrator and of somebody without rights.
type Server struct {
	URL    string
	Client *http.Client
	Admin  string
	Nobody string

	// Print adds a line to what every container printed.
	Print func(at time.Time, line string) error

	Controllers bool // something brings the status of objects up to date
}

// Behaviour is one thing that an API server does.
type Behaviour struct {
	Name string
	Talk func(*Talk)
}

// All are the behaviours, by what they are about.
func All() []Behaviour {
	var all []Behaviour
	for _, part := range [][]Behaviour{reads(), watches(), writes(), patches(), deletions(), checks(), rights(), subresources(), logs(), discoveries()} {
		all = append(all, part...)
	}
	return all
}

// Run lets a server talk about a behaviour, in a namespace of its own, and
// returns the transcript.
func Run(t *testing.T, s Server, b Behaviour) []string {
	t.Helper()
	talk := newTalk(t, s)
	talk.namespace()
	b.Talk(talk)
	return talk.transcript
}
