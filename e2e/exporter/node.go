package exporter

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	core "k8s.io/api/core/v1"

	"paddock/demo/dcgm"
	"paddock/e2e/sim"
)

// ParseDialect checks the words of the annotation sim.Exporter: those of
// dcgm.ParseDialect, and honor or nohonor for how Prometheus scrapes the node.
func ParseDialect(text string) (dialect dcgm.Dialect, err error) {
	dialect, _, err = splitDialect(text, false)
	return dialect, err
}

func splitDialect(text string, honor bool) (dcgm.Dialect, bool, error) {
	var words []string
	for word := range strings.SplitSeq(text, ",") {
		switch strings.TrimSpace(word) {
		case "honor":
			honor = true
		case "nohonor":
			honor = false
		default:
			words = append(words, word)
		}
	}
	dialect, err := dcgm.ParseDialect(strings.Join(words, ","))
	return dialect, honor, err
}

// nodeSpec reads a node's hardware from its labels, as GPU feature discovery
// writes them, and its simulation from its annotations. A spec of no GPUs is a
// node without.
func (e *Exporter) nodeSpec(n *core.Node) (dcgm.Spec, bool, error) {
	count := atoi(n.Labels["nvidia.com/gpu.count"])
	if count == 0 {
		return dcgm.Spec{}, false, nil
	}
	model, ok := dcgm.FindModel(n.Labels["nvidia.com/gpu.product"])
	var err error
	if !ok {
		model = dcgm.Models()[0]
		err = fmt.Errorf("unknown product %q", n.Labels["nvidia.com/gpu.product"])
	}
	words, chosen := n.Annotations[sim.Exporter]
	if !chosen {
		words = e.options.Dialect
	}
	dialect, honor, dialectErr := splitDialect(words, e.options.HonorLabels)
	return dcgm.Spec{
		Name: n.Name, Model: model, Driver: driver(n.Labels), GPUs: count,
		MIG: list(n.Annotations[sim.MIG]), Replicas: atoi(n.Annotations[sim.Replicas]),
		Seed: e.options.Seed, Dialect: dialect, ExporterPod: exporterPod(n.Name),
		XIDs: xids(n.Annotations[sim.XIDs]), Missing: numbers(n.Annotations[sim.Missing]),
	}, honor, errors.Join(err, dialectErr)
}

func driver(labels map[string]string) string {
	if full := labels["nvidia.com/cuda.driver-version.full"]; full != "" {
		return full
	}
	parts := []string{labels["nvidia.com/cuda.driver.major"], labels["nvidia.com/cuda.driver.minor"]}
	if rev := labels["nvidia.com/cuda.driver.rev"]; rev != "" {
		parts = append(parts, rev)
	}
	return strings.Join(parts, ".")
}

// exporterPod is the name of the exporter's own pod, of the DaemonSet
// nvidia-dcgm-exporter.
func exporterPod(node string) string {
	const letters = "bcdfghjklmnpqrstvwxz2456789"
	h, suffix := uint64(1469598103934665603), make([]byte, 5)
	for i := range len(node) {
		h = (h ^ uint64(node[i])) * 1099511628211
	}
	for i := range suffix {
		suffix[i] = letters[h%uint64(len(letters))]
		h /= uint64(len(letters))
	}
	return "nvidia-dcgm-exporter-" + string(suffix)
}

func xids(text string) map[int]int {
	found := map[int]int{}
	for _, pair := range list(text) {
		gpu, xid, _ := strings.Cut(pair, "=")
		found[atoi(gpu)] = atoi(xid)
	}
	return found
}

func numbers(text string) []int {
	var found []int
	for _, word := range list(text) {
		found = append(found, atoi(word))
	}
	return found
}

func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// atoi reads a number; what is none counts as 0, as if it were not there.
func atoi(text string) int {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return 0
	}
	return n
}
