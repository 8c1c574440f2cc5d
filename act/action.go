// Package act holds changes to the cluster as data: what is to be done to
// which life of which object, what it means and costs, what stands in its way,
// the right that it needs and the line that remembers it. Whoever makes an
// Action has done nothing yet: package kube executes it.
//
// An Action is made from the Fleet that was on screen when the key was
// pressed, and is bound to the UID and to the old value of what it changes. If
// either is another one by then, nothing is done.
//
// The package is pure: it imports fleet alone, does no I/O and has no clock.
package act

import (
	"fmt"
	"strings"

	"paddock/fleet"
)

// Action is one change to one object.
type Action struct {
	Target Target
	Change Change
}

// Target is the object that an Action changes: one life of it, by its UID.
type Target struct {
	Ref        fleet.Ref
	APIVersion string
	UID        string
	Label      string // a worker's short name in its job: "w3"; "" for other objects
	// Job is the job that the object is or belongs to; zero for a node.
	Job    fleet.Ref
	JobUID string
	Queue  string // of the job, "" when none
}

// Change is what is done: Create, Scale, Suspend, Resume, Restart, Delete,
// Kill, ForceDelete, Cordon, Uncordon, Edit or Reached.
type Change interface {
	// Verb is the word for the command and the audit line: "scale".
	Verb() string
	// states words the old and the new value of what is changed.
	states() (before, after string)
	// title says what is done to a target, as a dialog asks it.
	title(t Target) string
	// rights are what the API server must allow.
	rights(t Target) []Right
	// cost says what it means for targets that belong to one job, or for one node.
	cost(ts []Target, v view) Cost
}

// Title is the change in one line: "scale nlp/sft from 8 to 16 workers".
func (a Action) Title() string { return a.Change.title(a.Target) }

// Needs lists the rights that the API server must grant.
func (a Action) Needs() []Right { return a.Change.rights(a.Target) }

// String names the target as people call it: "w3 of nlp/sft", "Job nlp/sft", "Node gpu-07".
func (t Target) String() string {
	if t.Label != "" {
		return t.Label + " of " + t.Job.String()
	}
	return t.Ref.Kind + " " + t.Ref.String()
}

// Short is the target's name without its namespace and kind: "w3", "sft".
func (t Target) Short() string {
	if t.Label != "" {
		return t.Label
	}
	return t.Ref.Name
}

// Refusal is why a change can't be, before anything was asked of the server.
type Refusal struct {
	Of      string // what was to be changed: "w3 of nlp/sft"
	Why     string // "it has ended already"
	Already bool   // it is as the change would make it: nothing is wrong, and nothing is left to do
	Target  Target // what was to be changed; zero where it is no object of the cluster
}

// Error is the reason with its object.
func (r *Refusal) Error() string { return r.Of + ": " + r.Why }

func refuse(t Target, format string, args ...any) error {
	return &Refusal{Of: t.String(), Why: fmt.Sprintf(format, args...), Target: t}
}

// already refuses what would change nothing.
func already(t Target, format string, args ...any) error {
	return &Refusal{Of: t.String(), Why: fmt.Sprintf(format, args...), Already: true, Target: t}
}

// bound checks that a target can be bound to a life of its object.
func bound(t Target) error {
	if t.UID == "" {
		return refuse(t, "its UID is not known, so that another object of this name could be hit")
	}
	return nil
}

// count words a number of things: "1 worker", "16 workers".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// plural is the resource of a kind, by the rule that nearly all are named by.
func plural(kind string) string {
	name := strings.ToLower(kind)
	switch {
	case strings.HasSuffix(name, "s"):
		return name + "es"
	case strings.HasSuffix(name, "y"):
		return strings.TrimSuffix(name, "y") + "ies"
	}
	return name + "s"
}

func group(apiVersion string) string {
	if g, _, ok := strings.Cut(apiVersion, "/"); ok {
		return g
	}
	return ""
}
