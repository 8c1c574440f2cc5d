package kube

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"paddock/fleet"
)

// get reads one object of a kind that the scheme knows.
func (c *Client) get(ctx context.Context, ref fleet.Ref, plural string, into runtime.Object) error {
	client := c.api.core
	if plural == "jobs" {
		client = c.api.batch
	}
	err := client.Get().NamespaceIfScoped(ref.Namespace, ref.Namespace != "").Resource(plural).Name(ref.Name).Do(ctx).Into(into)
	if err != nil {
		return fmt.Errorf("read %s %s: %w", ref.Kind, ref, err)
	}
	return nil
}

// containerSpecs lists the containers as they were asked for, init containers first.
func containerSpecs(s *corev1.PodSpec) []fleet.ContainerSpec {
	out := make([]fleet.ContainerSpec, 0, len(s.InitContainers)+len(s.Containers))
	for i := range s.InitContainers {
		out = append(out, containerSpec(&s.InitContainers[i], true))
	}
	for i := range s.Containers {
		out = append(out, containerSpec(&s.Containers[i], false))
	}
	return out
}

func containerSpec(c *corev1.Container, init bool) fleet.ContainerSpec {
	out := fleet.ContainerSpec{
		Name: c.Name, Image: fleet.Clean(c.Image, imageLimit), Init: init,
		Command:  arguments(c.Command),
		Args:     arguments(c.Args),
		Requests: quantities(c.Resources.Requests),
		Limits:   quantities(c.Resources.Limits),
	}
	for _, e := range c.EnvFrom {
		switch {
		case e.SecretRef != nil:
			out.Env = append(out.Env, fleet.KeyValue{Key: e.Prefix + "*", Value: "all of secret " + e.SecretRef.Name})
		case e.ConfigMapRef != nil:
			out.Env = append(out.Env, fleet.KeyValue{Key: e.Prefix + "*", Value: "all of config map " + e.ConfigMapRef.Name})
		}
	}
	for i := range c.Env {
		out.Env = append(out.Env, fleet.KeyValue{Key: clean(c.Env[i].Name), Value: clean(envWords(&c.Env[i]))})
	}
	for _, m := range c.VolumeMounts {
		value := m.Name
		if m.SubPath != "" {
			value += " at " + m.SubPath
		}
		if m.ReadOnly {
			value += ", read-only"
		}
		out.Mounts = append(out.Mounts, fleet.KeyValue{Key: clean(m.MountPath), Value: clean(value)})
	}
	return out
}

// envWords is a variable's value, or where it comes from. A Secret is named, never read.
func envWords(e *corev1.EnvVar) string {
	from := e.ValueFrom
	switch {
	case from == nil:
		return envValue(e.Name, e.Value)
	case from.SecretKeyRef != nil:
		return "secret " + from.SecretKeyRef.Name + "/" + from.SecretKeyRef.Key
	case from.ConfigMapKeyRef != nil:
		return "config map " + from.ConfigMapKeyRef.Name + "/" + from.ConfigMapKeyRef.Key
	case from.FieldRef != nil:
		return "field " + from.FieldRef.FieldPath
	case from.ResourceFieldRef != nil:
		return "resource " + from.ResourceFieldRef.Resource
	}
	return ""
}

// quantities lists resources by name, as people wrote them.
func quantities(list corev1.ResourceList) []fleet.KeyValue {
	out := make([]fleet.KeyValue, 0, len(list))
	for name, q := range list {
		out = append(out, fleet.KeyValue{Key: clean(string(name)), Value: q.String()})
	}
	byKey(out)
	return out
}

