package live

import (
	"context"
	"errors"
	"fmt"
	"io"

	"paddock/act"
	"paddock/fleet"
	"paddock/kube"
)

// Shell runs a command in a worker's container, on the cluster that it was
// meant for, until it ends or ctx does. in and out are a terminal's; size waits
// until that has another size, and tells false when there will be none any
// more. An exit code of the command is no error. Its beginning and its end
// leave a line in the audit log.
func (l *Live) Shell(ctx context.Context, on fleet.Cluster, pod act.Target, container string, command []string, in io.Reader, out io.Writer, size func() (width, height int, ok bool)) (exit int, err error) {
	s, err := l.changeable(on)
	if err != nil {
		return 0, err
	}
	end, err := l.opened(s, act.Action{Target: pod, Change: act.Reached{Way: act.Shell, Into: "container " + container}})
	if err != nil {
		return 0, err
	}
	var code kube.ExitError
	switch err = s.kube.Exec(ctx, pod, container, command, kube.Terminal{In: in, Out: out, Sizes: size}); {
	case err == nil:
		return 0, end("ended with exit code 0", nil)
	case errors.As(err, &code):
		return code.Code, end(fmt.Sprintf("ended with exit code %d", code.Code), nil)
	}
	return 0, end("", err)
}

// Forward lets a port of this machine lead to one of a worker, on the cluster
// that it was meant for, until ctx ends. ready is told the port of this
// machine. Its beginning and its end leave a line in the audit log.
func (l *Live) Forward(ctx context.Context, on fleet.Cluster, to act.Target, local, remote int, ready func(local int)) error {
	s, err := l.meant(on)
	if err != nil {
		return err
	}
	end, err := l.opened(s, act.Action{Target: to, Change: act.Reached{Way: act.PortForward, Into: fmt.Sprintf("port %d", remote)}})
	if err != nil {
		return err
	}
	return end("ended", s.kube.Forward(ctx, to, local, remote, ready))
}

// opened writes the line of a way into a worker: without one it is not opened.
// end writes that of its end: says, or why it failed. It returns that as a
// sentence; a line that can't be written is one as well.
func (l *Live) opened(s *session, a act.Action) (end func(says string, failed error) error, err error) {
	cluster := s.kube.Cluster()
	if err := l.audit.add(act.Outcome{Action: a, Result: act.Done, Says: "opened"}, cluster); err != nil {
		return nil, fmt.Errorf("%w; nothing was done", err)
	}
	return func(says string, failed error) error {
		o := act.Outcome{Action: a, Result: act.Done, Says: says}
		if failed != nil {
			failed = sentence(failed)
			o.Result, o.Says = act.Unchanged, failed.Error()
		}
		if err := l.audit.add(o, cluster); err != nil && failed == nil {
			return fmt.Errorf("it ended, but no audit line could be written: %w", err)
		}
		return failed
	}, nil
}
