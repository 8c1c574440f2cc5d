package apiserver

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"paddock/demo/store"
	"paddock/demo/training"
)

const (
	// followEvery is how often a followed log is looked at.
	followEvery = 200 * time.Millisecond
	// logStretch is how much of a log is made at once.
	logStretch = time.Minute
	// logTime is how the kubelet writes the time of a line.
	logTime = "2006-01-02T15:04:05.000000000Z07:00"
)

// logs serves pods/log.
func (c *call) logs() error {
	if c.verb != "get" {
		return c.wrongMethod()
	}
	o, err := c.logOptions()
	if err != nil {
		return err
	}
	object, err := c.object()
	if err != nil {
		return err
	}
	pod := object.(*core.Pod)
	if o.Container, err = container(pod, o.Container); err != nil {
		return err
	}
	if pod.Spec.NodeName == "" {
		c.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if _, ok := c.store.Get(store.Key{Resource: schema.GroupResource{Resource: "nodes"}, Name: pod.Spec.NodeName}); !ok {
		return errors.NewNotFound(c.groupResource(), pod.Spec.NodeName)
	}
	if why := unavailable(pod, o.Container, o.Previous); why != "" {
		return errors.NewBadRequest(why)
	}
	out, ok := Output{}, false
	if c.options.Logs != nil {
		out, ok = c.options.Logs(pod, o.Container, o.Previous)
	}
	if !ok {
		return errors.NewBadRequest(fmt.Sprintf("container %q in pod %q is not available", o.Container, pod.Name))
	}
	c.w.Header().Set("Content-Type", "text/plain")
	c.w.WriteHeader(http.StatusOK)
	l := &logWriter{call: c, options: o, out: bufio.NewWriter(limited(c.w, o.LimitBytes))}
	l.write(pod, out)
	return nil
}

// logWriter writes one container's log to one client.
type logWriter struct {
	*call
	options core.PodLogOptions
	out     *bufio.Writer
}

func (l *logWriter) write(pod *core.Pod, o Output) {
	from := o.Started
	if l.options.SinceTime != nil && l.options.SinceTime.After(from) {
		from = l.options.SinceTime.Time
	}
	now := l.Server.options.Now()
	if s := l.options.SinceSeconds; s != nil && now.Add(-seconds(*s)).After(from) {
		from = now.Add(-seconds(*s))
	}
	to := until(o, now)
	if n := l.options.TailLines; n != nil {
		if l.lines(tail(o, from, to, int(*n))) != nil {
			return
		}
		from = to
	}
	for from.Before(to) {
		next := from.Add(logStretch)
		if next.After(to) {
			next = to
		}
		if l.lines(o.Lines(from, next)) != nil {
			return
		}
		from = next
	}
	if l.flush() == nil && l.options.Follow && o.Ended.IsZero() {
		l.follow(pod, o, to)
	}
}

// follow goes on until the container ends, or is another one.
func (l *logWriter) follow(pod *core.Pod, o Output, from time.Time) {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for {
		select {
		case <-l.Context().Done():
			return
		case <-tick.C:
		}
		if now, ok := l.Server.options.Logs(pod, l.options.Container, false); ok && now.Started.Equal(o.Started) {
			o = now
		} else {
			return
		}
		to := until(o, l.Server.options.Now())
		if l.lines(o.Lines(from, to)) != nil || l.flush() != nil || !o.Ended.IsZero() {
			return
		}
		from = to
	}
}

// until is how far a log goes by now.
func until(o Output, now time.Time) time.Time {
	if !o.Ended.IsZero() {
		return o.Ended.Add(1) // what was printed at the very end is part of it
	}
	return now
}

// tail looks back in ever longer stretches until there are n lines.
func tail(o Output, from, to time.Time, n int) []training.Line {
	for stretch := 10 * time.Second; ; stretch *= 4 {
		since := to.Add(-stretch)
		if since.Before(from) {
			since = from
		}
		lines := o.Lines(since, to)
		if len(lines) >= n {
			return lines[len(lines)-n:]
		}
		if !since.After(from) {
			return lines
		}
	}
}

func (l *logWriter) lines(lines []training.Line) error {
	for _, line := range lines {
		if l.options.Timestamps {
			l.out.WriteString(line.Time.UTC().Format(logTime) + " ")
		}
		l.out.WriteString(line.Text)
		if err := l.out.WriteByte('\n'); err != nil {
			return err
		}
	}
	return nil
}

func (l *logWriter) flush() error {
	if err := l.out.Flush(); err != nil {
		return err
	}
	return http.NewResponseController(l.w).Flush()
}

// limited stops after so many bytes.
func limited(w io.Writer, most *int64) io.Writer {
	if most == nil {
		return w
	}
	return &limitWriter{w, *most}
}

type limitWriter struct {
	w    io.Writer
	left int64
}

func (l *limitWriter) Write(p []byte) (int, error) {
	short := int64(len(p)) > l.left
	if short {
		p = p[:l.left]
	}
	n, err := l.w.Write(p)
	l.left -= int64(n)
	if err == nil && short {
		err = io.ErrShortWrite
	}
	return n, err
}
