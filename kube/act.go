package kube

import (
	"context"
	"fmt"

	"paddock/act"
	"paddock/kube/kinds"
)

// manager is who changed a field, as the API server remembers it.
const manager = "paddock"

// Do carries out an Action, on the life of the object that it is bound to and
// on nothing else. The Outcome is always in a sentence; the error is its cause,
// nil when the server did as asked. A restart waits for the workers to end, up
// to restartPatience; everything else is one question or two.
func (c *Client) Do(ctx context.Context, a act.Action) (act.Outcome, error) {
	return c.attempt(ctx, a, false)
}

// DryRun asks the server whether it would carry out an Action, with all its
// admission checks, and changes nothing.
func (c *Client) DryRun(ctx context.Context, a act.Action) (act.Outcome, error) {
	return c.attempt(ctx, a, true)
}

func (c *Client) attempt(ctx context.Context, a act.Action, dry bool) (act.Outcome, error) {
	s := sender{c, dry}
	if err := s.carryOut(ctx, a); err != nil {
		return c.failed(ctx, a, err), fmt.Errorf("%s: %w", a.Title(), err)
	}
	return act.Outcome{Action: a, Result: act.Done, Says: s.took(a)}, nil
}

// took is the sentence for what succeeded.
func (s sender) took(a act.Action) string {
	if s.dry {
		return clean("the server would take it: " + a.Title())
	}
	return clean("the server took it: " + a.Title())
}

// carryOut sends what the change asks for.
func (s sender) carryOut(ctx context.Context, a act.Action) error {
	t := a.Target
	switch change := a.Change.(type) {
	case act.Scale:
		return s.patch(ctx, t, kinds.Scale(t.UID, change.From, change.To, change.Completions))
	case act.Suspend:
		return s.suspend(ctx, t, true)
	case act.Resume:
		return s.suspend(ctx, t, false)
	case act.Restart:
		if change.Anew {
			return s.createAnew(ctx, t, change.Manifest)
		}
		return s.restart(ctx, t)
	case act.Delete:
		policy := "Background"
		if change.Foreground {
			policy = "Foreground"
		}
		return s.remove(ctx, t, deleteOptions{Propagation: policy})
	case act.Kill:
		return s.kill(ctx, t, change.How)
	case act.ForceDelete:
		return s.forget(ctx, t, change.Fail)
	case act.Cordon:
		return s.patch(ctx, t, kinds.PatchOf(t.UID).Set("/spec/unschedulable", nil, true))
	case act.Uncordon:
		return s.patch(ctx, t, kinds.PatchOf(t.UID).Set("/spec/unschedulable", true, nil))
	case act.Edit:
		return s.edit(ctx, t, change)
	}
	return &ConfigError{What: "paddock does not know how to " + a.Change.Verb()}
}

func (s sender) kill(ctx context.Context, t act.Target, how act.How) error {
	switch how {
	case act.Evict:
		return s.evict(ctx, t)
	case act.Force:
		now := int64(0)
		return s.remove(ctx, t, deleteOptions{Grace: &now})
	}
	return s.remove(ctx, t, deleteOptions{})
}

// suspend stops or starts a job. Of one that Kueue manages the Workload is
// changed: Kueue undoes a suspend by hand, and must decide about a start.
func (s sender) suspend(ctx context.Context, t act.Target, stop bool) error {
	if t.Queue != "" {
		if w, err := s.client.workload(ctx, t); err != nil || w != nil {
			if err != nil {
				return err
			}
			return s.activate(ctx, w, !stop)
		}
	}
	var old any = !stop // the API server fills it in on a batch/v1 Job
	if t.Ref.Kind != "Job" {
		o, err := s.client.read(ctx, t.Ref, t.APIVersion)
		if err != nil {
			return err
		}
		if was := dig(o, "spec", "suspend"); was == nil && stop {
			old = nil
		}
	}
	return s.patch(ctx, t, kinds.PatchOf(t.UID).Set(kinds.SuspendPath, old, stop))
}

// Allowed answers which of these rights the user has: from one rules review a
// namespace, kept for some minutes. A right that could not be asked for is not
// in the map, and the error says why.
func (c *Client) Allowed(ctx context.Context, rs []act.Right) (map[act.Right]bool, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	out := make(map[act.Right]bool, len(rs))
	var failed error
	for _, r := range rs {
		resource := r.Resource
		if r.Subresource != "" {
			resource += "/" + r.Subresource
		}
		ok, err := c.rights.may(ctx, right{r.Verb, r.Group, resource, r.Namespace})
		if err != nil {
			failed = fmt.Errorf("ask whether one may %s: %w", r, err)
			continue
		}
		out[r] = ok
	}
	return out, failed
}

// lifeOf tells whether an object that was read is the life that is meant.
func lifeOf(o map[string]any, t act.Target) bool {
	uid, _ := dig(o, "metadata", "uid").(string)
	return uid == t.UID
}
