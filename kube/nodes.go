package kube

import (
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"paddock/fleet"
	"paddock/kube/kinds"
)

// GPU feature discovery's node labels; see its docs/gpu-feature-discovery/README.md.
const (
	labelProduct  = "nvidia.com/gpu.product"
	labelCount    = "nvidia.com/gpu.count"
	labelMemory   = "nvidia.com/gpu.memory" // MiB
	labelReplicas = "nvidia.com/gpu.replicas"
	labelMIG      = "nvidia.com/mig.strategy"
)

// convertNode reads a node.
func convertNode(n *corev1.Node, in interner) *fleet.NodeObject {
	l := n.Labels
	out := &fleet.NodeObject{
		Name:      n.Name,
		UID:       string(n.UID),
		Created:   n.CreationTimestamp.Time,
		Cordoned:  n.Spec.Unschedulable,
		GPUCount:  labelNumber(l, labelCount, -1),
		GPUMemory: int64(labelNumber(l, labelMemory, 0)) << 20,
		Shared:    labelNumber(l, labelReplicas, 0),
		Product:   in.of(first(l, labelProduct, "amd.com/gpu.product-name", "node.kubernetes.io/npu.chip.name", "accelerator")),
		Driver:    in.of(nvidiaVersion(l, "driver")),
		CUDA:      in.of(nvidiaVersion(l, "runtime")),
		MIG:       in.of(l[labelMIG]),
		CPU:       n.Status.Allocatable.Cpu().MilliValue(),
		Memory:    n.Status.Allocatable.Memory().Value(),
		Pool: in.of(first(l, "cloud.google.com/gke-nodepool", "eks.amazonaws.com/nodegroup", "karpenter.sh/nodepool",
			"kubernetes.azure.com/agentpool", "agentpool", "node.kubernetes.io/nodepool", "alibabacloud.com/nodepool-id",
			"node.kubernetes.io/instance-type")),
		Zone:     in.of(first(l, corev1.LabelTopologyZone, corev1.LabelFailureDomainBetaZone)),
		Kubelet:  in.of(fleet.Clean(n.Status.NodeInfo.KubeletVersion, reasonLimit)),
		Hostname: l[corev1.LabelHostname],
	}
	out.Capacity, out.Resource = kinds.Devices(n.Status.Capacity)
	out.Allocatable, _ = kinds.Devices(n.Status.Allocatable)
	out.Taints = taints(n.Spec.Taints)
	for _, a := range n.Status.Addresses {
		if a.Type == corev1.NodeInternalIP && out.Address == "" {
			out.Address = fleet.Clean(a.Address, reasonLimit)
		}
	}
	nodeConditions(out, n.Status.Conditions, in)
	return out
}

func nodeConditions(out *fleet.NodeObject, list []corev1.NodeCondition, in interner) {
	for i := range list {
		c := &list[i]
		yes := c.Status == corev1.ConditionTrue
		switch {
		case c.Type == corev1.NodeReady:
			out.Ready, out.ReadySince = yes, c.LastTransitionTime.Time
			if !yes {
				out.Reason = in.of(fleet.Clean(c.Reason, reasonLimit))
				out.Message = in.of(fleet.Clean(c.Message, messageLimit))
			}
		case yes && (strings.HasSuffix(string(c.Type), "Pressure") || c.Type == corev1.NodeNetworkUnavailable):
			out.Pressure = append(out.Pressure, in.of(fleet.Clean(string(c.Type), reasonLimit)))
		}
	}
}

// taints lists the taints that people set; the node controller's own repeat
// what the conditions and the cordon say.
func taints(list []corev1.Taint) []string {
	var out []string
	for _, t := range list {
		if strings.HasPrefix(t.Key, "node.kubernetes.io/") {
			continue
		}
		s := t.Key
		if t.Value != "" {
			s += "=" + t.Value
		}
		out = append(out, fleet.Clean(s+":"+string(t.Effect), imageLimit))
	}
	return out
}

// nvidiaVersion reads the version of the driver, or of the newest CUDA runtime
// that the driver supports, from the labels of now ("...-version.full") or
// from the parts that older releases set, where the last one may be empty.
func nvidiaVersion(l map[string]string, what string) string {
	prefix := "nvidia.com/cuda." + what
	if full := l[prefix+"-version.full"]; full != "" {
		return full
	}
	for _, parts := range [][]string{
		{prefix + "-version.major", prefix + "-version.minor", prefix + "-version.revision"},
		{prefix + ".major", prefix + ".minor", prefix + ".rev"},
	} {
		var set []string
		for _, p := range parts {
			if v := l[p]; v != "" {
				set = append(set, v)
			}
		}
		if len(set) > 0 {
			return strings.Join(set, ".")
		}
	}
	return ""
}

func labelNumber(l map[string]string, label string, missing int) int {
	n, err := strconv.Atoi(l[label])
	if err != nil || n < 0 {
		return missing
	}
	return n
}

// first is the first of these that is set.
func first(set map[string]string, names ...string) string {
	for _, n := range names {
		if v := set[n]; v != "" {
			return v
		}
	}
	return ""
}
