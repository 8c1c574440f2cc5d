package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// checkResources is validateResourceRequirements: devices can't be shared, so
// that request and limit must be equal and whole.
func checkResources(r *core.ResourceRequirements, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	limits, requests := path.Child("limits"), path.Child("requests")
	for _, name := range slices.Sorted(maps.Keys(r.Limits)) {
		at := limits.Key(string(name))
		errs = append(errs, checkResourceName(name, at)...)
		errs = append(errs, checkQuantity(name, r.Limits[name], at)...)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Requests)) {
		at, request := requests.Key(string(name)), r.Requests[name]
		errs = append(errs, checkResourceName(name, at)...)
		errs = append(errs, checkQuantity(name, request, at)...)
		limit, ok := r.Limits[name]
		device := !native(name) || strings.HasPrefix(string(name), core.ResourceHugePagesPrefix)
		switch {
		case !ok && device:
			errs = append(errs, field.Required(limits, "Limit must be set for non overcommitable resources"))
		case !ok:
		case device && request.Cmp(limit) != 0:
			errs = append(errs, field.Invalid(requests, request.String(), fmt.Sprintf("must be equal to %s limit of %s", name, limit.String())))
		case request.Cmp(limit) > 0:
			errs = append(errs, field.Invalid(requests, request.String(), fmt.Sprintf("must be less than or equal to %s limit of %s", name, limit.String())))
		}
	}
	return errs
}

func checkResourceName(name core.ResourceName, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, message := range validation.IsQualifiedName(string(name)) {
		errs = append(errs, field.Invalid(path, name, message))
	}
	if len(errs) > 0 || strings.Contains(string(name), "/") {
		return errs
	}
	known := []core.ResourceName{core.ResourceCPU, core.ResourceMemory, core.ResourceEphemeralStorage}
	if slices.Contains(known, name) || strings.HasPrefix(string(name), core.ResourceHugePagesPrefix) {
		return nil
	}
	return field.ErrorList{
		field.Invalid(path, name, "must be a standard resource type or fully qualified"),
		field.Invalid(path, name, "must be a standard resource for containers"),
	}
}

func checkQuantity(name core.ResourceName, n resource.Quantity, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if n.Sign() < 0 {
		errs = append(errs, field.Invalid(path, n.String(), "must be greater than or equal to 0"))
	}
	if !native(name) && n.MilliValue()%1000 != 0 {
		errs = append(errs, field.Invalid(path, n, "must be an integer"))
	}
	return errs
}
