package kube

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"paddock/act"
	"paddock/kube/kinds"
)

// forget force-deletes a pod whose node is lost. The Job controller keeps a
// finalizer on the pods of a Job that replaces failed ones only, until their
// phase is Failed; nobody is left to write it, so a deletion alone changes
// nothing. What is done here is what the pod garbage collector does for nodes
// that are gone (k8s.io/kubernetes/pkg/controller/podgc): fail the pod, as a
// disruption, then delete it.
func (s sender) forget(ctx context.Context, t act.Target, fail bool) error {
	if !fail {
		return s.kill(ctx, t, act.Force)
	}
	if err := s.fail(ctx, t); err != nil {
		return err
	}
	err := s.kill(ctx, t, act.Force)
	switch {
	case err == nil, apierrors.IsNotFound(err) && !s.dry: // gone as soon as it had failed
		return nil
	case s.dry:
		return err
	}
	return half{"it is marked as failed, but was not deleted", "delete it at once, without a grace period", err}
}

// fail writes that a pod has failed because its node was lost.
func (s sender) fail(ctx context.Context, t act.Target) error {
	o, err := s.client.readLife(ctx, t)
	if err != nil {
		return err
	}
	phase, _ := dig(o, "status", "phase").(string)
	if phase == "Failed" || phase == "Succeeded" {
		return nil
	}
	p := kinds.PatchOf(t.UID).Set("/status/phase", phase, "Failed")
	conditions, _ := dig(o, "status", "conditions").([]any)
	disrupted := false
	for _, c := range conditions {
		disrupted = disrupted || dig(c, "type") == "DisruptionTarget"
	}
	if !disrupted {
		lost := map[string]any{
			"type": "DisruptionTarget", "status": "True", "reason": "NodeLost", "message": "paddock: its node is lost, and its deletion was forced",
			"lastTransitionTime": time.Now().UTC().Format(time.RFC3339),
		}
		p = p.Set("/status/conditions", dig(o, "status", "conditions"), append(conditions, lost))
	}
	at, err := s.path(ctx, t)
	if err != nil {
		return err
	}
	return s.patchAt(ctx, at+"/status", p)
}
