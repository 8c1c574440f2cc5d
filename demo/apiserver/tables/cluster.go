package tables

import (
	"fmt"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
)

func (p printer) node(o *core.Node) []any {
	status := "Unknown"
	for _, c := range o.Status.Conditions {
		if c.Type == core.NodeReady {
			status = "NotReady"
			if c.Status == core.ConditionTrue {
				status = "Ready"
			}
		}
	}
	if o.Spec.Unschedulable {
		status += ",SchedulingDisabled"
	}
	info := o.Status.NodeInfo
	kernel := orUnknown(info.KernelVersion)
	if info.Architecture != "" {
		kernel += " (" + info.Architecture + ")"
	}
	return []any{
		o.Name, status, orNone(strings.Join(roles(o), ",")), p.since(o.CreationTimestamp), info.KubeletVersion,
		address(o, core.NodeInternalIP), address(o, core.NodeExternalIP), orUnknown(info.OSImage), kernel, orUnknown(info.ContainerRuntimeVersion),
	}
}

func orUnknown(s string) string {
	if s == "" {
		return "<unknown>"
	}
	return s
}

func address(o *core.Node, kind core.NodeAddressType) string {
	for _, a := range o.Status.Addresses {
		if a.Type == kind {
			return a.Address
		}
	}
	return "<none>"
}

func roles(o *core.Node) []string {
	var found []string
	for k, v := range o.Labels {
		if role, ok := strings.CutPrefix(k, "node-role.kubernetes.io/"); ok && role != "" {
			found = append(found, role)
		} else if k == "kubernetes.io/role" && v != "" {
			found = append(found, v)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func (p printer) service(o *core.Service) []any {
	ip := "<none>"
	if len(o.Spec.ClusterIPs) > 0 {
		ip = o.Spec.ClusterIPs[0]
	}
	var ports []string
	for _, port := range o.Spec.Ports {
		if port.NodePort > 0 {
			ports = append(ports, fmt.Sprintf("%d:%d/%s", port.Port, port.NodePort, port.Protocol))
		} else {
			ports = append(ports, fmt.Sprintf("%d/%s", port.Port, port.Protocol))
		}
	}
	return []any{
		o.Name, string(o.Spec.Type), ip, externalIP(o), orNone(strings.Join(ports, ",")), p.since(o.CreationTimestamp),
		labels.FormatLabels(o.Spec.Selector),
	}
}

func externalIP(o *core.Service) string {
	addresses := o.Spec.ExternalIPs
	switch o.Spec.Type {
	case core.ServiceTypeExternalName:
		return o.Spec.ExternalName
	case core.ServiceTypeLoadBalancer:
		var balancers []string
		for _, b := range o.Status.LoadBalancer.Ingress {
			if b.IP != "" {
				balancers = append(balancers, b.IP)
			} else if b.Hostname != "" {
				balancers = append(balancers, b.Hostname)
			}
		}
		if addresses = append(balancers, addresses...); len(addresses) == 0 {
			return "<pending>"
		}
	}
	return orNone(strings.Join(addresses, ","))
}

func (p printer) claim(o *core.PersistentVolumeClaim) []any {
	phase, capacity, modes, class := string(o.Status.Phase), "", "", ""
	if o.DeletionTimestamp != nil {
		phase = "Terminating"
	}
	if o.Spec.VolumeName != "" {
		q := o.Status.Capacity[core.ResourceStorage]
		capacity, modes = q.String(), accessModes(o.Status.AccessModes)
	}
	if o.Spec.StorageClassName != nil {
		class = *o.Spec.StorageClassName
	}
	return []any{
		o.Name, phase, o.Spec.VolumeName, capacity, modes, class,
		orUnset(o.Spec.VolumeAttributesClassName), p.since(o.CreationTimestamp), orUnset((*string)(o.Spec.VolumeMode)),
	}
}

func (p printer) volume(o *core.PersistentVolume) []any {
	phase, claim := string(o.Status.Phase), ""
	if o.DeletionTimestamp != nil {
		phase = "Terminating"
	}
	if c := o.Spec.ClaimRef; c != nil {
		claim = c.Namespace + "/" + c.Name
	}
	q := o.Spec.Capacity[core.ResourceStorage]
	return []any{
		o.Name, q.String(), accessModes(o.Spec.AccessModes), string(o.Spec.PersistentVolumeReclaimPolicy), phase, claim,
		o.Spec.StorageClassName, orUnset(o.Spec.VolumeAttributesClassName), o.Status.Reason, p.since(o.CreationTimestamp),
		orUnset((*string)(o.Spec.VolumeMode)),
	}
}

func orUnset(s *string) string {
	if s == nil {
		return "<unset>"
	}
	return *s
}

// accessModes abbreviates modes, in the order of the real helper.
func accessModes(modes []core.PersistentVolumeAccessMode) string {
	var short []string
	for _, known := range []struct {
		mode core.PersistentVolumeAccessMode
		name string
	}{{core.ReadWriteOnce, "RWO"}, {core.ReadOnlyMany, "ROX"}, {core.ReadWriteMany, "RWX"}, {core.ReadWriteOncePod, "RWOP"}} {
		if slices.Contains(modes, known.mode) {
			short = append(short, known.name)
		}
	}
	return strings.Join(short, ",")
}
