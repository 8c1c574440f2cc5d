//go:build unix

package ui

import (
	"os"
	"os/signal"
	"syscall"
)

// watchSize lets the terminal's changes of size be told.
func watchSize(changed chan os.Signal) (stop func()) {
	signal.Notify(changed, syscall.SIGWINCH)
	return func() { signal.Stop(changed) }
}
