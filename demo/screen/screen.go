// Package screen plays the whole of paddock on an embedded cluster, in a
// terminal emulator and a bubble of testing/synctest: keys in, screens out, in
// a time that passes only when everything waits. Nothing in it is a stand-in
// but the terminal: the API server is spoken with over TLS, Prometheus through
// it, as on a bastion host.
package screen

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
	"github.com/spf13/pflag"

	"paddock/demo/cluster"
	"paddock/kube"
	"paddock/live"
	"paddock/ui"
)

// Opening is when every play begins: the night shift of the story.
var opening = time.Date(2026, 11, 23, 3, 12, 0, 0, time.UTC)

// Options of a play.
type Options struct {
	Width, Height int
	Seed          uint64
	Context       string // of the kubeconfig; "": the administrator's
	Settings      live.Settings
	Env           []string // of the terminal: "EDITOR=vi"
	UI            ui.Options
}

// Screen is a terminal with paddock in it.
type Screen struct {
	t       testing.TB
	cluster *cluster.Cluster
	network *pipes
	program *tea.Program
	keys    *io.PipeWriter
	state   string // where the audit log is

	mu       sync.Mutex
	emulator *vt.Emulator
}

// Play opens paddock on a new cluster, waits for the complete picture, and
// hands the screen to play.
func Play(t *testing.T, o Options, play func(*Screen)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(opening))
		network := newPipes()
		c, err := cluster.New(cluster.Options{Seed: o.Seed, Dir: t.TempDir(), API: network})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}()
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		defer func() { // also when play gave up
			stop()
			running.Wait()
			// What still waits for a timer ends: ticks outlive their program, and
			// client-go's pause between two errors reckons from the wall clock's day.
			time.Sleep(48 * time.Hour)
		}()
		running.Go(func() {
			if err := c.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		state := t.TempDir()
		l := dashboard(t, c, network, o, state)
		running.Go(func() {
			if err := l.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		inTerminal(t, ctx, l, o, func(x *Screen) {
			x.cluster, x.network, x.state = c, network, state
			x.Until("complete picture", func(screen string) bool {
				return strings.Contains(screen, " live") && strings.Contains(screen, "prometheus") && !strings.Contains(screen, "connecting")
			})
			play(x)
		})
	})
}

// dashboard is what paddock without a configuration would show.
func dashboard(t *testing.T, c *cluster.Cluster, network *pipes, o Options, state string) *live.Live {
	flags := &kube.Flags{Dial: network.Dial}
	set := pflag.NewFlagSet("paddock", pflag.ContinueOnError)
	flags.Bind(set)
	args := []string{"--kubeconfig", c.Kubeconfig}
	if o.Context != "" {
		args = append(args, "--context", o.Context)
	}
	if err := set.Parse(args); err != nil {
		t.Fatal(err)
	}
	l, err := live.New(live.Options{Flags: flags, Settings: func(string) live.Settings { return o.Settings }, State: state})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// inTerminal runs the program in an emulator for as long as play takes.
func inTerminal(t *testing.T, ctx context.Context, l *live.Live, o Options, play func(*Screen)) {
	reader, writer := io.Pipe()
	x := &Screen{t: t, keys: writer, emulator: vt.NewEmulator(o.Width, o.Height)}
	go func() { _, _ = io.Copy(writer, x.emulator) }() // the emulator's answers to queries
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	x.program = tea.NewProgram(ui.New(ctx, l, o.UI),
		tea.WithContext(ctx), tea.WithInput(reader), tea.WithOutput(x), tea.WithWindowSize(o.Width, o.Height), tea.WithFPS(120),
		tea.WithEnvironment(append([]string{"TERM=xterm-256color"}, o.Env...)), tea.WithColorProfile(colorprofile.ANSI), tea.WithoutSignalHandler())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = x.program.Run() // however it ended, the screens were asserted
	}()
	defer func() {
		x.program.Quit()
		<-done
		_ = reader.Close()
		_ = x.emulator.InputPipe().(io.Closer).Close() // ends the copy above; the emulator's own Close races with it
	}()
	play(x)
}

// Write takes the program's output. Without a tty newlines come bare.
func (x *Screen) Write(p []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	_, err := x.emulator.Write(bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n")))
	return len(p), err
}

// Pass lets time pass, and everything that it brings happen.
func (x *Screen) Pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// Press types keys, one string a key, at a person's pace.
func (x *Screen) Press(keys ...string) {
	for _, k := range keys {
		_, _ = x.keys.Write([]byte(k))
		x.Pass(100 * time.Millisecond)
	}
}

// Type types a text, key by key.
func (x *Screen) Type(text string) { x.Press(strings.Split(text, "")...) }

// Text is what stands on the screen, trailing blanks left out.
func (x *Screen) Text() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	lines := strings.Split(x.emulator.String(), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \r")
	}
	return strings.Join(lines, "\n")
}

// Styled is the screen with its colours, as text with SGR sequences.
func (x *Screen) Styled() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.emulator.Render()
}

// patience is how long Shows waits.
const patience = 2 * time.Minute

// Shows waits until all texts stand on the screen at once.
func (x *Screen) Shows(texts ...string) {
	x.t.Helper()
	x.Until(texts, func(screen string) bool {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

// Hides waits until a text stands nowhere on the screen.
func (x *Screen) Hides(text string) {
	x.t.Helper()
	x.Until([]string{"no " + text}, func(screen string) bool { return !strings.Contains(screen, text) })
}

// Until waits for a screen; what says what for.
func (x *Screen) Until(what any, is func(screen string) bool) {
	x.t.Helper()
	for end := time.Now().Add(patience); ; x.Pass(100 * time.Millisecond) {
		screen := x.Text()
		if is(screen) {
			return
		}
		if time.Now().After(end) {
			x.t.Fatalf("no %q after %s on\n%s", what, patience, screen)
		}
	}
}

// Keys as a terminal sends them.
const (
	Enter = "\r"
	Esc   = "\x1b"
	Tab   = "\t"
	CtrlD = "\x04"
	CtrlE = "\x05"
	CtrlK = "\x0b"
	CtrlS = "\x13"
	CtrlU = "\x15"
	Down  = "\x1b[B"
	Up    = "\x1b[A"
)
