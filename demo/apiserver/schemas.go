package apiserver

import (
	"reflect"
	"strings"

	quantity "k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// schemas describes Go types by name, out of their JSON tags and their own
// documentation.
type schemas map[string]document

// documented is what every API type can say of its fields; "" is the type.
type documented interface{ SwaggerDoc() map[string]string }

// add describes a struct and all that it is made of, and returns its description.
func (s schemas) add(t reflect.Type) document {
	name := schemaName(t)
	if known, ok := s[name]; ok {
		return known
	}
	described := document{"type": "object"}
	s[name] = described // before its fields: types may contain themselves
	var docs map[string]string
	if d, ok := reflect.New(t).Interface().(documented); ok {
		docs = d.SwaggerDoc()
		described["description"] = docs[""]
	}
	properties, required := document{}, []any{}
	s.fields(t, docs, properties, &required)
	described["properties"] = properties
	if len(required) > 0 {
		described["required"] = required
	}
	return described
}

// fields describes the fields of a struct; embedded ones are its own.
func (s schemas) fields(t reflect.Type, docs map[string]string, properties document, required *[]any) {
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || !f.IsExported():
			continue
		case name == "":
			if f.Type == reflect.TypeFor[metav1.TypeMeta]() {
				docs = metav1.TypeMeta{}.SwaggerDoc()
			}
			s.fields(f.Type, docs, properties, required)
			continue
		case !strings.Contains(options, "omitempty") && name != "metadata" && name != "status":
			*required = append(*required, name)
		}
		property := s.of(f.Type)
		if ref, ok := property["$ref"]; ok {
			property = document{"allOf": []any{document{"$ref": ref}}}
		}
		property["description"] = docs[name]
		properties[name] = property
	}
}

// of describes the type of a value.
func (s schemas) of(t reflect.Type) document {
	switch t {
	case reflect.TypeFor[quantity.Quantity](), reflect.TypeFor[metav1.Duration]():
		return document{"type": "string"}
	case reflect.TypeFor[intstr.IntOrString]():
		return document{"type": "string", "format": "int-or-string"}
	case reflect.TypeFor[metav1.Time](), reflect.TypeFor[metav1.MicroTime]():
		return document{"type": "string", "format": "date-time"}
	case reflect.TypeFor[metav1.FieldsV1]():
		return document{"type": "object"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.Bool:
		return document{"type": "boolean"}
	case reflect.Int32, reflect.Int64, reflect.Int, reflect.Uint8:
		return document{"type": "integer"}
	case reflect.Float32, reflect.Float64:
		return document{"type": "number"}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return document{"type": "string", "format": "byte"}
		}
		return document{"type": "array", "items": s.of(t.Elem())}
	case reflect.Map:
		return document{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Struct:
		s.add(t)
		return document{"$ref": "#/components/schemas/" + schemaName(t)}
	}
	return document{"type": "string"}
}

// schemaName names a type as the real description does: io.k8s.api.batch.v1.Job.
func schemaName(t reflect.Type) string {
	path := strings.TrimPrefix(t.PkgPath(), "k8s.io/")
	return "io.k8s." + strings.ReplaceAll(path, "/", ".") + "." + t.Name()
}
