package apiserver

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// logOptions reads and checks what ValidatePodLogOptions does.
func (c *call) logOptions() (core.PodLogOptions, error) {
	q := c.URL.Query()
	o := core.PodLogOptions{Container: q.Get("container")}
	for name, flag := range map[string]*bool{"follow": &o.Follow, "previous": &o.Previous, "timestamps": &o.Timestamps} {
		v := q.Get(name)
		*flag = v != "" && v != "false" && v != "0" || v == "" && q.Has(name)
	}
	for name, n := range map[string]**int64{"tailLines": &o.TailLines, "sinceSeconds": &o.SinceSeconds, "limitBytes": &o.LimitBytes} {
		if v := q.Get(name); v != "" {
			number, err := strconv.ParseInt(v, 10, 64)
			if err != nil {
				return o, errors.NewBadRequest(err.Error())
			}
			*n = &number
		}
	}
	var errs field.ErrorList
	if v := q.Get("sinceTime"); v != "" {
		at, err := time.Parse(time.RFC3339, v)
		if err != nil {
			return o, errors.NewBadRequest(err.Error())
		}
		o.SinceTime = &metav1.Time{Time: at}
		if o.SinceSeconds != nil {
			errs = append(errs, field.Forbidden(field.NewPath(""), "at most one of `sinceTime` or `sinceSeconds` may be specified"))
		}
	}
	if o.TailLines != nil && *o.TailLines < 0 {
		errs = append(errs, field.Invalid(field.NewPath("tailLines"), *o.TailLines, "must be greater than or equal to 0"))
	}
	if o.LimitBytes != nil && *o.LimitBytes < 1 {
		errs = append(errs, field.Invalid(field.NewPath("limitBytes"), *o.LimitBytes, "must be greater than 0"))
	}
	if o.SinceSeconds != nil && *o.SinceSeconds < 1 && o.SinceTime == nil {
		errs = append(errs, field.Invalid(field.NewPath("sinceSeconds"), *o.SinceSeconds, "must be greater than 0"))
	}
	if len(errs) > 0 {
		return o, errors.NewInvalid(schema.GroupKind{Kind: "PodLogOptions"}, c.name, errs)
	}
	return o, nil
}

// container is the one that a log is asked of; see validateContainer in
// k8s.io/kubernetes/pkg/registry/core/pod.
func container(pod *core.Pod, name string) (string, error) {
	var names []string
	for _, list := range [][]core.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for _, c := range list {
			names = append(names, c.Name)
		}
	}
	switch {
	case name != "" && !slices.Contains(names, name):
		return "", errors.NewBadRequest(fmt.Sprintf("container %s is not valid for pod %s", name, pod.Name))
	case name != "":
		return name, nil
	case len(pod.Spec.Containers) == 1:
		return pod.Spec.Containers[0].Name, nil
	}
	return "", errors.NewBadRequest(fmt.Sprintf("a container name must be specified for pod %s, choose one of: %s", pod.Name, names))
}

// unavailable says why there is no log, in the words of the kubelet's
// validateContainerLogStatus.
func unavailable(pod *core.Pod, name string, previous bool) string {
	for _, s := range slices.Concat(pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses) {
		if s.Name != name {
			continue
		}
		last := s.LastTerminationState.Terminated
		ran := last != nil && last.ContainerID != ""
		switch {
		case previous && !ran:
			return fmt.Sprintf("previous terminated container %q in pod %q not found", name, pod.Name)
		case previous, s.State.Running != nil, ran:
			return ""
		case s.State.Terminated != nil && s.State.Terminated.ContainerID != "":
			return ""
		case s.State.Terminated != nil, last != nil:
			return fmt.Sprintf("container %q in pod %q is terminated", name, pod.Name)
		case s.State.Waiting == nil:
			return fmt.Sprintf("container %q in pod %q is waiting to start - no logs yet", name, pod.Name)
		}
		why := s.State.Waiting.Reason
		switch why {
		case "ErrImagePull":
			why = "image can't be pulled"
		case "ImagePullBackOff":
			why = "trying and failing to pull image"
		}
		return fmt.Sprintf("container %q in pod %q is waiting to start: %s", name, pod.Name, why)
	}
	return fmt.Sprintf("container %q in pod %q is not available", name, pod.Name)
}
