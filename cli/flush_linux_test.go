//go:build amd64 || arm64

package cli

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"syscall"
	"testing"
	"unsafe"
)

// pseudoTerminal is a terminal with a keyboard.
func pseudoTerminal(t *testing.T) (keyboard, terminal *os.File) {
	t.Helper()
	control := func(request uintptr, n *uint32) {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, keyboard.Fd(), request, uintptr(unsafe.Pointer(n))); errno != 0 {
			t.Skip("no pseudo-terminal: ", errno)
		}
	}
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	var locked, number uint32
	control(syscall.TIOCSPTLCK, &locked)
	control(syscall.TIOCGPTN, &number)
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _, _ = keyboard.Close(), terminal.Close() })
	return keyboard, terminal
}

// TestWhatWasTypedBeforeIsNoAnswer: a y in the queue must not end a training.
func TestWhatWasTypedBeforeIsNoAnswer(t *testing.T) {
	keyboard, terminal := pseudoTerminal(t)
	typed := func(keys string) {
		if _, err := keyboard.WriteString(keys); err != nil {
			t.Fatal(err)
		}
		if _, err := keyboard.Read(make([]byte, 64)); err != nil { // the echo: the terminal has them
			t.Fatal(err)
		}
	}
	typed("y\n")
	var errs bytes.Buffer
	a := &app{in: bufio.NewReader(terminal), errs: &errs, asks: true}
	a.flush = func() {
		flushInput(terminal)
		if errs.Len() > 0 {
			t.Errorf("it asked before: %s", errs.String())
		}
		typed("n\n")
	}
	if a.agreed(t.Context(), "Delete it?", false) {
		t.Error("the y of before was taken for the answer")
	}
}
