package rules

import (
	"fmt"
	"strings"

	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	scheduling "k8s.io/api/scheduling/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"paddock/demo/store"
)

// checkMeta validates the metadata that every kind has. What may not change
// there is the store's.
func checkMeta(k store.Key, old, next store.Object) field.ErrorList {
	name := apivalidation.NameIsDNSSubdomain
	switch next.(type) {
	case *core.Namespace:
		name = apivalidation.NameIsDNSLabel
	case *core.Service:
		name = apivalidation.NameIsDNSLabel // relaxed since 1.37
	case *core.Event:
		return nil // anything goes there
	}
	path := field.NewPath("metadata")
	errs := apivalidation.ValidateObjectMetaAccessor(next, k.Namespace != "", name, path)
	if old != nil && old.GetDeletionTimestamp() != nil {
		errs = append(errs, apivalidation.ValidateNoNewFinalizers(next.GetFinalizers(), old.GetFinalizers(), path.Child("finalizers"))...)
	}
	return errs
}

func checkQuota(o *core.ResourceQuota) field.ErrorList {
	var errs field.ErrorList
	for name, n := range o.Spec.Hard {
		errs = append(errs, checkQuantity(name, n, field.NewPath("spec", "hard").Key(string(name)))...)
	}
	return errs
}

func checkService(o *core.Service) field.ErrorList {
	var errs field.ErrorList
	path := field.NewPath("spec", "ports")
	if len(o.Spec.Ports) == 0 && o.Spec.ClusterIP != core.ClusterIPNone && o.Spec.Type != core.ServiceTypeExternalName {
		errs = append(errs, field.Required(path, ""))
	}
	names := map[string]bool{}
	for i, p := range o.Spec.Ports {
		at := path.Index(i)
		if len(o.Spec.Ports) > 1 && p.Name == "" {
			errs = append(errs, field.Required(at.Child("name"), ""))
		} else if names[p.Name] {
			errs = append(errs, field.Duplicate(at.Child("name"), p.Name))
		}
		names[p.Name] = true
		if p.Port < 1 || p.Port > 65535 {
			errs = append(errs, field.Invalid(at.Child("port"), p.Port, "must be between 1 and 65535, inclusive"))
		}
	}
	return errs
}

func checkClaim(o *core.PersistentVolumeClaim) field.ErrorList {
	var errs field.ErrorList
	if len(o.Spec.AccessModes) == 0 {
		errs = append(errs, field.Required(field.NewPath("spec", "accessModes"), "at least 1 access mode is required"))
	}
	path := field.NewPath("spec", "resources").Key(string(core.ResourceStorage))
	size, ok := o.Spec.Resources.Requests[core.ResourceStorage]
	switch {
	case !ok:
		errs = append(errs, field.Required(path, ""))
	case size.Sign() <= 0:
		errs = append(errs, field.Invalid(path, size.String(), "must be greater than zero"))
	}
	return errs
}

func checkPriorityClass(o *scheduling.PriorityClass, old store.Object) field.ErrorList {
	was, ok := old.(*scheduling.PriorityClass)
	switch {
	case ok && was.Value != o.Value:
		return field.ErrorList{field.Forbidden(field.NewPath("value"), "may not be changed in an update.")}
	case o.Value > 1000000000 && !strings.HasPrefix(o.Name, "system-"):
		return field.ErrorList{field.Forbidden(field.NewPath("value"), fmt.Sprintf("maximum allowed value of a user defined priority is %v", 1000000000))}
	}
	return nil
}

func checkConfigMap(o *core.ConfigMap, old store.Object) field.ErrorList {
	was, ok := old.(*core.ConfigMap)
	if !ok || !given(was.Immutable, false) || equality.Semantic.DeepEqual(was.Data, o.Data) {
		return nil
	}
	return field.ErrorList{field.Forbidden(field.NewPath("data"), "field is immutable when `immutable` is set")}
}

func checkBudget(o *policy.PodDisruptionBudget) field.ErrorList {
	if o.Spec.MinAvailable != nil && o.Spec.MaxUnavailable != nil {
		return field.ErrorList{field.Invalid(field.NewPath("spec"), o.Spec, "minAvailable and maxUnavailable cannot be both set")}
	}
	return nil
}
