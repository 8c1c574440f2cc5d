package live

import (
	"context"
	"errors"
	"io"

	"paddock/act"
	"paddock/kube"
)

// Shell runs a command in a worker's container until it ends or ctx does. in
// and out are a terminal's; size waits until that has another size, and tells
// false when there will be none any more. An exit code of the command is no error.
func (l *Live) Shell(ctx context.Context, on act.Target, container string, command []string, in io.Reader, out io.Writer, size func() (width, height int, ok bool)) (exit int, err error) {
	s := l.session()
	switch {
	case s.failed != nil:
		return 0, errors.New(s.failed.Sources[0].Err)
	case s.settings.ReadOnly:
		return 0, errors.New("this is read-only here; nothing was done")
	}
	var code kube.ExitError
	switch err = s.kube.Exec(ctx, on, container, command, kube.Terminal{In: in, Out: out, Sizes: size}); {
	case err == nil:
		return 0, nil
	case errors.As(err, &code):
		return code.Code, nil
	}
	return 0, sentence(err)
}

// Forward lets a port of this machine lead to one of a worker until ctx ends.
// ready is told the port of this machine.
func (l *Live) Forward(ctx context.Context, to act.Target, local, remote int, ready func(local int)) error {
	s := l.session()
	if s.failed != nil {
		return errors.New(s.failed.Sources[0].Err)
	}
	if err := s.kube.Forward(ctx, to, local, remote, ready); err != nil {
		return sentence(err)
	}
	return nil
}
