package training

import (
	"strconv"
	"strings"

	core "k8s.io/api/core/v1"
)

// driverOf is the NVIDIA driver of a node, from the labels that GPU feature
// discovery writes now or wrote once (its docs/gpu-feature-discovery/README.md);
// empty: the node has none.
func driverOf(node *core.Node) string {
	if full := node.Labels["nvidia.com/cuda.driver-version.full"]; full != "" {
		return full
	}
	var parts []string
	for _, part := range [...]string{"major", "minor", "rev"} {
		if v := node.Labels["nvidia.com/cuda.driver."+part]; v != "" {
			parts = append(parts, v)
		}
	}
	return strings.Join(parts, ".")
}

// newestCUDA is the newest CUDA that a node's driver knows: "12.2".
func newestCUDA(node *core.Node) string {
	if full := node.Labels["nvidia.com/cuda.runtime-version.full"]; full != "" {
		return full
	}
	return node.Labels["nvidia.com/cuda.runtime.major"] + "." + node.Labels["nvidia.com/cuda.runtime.minor"]
}

// driverFloor is the oldest driver on which programs built with a CUDA run:
// from 11 on that of the major version, before it each version's own
// (docs.nvidia.com/deploy/cuda-compatibility, CUDA Toolkit release notes).
func driverFloor(cuda string) string {
	major, _, _ := strings.Cut(cuda, ".")
	switch {
	case cuda == "":
		return "0"
	case major == "13":
		return "580.65.06"
	case major == "12":
		return "525.60.13"
	case major == "11":
		return "450.80.02"
	case cuda == "10.2":
		return "440.33"
	case cuda == "10.1":
		return "418.39"
	default:
		return "410.48"
	}
}

// older compares versions part by part, as numbers.
func older(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(as), len(bs)) {
		x, y := part(as, i), part(bs, i)
		if x != y {
			return x < y
		}
	}
	return false
}

func part(parts []string, i int) int {
	if i >= len(parts) {
		return 0
	}
	n, _ := strconv.Atoi(parts[i]) // what is no number counts as none
	return n
}
