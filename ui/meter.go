package ui

import (
	"os"
	"sync/atomic"
)

// meter is the terminal, with a count of what is written to it: over ssh that
// is a cost of paddock like any other.
type meter struct {
	*os.File // Bubble Tea finds the terminal behind its output by its Fd
	bytes    atomic.Int64
}

// Write counts and writes.
func (m *meter) Write(p []byte) (int, error) {
	n, err := m.File.Write(p)
	m.bytes.Add(int64(n))
	return n, err
}
