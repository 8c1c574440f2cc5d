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

// manifest is an object that is to be created.
type manifest struct {
	key    store.Key
	object store.Object
}

// read parses one of the embedded manifests. Fields that do not exist are
// errors, as with kubectl.
func read(file string) ([]manifest, error) {
	text, err := files.ReadFile("manifests/" + file)
	if err != nil {
		return nil, err
	}
	var all []manifest
	for i, document := range strings.Split(string(text), "\n---\n") {
		m, err := parse([]byte(document))
		if err != nil {
			return nil, fmt.Errorf("%s, document %d: %w", file, i+1, err)
		}
		all = append(all, m)
	}
	return all, nil
}

func parse(document []byte) (manifest, error) {
	var kind meta.TypeMeta
	if err := yaml.Unmarshal(document, &kind); err != nil {
		return manifest{}, err
	}
	var m manifest
	switch kind.APIVersion + " " + kind.Kind {
	case "batch/v1 Job":
		m.object, m.key.Resource = &batch.Job{}, schema.GroupResource{Group: batch.GroupName, Resource: "jobs"}
	case "scheduling.k8s.io/v1 PriorityClass":
		m.object, m.key.Resource = &scheduling.PriorityClass{}, schema.GroupResource{Group: scheduling.GroupName, Resource: "priorityclasses"}
	case "v1 Pod":
		m.object, m.key.Resource = &core.Pod{}, schema.GroupResource{Resource: "pods"}
	case "v1 Service":
		m.object, m.key.Resource = &core.Service{}, schema.GroupResource{Resource: "services"}
	case "v1 Namespace":
		m.object, m.key.Resource = &core.Namespace{}, schema.GroupResource{Resource: "namespaces"}
	default:
		return m, fmt.Errorf("%s %s is not known here", kind.APIVersion, kind.Kind)
	}
	if err := yaml.UnmarshalStrict(document, m.object); err != nil {
		return m, err
	}
	m.object.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{}) // typed objects in the store don't carry it
	m.key.Namespace, m.key.Name = m.object.GetNamespace(), m.object.GetName()
	return m, nil
}
