package apiserver

import (
	"fmt"
	"slices"
	"strconv"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/fields"

	"paddock/demo/store"
)

// fieldSelector parses a selector and refuses fields that the kind can't be
// selected by, as the conversion functions of k8s.io/kubernetes do.
func (c *call) fieldSelector(text string) (fields.Selector, error) {
	selector, err := fields.ParseSelector(text)
	if err != nil {
		return nil, errors.NewBadRequest(err.Error())
	}
	for _, r := range selector.Requirements() {
		if !slices.Contains(selectable(c.kind.kind), r.Field) {
			return nil, errors.NewBadRequest(unknownField(c.kind, r.Field))
		}
	}
	return selector, nil
}

func unknownField(r *resource, name string) string {
	switch r.kind {
	case "Pod", "Node", "Namespace", "Event", "Secret", "Service":
		return "field label not supported: " + name
	case "Job":
		return fmt.Sprintf("field label %q not supported for %s", name, r.kind)
	}
	return fmt.Sprintf("%q is not a known field selector: only %q, %q", name, "metadata.name", "metadata.namespace")
}

// selectable are the fields of a kind that a selector may name.
func selectable(kind string) []string {
	names := []string{"metadata.name", "metadata.namespace"}
	switch kind {
	case "Pod":
		return append(names, "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
			"spec.hostNetwork", "status.phase", "status.podIP", "status.podIPs", "status.nominatedNodeName")
	case "Node":
		return []string{"metadata.name", "spec.unschedulable"}
	case "Namespace":
		return []string{"metadata.name", "status.phase"}
	case "Event":
		return append(names, "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
			"involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath",
			"reason", "reportingComponent", "source", "type")
	case "Job":
		return append(names, "status.successful")
	case "Secret":
		return append(names, "type")
	case "Service":
		return append(names, "spec.clusterIP", "spec.type")
	}
	return names
}

// fieldsOf are the values that a selector compares.
func fieldsOf(o store.Object) fields.Set {
	set := fields.Set{"metadata.name": o.GetName(), "metadata.namespace": o.GetNamespace()}
	switch o := o.(type) {
	case *core.Pod:
		set["spec.nodeName"] = o.Spec.NodeName
		set["spec.restartPolicy"] = string(o.Spec.RestartPolicy)
		set["spec.schedulerName"] = o.Spec.SchedulerName
		set["spec.serviceAccountName"] = o.Spec.ServiceAccountName
		set["spec.hostNetwork"] = strconv.FormatBool(o.Spec.HostNetwork)
		set["status.phase"] = string(o.Status.Phase)
		set["status.podIP"], set["status.podIPs"] = o.Status.PodIP, o.Status.PodIP
		set["status.nominatedNodeName"] = o.Status.NominatedNodeName
	case *core.Node:
		set["spec.unschedulable"] = strconv.FormatBool(o.Spec.Unschedulable)
	case *core.Namespace:
		set["status.phase"] = string(o.Status.Phase)
	case *core.Event:
		eventFields(set, o)
	case *batch.Job:
		set["status.successful"] = strconv.Itoa(int(o.Status.Succeeded))
	case *core.Secret:
		set["type"] = string(o.Type)
	case *core.Service:
		set["spec.clusterIP"], set["spec.type"] = o.Spec.ClusterIP, string(o.Spec.Type)
	}
	return set
}

func eventFields(set fields.Set, e *core.Event) {
	about := e.InvolvedObject
	set["involvedObject.kind"], set["involvedObject.namespace"] = about.Kind, about.Namespace
	set["involvedObject.name"], set["involvedObject.uid"] = about.Name, string(about.UID)
	set["involvedObject.apiVersion"], set["involvedObject.resourceVersion"] = about.APIVersion, about.ResourceVersion
	set["involvedObject.fieldPath"] = about.FieldPath
	set["reason"], set["type"] = e.Reason, e.Type
	set["reportingComponent"], set["source"] = e.ReportingController, e.Source.Component
	if set["source"] == "" {
		set["source"] = e.ReportingController
	}
}
