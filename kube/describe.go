package kube

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"paddock/fleet"
	"paddock/kube/kinds"
)

// Describe reads what the watches don't keep of one object: a pod, a batch Job
// or a node in full, any other kind as far as its conditions and labels tell.
// Events that can't be read don't fail it.
func (c *Client) Describe(ctx context.Context, ref fleet.Ref, apiVersion string) (fleet.Description, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	d := fleet.Description{Ref: ref, At: c.hub.now()}
	uid, err := c.describeObject(ctx, &d, apiVersion)
	if err != nil {
		return d, err
	}
	if d.Events, err = c.events(ctx, ref, uid); err != nil {
		d.EventsErr, _ = Explain(err)
	}
	return d, nil
}

// describeObject fills everything but the events, and returns the object's UID.
func (c *Client) describeObject(ctx context.Context, d *fleet.Description, apiVersion string) (string, error) {
	switch {
	case apiVersion == "v1" && d.Ref.Kind == "Pod", apiVersion == "" && d.Ref.Kind == "Pod":
		var p corev1.Pod
		if err := c.get(ctx, d.Ref, "pods", &p); err != nil {
			return "", err
		}
		describePod(d, &p)
		d.Volumes = c.volumes(ctx, p.Namespace, p.Spec.Volumes)
		return string(p.UID), nil
	case apiVersion == "v1" && d.Ref.Kind == "Node", apiVersion == "" && d.Ref.Kind == "Node":
		var n corev1.Node
		if err := c.get(ctx, d.Ref, "nodes", &n); err != nil {
			return "", err
		}
		describeNode(d, &n)
		return string(n.UID), nil
	case apiVersion == "batch/v1" && d.Ref.Kind == "Job":
		var j batchv1.Job
		if err := c.get(ctx, d.Ref, "jobs", &j); err != nil {
			return "", err
		}
		describeJob(d, &j)
		d.Volumes = c.volumes(ctx, j.Namespace, j.Spec.Template.Spec.Volumes)
		return string(j.UID), nil
	}
	o, err := c.read(ctx, d.Ref, apiVersion)
	if err != nil {
		return "", err
	}
	describeAny(d, o)
	return word(o, "metadata", "uid"), nil
}

func describePod(d *fleet.Description, p *corev1.Pod) {
	for _, c := range p.Status.Conditions {
		d.Conditions = append(d.Conditions, condition(string(c.Type), string(c.Status), c.Reason, c.Message, c.LastTransitionTime.Time))
	}
	d.Containers = containerSpecs(&p.Spec)
	d.Labels = sorted(p.Labels)
	d.Facts = facts(
		"controlled by", ownerWords(kinds.Controller(&p.ObjectMeta)),
		"node", p.Spec.NodeName,
		"pod IP", p.Status.PodIP,
		"QoS class", string(p.Status.QOSClass),
	)
	d.Facts = append(d.Facts, specFacts(&p.Spec)...)
	if p.Status.NominatedNodeName != "" {
		d.Facts = append(d.Facts, facts("nominated node", p.Status.NominatedNodeName)...)
	}
}

func describeJob(d *fleet.Description, j *batchv1.Job) {
	for _, c := range j.Status.Conditions {
		d.Conditions = append(d.Conditions, condition(string(c.Type), string(c.Status), c.Reason, c.Message, c.LastTransitionTime.Time))
	}
	d.Containers = containerSpecs(&j.Spec.Template.Spec)
	d.Labels = sorted(j.Labels)
	s := &j.Spec
	d.Facts = facts(
		"controlled by", ownerWords(kinds.Controller(&j.ObjectMeta)),
		"completion mode", pointed(s.CompletionMode),
		"completions", pointed(s.Completions),
		"parallelism", pointed(s.Parallelism),
		"suspend", pointed(s.Suspend),
		"back-off limit", pointed(s.BackoffLimit),
		"back-off limit per index", pointed(s.BackoffLimitPerIndex),
		"max failed indexes", pointed(s.MaxFailedIndexes),
		"active deadline (s)", pointed(s.ActiveDeadlineSeconds),
		"kept after its end (s)", pointed(s.TTLSecondsAfterFinished),
		"pod replacement", pointed(s.PodReplacementPolicy),
		"managed by", pointed(s.ManagedBy),
		"completed indexes", j.Status.CompletedIndexes,
		"failed indexes", pointed(j.Status.FailedIndexes),
		"queue", kinds.Queue(j.Labels, j.Annotations),
	)
	d.Facts = append(d.Facts, specFacts(&s.Template.Spec)...)
}

