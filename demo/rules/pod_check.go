package rules

import (
	"slices"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	unversioned "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"paddock/demo/store"
)

func checkPod(o *core.Pod, old store.Object) field.ErrorList {
	path := field.NewPath("spec")
	was, ok := old.(*core.Pod)
	if !ok {
		return checkPodSpec(&o.Spec, path)
	}
	if equality.Semantic.DeepEqual(was.Spec, o.Spec) {
		return nil
	}
	errs := checkPodSpec(&o.Spec, path)
	if len(o.Spec.Containers) != len(was.Spec.Containers) {
		return append(errs, field.Forbidden(path.Child("containers"), "pod updates may not add or remove containers"))
	}
	if !equality.Semantic.DeepEqual(mutable(&was.Spec, &o.Spec), &o.Spec) {
		errs = append(errs, field.Forbidden(path, "pod updates may not change fields other than `spec.containers[*].image`,"+
			"`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"+
			"`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"))
	}
	return errs
}

// mutable is an old spec with what may change taken from the new one: the node
// too while there is none, which is the scheduler's binding.
func mutable(was, is *core.PodSpec) *core.PodSpec {
	allowed := was.DeepCopy()
	for i := range allowed.Containers {
		allowed.Containers[i].Image = is.Containers[i].Image
	}
	if len(allowed.InitContainers) == len(is.InitContainers) {
		for i := range allowed.InitContainers {
			allowed.InitContainers[i].Image = is.InitContainers[i].Image
		}
	}
	if was.NodeName == "" {
		allowed.NodeName = is.NodeName
	}
	allowed.ActiveDeadlineSeconds = is.ActiveDeadlineSeconds
	allowed.SchedulingGates = is.SchedulingGates
	added := !slices.ContainsFunc(was.Tolerations, func(t core.Toleration) bool {
		return !slices.ContainsFunc(is.Tolerations, func(u core.Toleration) bool { return equality.Semantic.DeepEqual(t, u) })
	})
	if added {
		allowed.Tolerations = is.Tolerations
	}
	return allowed
}

// checkPodSpec is ValidatePodSpec, of what users get wrong.
func checkPodSpec(s *core.PodSpec, path *field.Path) field.ErrorList {
	volumes, errs := checkVolumes(s.Volumes, path.Child("volumes"))
	errs = append(errs, checkContainers(s.Containers, volumes, path.Child("containers"))...)
	if len(s.InitContainers) > 0 {
		errs = append(errs, checkContainers(s.InitContainers, volumes, path.Child("initContainers"))...)
	}
	policies := []core.RestartPolicy{core.RestartPolicyAlways, core.RestartPolicyOnFailure, core.RestartPolicyNever}
	if !slices.Contains(policies, s.RestartPolicy) {
		errs = append(errs, field.NotSupported(path.Child("restartPolicy"), s.RestartPolicy, policies))
	}
	errs = append(errs, unversioned.ValidateLabels(s.NodeSelector, path.Child("nodeSelector"))...)
	errs = append(errs, label(s.Hostname, path.Child("hostname"))...)
	errs = append(errs, label(s.Subdomain, path.Child("subdomain"))...)
	errs = append(errs, checkTolerations(s.Tolerations, path.Child("tolerations"))...)
	if n := s.ActiveDeadlineSeconds; n != nil && *n < 1 {
		errs = append(errs, field.Invalid(path.Child("activeDeadlineSeconds"), *n, validation.InclusiveRangeError(1, 1<<31-1)))
	}
	if n := s.TerminationGracePeriodSeconds; n != nil {
		errs = append(errs, nonnegative(n, path.Child("terminationGracePeriodSeconds"))...)
	}
	return errs
}

// label wants a DNS label, or nothing.
func label(value string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if value != "" {
		for _, message := range validation.IsDNS1123Label(value) {
			errs = append(errs, field.Invalid(path, value, message).WithOrigin("format=k8s-short-name"))
		}
	}
	return errs
}

func checkVolumes(volumes []core.Volume, path *field.Path) (map[string]bool, field.ErrorList) {
	var errs field.ErrorList
	names := map[string]bool{}
	for i, v := range volumes {
		at := path.Index(i).Child("name")
		switch {
		case v.Name == "":
			errs = append(errs, field.Required(at, ""))
		case names[v.Name]:
			errs = append(errs, field.Duplicate(at, v.Name))
		default:
			errs = append(errs, label(v.Name, at)...)
		}
		names[v.Name] = true
		if c := v.PersistentVolumeClaim; c != nil && c.ClaimName == "" {
			errs = append(errs, field.Required(path.Index(i).Child("persistentVolumeClaim", "claimName"), ""))
		}
	}
	return names, errs
}

func checkTolerations(tolerations []core.Toleration, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i, t := range tolerations {
		at := path.Index(i)
		switch {
		case t.Key == "" && t.Operator != core.TolerationOpExists:
			errs = append(errs, field.Invalid(at.Child("operator"), t.Operator, "operator must be Exists when `key` is empty, which means \"match all values and all keys\""))
		case t.Operator == core.TolerationOpExists && t.Value != "":
			errs = append(errs, field.Invalid(at.Child("operator"), t.Value, "value must be empty when `operator` is 'Exists'"))
		}
		if t.TolerationSeconds != nil && t.Effect != core.TaintEffectNoExecute {
			errs = append(errs, field.Invalid(at.Child("effect"), t.Effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"))
		}
	}
	return errs
}
