// Package terminal runs a program in a terminal of its own: a pty with an
// emulator behind it, so that what the program draws can be read as a person
// would see it, and keys can be pressed as a person would.
package terminal

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// quitGrace is how long Close waits after each of its requests to end.
const quitGrace = 5 * time.Second

// Options say what runs, and in how large a terminal.
type Options struct {
	Width, Height int      // cells
	Env           []string // added to ours; the last value of a name holds
}

// Terminal is a program in a terminal. Its methods may be called from several
// goroutines.
type Terminal struct {
	cmd     *exec.Cmd
	tty     *os.File
	started time.Time
	ended   chan struct{} // closed when the program is gone and all that it wrote was read
	err     error         // how it ended; valid once ended is closed

	mu       sync.Mutex
	emulator *vt.Emulator
	hidden   bool // the cursor
	written  int64
	writes   int
	last     time.Time     // when it last wrote
	changed  chan struct{} // closed and replaced at each write
}

// Start starts a program. It ends when its terminal goes, so also when we die.
func Start(binary string, args []string, o Options) (*Terminal, error) {
	cmd := exec.Command(binary, args...)
	// TMUX would make the program speak to a tmux that this terminal is not in.
	cmd.Env = append(append(os.Environ(), "TERM=xterm-256color", "TMUX="), o.Env...)
	t := &Terminal{
		cmd: cmd, emulator: vt.NewEmulator(o.Width, o.Height),
		ended: make(chan struct{}), changed: make(chan struct{}), started: time.Now(),
	}
	t.emulator.SetCallbacks(vt.Callbacks{CursorVisibility: func(visible bool) { t.hidden = !visible }})
	tty, err := pty.StartWithSize(cmd, size(o.Width, o.Height))
	if err != nil {
		return nil, fmt.Errorf("start %s in a terminal: %w", binary, err)
	}
	t.tty = tty
	go t.run()
	go t.answer()
	return t, nil
}

func size(width, height int) *pty.Winsize {
	return &pty.Winsize{Rows: uint16(height), Cols: uint16(width)}
}

// run feeds the emulator until the program is gone.
func (t *Terminal) run() {
	buf := make([]byte, 64<<10)
	for {
		n, err := t.tty.Read(buf)
		if n > 0 {
			t.show(buf[:n])
		}
		if err != nil { // EIO: nobody has the other end open any more
			break
		}
	}
	t.err = t.cmd.Wait()
	t.tty.Close()
	if answers, ok := t.emulator.InputPipe().(io.Closer); ok { // ends answer; the emulator's own Close races with its Read
		answers.Close()
	}
	close(t.ended)
}

func (t *Terminal) show(p []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = t.emulator.Write(p) // it never fails
	t.written += int64(len(p))
	t.writes++
	t.last = time.Now()
	close(t.changed)
	t.changed = make(chan struct{})
}

// answer sends the terminal's answers to the program's questions.
func (t *Terminal) answer() {
	buf := make([]byte, 4096)
	for {
		n, err := t.emulator.Read(buf)
		if err != nil {
			return
		}
		if _, err := t.tty.Write(buf[:n]); err != nil {
			return
		}
	}
}

// Press types keys, as the bytes that a terminal sends for them.
func (t *Terminal) Press(keys string) error {
	if _, err := t.tty.WriteString(keys); err != nil {
		return fmt.Errorf("press %q: %w", keys, err)
	}
	return nil
}

// Resize gives the terminal another size under the running program.
func (t *Terminal) Resize(width, height int) error {
	t.mu.Lock()
	t.emulator.Resize(width, height)
	t.mu.Unlock()
	if err := pty.Setsize(t.tty, size(width, height)); err != nil {
		return fmt.Errorf("resize to %dx%d: %w", width, height, err)
	}
	return nil
}

// Text is what stands on the screen, without trailing blanks.
func (t *Terminal) Text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text()
}

// Styled is what stands on the screen with its styles, as SGR sequences, one line a row.
func (t *Terminal) Styled() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.emulator.Render()
}

func (t *Terminal) text() string {
	lines := strings.Split(t.emulator.String(), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \r")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// Until waits for a screen, and tells how long after the start it was there.
// When ctx or the program ends before, the error shows the screen.
func (t *Terminal) Until(ctx context.Context, what string, is func(screen string) bool) (time.Duration, error) {
	for before := ""; ; {
		t.mu.Lock()
		screen, at, changed := t.text(), t.last, t.changed
		t.mu.Unlock()
		if is(screen) {
			return at.Sub(t.started), nil
		}
		if strings.TrimSpace(screen) != "" {
			before = screen
		}
		select {
		case <-changed:
		case <-t.ended: // perhaps back on the main screen, which tells nothing
			return 0, fmt.Errorf("%s: the program ended (%v); its last screen:\n%s", what, t.err, cmp.Or(strings.TrimSpace(t.Text()), before))
		case <-ctx.Done():
			return 0, fmt.Errorf("%s: %w; the screen:\n%s", what, context.Cause(ctx), screen)
		}
	}
}

// Writes counts how often the program wrote.
func (t *Terminal) Writes() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.writes
}

// NextWrite waits until the program has written more often than that, and
// tells when it last did.
func (t *Terminal) NextWrite(ctx context.Context, writes int) (time.Time, error) {
	for {
		t.mu.Lock()
		now, at, changed := t.writes, t.last, t.changed
		t.mu.Unlock()
		if now > writes {
			return at, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return time.Time{}, ctx.Err()
		}
	}
}

// Written is how many bytes the program wrote to the terminal.
func (t *Terminal) Written() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.written
}

// Restored tells whether the terminal is as a shell wants it: the cursor shown
// on the main screen.
func (t *Terminal) Restored() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.hidden && !t.emulator.IsAltScreen()
}

// PID is the program's process id.
func (t *Terminal) PID() int { return t.cmd.Process.Pid }

// Signal sends a signal to the program.
func (t *Terminal) Signal(s os.Signal) error { return t.cmd.Process.Signal(s) }

// Wait waits until the program has ended, and returns its exit code.
func (t *Terminal) Wait(ctx context.Context) (int, error) {
	select {
	case <-t.ended:
		return t.cmd.ProcessState.ExitCode(), nil
	case <-ctx.Done():
		return 0, fmt.Errorf("wait for the program to end: %w; the screen:\n%s", context.Cause(ctx), t.Text())
	}
}

// Close ends the program if it still runs: it asks first.
func (t *Terminal) Close() {
	for _, s := range []os.Signal{syscall.SIGTERM, os.Kill} {
		_ = t.cmd.Process.Signal(s) // an error says that it is gone
		select {
		case <-t.ended:
			return
		case <-time.After(quitGrace):
		}
	}
	<-t.ended
}
