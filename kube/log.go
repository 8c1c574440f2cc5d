package kube

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"paddock/fleet"
	"paddock/kube/kinds"
)

// LogWish says which log, and what of it.
type LogWish struct {
	Pod       fleet.Ref
	Container string
	Previous  bool      // that of the container's run before the present one
	Follow    bool      // and what is printed from now on
	Since     time.Time // from this second on; zero for all of the server's current file
	Tail      int64     // the last lines of that alone; 0 for all
}

// Log opens a log, each line with its time before it. NoLog tells the errors of
// a container that has none.
func (c *Client) Log(ctx context.Context, w LogWish) (io.ReadCloser, error) {
	r := c.api.core.Get().Namespace(w.Pod.Namespace).Resource("pods").Name(w.Pod.Name).SubResource("log").Param("timestamps", "true")
	if w.Container != "" {
		r = r.Param("container", w.Container)
	}
	if w.Previous {
		r = r.Param("previous", "true")
	}
	if w.Follow {
		r = r.Param("follow", "true")
	}
	if !w.Since.IsZero() {
		r = r.Param("sinceTime", w.Since.UTC().Format(time.RFC3339))
	}
	if w.Tail > 0 {
		r = r.Param("tailLines", fmt.Sprint(w.Tail))
	}
	stream, err := r.Stream(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the log of %s: %w", w.Pod, err)
	}
	return stream, nil
}

// NoLog tells whether an error of Log says that the container has not begun
// yet, or had no run before, and so has no log.
func NoLog(err error) bool { return apierrors.IsBadRequest(err) }

// Opened tells whether a log that ended with an error had been opened: the server
// was there, and did not refuse it.
func Opened(err error) bool {
	var op *net.OpError
	return !answered(err) && !(errors.As(err, &op) && op.Op == "dial")
}

// Gone tells whether an error says that the object is not there.
func Gone(err error) bool { return apierrors.IsNotFound(err) }

// Life is how the containers of a pod are now, asked of the server.
type Life struct {
	UID        string
	Phase      string // "Pending", "Running", "Succeeded", "Failed", "Unknown"
	Main       string // name of the container with the GPU limit, or the first
	Containers []fleet.Container
}

// Container is one of them by its name; false when there is none.
func (l Life) Container(name string) (fleet.Container, bool) {
	for _, c := range l.Containers {
		if c.Name == name {
			return c, true
		}
	}
	return fleet.Container{Name: name}, false
}

// Life reads how the containers of a pod are, init containers and sidecars too.
func (c *Client) Life(ctx context.Context, pod fleet.Ref) (Life, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var p corev1.Pod
	if err := c.get(ctx, pod, "pods", &p); err != nil {
		return Life{}, err
	}
	return containersOf(&p), nil
}

func containersOf(p *corev1.Pod) Life {
	out := Life{UID: string(p.UID), Phase: string(p.Status.Phase)}
	if main := kinds.Main(p.Spec.Containers); main != nil {
		out.Main = main.Name
	}
	read := newPodConverter()
	add := func(name string, list []corev1.ContainerStatus, init bool) {
		one := fleet.Container{Name: name, Init: init}
		if s := statusOf(list, name); s != nil {
			one = read.container(s, init)
		}
		out.Containers = append(out.Containers, one)
	}
	for i := range p.Spec.Containers {
		add(p.Spec.Containers[i].Name, p.Status.ContainerStatuses, false)
	}
	for i := range p.Spec.InitContainers {
		add(p.Spec.InitContainers[i].Name, p.Status.InitContainerStatuses, true)
	}
	return out
}
