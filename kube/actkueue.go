package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"

	"k8s.io/apimachinery/pkg/runtime"

	"paddock/act"
	"paddock/fleet"
	"paddock/kube/kinds"
)

// The API version of Kueue's Workload that is asked for first, and the label
// by which it names its job. Source: kueue apis/kueue/v1beta1.
const (
	kueueVersion  = "kueue.x-k8s.io/v1beta1"
	kueueJobLabel = "kueue.x-k8s.io/job-uid"
)

// workload is what is read of Kueue's picture of a job.
type workload struct {
	target act.Target
	active any // spec.active; nil when it is not set, which means true
}

// workload finds the Workload of a job. It is nil where Kueue is not
// installed: the queue's name is then a mere label, or of another scheduler.
func (c *Client) workload(ctx context.Context, t act.Target) (*workload, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	ref := fleet.Ref{Kind: "Workload", Namespace: t.Job.Namespace, Name: "x"}
	at, err := c.places.path(ctx, ref, kueueVersion)
	var absent *ConfigError
	if errors.As(err, &absent) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	body, err := c.api.core.Get().AbsPath(path.Dir(at)).Param("labelSelector", kueueJobLabel+"="+t.JobUID).
		SetHeader("Accept", runtime.ContentTypeJSON).Do(ctx).Raw()
	if err != nil {
		return nil, fmt.Errorf("find the Workload of %s: %w", t, inItsWords(body, err))
	}
	var list struct {
		APIVersion string
		Items      []map[string]any
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, errNotKubernetes
	}
	if len(list.Items) == 0 {
		return nil, nothing{"Kueue has made no Workload of it (yet), and would undo a change by hand", "look at it again in a moment"}
	}
	found := list.Items[0]
	ref.Name, _ = dig(found, "metadata", "name").(string)
	uid, _ := dig(found, "metadata", "uid").(string)
	return &workload{
		target: act.Target{Ref: ref, APIVersion: list.APIVersion, UID: uid},
		active: dig(found, "spec", "active"),
	}, nil
}

// activate lets a Workload into its queue, or takes it out.
func (s sender) activate(ctx context.Context, w *workload, active bool) error {
	if was := w.active == nil || w.active == true; was == active {
		if active {
			return nothing{"Kueue has it in its queue already, and starts it when there is quota", ""}
		}
		return nothing{"its Workload is inactive already", ""}
	}
	return s.patch(ctx, w.target, kinds.PatchOf(w.target.UID).Set("/spec/active", w.active, active))
}
