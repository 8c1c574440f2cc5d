package submit

import (
	"bytes"
	"maps"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// Marshal writes a recipe the way Parse reads it. What has its default is left
// out, but for what everybody asks of a job: its workers and its GPUs.
func Marshal(r Recipe) ([]byte, error) {
	root := &yaml.Node{Kind: yaml.MappingNode}
	defaults := Default()
	for _, f := range r.fields() {
		n := write(f.at)
		was, _ := defaults.field(f.name)
		asked := f.name == "workers" || f.name == "gpus" || f.name == "framework"
		if !asked && same(n, write(was.at)) {
			continue
		}
		root.Content = append(root.Content, text(f.name), n)
	}
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(root); err != nil {
		return nil, err
	}
	return out.Bytes(), enc.Close()
}

func same(a, b *yaml.Node) bool {
	return a.Kind == b.Kind && a.Value == b.Value && len(a.Content) == 0 && len(b.Content) == 0
}

func write(at any) *yaml.Node {
	switch at := at.(type) {
	case *string:
		return text(*at)
	case *Framework:
		return text(string(*at))
	case *int:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.Itoa(*at)}
	case *Workers:
		if at.Elastic() {
			return text(at.String())
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: at.String()}
	case *Span:
		return text(at.String())
	case *[]string:
		return words(*at, func(s string) string { return s })
	case *[]Volume:
		return words(*at, Volume.String)
	case *[]Toleration:
		return words(*at, func(t Toleration) string { return string(t) })
	case *[]EnvSource:
		return words(*at, func(s EnvSource) string { return s.word() + " " + s.Name })
	case *map[string]string:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, k := range slices.Sorted(maps.Keys(*at)) {
			n.Content = append(n.Content, text(k), text((*at)[k]))
		}
		return n
	case *[]EnvVar:
		return writeEnv(*at)
	}
	return &yaml.Node{}
}

func writeEnv(env []EnvVar) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, v := range env {
		value := text(v.Value)
		if v.From.Kind != "" {
			value = &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle, Content: []*yaml.Node{text(v.From.word()), text(v.From.Name + "/" + v.Key)}}
		}
		n.Content = append(n.Content, text(v.Name), value)
	}
	return n
}

// text is a scalar that stays text: the encoder quotes what would be read as
// something else.
func text(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(s)
	return n
}

// words is a list; a short one stands on one line.
func words[T any](all []T, word func(T) string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode}
	length := 0
	for _, v := range all {
		n.Content = append(n.Content, text(word(v)))
		length += len(word(v))
	}
	if length < 80 {
		n.Style = yaml.FlowStyle
	}
	return n
}
