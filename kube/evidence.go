package kube

import (
	"context"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"paddock/fleet"
)

// Evidence is a pod as it may be kept: how its containers are, and its YAML as
// it may be shown.
type Evidence struct {
	Life
	YAML string
}

// Evidence reads a pod once, so that both are of the same instant.
func (c *Client) Evidence(ctx context.Context, pod fleet.Ref) (Evidence, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	path, err := c.places.path(ctx, pod, "v1")
	if err != nil {
		return Evidence{}, err
	}
	body, err := c.api.raw(ctx, path)
	if err != nil {
		return Evidence{}, fmt.Errorf("read %s %s: %w", pod.Kind, pod, err)
	}
	var p corev1.Pod
	var o map[string]any
	if json.Unmarshal(body, &p) != nil || json.Unmarshal(body, &o) != nil {
		return Evidence{}, errNotKubernetes
	}
	text, err := toYAML(o)
	return Evidence{containersOf(&p), text}, err
}
