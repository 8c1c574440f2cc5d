package kube

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

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
	if err := again(ctx, func() error { return s.suspend(ctx, t, false) }); err != nil {
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
	if err := (sender{s.client, true}).create(ctx, path.Dir(at), renamed(o)); err != nil && !noDryRun(err) && !overQuota(err) {
		return fmt.Errorf("try its manifest: %w", err)
	}
	if err := s.remove(ctx, t, deleteOptions{Propagation: "Foreground"}); err != nil || s.dry {
		return err
	}
	const hint = "create it from the saved manifest: kubectl create -f FILE"
	if err := s.awaits(ctx, t, nil); !errors.Is(err, errGone) {
		return half{"it is being deleted, but is not gone yet", hint + ", once it is", err}
	}
	if err := again(ctx, func() error { return s.create(ctx, path.Dir(at), o) }); err != nil {
		return half{"it is deleted, but was not created anew", hint, err}
	}
	return nil
}

// renamed is the object under another name that is no longer, so that it can be
// tried while its own name is taken.
func renamed(o map[string]any) map[string]any {
	name, _ := dig(o, "metadata", "name").(string)
	const suffix = "-anew"
	if len(name) > len(suffix) {
		name = name[:len(name)-len(suffix)]
	}
	name = strings.TrimRight(name, "-.") // "a." and the suffix would be no name
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

// overQuota tells a refusal that the deletion of the job itself may put right:
// a quota counts jobs, and learns a little later that one is gone.
func overQuota(err error) bool {
	var s apierrors.APIStatus
	return errors.As(err, &s) && strings.Contains(s.Status().Message, "exceeded quota")
}
