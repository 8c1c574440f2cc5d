//go:build amd64 || arm64

package cli

import (
	"os"
	"syscall"
)

// flushInput drops what was typed on a terminal before anything was asked: it
// would be the answer. The error of what is no terminal does not matter.
func flushInput(terminal *os.File) {
	const tcflsh = 0x540b // asm-generic/ioctls.h; package syscall lacks it on amd64
	_, _, _ = syscall.Syscall(syscall.SYS_IOCTL, terminal.Fd(), tcflsh, syscall.TCIFLUSH)
}
