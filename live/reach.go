package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

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
	way, err := l.openWay(s, act.Action{Target: pod, Change: act.Reached{Way: act.Shell, Into: "container " + container}})
	if err != nil {
		return 0, err
	}
	var code kube.ExitError
	switch err = s.kube.Exec(ctx, pod, container, command, kube.Terminal{In: in, Out: noticed{out, &way.used}, Sizes: size}); {
	case err == nil:
		return 0, way.end("ended with exit code 0", nil)
	case errors.As(err, &code):
		return code.Code, way.end(fmt.Sprintf("ended with exit code %d", code.Code), nil)
	}
	return 0, way.end("", err)
}

// Forward lets a port of this machine lead to one of a worker, on the cluster
// that it was meant for, until ctx ends. ready is told the port of this
// machine. Its beginning and its end leave a line in the audit log.
func (l *Live) Forward(ctx context.Context, on fleet.Cluster, to act.Target, local, remote int, ready func(local int)) error {
	s, err := l.meant(on)
	if err != nil {
		return err
	}
	way, err := l.openWay(s, act.Action{Target: to, Change: act.Reached{Way: act.PortForward, Into: fmt.Sprintf("port %d", remote)}})
	if err != nil {
		return err
	}
	err = s.kube.Forward(ctx, to, local, remote, func(port int) {
		way.used.Store(true)
		ready(port)
	})
	return way.end("ended", err)
}

// way is a way into a worker that the audit log knows of.
type way struct {
	audit   *audit
	cluster fleet.Cluster
	action  act.Action
	used    atomic.Bool // it led there
}

// openWay writes the line of a way's beginning: without one it is not opened.
func (l *Live) openWay(s *session, a act.Action) (*way, error) {
	w := &way{audit: &l.audit, cluster: s.kube.Cluster(), action: a}
	if err := w.audit.add(act.Outcome{Action: a, Result: act.Done, Says: "opened"}, w.cluster); err != nil {
		return nil, fmt.Errorf("%w; nothing was done", err)
	}
	return w, nil
}

// end writes the line of a way's end, and returns in a sentence why it failed.
// That the line can't be written is such a failure.
func (w *way) end(says string, failed error) error {
	o := act.Outcome{Action: w.action, Result: act.Done, Says: says}
	if failed != nil {
		failed = sentence(failed)
		o.Says = "ended: " + failed.Error()
		if !w.used.Load() {
			o.Result, o.Says = act.Unchanged, failed.Error()
		}
	}
	if err := w.audit.add(o, w.cluster); err != nil && failed == nil {
		return fmt.Errorf("it ended, but no audit line could be written: %w", err)
	}
	return failed
}

// noticed notices that something is written.
type noticed struct {
	io.Writer
	any *atomic.Bool
}

func (n noticed) Write(p []byte) (int, error) {
	n.any.Store(true)
	return n.Writer.Write(p)
}
