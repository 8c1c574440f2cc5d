package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"paddock/act"
	"paddock/fleet"
)

// consent is what the command line says beforehand to the questions of a change.
type consent struct {
	yes   bool
	names []string
}

func (c *consent) bind(fs *pflag.FlagSet) {
	fs.BoolVarP(&c.yes, "yes", "y", false, "Don't ask; without a terminal nothing is done without it")
	fs.StringSliceVar(&c.names, "confirm", nil, "The name that a protected context or a lost node wants typed")
}

// demand is a word that must be typed before a change, and why.
type demand struct{ why, word string }

// wanted are the words that a plan wants typed on this cluster. The error is an
// act.Refusal: nothing may be changed from here at all.
func wanted(p act.Plan, c fleet.Cluster) ([]demand, error) {
	guard, err := p.Guard(c)
	if err != nil {
		return nil, err
	}
	var out []demand
	for _, x := range p.Actions {
		lost, ok := x.Change.(act.ForceDelete)
		if word := off(lost.Node, x.Target); ok && !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	if guard.Type != "" {
		out = append(out, demand{c.Context + " is protected.", guard.Type})
	}
	return out, nil
}

// off wants the node's name typed by whoever knows that the machine is off.
func off(node string, t act.Target) demand {
	if node == "" {
		return demand{"Is the machine of " + t.String() + " really off?", t.Ref.Name}
	}
	return demand{"Is the machine " + node + " really off?", node}
}

// confirm returns nil when somebody wants it done: by flags, or by answering on
// the terminal. Without a terminal nobody is asked.
func (a *app) confirm(ctx context.Context, title string, words []demand, c consent) error {
	words = slices.DeleteFunc(slices.Clone(words), func(w demand) bool { return slices.Contains(c.names, w.word) })
	if !a.asks {
		return a.confirmed(words, c)
	}
	for _, w := range words {
		answer, err := a.line(ctx, fmt.Sprintf("%s Type %s to go on: ", w.why, w.word))
		if err != nil || answer != w.word {
			return a.unconfirmed("")
		}
	}
	if c.yes || len(words) > 0 || a.agreed(ctx, title+"?", false) {
		return nil
	}
	return a.unconfirmed("")
}

// confirmed checks that the flags say all that would be asked.
func (a *app) confirmed(words []demand, c consent) error {
	var missing []string
	if !c.yes {
		missing = append(missing, "--yes")
	}
	for _, w := range words {
		missing = append(missing, "--confirm "+w.word)
	}
	if len(missing) == 0 {
		return nil
	}
	return a.unconfirmed("there is no terminal to ask on: add " + strings.Join(missing, " "))
}

func (a *app) unconfirmed(hint string) error {
	return a.fail(exitUnconfirmed, "not confirmed: nothing was done", hint)
}

// agreed asks for yes or no. An empty line is the usual answer; the end of the
// input, and ctrl-c, are no.
func (a *app) agreed(ctx context.Context, question string, usually bool) bool {
	choice := " [y/N] "
	if usually {
		choice = " [Y/n] "
	}
	answer, err := a.line(ctx, question+choice)
	if err == nil && answer == "" {
		return usually
	}
	return err == nil && slices.Contains([]string{"y", "yes"}, strings.ToLower(answer))
}

// line asks on the error stream and reads a whole line. The error is that of
// the input, or of ctx when that ended first.
func (a *app) line(ctx context.Context, question string) (string, error) {
	if a.flush != nil {
		a.flush()
	}
	fmt.Fprint(a.errs, question)
	type answer struct {
		text string
		err  error
	}
	got := make(chan answer, 1)
	go func() { // ends with the line, or with the program
		text, err := a.in.ReadString('\n')
		got <- answer{strings.TrimSpace(text), err}
	}()
	select {
	case x := <-got:
		return x.text, x.err
	case <-ctx.Done():
		fmt.Fprintln(a.errs)
		return "", ctx.Err()
	}
}
