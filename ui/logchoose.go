package ui

import (
	"context"
	"fmt"
	"maps"
	"slices"

	tea "charm.land/bubbletea/v2"

	"paddock/fleet"
	"paddock/logs"
)

// teller is a worker, whatever its attempt: whose lines are shown is chosen by it.
type teller struct {
	job   fleet.Ref
	label string
}

func tellerOf(src *logs.Source) teller { return teller{src.Job, src.Label} }

// ofNobody is said of the line about lines that were dropped.
const ofNobody = "no worker printed this line"

// chosen tells whether some workers are left out.
func (s *logScreen) chosen() bool { return s.alone != nil || s.without != nil }

// shows tells whether the lines of a worker are shown.
func (s *logScreen) shows(w teller) bool { return (s.alone == nil || s.alone[w]) && !s.without[w] }

// choose shows some workers alone, nil for all, and leaves some out.
func (s *logScreen) choose(alone, without map[teller]bool) {
	s.alone, s.without = alone, without
	s.look()
}

// solo shows the cursor's worker alone, or all again.
func (s *logScreen) solo() effect {
	if s.chosen() {
		s.choose(nil, nil)
		return say("all workers")
	}
	l, ok := s.line()
	switch {
	case !ok:
		return effect{}
	case l.Source < 0:
		return complain(ofNobody)
	}
	src := s.source(l)
	s.choose(map[teller]bool{tellerOf(src): true}, nil)
	return say(src.Label + " alone; o shows all again")
}

// hide leaves the cursor's worker out.
func (s *logScreen) hide() effect {
	l, ok := s.line()
	switch {
	case !ok:
		return effect{}
	case l.Source < 0:
		return complain(ofNobody)
	}
	src := s.source(l)
	without := maps.Clone(s.without)
	if without == nil {
		without = map[teller]bool{}
	}
	without[tellerOf(src)] = true
	s.choose(s.alone, without)
	return say(src.Label + " is left out; o shows all again")
}

func (s *logScreen) unread() string {
	if s.state == nil || len(s.state.Sources) == 0 {
		return "nobody's log is read yet"
	}
	return ""
}

// chooseWorkers opens the list of the workers, each with its last attempt.
func (s *logScreen) chooseWorkers(e *env) effect {
	const all = "all"
	sw := &switcher{title: "Show the lines of", several: true, verb: "shows"}
	sw.items = append(sw.items, choice{name: all, now: !s.chosen()})
	lines, last := map[teller]int64{}, map[teller]*logs.Source{}
	var tellers []teller
	for i := range s.state.Sources {
		src := &s.state.Sources[i]
		w := tellerOf(src)
		if last[w] == nil {
			tellers = append(tellers, w)
		}
		lines[w] += src.Lines
		last[w] = src
	}
	names := map[string]teller{}
	for _, w := range tellers {
		src := last[w]
		name := s.label(src)
		names[name] = w
		note := fmt.Sprintf("attempt %d, ", src.Attempt)
		if src.Restarts > 0 {
			note += fmt.Sprintf("restart %d, ", src.Restarts)
		}
		note += plural(int(lines[w]), "line") + after(", ", src.Says)
		if quiet, ok := s.silence(e, src); ok {
			note += ", silent for " + age(quiet)
		}
		sw.items = append(sw.items, choice{name: name, note: note, now: s.chosen() && s.shows(w)})
	}
	sw.done = func(chosen []string) effect {
		if slices.Contains(chosen, all) {
			s.choose(nil, nil)
			return effect{}
		}
		alone := map[teller]bool{}
		for _, name := range chosen {
			alone[names[name]] = true
		}
		s.choose(alone, nil)
		return effect{}
	}
	return effect{choose: sw}
}

// containersMsg are the containers of the pod under the cursor.
type containersMsg struct {
	of  *logScreen
	all []fleet.ContainerSpec
	err error
}

// askContainers asks which containers there are.
func (s *logScreen) askContainers(e *env) effect {
	var pod fleet.Ref
	if l, ok := s.line(); ok {
		pod = s.source(l).Pod
	}
	if pod.Name == "" && len(s.known) > 0 {
		pod = s.known[0].Ref
	}
	if pod.Name == "" {
		return complain("there is no worker whose containers could be chosen from")
	}
	parent, dash := e.ctx, e.dash
	return effect{status: "reading " + pod.String() + " ...", cmd: func() tea.Msg {
		ctx, cancel := context.WithTimeout(parent, readTimeout)
		defer cancel()
		d, err := dash.Describe(ctx, pod, "v1")
		return containersMsg{s, d.Containers, err}
	}}
}

// chooseContainer opens the list of the containers.
func (s *logScreen) chooseContainer(e *env, msg containersMsg) effect {
	if msg.err != nil {
		return complain(msg.err.Error())
	}
	sw := &switcher{title: "Read the container", verb: "reads it", done: func(chosen []string) effect { return s.container(e, chosen[0]) }}
	for _, c := range msg.all {
		note := c.Image
		if c.Init {
			note = "runs before the others  " + note
		}
		sw.items = append(sw.items, choice{name: c.Name, note: note, now: c.Name == s.wish.Container})
	}
	return effect{choose: sw}
}

// container reads another container; without a name the one with the GPUs.
func (s *logScreen) container(e *env, name string) effect {
	return s.reread(e, s.span, func() { s.wish.Container = name })
}
