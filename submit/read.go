package submit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Parse reads a recipe. What it doesn't say has its default; what it says
// wrongly is told with its line, all of it at once.
func Parse(text []byte) (Recipe, error) {
	r := Default()
	var recipes []*yaml.Node
	for docs := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var doc yaml.Node
		if err := docs.Decode(&doc); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return r, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
		}
		if doc.Content[0].Tag != "!!null" { // else comments alone
			recipes = append(recipes, doc.Content[0])
		}
	}
	switch len(recipes) {
	case 0: // an empty file
		return r, nil
	case 1:
		return r, r.read(recipes[0])
	}
	return r, fmt.Errorf("a recipe is one document, and these are %d; a manifest has apiVersion and kind", len(recipes))
}

// Set changes one field, as the command line says it: "gpus=8",
// "env.NCCL_DEBUG=INFO", "nodeSelector.example.com/pool=a100", "args=[-c, x.yml]".
func Set(r Recipe, assignment string) (Recipe, error) {
	key, value, ok := strings.Cut(assignment, "=")
	if !ok {
		return r, fmt.Errorf("%q is not FIELD=VALUE", assignment)
	}
	name, entry, nested := strings.Cut(key, ".")
	f, known := r.field(name)
	if !known {
		return r, errors.New(unknown(name))
	}
	node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
	if list(f.at) && !nested || nested && strings.HasPrefix(value, "{") {
		var doc yaml.Node
		if err := yaml.Unmarshal([]byte(value), &doc); err != nil || doc.Kind == 0 {
			return r, fmt.Errorf("%s: %q is no YAML", key, value)
		}
		node = doc.Content[0]
	}
	if nested {
		node = &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!str", Value: entry}, node}}
	}
	r = r.copy()
	f, _ = r.field(name)
	if err := read(node, f.at); err != nil {
		return r, fmt.Errorf("%s: %w", key, plainly(err))
	}
	return r, nil
}

// list tells which fields hold more than a word.
func list(at any) bool {
	switch at.(type) {
	case *[]string, *[]Volume, *[]Toleration, *[]EnvSource, *[]EnvVar, *map[string]string:
		return true
	}
	return false
}

// copy is a recipe whose lists and maps may be changed.
func (r Recipe) copy() Recipe {
	r.Env = append([]EnvVar(nil), r.Env...)
	selector := make(map[string]string, len(r.NodeSelector))
	for k, v := range r.NodeSelector {
		selector[k] = v
	}
	if r.NodeSelector != nil {
		r.NodeSelector = selector
	}
	return r
}

// lineError is what is wrong with one line.
type lineError struct {
	line int
	says string
}

func (e *lineError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.says) }

func wrong(n *yaml.Node, format string, args ...any) error {
	return &lineError{n.Line, fmt.Sprintf(format, args...)}
}

// plainly is the error without its line, where there is only one.
func plainly(err error) error {
	var at *lineError
	if errors.As(err, &at) {
		return errors.New(at.says)
	}
	return err
}

func (r *Recipe) read(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return wrong(n, "a recipe is a list of FIELD: VALUE")
	}
	var all []error
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		f, known := r.field(key.Value)
		switch {
		case !known:
			all = append(all, wrong(key, "%s", unknown(key.Value)))
			continue
		case seen[key.Value]:
			all = append(all, wrong(key, "%s is said twice", key.Value))
			continue
		}
		seen[key.Value] = true
		if err := read(value, f.at); err != nil {
			at := value.Line
			var inner *lineError
			if errors.As(err, &inner) {
				at = inner.line
			}
			all = append(all, &lineError{at, key.Value + ": " + plainly(err).Error()})
		}
	}
	return errors.Join(all...)
}

func unknown(name string) string {
	says := fmt.Sprintf("no field is called %q", name)
	if near := nearest(name); near != "" {
		says += fmt.Sprintf("; %q is", near)
	}
	return says
}

