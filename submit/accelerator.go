package submit

import "strings"

// accelerator tells whether a resource counts devices that train. A recipe may
// name any; in a manifest only those are known to be GPUs whose last word says so
// (the vendors' device plugins, HAMi's charts/hami/values.yaml), and what
// vendors count beside them, their memory and cores, is left out.
func accelerator(name string) bool {
	domain, what, ok := strings.Cut(strings.ToLower(name), "/")
	if !ok || domain == "kubernetes.io" || strings.HasSuffix(domain, ".kubernetes.io") {
		return false
	}
	for _, amount := range []string{"mem", "memory", "core", "cores", "percentage", "priority"} {
		if strings.HasSuffix(what, amount) {
			return false
		}
	}
	for _, device := range []string{"gpu", "gpu.shared", "xpu", "npu", "tpu", "gcu", "drs-gcu", "hcunum", "dcunum", "dcu", "mlu", "vmlu", "gaudi", "neuron", "neurondevice", "i915", "xe", "va"} {
		if what == device || what == "v"+device || what == "p"+device || what == "s"+device {
			return true
		}
	}
	return strings.HasPrefix(what, "mig-") || strings.HasPrefix(what, "ascend") || strings.HasPrefix(what, "mlu")
}
