package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

// The exit codes beyond 0; `paddock help` and the README explain them. Whatever
// has no code of its own ends with exitFailed.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitRefused     = 3
	exitPart        = 4
	exitUnknown     = 5
	exitUnconfirmed = 6
)

// exitCodes is what help says of them.
const exitCodes = `Exit codes:
  0  done, or nothing was left to do
  1  it could not start: configuration, connection, a file, or no object of that name
  2  wrong flags or arguments of logs, incident, recipe, or of a command that changes something
  3  refused, and nothing was done: read-only, rights, checks, or the server said no
  4  only a part was done
  5  the connection broke: unknown whether it was done
  6  not confirmed, and nothing was done`

// silent is a failure whose words were printed already. -o json repeats them,
// unless they are empty: then its report says what failed.
type silent struct {
	code       int
	what, hint string
}

func (silent) Error() string { return "failed" }

// misuse is a mistake in flags or arguments.
type misuse struct{ error }

// exitCode is what the program ends with after an error.
func exitCode(err error) int {
	var quiet silent
	var wrong misuse
	switch {
	case err == nil:
		return 0
	case errors.As(err, &quiet):
		return quiet.code
	case errors.As(err, &wrong):
		return exitUsage
	}
	return exitFailed
}

// fail says what is wrong and what to do, and is the error that ends with a code.
func (a *app) fail(code int, what, hint string) error {
	a.complain(what, hint)
	return silent{code, what, hint}
}

// strict makes mistakes in a command's flags and arguments end with exitUsage.
func strict(cmd *cobra.Command) *cobra.Command {
	check := cmd.Args
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return misuse{err}
		}
		return nil
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return misuse{err} })
	return cmd
}

// anyNumber is the most arguments of a command that takes as many as there are.
const anyNumber = -1

// takes checks the number of a command's arguments.
func takes(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || most != anyNumber && len(args) > most {
			return fmt.Errorf("it is used so: paddock %s", cmd.Use)
		}
		return nil
	}
}
