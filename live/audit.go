package live

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"paddock/act"
	"paddock/fleet"
)

// auditFile is the name of the file in the state directory that every change
// leaves a line in.
const auditFile = "audit.jsonl"

// audit writes the lines that remember changes. Whoever can't write one does
// not change anything.
type audit struct {
	dir string // the state directory; "" when nobody knows one
	mu  sync.Mutex
}

// open opens the file for a line at its end. Only its owner may read it.
func (a *audit) open() (*os.File, error) {
	if a.dir == "" {
		return nil, errors.New("there is no state directory to keep the audit log in: set XDG_STATE_HOME")
	}
	if err := os.MkdirAll(a.dir, 0o700); err != nil {
		return nil, fmt.Errorf("the audit log can't be kept: %w; set XDG_STATE_HOME to a folder that can be written", err)
	}
	f, err := os.OpenFile(filepath.Join(a.dir, auditFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the audit log can't be written: %w; set XDG_STATE_HOME to a folder that can be written", err)
	}
	return f, nil
}

// ready tells whether a line could be written now.
func (a *audit) ready() error {
	f, err := a.open()
	if err != nil {
		return err
	}
	return f.Close()
}

// write appends the line of an outcome. What goes wrong is said in the outcome:
// the change has been made.
func (a *audit) write(o act.Outcome, c fleet.Cluster) act.Outcome {
	if err := a.add(o, c); err != nil {
		o.Says += fmt.Sprintf("; no audit line could be written: %v", err)
	}
	return o
}

// add appends the line of an outcome, in one write.
func (a *audit) add(o act.Outcome, c fleet.Cluster) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	f, err := a.open()
	if err != nil {
		return err
	}
	_, err = f.Write(o.Audit(time.Now(), c))
	return errors.Join(err, f.Close())
}
