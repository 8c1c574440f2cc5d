package ui

import "paddock/fleet"

type worker struct {
	quiet
	ref fleet.Ref
}

func newWorker(e *env, job, ref fleet.Ref) screen         { return &worker{ref: ref} }
func (s *worker) name() string                            { return "worker" }
func (s *worker) crumb() string                           { return s.ref.String() }
func (s *worker) draw(e *env, width, height int) []string { return fill(nil, width, height) }
