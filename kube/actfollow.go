package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"

	"paddock/act"
)

// The waits of an Action of several steps.
const (
	restartPatience = 5 * time.Minute  // a pod's grace period is 30 s, checkpoints take longer
	stepPatience    = 30 * time.Second // for the last step: an API server that restarts is back by then
	followPause     = time.Second      // between two watches, when a server hangs up at once
	watchMost       = 2 * time.Minute  // of one watch: the end of a connection that died in silence
)

// awaits follows an object for as long as a step of a restart may take.
func (s sender) awaits(ctx context.Context, t act.Target, done func(map[string]any) bool) error {
	patient, cancel := context.WithTimeout(ctx, restartPatience)
	defer cancel()
	err := s.client.follow(patient, t, done)
	if errors.Is(err, context.DeadlineExceeded) && patient.Err() != nil && ctx.Err() == nil {
		return nothing{fmt.Sprintf("paddock waited %.0f minutes", restartPatience.Minutes()), ""}
	}
	return err
}

// errGone is a life of an object that has ended.
var errGone = errors.New("it is gone")

// follow watches one life of an object until done says so, or ctx ends. It
// returns errGone when that life ends, also when another one has taken its
// name. A done of nil waits for the end. A failure that may pass is waited out;
// when ctx ends meanwhile, that failure is returned.
func (c *Client) follow(ctx context.Context, t act.Target, done func(map[string]any) bool) error {
	for failures := 0; ; {
		over, err := c.followOnce(ctx, t, done)
		if over || err != nil && !passing(err) {
			return err
		}
		pause := followPause // the server ended the watch, as it does from time to time
		if failures++; err != nil {
			pause = backoff(failures)
		} else {
			failures = 0
		}
		select {
		case <-ctx.Done():
			if err == nil || errors.Is(ctx.Err(), context.Canceled) {
				return ctx.Err()
			}
			return err
		case <-time.After(pause):
		}
	}
}

// followOnce reads an object and watches it once. over is false when nothing
// was decided.
func (c *Client) followOnce(ctx context.Context, t act.Target, done func(map[string]any) bool) (over bool, err error) {
	at, o, err := c.locate(ctx, t)
	switch {
	case ctx.Err() != nil:
		return true, ctx.Err()
	case apierrors.IsNotFound(err):
		return true, errGone
	case err != nil:
		return false, err
	case !lifeOf(o, t):
		return true, errGone
	case done != nil && done(o):
		return true, nil
	}
	version, _ := dig(o, "metadata", "resourceVersion").(string)
	return c.watchOne(ctx, at, version, t, done)
}

// locate reads an object, and tells where it is kept.
func (c *Client) locate(ctx context.Context, t act.Target) (at string, o map[string]any, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	if at, err = c.places.path(ctx, t.Ref, t.APIVersion); err != nil {
		return "", nil, err
	}
	o, err = c.read(ctx, t.Ref, t.APIVersion)
	return at, o, err
}

// watchOne watches from one version on. over is false when the watch ended
// before anything was decided.
func (c *Client) watchOne(ctx context.Context, at, version string, t act.Target, done func(map[string]any) bool) (over bool, err error) {
	once, cancel := context.WithTimeout(ctx, watchMost+c.timeout)
	defer cancel()
	stream, err := c.api.core.Get().AbsPath(path.Dir(at)).Param("watch", "true").Param("resourceVersion", version).
		Param("fieldSelector", "metadata.name="+t.Ref.Name).Param("timeoutSeconds", strconv.Itoa(int(watchMost.Seconds()))).
		SetHeader("Accept", runtime.ContentTypeJSON).Stream(once)
	if err != nil {
		return false, fmt.Errorf("watch %s: %w", t, err)
	}
	defer stream.Close()
	decoder := json.NewDecoder(stream)
	for {
		var event struct {
			Type   string
			Object map[string]any
		}
		switch err := decoder.Decode(&event); {
		case ctx.Err() != nil:
			return true, ctx.Err()
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return false, nil
		case err != nil:
			return false, fmt.Errorf("watch %s: %w", t, err)
		case event.Type == "ERROR": // the version is too old: read it again
			return false, nil
		case event.Type == "DELETED" || !lifeOf(event.Object, t):
			return true, errGone
		case done != nil && done(event.Object):
			return true, nil
		}
	}
}

// passing tells whether an error may be another one, or none, in a moment: the
// server did not answer, or answered that it can't now.
func passing(err error) bool {
	var why nothing
	var config *ConfigError
	if errors.As(err, &why) || errors.As(err, &config) || errors.Is(err, context.Canceled) {
		return false
	}
	code := statusCode(err)
	return code == 0 || code == http.StatusTooManyRequests || code >= http.StatusInternalServerError
}

// again repeats the last step of a restart while it fails for what may pass,
// and has certainly not been done: without it a job is left half-way.
func again(ctx context.Context, step func() error) error {
	deadline := time.Now().Add(stepPatience)
	for failures := 1; ; failures++ {
		err := step()
		if err == nil || uncertain(err) || !passing(err) && !overQuota(err) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(backoff(failures)):
		}
	}
}
