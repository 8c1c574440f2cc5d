package submit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	utiljson "k8s.io/apimachinery/pkg/util/json"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// ReadManifests reads YAML or JSON as kubectl does: several documents, lists of
// objects, any kind.
func ReadManifests(text []byte) ([]Object, error) {
	var out []Object
	docs := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for n, line := 1, 1; ; n++ {
		doc, err := docs.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("document %d: %w", n, err)
		}
		objects, err := readDocument(doc)
		if err != nil {
			return nil, fmt.Errorf("document %d, from line %d: %w", n, line, err)
		}
		out = append(out, objects...)
		line += bytes.Count(doc, []byte("\n")) + 1 // and the line that parts them
	}
	if len(out) == 0 {
		return nil, errors.New("there is no object in it")
	}
	return out, nil
}

func readDocument(doc []byte) ([]Object, error) {
	text, err := yaml.YAMLToJSONStrict(doc)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(bytes.TrimSpace(text), []byte("null")) { // comments alone
		return nil, nil
	}
	return readJSON(text)
}

func readJSON(text []byte) ([]Object, error) {
	var o Object
	if err := utiljson.Unmarshal(text, &o.Body); err != nil {
		return nil, errors.New("is no object: a map with apiVersion, kind and metadata")
	}
	if o.APIVersion() == "" || o.Ref().Kind == "" {
		return nil, errors.New("has no apiVersion or no kind")
	}
	items, list := o.Body["items"].([]any)
	if !list || o.Ref().Kind != "List" {
		if o.Ref().Name == "" && o.text("metadata", "generateName") == "" {
			return nil, fmt.Errorf("the %s has no name", o.Ref().Kind)
		}
		return []Object{o}, nil
	}
	var out []Object
	for i, item := range items {
		body, ok := item.(map[string]any)
		one := Object{body}
		if !ok || one.APIVersion() == "" || one.Ref().Kind == "" || one.Ref().Name == "" {
			return nil, fmt.Errorf("item %d of the list is no object with a name", i+1)
		}
		out = append(out, one)
	}
	return out, nil
}

// IsManifest tells plain manifests from a recipe: they say of what kind they are.
func IsManifest(text []byte) bool {
	docs := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for {
		doc, err := docs.Read()
		if err != nil {
			return false
		}
		var head struct{ APIVersion, Kind string }
		if yaml.Unmarshal(doc, &head) == nil && (head.APIVersion != "" || head.Kind != "") {
			return true
		}
	}
}
