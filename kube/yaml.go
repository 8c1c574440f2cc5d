package kube

import (
	"context"
	"strings"

	"sigs.k8s.io/yaml"

	"paddock/fleet"
)

// yamlLine bounds one line of YAML: a script in an argument may be one.
const yamlLine = 4000

// YAML is any object as the server has it, found by discovery: without
// managedFields and the last applied copy, which only repeat it, and with what
// looks secret replaced by "(hidden)".
func (c *Client) YAML(ctx context.Context, ref fleet.Ref, apiVersion string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	o, err := c.read(ctx, ref, apiVersion)
	if err != nil {
		return "", err
	}
	return toYAML(o)
}

func toYAML(o map[string]any) (string, error) {
	if m, ok := o["metadata"].(map[string]any); ok {
		delete(m, "managedFields")
		if a, ok := m["annotations"].(map[string]any); ok {
			delete(a, "kubectl.kubernetes.io/last-applied-configuration")
			if len(a) == 0 {
				delete(m, "annotations")
			}
		}
	}
	hideSecrets(o)
	text, err := yaml.Marshal(o)
	if err != nil {
		return "", err
	}
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	for i, l := range lines {
		rest := strings.TrimLeft(l, " ")
		lines[i] = l[:len(l)-len(rest)] + fleet.Clean(rest, yamlLine)
	}
	return strings.Join(lines, "\n") + "\n", nil
}
