package apiserver

import (
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"paddock/demo/apiserver/tables"
)

// table turns an object or a list into a table. A watch sends the columns once.
func (c *call) table(o runtime.Object, withColumns bool) (runtime.Object, error) {
	include := metav1.IncludeObjectPolicy(c.URL.Query().Get("includeObject"))
	switch include {
	case "", metav1.IncludeMetadata, metav1.IncludeObject, metav1.IncludeNone:
	default:
		return nil, errors.NewBadRequest("unrecognized includeObject value: " + string(include))
	}
	t := &metav1.Table{Rows: []metav1.TableRow{}}
	if withColumns {
		t.ColumnDefinitions = tables.Columns(c.kind.kind)
	}
	add := func(item runtime.Object) error {
		row := tables.Row(item, c.options.Now())
		switch include {
		case metav1.IncludeObject:
			row.Object.Object = c.typed(item)
		case metav1.IncludeNone:
		default:
			m, err := meta.Accessor(item)
			if err != nil {
				return err
			}
			row.Object.Object = c.typed(meta.AsPartialObjectMetadata(m))
		}
		t.Rows = append(t.Rows, row)
		return nil
	}
	if !meta.IsListType(o) {
		m, err := meta.CommonAccessor(o)
		if err != nil {
			return nil, err
		}
		t.ResourceVersion = m.GetResourceVersion()
		return t, add(o)
	}
	m, err := meta.ListAccessor(o)
	if err != nil {
		return nil, err
	}
	t.ResourceVersion, t.Continue, t.RemainingItemCount = m.GetResourceVersion(), m.GetContinue(), m.GetRemainingItemCount()
	return t, meta.EachListItem(o, add)
}
