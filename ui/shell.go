package ui

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"
	xterm "github.com/charmbracelet/x/term"
	"github.com/muesli/cancelreader"

	"paddock/act"
	"paddock/fleet"
)

// Reach is what the screens ask of the running program to get into a worker.
type Reach interface {
	// Shell runs a command in a container until it ends. in and out are a
	// terminal's; size waits until that has another size, and tells false when
	// there will be none any more.
	Shell(ctx context.Context, on fleet.Cluster, pod act.Target, container string, command []string, in io.Reader, out io.Writer, size func() (width, height int, ok bool)) (exit int, err error)
	// Forward lets a port of this machine lead to one of a worker until ctx ends.
	Forward(ctx context.Context, on fleet.Cluster, to act.Target, local, remote int, ready func(local int)) error
}

// shellLine starts the best shell that an image has.
const shellLine = "command -v bash >/dev/null 2>&1 && exec bash; exec sh"

// podTarget is a worker's pod as what is reached into.
func podTarget(j *fleet.Job, w *fleet.Worker) act.Target {
	return act.Target{Ref: w.Ref, APIVersion: "v1", UID: w.Pod.UID, Label: w.Label(), Job: j.Ref, JobUID: j.UID}
}

// shellMsg tells how a shell ended.
type shellMsg struct {
	of   act.Target
	exit int
	err  error
}

// openShell gives the terminal to a shell in a worker, and takes it back at its end.
func openShell(e *env, c squad) effect {
	w := c.workers[0]
	to, on := podTarget(c.job, w), e.fleet.Cluster
	sh := &shell{
		banner: fmt.Sprintf("paddock: a shell in %s on %s, container %s; its end leads back\r\n", to, e.fleet.Cluster.Context, w.Pod.Main.Name),
		run: func(in io.Reader, out io.Writer, size func() (int, int, bool)) (int, error) {
			return e.dash.Shell(e.ctx, on, to, w.Pod.Main.Name, []string{"/bin/sh", "-c", shellLine}, in, out, size)
		},
	}
	start := effect{cmd: tea.Exec(sh, func(err error) tea.Msg { return shellMsg{to, sh.exit, err} })}
	if !on.Protected {
		return start
	}
	d := &dialog{
		title: func() string { return "Open a shell in " + to.String() + "?" }, word: "open it",
		says: func(_ *env, width int) []pageLine {
			return sentences(width, "- ", toneText, "what is typed there runs in the worker, and is written down nowhere")
		},
		yes: func(*env) effect { return start },
	}
	d.guard(e, act.Plan{Actions: []act.Action{{Target: to}}})
	return effect{dialog: d}
}

// shellEnded says how a shell ended.
func (m *Model) shellEnded(msg shellMsg) tea.Cmd {
	switch {
	case msg.err != nil:
		return m.enter(effect{dialog: report("no shell in "+msg.of.String(), []string{msg.err.Error()})})
	case msg.exit != 0:
		m.status, m.statusBad = fmt.Sprintf("the shell in %s ended with exit %d", msg.of, msg.exit), false
	default:
		m.status, m.statusBad = "the shell in "+msg.of.String()+" ended", false
	}
	return nil
}

// shell is a command that has the terminal for itself.
type shell struct {
	banner string
	run    func(in io.Reader, out io.Writer, size func() (width, height int, ok bool)) (exit int, err error)
	in     io.Reader
	out    io.Writer
	exit   int
}

// SetStdin is told the terminal's input.
func (s *shell) SetStdin(r io.Reader) { s.in = r }

// SetStdout is told the terminal.
func (s *shell) SetStdout(w io.Writer) { s.out = w }

// SetStderr is told the terminal as well.
func (s *shell) SetStderr(io.Writer) {}

// Run gives every key to the other side, ctrl-c among them, until that ends.
// What is typed after the end is the screen's again.
func (s *shell) Run() error {
	time.Sleep(handover)
	fmt.Fprint(s.out, s.banner)
	in, err := cancelreader.NewReader(s.in)
	if err != nil {
		return fmt.Errorf("read the terminal: %w", err)
	}
	defer func() {
		in.Cancel()
		// Closed at once, a read that still waits would not learn of it, and take
		// the next key from the screen.
		time.AfterFunc(time.Second, func() { _ = in.Close() })
	}()
	f, ok := s.in.(*os.File)
	if !ok || !xterm.IsTerminal(f.Fd()) {
		f = nil
	}
	size, stop := sizes(f)
	defer stop()
	if f != nil {
		state, err := xterm.MakeRaw(f.Fd())
		if err != nil {
			return fmt.Errorf("hand the terminal over: %w", err)
		}
		defer func() { _ = xterm.Restore(f.Fd(), state) }() // Bubble Tea sets it up anew in any case
	}
	s.exit, err = s.run(in, s.out, size)
	return err
}

// sizes tells a terminal's size, at once and then whenever it changes, until
// stop. Without a terminal there is one size, the oldest of all.
func sizes(f *os.File) (next func() (width, height int, ok bool), stop func()) {
	changed, ended := make(chan os.Signal, 1), make(chan struct{})
	unwatch := func() {}
	if f != nil {
		unwatch = watchSize(changed)
	}
	first := true
	next = func() (int, int, bool) {
		if !first {
			select {
			case <-changed:
			case <-ended:
				return 0, 0, false
			}
		}
		first = false
		if f == nil {
			return 80, 24, true
		}
		width, height, err := xterm.GetSize(f.Fd())
		return width, height, err == nil
	}
	return next, func() { unwatch(); close(ended) }
}
