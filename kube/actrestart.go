package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"strconv"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"

	"paddock/act"
)

// half is an Action of which the first part was done and a later one not.
type half struct {
	what, hint string
	err        error
}

func (h half) Error() string { return h.what + ": " + h.err.Error() }

// Unwrap is the cause.
func (h half) Unwrap() error { return h.err }

// restart suspends a job, waits until its workers are gone, and resumes it.
func (s sender) restart(ctx context.Context, t act.Target) error {
	if err := s.suspend(ctx, t, true); err != nil || s.dry {
		return err
	}
	if err := s.awaits(ctx, t, stopped); err != nil {
		return half{"it is suspended, but its workers have not ended", "resume it when they are gone", err}
	}
	if err := s.suspend(ctx, t, false); err != nil {
		return half{"it is suspended, but was not resumed", "resume it", err}
	}
	return nil
}

// stopped tells whether a suspended job has no workers any more. The Job
// controller counts those that are ending apart; a JobSet and a TrainJob count
// by their parts.
func stopped(o map[string]any) bool {
	suspended := false
	conditions, _ := dig(o, "status", "conditions").([]any)
	for _, c := range conditions {
		suspended = suspended || dig(c, "type") == "Suspended" && dig(c, "status") == "True"
	}
	left := amount(o, "status", "active") + amount(o, "status", "terminating")
	for _, field := range []string{"replicatedJobsStatus", "jobsStatus"} {
		parts, _ := dig(o, "status", field).([]any)
		for _, p := range parts {
			left += amount(p, "active")
		}
	}
	return suspended && left == 0
}

func amount(o any, path ...string) float64 {
	n, _ := dig(o, path...).(float64)
	return n
}

// createAnew deletes a job and creates it again. What would not be accepted is
// found out before anything is deleted.
func (s sender) createAnew(ctx context.Context, t act.Target, manifest string) error {
	if manifest == "" {
		return nothing{"there is no manifest to create it from", ""}
	}
	o, err := decodeFor(t, manifest)
	if err != nil {
		return err
	}
	at, err := s.path(ctx, t)
	if err != nil {
		return err
	}
	if err := (sender{s.client, true}).create(ctx, path.Dir(at), renamed(o)); err != nil && !noDryRun(err) {
		return fmt.Errorf("try its manifest: %w", err)
	}
	if err := s.remove(ctx, t, deleteOptions{Propagation: "Foreground"}); err != nil || s.dry {
		return err
	}
	const hint = "create it from the saved manifest: kubectl create -f FILE"
	if err := s.awaits(ctx, t, nil); !errors.Is(err, errGone) {
		return half{"it is being deleted, but is not gone yet", hint + ", once it is", err}
	}
	if err := s.create(ctx, path.Dir(at), o); err != nil {
		return half{"it is deleted, but was not created anew", hint, err}
	}
	return nil
}

// renamed is the object under another name of the same length, so that it can
// be tried while its own name is taken.
func renamed(o map[string]any) map[string]any {
	name, _ := dig(o, "metadata", "name").(string)
	const suffix = "-anew"
	if len(name) > len(suffix) {
		name = name[:len(name)-len(suffix)]
	}
	meta, _ := o["metadata"].(map[string]any)
	meta = maps.Clone(meta)
	meta["name"] = name + suffix
	out := maps.Clone(o)
	out["metadata"] = meta
	return out
}

// noDryRun tells that a webhook can't be tried without effect, so that nothing
// is known beforehand.
func noDryRun(err error) bool {
	var s apierrors.APIStatus
	return errors.As(err, &s) && s.Status().Code == 400 && strings.Contains(s.Status().Message, "dry run")
}

// awaits follows an object for as long as a step of a restart may take.
func (s sender) awaits(ctx context.Context, t act.Target, done func(map[string]any) bool) error {
	ctx, cancel := context.WithTimeout(ctx, restartPatience)
	defer cancel()
	return s.client.follow(ctx, t, done)
}

// errGone is a life of an object that has ended.
var errGone = errors.New("it is gone")

// follow watches one life of an object until done says so, or ctx ends. It
// returns errGone when that life ends, also when another one has taken its
// name. A done of nil waits for the end.
func (c *Client) follow(ctx context.Context, t act.Target, done func(map[string]any) bool) error {
	at, err := c.places.path(ctx, t.Ref, t.APIVersion)
	if err != nil {
		return err
	}
	for {
		o, err := c.read(ctx, t.Ref, t.APIVersion)
		switch {
		case apierrors.IsNotFound(err):
			return errGone
		case err != nil:
			return err
		case !lifeOf(o, t):
			return errGone
		case done != nil && done(o):
			return nil
		}
		version, _ := dig(o, "metadata", "resourceVersion").(string)
		if over, err := c.watchOne(ctx, at, version, t, done); over || err != nil {
			return err
		}
		select { // the server ended the watch, as it does from time to time
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(followPause):
		}
	}
}

// watchOne watches from one version on. over is false when the watch ended
// before anything was decided.
func (c *Client) watchOne(ctx context.Context, at, version string, t act.Target, done func(map[string]any) bool) (over bool, err error) {
	stream, err := c.api.core.Get().AbsPath(path.Dir(at)).Param("watch", "true").Param("resourceVersion", version).
		Param("fieldSelector", "metadata.name="+t.Ref.Name).Param("timeoutSeconds", strconv.Itoa(int(restartPatience.Seconds()))).
		SetHeader("Accept", runtime.ContentTypeJSON).Stream(ctx)
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
			return false, ctx.Err()
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
