package apiserver

import (
	"fmt"
	"strconv"

	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"paddock/demo/store"
)

// query reads the options of a request out of its URL.
func (c *call) query(into runtime.Object) error {
	if err := runtime.NewParameterCodec(c.scheme).DecodeParameters(c.URL.Query(), schema.GroupVersion{Version: "v1"}, into); err != nil {
		return errors.NewBadRequest(err.Error())
	}
	return nil
}

// writeOptions reads and checks what a create, update or patch may say beside
// the object, and tells whether it is a dry run.
func (c *call) writeOptions() (dryRun bool, err error) {
	var o metav1.UpdateOptions // the others have the same fields
	if err := c.query(&o); err != nil {
		return false, err
	}
	kind := map[string]string{"create": "CreateOptions", "update": "UpdateOptions", "patch": "PatchOptions"}[c.verb]
	return len(o.DryRun) > 0, invalidOptions(kind, validation.ValidateUpdateOptions(&o))
}

func invalidOptions(kind string, errs field.ErrorList) error {
	if len(errs) == 0 {
		return nil
	}
	return errors.NewInvalid(schema.GroupKind{Group: metav1.GroupName, Kind: kind}, "", errs)
}

// listOptions are the options of list, watch and deletecollection, parsed.
type listOptions struct {
	metav1.ListOptions
	version  uint64 // of ResourceVersion; 0 when there is none
	selector selector
}

func (c *call) listOptions() (listOptions, error) {
	var o listOptions
	if err := c.query(&o.ListOptions); err != nil {
		return o, err
	}
	if o.SendInitialEvents != nil && !o.Watch {
		return o, invalidOptions("ListOptions", field.ErrorList{field.Forbidden(field.NewPath("sendInitialEvents"), "sendInitialEvents is forbidden for list")})
	}
	if err := checkMatch(&o.ListOptions); err != nil {
		return o, err
	}
	var err error
	if o.selector.labels, err = labels.Parse(o.LabelSelector); err != nil {
		return o, errors.NewBadRequest(err.Error())
	}
	if o.selector.fields, err = c.fieldSelector(o.FieldSelector); err != nil {
		return o, err
	}
	if o.ResourceVersion != "" {
		if o.version, err = strconv.ParseUint(o.ResourceVersion, 10, 64); err != nil {
			return o, errors.NewBadRequest(fmt.Sprintf("invalid resource version: %v", field.Invalid(field.NewPath("resourceVersion"), o.ResourceVersion, err.Error())))
		}
	}
	if current := c.store.Version(); o.version > current && !(o.Watch && o.SendInitialEvents == nil) {
		return o, tooNew(o.version, current)
	}
	return o, nil
}

// checkMatch is ValidateListOptions of k8s.io/apimachinery's internal version.
func checkMatch(o *metav1.ListOptions) error {
	var errs field.ErrorList
	path := field.NewPath("resourceVersionMatch")
	match := o.ResourceVersionMatch
	switch {
	case o.Watch && o.SendInitialEvents != nil:
		if match == "" {
			errs = append(errs, field.Forbidden(path, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"))
		} else if match != metav1.ResourceVersionMatchNotOlderThan {
			errs = append(errs, field.NotSupported(path, match, []string{string(metav1.ResourceVersionMatchNotOlderThan)}))
		}
	case match == "":
	case o.Watch:
		errs = append(errs, field.Forbidden(path, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"))
	case o.ResourceVersion == "":
		errs = append(errs, field.Forbidden(path, "resourceVersionMatch is forbidden unless resourceVersion is provided"))
	case o.Continue != "":
		errs = append(errs, field.Forbidden(path, "resourceVersionMatch is forbidden when continue is provided"))
	case match != metav1.ResourceVersionMatchExact && match != metav1.ResourceVersionMatchNotOlderThan:
		errs = append(errs, field.NotSupported(path, match, []string{string(metav1.ResourceVersionMatchExact), string(metav1.ResourceVersionMatchNotOlderThan), ""}))
	case match == metav1.ResourceVersionMatchExact && o.ResourceVersion == "0":
		errs = append(errs, field.Forbidden(path, `resourceVersionMatch "exact" is forbidden for resourceVersion "0"`))
	}
	return invalidOptions("ListOptions", errs)
}

// selector is what a list or a watch is narrowed to.
type selector struct {
	labels labels.Selector
	fields fields.Selector
}

func (s selector) matches(o store.Object) bool {
	return s.labels.Matches(labels.Set(o.GetLabels())) && (s.fields.Empty() || s.fields.Matches(fieldsOf(o)))
}