// specFacts are the lines of a pod's spec that decide where and how it runs.
func specFacts(s *corev1.PodSpec) []fleet.KeyValue {
	out := facts(
		"service account", s.ServiceAccountName,
		"priority class", s.PriorityClassName,
		"scheduler", without(s.SchedulerName, corev1.DefaultSchedulerName),
		"restart policy", string(s.RestartPolicy),
		"runtime class", pointed(s.RuntimeClassName),
		"subdomain", s.Subdomain,
		"hostname", s.Hostname,
		"grace period (s)", without(pointed(s.TerminationGracePeriodSeconds), "30"),
	)
	if s.HostNetwork {
		out = append(out, facts("host network", "yes")...)
	}
	for _, kv := range sorted(s.NodeSelector) {
		out = append(out, facts("node selector", kv.Key+"="+kv.Value)...)
	}
	if s.Affinity != nil {
		out = append(out, facts("affinity", affinityWords(s.Affinity))...)
	}
	for _, t := range s.Tolerations {
		if strings.HasPrefix(t.Key, "node.kubernetes.io/") {
			continue // the API server gives these to everybody
		}
		words := t.Key
		if t.Value != "" {
			words += "=" + t.Value
		}
		if words == "" {
			words = "everything"
		}
		out = append(out, facts("tolerates", strings.TrimSuffix(words+":"+string(t.Effect), ":"))...)
	}
	for _, g := range s.SchedulingGates {
		out = append(out, facts("scheduling gate", g.Name)...)
	}
	for _, p := range s.ImagePullSecrets {
		out = append(out, facts("image pull secret", p.Name)...)
	}
	return out
}

func without(s, usual string) string {
	if s == usual {
		return ""
	}
	return s
}

func affinityWords(a *corev1.Affinity) string {
	var parts []string
	if a.NodeAffinity != nil {
		parts = append(parts, "to nodes")
	}
	if a.PodAffinity != nil {
		parts = append(parts, "to pods")
	}
	if a.PodAntiAffinity != nil {
		parts = append(parts, "away from pods")
	}
	return strings.Join(parts, ", ")
}

// volumes puts the volumes into words; claims are looked up, because a claim
// that is not bound keeps a pod waiting.
func (c *Client) volumes(ctx context.Context, namespace string, list []corev1.Volume) []fleet.Volume {
	out := make([]fleet.Volume, 0, len(list))
	for i := range list {
		v := &list[i]
		if strings.HasPrefix(v.Name, "kube-api-access-") {
			continue // every pod has it
		}
		what := volumeWords(v)
		if v.PersistentVolumeClaim != nil {
			what = c.claimWords(ctx, namespace, v.PersistentVolumeClaim.ClaimName)
		}
		out = append(out, fleet.Volume{Name: v.Name, What: clean(what)})
	}
	return out
}

func (c *Client) claimWords(ctx context.Context, namespace, name string) string {
	words := "claim " + name
	var claim corev1.PersistentVolumeClaim
	if err := c.get(ctx, fleet.Ref{Kind: "claim", Namespace: namespace, Name: name}, "persistentvolumeclaims", &claim); err != nil {
		why, _ := Explain(err)
		return words + " (" + why + ")"
	}
	parts := []string{string(claim.Status.Phase)}
	size := claim.Status.Capacity[corev1.ResourceStorage]
	if size.IsZero() {
		size = claim.Spec.Resources.Requests[corev1.ResourceStorage]
	}
	if !size.IsZero() {
		parts = append(parts, size.String())
	}
	for _, m := range claim.Spec.AccessModes {
		parts = append(parts, string(m))
	}
	if claim.Spec.StorageClassName != nil && claim.Status.Phase != corev1.ClaimBound {
		parts = append(parts, "class "+*claim.Spec.StorageClassName)
	}
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	return words + " (" + strings.Join(parts, ", ") + ")"
}

func volumeWords(v *corev1.Volume) string {
	switch s := &v.VolumeSource; {
	case s.EmptyDir != nil:
		words := "empty directory"
		if s.EmptyDir.Medium == corev1.StorageMediumMemory {
			words += " in memory"
		}
		if s.EmptyDir.SizeLimit != nil {
			words += ", at most " + s.EmptyDir.SizeLimit.String()
		}
		return words
	case s.HostPath != nil:
		return "host path " + s.HostPath.Path
	case s.ConfigMap != nil:
		return "config map " + s.ConfigMap.Name
	case s.Secret != nil:
		return "secret " + s.Secret.SecretName
	case s.NFS != nil:
		return "NFS " + s.NFS.Server + ":" + s.NFS.Path
	case s.CSI != nil:
		return "CSI " + s.CSI.Driver
	case s.Projected != nil:
		return "projected"
	case s.DownwardAPI != nil:
		return "downward API"
	case s.Ephemeral != nil:
		return "ephemeral claim"
	}
	return "volume"
}