func describeNode(d *fleet.Description, n *corev1.Node) {
	for _, c := range n.Status.Conditions {
		d.Conditions = append(d.Conditions, condition(string(c.Type), string(c.Status), c.Reason, c.Message, c.LastTransitionTime.Time))
	}
	d.Labels = sorted(n.Labels)
	i := &n.Status.NodeInfo
	d.Facts = facts("kubelet", i.KubeletVersion, "runtime", i.ContainerRuntimeVersion, "kernel", i.KernelVersion,
		"OS", i.OSImage, "architecture", i.Architecture, "provider", n.Spec.ProviderID)
	if n.Spec.Unschedulable {
		d.Facts = append(d.Facts, facts("cordoned", "yes")...)
	}
	for _, t := range n.Spec.Taints {
		d.Facts = append(d.Facts, facts("taint", taintWords(t))...)
	}
	for _, a := range n.Status.Addresses {
		d.Facts = append(d.Facts, facts(string(a.Type), a.Address)...)
	}
	for _, kv := range quantities(n.Status.Capacity) {
		free := n.Status.Allocatable[corev1.ResourceName(kv.Key)]
		d.Facts = append(d.Facts, facts(kv.Key, kv.Value+", allocatable "+free.String())...)
	}
}

// describeAny reads what nearly every kind has: conditions, labels, an owner,
// and the plain values of spec and status.
func describeAny(d *fleet.Description, o map[string]any) {
	list, _ := dig(o, "status", "conditions").([]any)
	for _, c := range list {
		at, _ := time.Parse(time.RFC3339, word(c, "lastTransitionTime"))
		d.Conditions = append(d.Conditions, condition(word(c, "type"), word(c, "status"), word(c, "reason"), word(c, "message"), at))
	}
	labels, _ := dig(o, "metadata", "labels").(map[string]any)
	for k := range labels {
		d.Labels = append(d.Labels, fleet.KeyValue{Key: clean(k), Value: word(labels, k)})
	}
	byKey(d.Labels)
	for _, part := range []string{"spec", "status"} {
		fields, _ := o[part].(map[string]any)
		var lines []fleet.KeyValue
		for k := range fields {
			if v := word(fields, k); v != "" {
				lines = append(lines, fleet.KeyValue{Key: part + "." + clean(k), Value: envValue(k, v)})
			}
		}
		byKey(lines)
		d.Facts = append(d.Facts, lines...)
	}
}

func byKey(list []fleet.KeyValue) {
	slices.SortFunc(list, func(a, b fleet.KeyValue) int { return strings.Compare(a.Key, b.Key) })
}

func condition(kind, status, reason, message string, since time.Time) fleet.Condition {
	return fleet.Condition{Type: clean(kind), Status: clean(status), Reason: clean(reason), Message: clean(message), Since: since}
}

// facts pairs names with values, and leaves out what is empty.
func facts(pairs ...string) []fleet.KeyValue {
	var out []fleet.KeyValue
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out = append(out, fleet.KeyValue{Key: clean(pairs[i]), Value: clean(pairs[i+1])})
		}
	}
	return out
}

// pointed is an optional field's value in words; "" when it is not set.
func pointed[T any](p *T) string {
	if p == nil {
		return ""
	}
	return fmt.Sprint(*p)
}

func ownerWords(o fleet.Owner) string {
	if o.Ref.Name == "" {
		return ""
	}
	return o.Ref.Kind + " " + o.Ref.Name
}

func taintWords(t corev1.Taint) string {
	if t.Value == "" {
		return t.Key + ":" + string(t.Effect)
	}
	return t.Key + "=" + t.Value + ":" + string(t.Effect)
}
