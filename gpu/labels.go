package gpu

import (
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"

	jsoniter "github.com/json-iterator/go"

	"paddock/fleet"
)

// labels is a label set as Prometheus wrote it.
type labels map[string]string

// parseLabels reads the "metric" object of a row into l, which is emptied first.
func parseLabels(raw []byte, l labels) error {
	clear(l)
	iter := jsoniter.ConfigDefault.BorrowIterator(raw)
	defer jsoniter.ConfigDefault.ReturnIterator(iter)
	iter.ReadMapCB(func(iter *jsoniter.Iterator, name string) bool {
		if iter.WhatIsNext() != jsoniter.StringValue {
			iter.ReportError("labels", "a label's value is not a string")
			return false
		}
		l[name] = iter.ReadString()
		return iter.Error == nil
	})
	if iter.Error != nil && iter.Error != io.EOF {
		return fmt.Errorf("read labels: %w", iter.Error)
	}
	return nil
}

// first is the first of the named labels that is there and not empty.
func (l labels) first(names ...string) string {
	for _, name := range names {
		if v := l[name]; v != "" {
			return v
		}
	}
	return ""
}

// key tells devices apart.
type key struct{ instance, host, gpu, slice, uuid string }

// keyForm says how much of a key is needed to tell all devices apart: the less
// of it travels with every number, the better. UUIDs don't compress.
type keyForm int

// The forms, each with the labels of the one before it.
const (
	keyInstance keyForm = iota // target, index and slice: enough on most clusters
	keyHost                    // several exporters behind one instance
	keyUUID                    // the same target twice: several clusters, or a card that was replaced
)

// labels of the form. Hostname became hostname with exporter 4.8.3; uuid is
// written by --use-old-namespace and by exporter 1.x.
func (f keyForm) labels() []string {
	names := []string{"instance", "gpu", "GPU_I_ID"}
	if f >= keyHost {
		names = append(names, "Hostname", "hostname")
	}
	if f >= keyUUID {
		names = append(names, "UUID", "uuid")
	}
	return names
}

// of reduces a key to the form.
func (f keyForm) of(k key) key {
	if f < keyHost {
		k.host = ""
	}
	if f < keyUUID {
		k.uuid = ""
	}
	return k
}

// identityLabels are everything that is asked about a device when it is first
// seen. The node labels come from relabelling; which name is the site's choice.
func identityLabels() []string {
	return []string{
		"instance", "Hostname", "hostname", "gpu", "UUID", "uuid", "GPU_I_ID", "GPU_I_PROFILE", "modelName",
		"DCGM_FI_DRIVER_VERSION", "DCGM_FI_SYSTEM_DRIVER_VERSION",
		"node", "nodename", "node_name", "kubernetes_node",
		"exported_pod", "exported_namespace", "exported_container",
		"pod", "namespace", "container", "pod_name", "pod_namespace", "container_name",
	}
}

// key of the device that the labels belong to.
func (l labels) key() key {
	return key{
		instance: l["instance"],
		host:     l.first("Hostname", "hostname"),
		gpu:      l["gpu"],
		slice:    l["GPU_I_ID"],
		uuid:     l.first("UUID", "uuid"),
	}
}

// target names the exporter that a series comes from.
func (l labels) target() string {
	return l["instance"] + "\x00" + l.first("Hostname", "hostname")
}

// Label values are bounded by what Kubernetes and NVIDIA put into them.
const (
	maxName = 253 // a DNS name
	maxText = 100
)

// hardware is the part of a Reading that the labels tell.
func (l labels) hardware() *fleet.Hardware {
	index, err := strconv.Atoi(l["gpu"])
	if err != nil || index < 0 {
		index = -1
	}
	instance := l["instance"]
	if host, _, err := net.SplitHostPort(instance); err == nil {
		instance = host
	}
	return &fleet.Hardware{
		UUID:      fleet.Clean(l.first("UUID", "uuid"), maxText),
		Slice:     fleet.Clean(l["GPU_I_ID"], maxText),
		Profile:   fleet.Clean(l["GPU_I_PROFILE"], maxText),
		Index:     index,
		Hostname:  fleet.Clean(l.first("Hostname", "hostname"), maxName),
		NodeLabel: fleet.Clean(l.first("node", "nodename", "node_name", "kubernetes_node"), maxName),
		Instance:  fleet.Clean(instance, maxName),
		Product:   fleet.Clean(l["modelName"], maxText),
		Driver:    fleet.Clean(dcgmString(l.first("DCGM_FI_DRIVER_VERSION", "DCGM_FI_SYSTEM_DRIVER_VERSION")), maxText),
	}
}

// dcgmString drops DCGM's blank strings: "<<<NULL>>>", "<<<NOT_SUPPORTED>>>", ...
func dcgmString(s string) string {
	if strings.HasPrefix(s, "<<<") {
		return ""
	}
	return s
}

// podForm says which labels name the pod that holds a device.
type podForm string

// The forms. Plain labels are the workload's with honor_labels=true, and the
// exporter's own without; only isExporter can tell.
const (
	formNone     podForm = ""
	formExported podForm = "exported_pod"
	formOld      podForm = "pod_name"
	formPlain    podForm = "pod"
)

// holder is the pod that the labels name, and by which labels.
func (l labels) holder() (fleet.Ref, podForm) {
	form := formNone
	var pod, namespace string
	switch {
	case l["exported_pod"] != "":
		form, pod, namespace = formExported, l["exported_pod"], l.first("exported_namespace", "namespace")
	case l["pod_name"] != "":
		form, pod, namespace = formOld, l["pod_name"], l.first("pod_namespace", "exported_namespace", "namespace")
	case l["pod"] != "":
		// exported_namespace without exported_pod: the target carries a namespace label but no pod label.
		form, pod, namespace = formPlain, l["pod"], l.first("exported_namespace", "namespace")
	default:
		return fleet.Ref{}, formNone
	}
	return fleet.Ref{Kind: "Pod", Namespace: fleet.Clean(namespace, maxName), Name: fleet.Clean(pod, maxName)}, form
}

// isExporter tells that plain pod labels are the exporter's own: the Helm
// chart's container is "exporter", the GPU operator's "nvidia-dcgm-exporter".
func (l labels) isExporter() bool {
	return l["container"] == "exporter" || namesExporter(l["container"]) || namesExporter(l["pod"])
}

func namesExporter(s string) bool {
	return strings.Contains(s, "dcgm-exporter") || strings.Contains(s, "gpu-metrics-exporter")
}
