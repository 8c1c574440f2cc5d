package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"paddock/e2e/terminal"
)

// screen is paddock in a terminal, in the hands of a test.
type screen struct {
	*terminal.Terminal
	t *testing.T
}

// open starts paddock's screens; they are closed with the test.
func open(t *testing.T, width, height int, env []string, args ...string) screen {
	t.Helper()
	x, err := terminal.Start(binary(t), args, terminal.Options{Width: width, Height: height, Env: environment(t, env...)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.Close)
	return screen{x, t}
}

// until waits for a screen.
func (s screen) until(what string, is func(string) bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeoutCause(s.t.Context(), patience, fmt.Errorf("still not after %s", patience))
	defer cancel()
	if _, err := s.Until(ctx, what, is); err != nil {
		s.t.Fatal(err)
	}
}

// shows waits until all texts stand on the screen at once.
func (s screen) shows(texts ...string) {
	s.t.Helper()
	s.until(fmt.Sprintf("show %q", texts), func(text string) bool {
		for _, want := range texts {
			if !strings.Contains(text, want) {
				return false
			}
		}
		return true
	})
}

// hides waits until a text stands nowhere on the screen.
func (s screen) hides(text string) {
	s.t.Helper()
	s.until(fmt.Sprintf("hide %q", text), func(screen string) bool { return !strings.Contains(screen, text) })
}

// press types.
func (s screen) press(keys string) {
	s.t.Helper()
	if err := s.Press(keys); err != nil {
		s.t.Fatal(err)
	}
}

// command types a `:` line, once the prompt is there.
func (s screen) command(line string) {
	s.t.Helper()
	s.press(":" + line)
	s.until("the command line "+line, func(screen string) bool { return strings.HasSuffix(screen, ":"+line) })
	s.press(terminal.Enter)
}

// row is the line of the screen that has a text; "" when none has.
func row(screen, text string) string {
	for line := range strings.Lines(screen) {
		if strings.Contains(line, text) {
			return line
		}
	}
	return ""
}
