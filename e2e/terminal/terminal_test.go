package terminal

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is what a shell gets to do its little work.
const patience = 30 * time.Second

func start(t *testing.T, script string) *Terminal {
	t.Helper()
	x, err := Start("/bin/sh", []string{"-c", script}, Options{Width: 30, Height: 5, Env: []string{"WORD=paddock"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.Close)
	return x
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func shows(text string) func(string) bool {
	return func(screen string) bool { return strings.Contains(screen, text) }
}

func TestTextKeysAndExitCode(t *testing.T) {
	x := start(t, `stty -echo; echo "this is $WORD on $TERM"; read line; echo "<$line>"; exit 3`)
	if _, err := x.Until(within(t), "greeting", shows("this is paddock on xterm")); err != nil {
		t.Fatal(err)
	}
	writes := x.Writes()
	if err := x.Press("hello\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := x.NextWrite(within(t), writes); err != nil {
		t.Fatal(err)
	}
	if code, err := x.Wait(within(t)); err != nil || code != 3 {
		t.Errorf("exit code %d, %v", code, err)
	}
	if !strings.Contains(x.Text(), "<hello>") || x.Written() < int64(len("<hello>")) {
		t.Errorf("the last screen:\n%s", x.Text())
	}
}

func TestRestored(t *testing.T) {
	x := start(t, `printf '\033[?1049h\033[?25linside'; read line; printf '\033[?1049l\033[?25h'`)
	if _, err := x.Until(within(t), "alternate screen", shows("inside")); err != nil {
		t.Fatal(err)
	}
	if x.Restored() {
		t.Error("the alternate screen without a cursor counts as restored")
	}
	_ = x.Press("\n")
	if _, err := x.Wait(within(t)); err != nil {
		t.Fatal(err)
	}
	if !x.Restored() {
		t.Error("it is not restored")
	}
}

func TestResizeIsSeen(t *testing.T) {
	x := start(t, `trap 'stty size' WINCH; echo ready; while :; do read line; done`)
	if _, err := x.Until(within(t), "ready", shows("ready")); err != nil {
		t.Fatal(err)
	}
	if err := x.Resize(44, 11); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Until(within(t), "new size", shows("11 44")); err != nil {
		t.Fatal(err)
	}
}

func TestAnEndedOrSilentProgramIsTold(t *testing.T) {
	x := start(t, `echo last words`)
	_, err := x.Until(within(t), "more", shows("more"))
	if err == nil || !strings.Contains(err.Error(), "the program ended") || !strings.Contains(err.Error(), "last words") {
		t.Errorf("%v", err)
	}
	y := start(t, `echo waiting; read line`)
	if _, err := y.Until(within(t), "waiting", shows("waiting")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := y.Until(ctx, "more", shows("more")); err == nil || !strings.Contains(err.Error(), "waiting") {
		t.Errorf("%v", err)
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	x := start(t, `echo up; read line`)
	if _, err := x.Until(within(t), "up", shows("up")); err != nil {
		t.Fatal(err)
	}
	x.Close()
	if code, err := x.Wait(within(t)); err != nil || code != -1 {
		t.Errorf("code %d, %v", code, err)
	}
	if err := syscall.Kill(x.PID(), 0); err != syscall.ESRCH {
		t.Errorf("it still runs: %v", err)
	}
	x.Close() // again is no harm
}
