package kube

import (
	"context"

	"sigs.k8s.io/yaml"

	"paddock/act"
	"paddock/kube/kinds"
)

// Manifest is what a job can be created anew from: its YAML without what the
// API server and the controllers put in. Unlike YAML it hides nothing, so it
// belongs into a file that only its owner may read, and not on the screen.
func (c *Client) Manifest(ctx context.Context, t act.Target) (string, error) {
	o, err := c.readLife(ctx, t)
	if err != nil {
		return "", err
	}
	strip(o)
	text, err := yaml.Marshal(o)
	return string(text), err
}

// Editable is an object's YAML for an editor: whole, without its status and
// what only the API server writes. It is the Before of an act.Edit. Like
// Manifest it hides nothing.
func (c *Client) Editable(ctx context.Context, t act.Target) (string, error) {
	o, err := c.readLife(ctx, t)
	if err != nil {
		return "", err
	}
	delete(o, "status")
	if m, ok := o["metadata"].(map[string]any); ok {
		omit(m, "managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds")
	}
	text, err := yaml.Marshal(o)
	return string(text), err
}

// readLife reads the object, if it is still the one that is meant.
func (c *Client) readLife(ctx context.Context, t act.Target) (map[string]any, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	o, err := c.read(ctx, t.Ref, t.APIVersion)
	if err != nil {
		return nil, err
	}
	if !lifeOf(o, t) {
		return nil, another(t)
	}
	return o, nil
}

// The labels that the Job controller puts on a Job's pods and their template.
var jobLabels = [...]string{"batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "controller-uid", "job-name"}

// strip takes out of an object what is not its maker's: a created object with
// the old UID in its selector would never find its pods.
func strip(o map[string]any) {
	delete(o, "status")
	m, _ := o["metadata"].(map[string]any)
	omit(m, "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
		"managedFields", "selfLink", "finalizers", "generateName")
	annotations, _ := m["annotations"].(map[string]any)
	omit(annotations, "batch.kubernetes.io/job-tracking", "kubectl.kubernetes.io/last-applied-configuration")
	if word(o, "apiVersion") != "batch/v1" || dig(o, "spec", "manualSelector") == true {
		return
	}
	spec, _ := o["spec"].(map[string]any)
	delete(spec, "selector")
	for _, labels := range []any{m["labels"], dig(spec, "template", "metadata", "labels")} {
		l, _ := labels.(map[string]any)
		omit(l, jobLabels[:]...)
	}
	if template, ok := dig(spec, "template", "metadata").(map[string]any); ok {
		omit(template, "creationTimestamp")
	}
}

// omit deletes keys; of a nil map there is nothing to delete.
func omit(m map[string]any, keys ...string) {
	for _, k := range keys {
		delete(m, k)
	}
}

// edit sends what differs between the two texts.
func (s sender) edit(ctx context.Context, t act.Target, e act.Edit) error {
	before, err := decodeFor(t, e.Before)
	if err != nil {
		return err
	}
	after, err := decodeFor(t, e.After)
	if err != nil {
		return err
	}
	p := kinds.Difference(t.UID, before, after)
	if len(p) == 1 { // the test of the UID alone
		return nothing{"the two texts mean the same", ""}
	}
	return s.patch(ctx, t, p)
}

// decodeFor reads YAML that must describe the target's object.
func decodeFor(t act.Target, text string) (map[string]any, error) {
	var o map[string]any
	if err := yaml.Unmarshal([]byte(text), &o); err != nil {
		return nil, noYAML(err)
	}
	name, namespace, kind := dig(o, "metadata", "name"), dig(o, "metadata", "namespace"), dig(o, "kind")
	if namespace == nil {
		namespace = ""
	}
	if name != t.Ref.Name || namespace != t.Ref.Namespace || kind != t.Ref.Kind {
		return nil, nothing{"kind, namespace and name can't be changed: this is no longer " + clean(t.Ref.Kind+" "+t.Ref.String()), ""}
	}
	return o, nil
}
