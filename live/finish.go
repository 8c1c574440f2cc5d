package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"paddock/act"
)

// changeMost bounds a change that nobody waits for any more. It is longer than
// any takes: package kube gives up a restart before.
const changeMost = 10 * time.Minute

// changes are the changes under way: those that have no answer yet.
type changes struct {
	mu      sync.Mutex
	outlast bool
	batches []*batch
	idle    chan struct{} // once Finish waits: closed when nothing is under way any more
	late    []act.Outcome // the answers since then
}

// batch is what one call changes.
type batch struct {
	of      *changes
	actions []act.Action // without an answer
	abandon context.CancelFunc
}

// Outlast lets changes outlast the context that they are asked with, as a
// screen needs it that may be closed at any time: they end when they are done,
// or when Finish gives them up. Without it they are given up with that context.
func (l *Live) Outlast() {
	l.changes.mu.Lock()
	defer l.changes.mu.Unlock()
	l.changes.outlast = true
}

// Finish waits until all changes under way have an answer, and tells through
// say which they are. When ctx ends first they are given up, where they are.
// It returns the answers that came since it was called; afterwards nothing is
// changed any more.
func (l *Live) Finish(ctx context.Context, say func(string)) []act.Outcome {
	left, idle := l.changes.finish()
	if len(left) > 0 {
		say(finishing(left))
	}
	select {
	case <-idle:
	case <-ctx.Done():
		l.changes.abandon()
		select {
		case <-idle:
		case <-time.After(goodbye):
		}
	}
	return l.changes.answers()
}

// finishing names what is waited for.
func finishing(left []act.Action) string {
	const most = 3
	var titles []string
	for _, a := range left[:min(len(left), most)] {
		titles = append(titles, a.Title())
	}
	words, them := strings.Join(titles, ", "), "it"
	if len(left) > most {
		words += fmt.Sprintf(" and %d more", len(left)-most)
	}
	if len(left) > 1 {
		them = "them"
	}
	return "finishing: " + words + "; ctrl-c leaves " + them + " half-way"
}

// begin counts actions as under way, and returns the context to carry them out in.
func (c *changes) begin(ctx context.Context, actions []act.Action) (context.Context, *batch, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.idle != nil && len(c.batches) == 0 {
		return nil, nil, errors.New("paddock ends; nothing was done")
	}
	b := &batch{of: c, actions: slices.Clone(actions)}
	if c.outlast {
		ctx, b.abandon = context.WithTimeout(context.WithoutCancel(ctx), changeMost)
	} else {
		ctx, b.abandon = context.WithCancel(ctx)
	}
	c.batches = append(c.batches, b)
	return ctx, b, nil
}

// answered takes the answer to an action.
func (b *batch) answered(a act.Action, o act.Outcome) {
	b.of.mu.Lock()
	defer b.of.mu.Unlock()
	if i := slices.IndexFunc(b.actions, func(x act.Action) bool { return x.Target == a.Target }); i >= 0 {
		b.actions = slices.Delete(b.actions, i, i+1)
	}
	if b.of.idle != nil {
		b.of.late = append(b.of.late, o)
	}
}

// end is the end of a batch. What had no answer so far gets none.
func (b *batch) end() {
	b.abandon()
	c := b.of
	c.mu.Lock()
	defer c.mu.Unlock()
	c.batches = slices.DeleteFunc(c.batches, func(x *batch) bool { return x == b })
	if c.idle != nil && len(c.batches) == 0 {
		close(c.idle)
	}
}

// finish begins to keep the answers, and returns what has none.
func (c *changes) finish() (left []act.Action, idle <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = make(chan struct{})
	for _, b := range c.batches {
		left = append(left, b.actions...)
	}
	if len(c.batches) == 0 {
		close(c.idle)
	}
	return left, c.idle
}

func (c *changes) abandon() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range c.batches {
		b.abandon()
	}
}

// answers are those that came while Finish waited. What did not even answer
// when it was given up is told as well.
func (c *changes) answers() []act.Outcome {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.late
	for _, b := range c.batches {
		for _, a := range b.actions {
			out = append(out, act.Outcome{Action: a, Result: act.Unknown, Says: "it was left without an answer: unknown whether it was done"})
		}
	}
	return out
}

// givenUp is the outcome of an action that was given up before its turn came.
func givenUp(a act.Action) act.Outcome {
	return act.Outcome{Action: a, Result: act.Unchanged, Says: "it was given up before it began; nothing was done"}
}
