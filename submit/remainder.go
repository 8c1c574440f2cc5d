package submit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// remainder names what is left in a Job after a recipe took its part, without
// what the API server and the Job controller write there by themselves.
func remainder(job *batchv1.Job) []string {
	dropServers(job)
	body, err := runtime.DefaultUnstructuredConverter.ToUnstructured(job)
	if err != nil { // a Job that came from the API can be written
		return []string{"all but what stands in the recipe: " + err.Error()}
	}
	delete(body, "status")
	delete(body, "apiVersion")
	delete(body, "kind")
	kept := map[string]any{}
	meta, _ := body["metadata"].(map[string]any)
	for _, k := range []string{"labels", "annotations"} {
		if v, ok := meta[k]; ok {
			kept[k] = v
		}
	}
	body["metadata"] = kept
	prune(body)
	var out []string
	walk("", body, &out)
	slices.Sort(out)
	return out
}

// dropServers drops what nobody wrote.
func dropServers(job *batchv1.Job) {
	s := &job.Spec
	s.Selector, s.ManualSelector = nil, nil
	if s.Suspend != nil && !*s.Suspend {
		s.Suspend = nil
	}
	if s.PodReplacementPolicy != nil && *s.PodReplacementPolicy == batchv1.Failed {
		s.PodReplacementPolicy = nil // what a pod failure policy implies
	}
	delete(job.Annotations, "kubectl.kubernetes.io/last-applied-configuration")
	for _, l := range []map[string]string{job.Labels, s.Template.Labels} {
		for _, own := range []string{batchv1.ControllerUidLabel, batchv1.JobNameLabel, "controller-uid", "job-name"} {
			delete(l, own)
		}
	}
	pod := &s.Template.Spec
	if pod.TerminationGracePeriodSeconds != nil && *pod.TerminationGracePeriodSeconds == 30 {
		pod.TerminationGracePeriodSeconds = nil
	}
}

// defaults are fields that the API server fills in (pkg/apis/core/v1/defaults.go,
// pkg/apis/batch/v1/defaults.go), with the value that says nothing.
func defaults(path string) string {
	last := path[strings.LastIndexByte(path, '.')+1:]
	switch last {
	case "terminationMessagePath":
		return "/dev/termination-log"
	case "terminationMessagePolicy":
		return "File"
	case "dnsPolicy":
		return "ClusterFirst"
	case "schedulerName":
		return "default-scheduler"
	case "podReplacementPolicy":
		return string(batchv1.TerminatingOrFailed)
	}
	return ""
}

// walk names the branches that hold something, as deep as they are maps: what
// is in a list is named with it.
func walk(path string, m map[string]any, out *[]string) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		at := strings.TrimPrefix(path+"."+k, ".")
		switch v := m[k].(type) {
		case map[string]any:
			if k == "labels" || k == "annotations" {
				*out = append(*out, at+": "+strings.Join(slices.Sorted(maps.Keys(v)), ", "))
				continue
			}
			walk(at, v, out)
		case []any:
			walkList(at, v, out)
		default:
			if fmt.Sprint(v) != defaults(at) && fmt.Sprint(v) != "" {
				*out = append(*out, fmt.Sprintf("%s: %v", at, v))
			}
		}
	}
}

func walkList(path string, list []any, out *[]string) {
	if !strings.HasSuffix(path, ".containers") {
		if len(list) > 0 {
			*out = append(*out, path+": "+names(list))
		}
		return
	}
	for _, item := range list {
		c, _ := item.(map[string]any)
		name, _ := c["name"].(string)
		if name != "" { // another container than the one that trains
			*out = append(*out, path+": "+name)
			continue
		}
		walk(path, c, out)
	}
}

// names are the names of a list's items, or how many there are.
func names(list []any) string {
	var out []string
	for _, item := range list {
		m, _ := item.(map[string]any)
		for _, key := range []string{"name", "mountPath", "key", "containerPort"} {
			if v, ok := m[key]; ok {
				out = append(out, fmt.Sprint(v))
				break
			}
		}
	}
	if len(out) < len(list) {
		return fmt.Sprintf("%d of them", len(list))
	}
	return strings.Join(out, ", ")
}
