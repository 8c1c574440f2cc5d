package kube

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"

	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
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

// Masked is YAML as it may be shown: without what only repeats it, as YAML, with
// what looks secret replaced by "(hidden)", and safe to draw. It may hold
// several documents. Comments are lost. The error is a sentence.
func Masked(text string) (string, error) {
	docs := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(text)))
	var out []string
	for {
		doc, err := docs.Read()
		if errors.Is(err, io.EOF) {
			return strings.Join(out, "---\n"), nil
		}
		if err != nil {
			return "", noYAML(err)
		}
		var o any
		if err := yaml.Unmarshal(doc, &o); err != nil {
			return "", noYAML(err)
		}
		if o == nil { // comments alone
			continue
		}
		safe, err := maskedDocument(o)
		if err != nil {
			return "", noYAML(err)
		}
		out = append(out, safe)
	}
}

func maskedDocument(o any) (string, error) {
	if object, ok := o.(map[string]any); ok {
		return toYAML(object)
	}
	hideIn("", o) // no object, but nobody knows what else it is
	return yamlLines(o)
}

// noYAML is the sentence for a text that can't be read.
func noYAML(err error) error {
	return nothing{"this is no YAML: " + clean(strings.TrimPrefix(err.Error(), "error converting YAML to JSON: ")), ""}
}

func toYAML(o map[string]any) (string, error) {
	trim(o)
	hideSecrets(o)
	return yamlLines(o)
}

// trim drops what only repeats an object, also in a list of objects.
func trim(o map[string]any) {
	items, _ := o["items"].([]any)
	for _, item := range items {
		if inner, ok := item.(map[string]any); ok {
			trim(inner)
		}
	}
	m, ok := o["metadata"].(map[string]any)
	if !ok {
		return
	}
	delete(m, "managedFields")
	if a, ok := m["annotations"].(map[string]any); ok {
		delete(a, "kubectl.kubernetes.io/last-applied-configuration")
		if len(a) == 0 {
			delete(m, "annotations")
		}
	}
}

// yamlLines writes YAML of which each line is safe to draw.
func yamlLines(o any) (string, error) {
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
