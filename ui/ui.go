// Package ui draws the Fleet in a terminal and turns keys into what the
// running program should do. It is the only package that knows Bubble Tea.
//
// Model is the only tea.Model. It owns the stack of screens, the input mode,
// the status line and the clock; a screen is one file: its columns, its row
// renderer, its keys (see screen.go). Drawing does no I/O and asks no clock:
// the Fleet and the time arrive in messages.
package ui

import (
	"context"
	"errors"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"

	"paddock/fleet"
)

// Dashboard is what the screens ask of the running program. Every method
// returns at once, but Describe and YAML, which are called from commands with
// a timeout; the text of their errors is a sentence for the operator.
type Dashboard interface {
	Changes
	Logs
	Reach
	Submits

	// Updates carries the newest Fleet: capacity 1, latest wins, never closed.
	Updates() <-chan *fleet.Fleet
	// Look tells what is on screen now.
	Look(fleet.Interest)
	// Describe reads what the watches don't keep of one object.
	Describe(ctx context.Context, ref fleet.Ref, apiVersion string) (fleet.Description, error)
	// YAML is the object as the server has it, values of secrets left out.
	YAML(ctx context.Context, ref fleet.Ref, apiVersion string) (string, error)
	// Contexts lists the contexts that one can switch to.
	Contexts() ([]fleet.ContextInfo, error)
	// Switch looks at another context ("" keeps it) and other namespaces (nil
	// means all); the next Fleets carry them.
	Switch(context string, namespaces []string)
	// Refresh asks again what is asked in turns, and retries what fails.
	Refresh()
	// Cost is what paddock itself asks of others.
	Cost() fleet.Cost
}

// Options are the choices of whoever starts the screens.
type Options struct {
	ReadOnly bool             // no change may be sent; the header says so
	ASCII    bool             // draw with ASCII glyphs only
	Mouse    bool             // take mouse events; off, so that selecting text works
	Screen   string           // the first screen, a name that `:` knows; "" is jobs
	Filter   string           // the first screen's filter
	Now      func() time.Time // the clock; nil is time.Now
}

// frameRate is how often the renderer may flush: at 60 a key press takes
// 18.5 ms to the terminal at the 99th percentile, at 120 10.6 ms.
const frameRate = 120

// Run shows the screens until the user quits or ctx ends, and restores the
// terminal. It returns nil for both.
func Run(ctx context.Context, d Dashboard, o Options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := &meter{File: os.Stdout}
	m := New(ctx, d, o)
	m.env.written = out.bytes.Load
	_, err := tea.NewProgram(m, tea.WithContext(ctx), tea.WithOutput(out), tea.WithFPS(frameRate)).Run()
	switch {
	case errors.Is(err, tea.ErrProgramPanic):
		return err
	case errors.Is(err, tea.ErrInterrupted), ctx.Err() != nil:
		return nil
	}
	return err
}
