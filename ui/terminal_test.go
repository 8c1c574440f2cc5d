package ui

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/vt"
)

// terminal runs the whole program against a terminal emulator, in a bubble of
// testing/synctest: time passes only when everything waits.
type terminal struct {
	t       *testing.T
	board   *board
	program *tea.Program
	keys    *io.PipeWriter

	mu       sync.Mutex
	emulator *vt.Emulator
	bytes    int // written
}

// inTerminal starts the program on an emulator of this size, hands it to play,
// and ends it.
func inTerminal(t *testing.T, width, height int, o Options, play func(*terminal)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		if o.Now == nil {
			start := time.Now()
			o.Now = func() time.Time { return noon.Add(time.Since(start)) }
		}
		reader, writer := io.Pipe()
		x := &terminal{t: t, board: newBoard(), keys: writer, emulator: vt.NewEmulator(width, height)}
		go func() { _, _ = io.Copy(writer, x.emulator) }() // the emulator's answers to queries
		ctx, cancel := context.WithCancel(t.Context())
		x.program = tea.NewProgram(New(ctx, x.board, o),
			tea.WithContext(ctx), tea.WithInput(reader), tea.WithOutput(x), tea.WithWindowSize(width, height), tea.WithFPS(frameRate),
			tea.WithEnvironment([]string{"TERM=xterm-256color"}), tea.WithColorProfile(colorprofile.ANSI), tea.WithoutSignalHandler())
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = x.program.Run() // however it ended, the screens were asserted
		}()
		x.settle()
		play(x)
		x.program.Quit()
		<-done
		cancel()
		_ = reader.Close()
		_ = x.emulator.InputPipe().(io.Closer).Close() // ends the copy above; the emulator's own Close races with it
		time.Sleep(2 * time.Minute)                    // commands outlive Quit: the minute tick
	})
}

// Write takes the program's output. Without a tty newlines come bare.
func (x *terminal) Write(p []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.bytes += len(p)
	_, err := x.emulator.Write(bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n")))
	return len(p), err
}

// written is how many bytes went to the terminal.
func (x *terminal) written() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.bytes
}

// settle lets the program do all that it has to do now.
func (x *terminal) settle() {
	time.Sleep(50 * time.Millisecond)
	synctest.Wait()
}

// press types keys, one string a key.
func (x *terminal) press(keys ...string) {
	for _, k := range keys {
		_, _ = x.keys.Write([]byte(k))
		x.settle()
	}
}

// screen is what stands on the terminal, trailing blanks left out.
func (x *terminal) screen() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	lines := strings.Split(x.emulator.String(), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \r")
	}
	return strings.Join(lines, "\n")
}

// shows fails unless every text stands on the screen.
func (x *terminal) shows(texts ...string) {
	x.t.Helper()
	screen := x.screen()
	for _, s := range texts {
		if !strings.Contains(screen, s) {
			x.t.Errorf("%q is not on the screen:\n%s", s, screen)
		}
	}
}

// hides fails when one of the texts stands on the screen.
func (x *terminal) hides(texts ...string) {
	x.t.Helper()
	screen := x.screen()
	for _, s := range texts {
		if strings.Contains(screen, s) {
			x.t.Errorf("%q is on the screen:\n%s", s, screen)
		}
	}
}

// resize changes the size of the terminal under the running program.
func (x *terminal) resize(width, height int) {
	x.mu.Lock()
	x.emulator.Resize(width, height)
	x.mu.Unlock()
	x.program.Send(tea.WindowSizeMsg{Width: width, Height: height})
	x.settle()
}

// Keys as a terminal sends them.
const (
	keyEnter = "\r"
	keyEsc   = "\x1b"
	keyTab   = "\t"
	keyDown  = "\x1b[B"
)
