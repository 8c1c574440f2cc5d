// Package tables prints API objects as the rows that kubectl get shows: the
// columns and words of k8s.io/kubernetes/pkg/printers/internalversion 1.37.
package tables

import (
	"fmt"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	scheduling "k8s.io/api/scheduling/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/duration"
)

// Columns are the columns of a kind.
func Columns(kind string) []metav1.TableColumnDefinition {
	switch kind {
	case "Pod":
		return columns("Name", "Ready", "Status", "Restarts", "Age", "+IP", "+Node", "+Nominated Node", "+Readiness Gates")
	case "Job":
		return columns("Name", "Status", "Completions", "Duration", "Age", "+Containers", "+Images", "+Selector")
	case "Node":
		return columns("Name", "Status", "Roles", "Age", "Version", "+Internal-IP", "+External-IP", "+OS-Image", "+Kernel-Version", "+Container-Runtime")
	case "Namespace":
		return columns("Name", "Status", "Age")
	case "Event":
		list := columns("Last Seen", "Type", "Reason", "Object", "+Subobject", "+Source", "Message", "+First Seen", "+Count", "+Name")
		list[9].Format = "name"
		return list
	case "ResourceQuota":
		return columns("Name", "Request", "Limit", "Age")
	case "Service":
		return columns("Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "+Selector")
	case "PersistentVolumeClaim":
		return columns("Name", "Status", "Volume", "Capacity", "Access Modes", "StorageClass", "VolumeAttributesClass", "Age", "+VolumeMode")
	case "PersistentVolume":
		return columns("Name", "Capacity", "Access Modes", "Reclaim Policy", "Status", "Claim", "StorageClass", "VolumeAttributesClass", "Reason", "Age", "+VolumeMode")
	case "ConfigMap":
		return columns("Name", "Data", "Age")
	case "Secret":
		return columns("Name", "Type", "Data", "Age")
	case "ServiceAccount":
		return columns("Name", "Age")
	case "PodDisruptionBudget":
		list := columns("Name", "Min Available", "Max Unavailable", "Allowed Disruptions", "Age")
		list[3].Type = "integer"
		return list
	case "PriorityClass":
		list := columns("Name", "Value", "Global-Default", "Age", "PreemptionPolicy")
		list[1].Type, list[2].Type = "integer", "boolean"
		return list
	}
	list := columns("Name", "Created At")
	list[1].Type = "date"
	return list
}

// columns makes definitions; those with a plus are for wide output alone.
func columns(names ...string) []metav1.TableColumnDefinition {
	var list []metav1.TableColumnDefinition
	for _, name := range names {
		c := metav1.TableColumnDefinition{Name: name, Type: "string"}
		if name[0] == '+' {
			c.Name, c.Priority = name[1:], 1
		}
		if name == "Name" {
			c.Format = "name"
		}
		list = append(list, c)
	}
	return list
}

// Row is the row of an object at a moment, without the object itself.
func Row(object runtime.Object, now time.Time) metav1.TableRow {
	p := printer{now}
	switch o := object.(type) {
	case *core.Pod:
		return p.pod(o)
	case *batch.Job:
		return cells(p.job(o)...)
	case *core.Node:
		return cells(p.node(o)...)
	case *core.Namespace:
		return cells(o.Name, string(o.Status.Phase), p.since(o.CreationTimestamp))
	case *core.Event:
		return cells(p.event(o)...)
	case *core.ResourceQuota:
		return cells(p.quota(o)...)
	case *core.Service:
		return cells(p.service(o)...)
	case *core.PersistentVolumeClaim:
		return cells(p.claim(o)...)
	case *core.PersistentVolume:
		return cells(p.volume(o)...)
	case *core.ConfigMap:
		return cells(o.Name, int64(len(o.Data)+len(o.BinaryData)), p.since(o.CreationTimestamp))
	case *core.Secret:
		return cells(o.Name, string(o.Type), int64(len(o.Data)), p.since(o.CreationTimestamp))
	case *core.ServiceAccount:
		return cells(o.Name, p.since(o.CreationTimestamp))
	case *policy.PodDisruptionBudget:
		return cells(p.budget(o)...)
	case *scheduling.PriorityClass:
		preemption := ""
		if o.PreemptionPolicy != nil {
			preemption = string(*o.PreemptionPolicy)
		}
		return cells(o.Name, int64(o.Value), o.GlobalDefault, p.since(o.CreationTimestamp), preemption)
	case metav1.Object:
		return cells(o.GetName(), o.GetCreationTimestamp().UTC().Format(time.RFC3339))
	}
	return cells(fmt.Sprintf("%T", object))
}

func cells(list ...any) metav1.TableRow { return metav1.TableRow{Cells: list} }

// printer knows what time it is.
type printer struct{ now time.Time }

func (p printer) since(t metav1.Time) string {
	if t.IsZero() {
		return "<unknown>"
	}
	return duration.HumanDuration(p.now.Sub(t.Time))
}

func orNone(s string) string {
	if s == "" {
		return "<none>"
	}
	return s
}
