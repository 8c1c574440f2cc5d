package ui

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"paddock/act"
	"paddock/fleet"
)

// The ports that one looks at training through.
const (
	tensorBoardPort = 6006
	visualDLPort    = 8040
)

// forward is a port of this machine that leads to one of a worker.
type forward struct {
	id     int
	on     fleet.Cluster
	to     act.Target
	local  int // as it was asked for, 0 for any; the real one once it is up
	up     bool
	remote int
	ready  chan int
	stop   context.CancelFunc
}

// String is the way from here to there.
func (f *forward) String() string {
	if !f.up {
		return fmt.Sprintf("connecting > %s:%d", f.to.Short(), f.remote)
	}
	return fmt.Sprintf("127.0.0.1:%d > %s:%d", f.local, f.to.Short(), f.remote)
}

// listed is the forward among others, each of them another one.
func (f *forward) listed() string { return fmt.Sprintf("%d  %s", f.id, f) }

// forwardMsg tells that a forward is ready on a port, or that it ended.
type forwardMsg struct {
	id    int
	local int
	ended bool
	err   error
}

// askForward asks which port shall lead where.
func askForward(e *env, c squad) effect {
	to, on := podTarget(c.job, c.workers[0]), e.fleet.Cluster
	line := &dialogLine{label: "ports  here:there, or there"}
	line.input.start(" ", strconv.Itoa(tensorBoardPort))
	d := &dialog{
		title: func() string { return "Forward a port to " + to.String() + "?" },
		word:  "forward",
		lines: []*dialogLine{line},
		says: func(_ *env, width int) []pageLine {
			return sentences(width, "- ", toneText,
				fmt.Sprintf("a port of 127.0.0.1 on the machine that paddock runs on leads to the worker; TensorBoard has %d, VisualDL %d", tensorBoardPort, visualDLPort),
				"it ends with the worker, with paddock, or by :forwards")
		},
		check: func(*env) string {
			_, _, err := parsePorts(line.input.value())
			if err != nil {
				return err.Error()
			}
			return ""
		},
		yes: func(*env) effect {
			local, remote, err := parsePorts(line.input.value())
			if err != nil {
				return complain(err.Error())
			}
			return effect{forward: &forward{on: on, to: to, local: local, remote: remote, ready: make(chan int, 1)}}
		},
	}
	return effect{dialog: d}
}

// parsePorts reads "8080:6006", "6006" for the same port here, or ":6006" for
// any that is free (0).
func parsePorts(s string) (local, remote int, err error) {
	here, there, both := strings.Cut(strings.TrimSpace(s), ":")
	if !both {
		there = here
	}
	port := func(s string) (int, bool) {
		n, err := strconv.Atoi(s)
		return n, err == nil && n > 0 && n < 1<<16
	}
	remote, ok := port(there)
	if ok && here != "" {
		local, ok = port(here)
	}
	if !ok {
		return 0, 0, fmt.Errorf("%q is no port: write 6006, or 8080:6006", s)
	}
	return local, remote, nil
}

// startForward runs a forward until it ends, and waits for its port.
func (m *Model) startForward(f *forward) tea.Cmd {
	m.lastForward++
	f.id = m.lastForward
	ctx, stop := context.WithCancel(m.env.ctx)
	f.stop = stop
	wish := f.local
	m.env.forwards = append(m.env.forwards, f)
	dash := m.env.dash
	ended := make(chan struct{})
	run := func() tea.Msg {
		defer close(ended)
		err := dash.Forward(ctx, f.on, f.to, wish, f.remote, func(local int) { f.ready <- local })
		return forwardMsg{id: f.id, ended: true, err: err}
	}
	wait := func() tea.Msg {
		select {
		case local := <-f.ready:
			return forwardMsg{id: f.id, local: local}
		case <-ended:
			return nil
		}
	}
	m.status, m.statusBad = "connecting to "+f.to.String()+" ...", false
	return tea.Batch(run, wait)
}

// forwarded takes what became of a forward.
func (m *Model) forwarded(msg forwardMsg) tea.Cmd {
	i := slices.IndexFunc(m.env.forwards, func(f *forward) bool { return f.id == msg.id })
	if i < 0 {
		return nil
	}
	f := m.env.forwards[i]
	if !msg.ended {
		f.local, f.up = msg.local, true
		return m.enter(say("forwarding " + f.String() + " of " + f.to.Job.String()))
	}
	f.stop()
	m.env.forwards = slices.Delete(m.env.forwards, i, i+1)
	ended := "the forward to " + f.to.String() + " ended"
	if msg.err != nil {
		return m.enter(complain(ended + ": " + msg.err.Error()))
	}
	return m.enter(say(ended))
}

// openForwards lists the forwards; the one that is chosen ends.
func (m *Model) openForwards() effect {
	if len(m.env.forwards) == 0 {
		return say("no port is forwarded; f on a worker forwards one")
	}
	s := &switcher{title: "Forwarded ports", verb: "ends it", done: func(chosen []string) effect {
		for _, f := range m.env.forwards {
			if f.listed() == chosen[0] {
				f.stop()
			}
		}
		return effect{}
	}}
	for _, f := range m.env.forwards {
		s.items = append(s.items, choice{name: f.listed(), note: f.to.String() + " on " + f.on.Context})
	}
	return m.openSwitcher(s)
}

// forwardPieces tell of the forwards in the header.
func forwardPieces(e *env) []piece {
	var out []piece
	for _, f := range e.forwards {
		way := f.String()
		if f.on.Context != e.fleet.Cluster.Context {
			way += " on " + f.on.Context
		}
		out = append(out, part(2, dim("forward "), span{way, toneAccent}))
	}
	return out
}
