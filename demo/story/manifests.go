package story

import (
	"embed"
	"fmt"
	"strings"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	scheduling "k8s.io/api/scheduling/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"paddock/demo/store"
)

//go:embed manifests/*.yaml
var files embed.FS

// prop is an object that waits to be put on stage.
type prop struct {
	key    store.Key
	object store.Object
}

// read parses one of the embedded manifests. Fields that do not exist are
// errors, as with kubectl.
func read(file string) ([]prop, error) {
	text, err := files.ReadFile("manifests/" + file)
	if err != nil {
		return nil, err
	}
	var all []prop
	for i, document := range strings.Split(string(text), "\n---\n") {
		p, err := parse([]byte(document))
		if err != nil {
			return nil, fmt.Errorf("%s, document %d: %w", file, i+1, err)
		}
		all = append(all, p)
	}
	return all, nil
}

func parse(document []byte) (prop, error) {
	var kind meta.TypeMeta
	if err := yaml.Unmarshal(document, &kind); err != nil {
		return prop{}, err
	}
	var p prop
	switch kind.APIVersion + " " + kind.Kind {
	case "batch/v1 Job":
		p.object, p.key.Resource = &batch.Job{}, schema.GroupResource{Group: batch.GroupName, Resource: "jobs"}
	case "scheduling.k8s.io/v1 PriorityClass":
		p.object, p.key.Resource = &scheduling.PriorityClass{}, schema.GroupResource{Group: scheduling.GroupName, Resource: "priorityclasses"}
	case "v1 Pod":
		p.object, p.key.Resource = &core.Pod{}, schema.GroupResource{Resource: "pods"}
	case "v1 Service":
		p.object, p.key.Resource = &core.Service{}, schema.GroupResource{Resource: "services"}
	case "v1 Namespace":
		p.object, p.key.Resource = &core.Namespace{}, schema.GroupResource{Resource: "namespaces"}
	default:
		return p, fmt.Errorf("%s %s is not played here", kind.APIVersion, kind.Kind)
	}
	if err := yaml.UnmarshalStrict(document, p.object); err != nil {
		return p, err
	}
	p.object.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{}) // typed objects in the store don't carry it
	p.key.Namespace, p.key.Name = p.object.GetNamespace(), p.object.GetName()
	return p, nil
}
