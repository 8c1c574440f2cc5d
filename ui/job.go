package ui

import "paddock/fleet"

type job struct {
	quiet
	ref fleet.Ref
}

func newJob(e *env, ref fleet.Ref) screen              { return &job{ref: ref} }
func (s *job) name() string                            { return "job" }
func (s *job) crumb() string                           { return s.ref.String() }
func (s *job) draw(e *env, width, height int) []string { return fill(nil, width, height) }