// read puts the value of a node where it belongs.
func read(n *yaml.Node, at any) error {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" { // "queue:" alone says nothing
		return nil
	}
	switch at := at.(type) {
	case *[]string:
		return readList(n, at, func(s string) (string, error) { return s, nil })
	case *[]Volume:
		return readList(n, at, ParseVolume)
	case *[]Toleration:
		return readList(n, at, parseToleration)
	case *[]EnvSource:
		return readList(n, at, parseSource)
	case *[]EnvVar:
		return readEnv(n, at)
	case *map[string]string:
		return readMap(n, at)
	}
	if n.Kind != yaml.ScalarNode {
		return wrong(n, "is one value, not a list")
	}
	return readScalar(n.Value, at)
}

func readScalar(s string, at any) (err error) {
	switch at := at.(type) {
	case *string:
		*at = s
	case *Framework:
		*at = Framework(s)
	case *int:
		if *at, err = strconv.Atoi(s); err != nil {
			return fmt.Errorf("%q is not a whole number", s)
		}
	case *Workers:
		*at, err = ParseWorkers(s)
	case *Span:
		*at, err = ParseSpan(s)
	}
	return err
}

func readList[T any](n *yaml.Node, at *[]T, parse func(string) (T, error)) error {
	if n.Kind != yaml.SequenceNode {
		return wrong(n, "is a list: [A, B]")
	}
	out := make([]T, 0, len(n.Content))
	for _, item := range n.Content {
		if item.Kind == yaml.AliasNode {
			item = item.Alias
		}
		if item.Kind != yaml.ScalarNode {
			return wrong(item, "has an item that is no word")
		}
		v, err := parse(item.Value)
		if err != nil {
			return wrong(item, "%s", err)
		}
		out = append(out, v)
	}
	*at = out
	if len(out) == 0 {
		*at = nil
	}
	return nil
}

func readMap(n *yaml.Node, at *map[string]string) error {
	if n.Kind != yaml.MappingNode {
		return wrong(n, "is a list of KEY: VALUE")
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i+1].Kind != yaml.ScalarNode {
			return wrong(n.Content[i+1], "%s has more than one value", n.Content[i].Value)
		}
		if *at == nil {
			*at = map[string]string{}
		}
		(*at)[n.Content[i].Value] = n.Content[i+1].Value
	}
	return nil
}

// readEnv reads variables in their order, which matters where one refers to
// another. A variable that is there already is changed in its place.
func readEnv(n *yaml.Node, at *[]EnvVar) error {
	if n.Kind != yaml.MappingNode {
		return wrong(n, "is a list of NAME: VALUE")
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		v, err := readVariable(n.Content[i], n.Content[i+1])
		if err != nil {
			return err
		}
		*at = put(*at, v)
	}
	return nil
}

func put(all []EnvVar, v EnvVar) []EnvVar {
	for i := range all {
		if all[i].Name == v.Name {
			all[i] = v
			return all
		}
	}
	return append(all, v)
}

func readVariable(name, value *yaml.Node) (EnvVar, error) {
	v := EnvVar{Name: name.Value}
	if value.Kind == yaml.AliasNode {
		value = value.Alias
	}
	if value.Kind == yaml.ScalarNode {
		v.Value = value.Value
		return v, nil
	}
	if value.Kind == yaml.MappingNode && len(value.Content) == 2 {
		v.From.Kind = sourceKind(value.Content[0].Value)
		v.From.Name, v.Key, _ = strings.Cut(value.Content[1].Value, "/")
	}
	if v.From.Kind == "" || v.From.Name == "" || v.Key == "" {
		return v, wrong(value, "%s is neither a value nor {secret: NAME/KEY} nor {configMap: NAME/KEY}", name.Value)
	}
	return v, nil
}

// parseSource reads "secret NAME" and "configMap NAME".
func parseSource(s string) (EnvSource, error) {
	word, name, _ := strings.Cut(s, " ")
	source := EnvSource{sourceKind(word), name}
	if source.Kind == "" || name == "" {
		return source, fmt.Errorf("%q is neither \"secret NAME\" nor \"configMap NAME\"", s)
	}
	return source, nil
}

func parseToleration(s string) (Toleration, error) {
	if !regexp.MustCompile(`^(\*|[\w./-]+)(=[\w.-]*)?(:(NoSchedule|PreferNoSchedule|NoExecute))?$`).MatchString(s) {
		return "", fmt.Errorf("%q is not KEY=VALUE:EFFECT, KEY:EFFECT, KEY or *", s)
	}
	return Toleration(s), nil
}
