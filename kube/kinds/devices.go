package kinds

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Accelerator tells whether an extended resource counts devices that train:
// whole GPUs and NPUs, MIG slices and shares of them. The list is an
// allow-list, because a domain alone proves nothing (rdma/hca, smarter-devices/fuse),
// and vendors hang quantities beside their devices (gpumem, vxpu-memory,
// hcucores) that are megabytes or percent, not devices.
//
// Sources: k8s-device-plugin's README, HAMi's charts/hami/values.yaml, the
// vendors' device plugins.
func Accelerator(resource string) bool {
	domain, name, ok := strings.Cut(resource, "/")
	if !ok {
		return false
	}
	switch domain {
	case "nvidia.com":
		return name == "gpu" || name == "gpu.shared" || name == "pgpu" || strings.HasPrefix(name, "mig-")
	case "amd.com":
		return name == "gpu"
	case "gpu.intel.com":
		return name == "i915" || name == "xe"
	case "habana.ai":
		return name == "gaudi"
	case "huawei.com":
		return strings.HasPrefix(name, "Ascend") && !quantity(name)
	case "hygon.com":
		return name == "hcunum" || name == "dcunum" || name == "dcu"
	case "kunlunxin.com":
		return name == "xpu" || name == "vxpu"
	case "cambricon.com":
		return name == "vmlu" || name == "mlu" || strings.HasPrefix(name, "mlu") && !quantity(name)
	case "metax-tech.com":
		return name == "gpu" || name == "sgpu"
	case "mthreads.com":
		return name == "gpu" || name == "vgpu"
	case "iluvatar.com", "iluvatar.ai", "birentech.com":
		return name == "gpu" || name == "vgpu"
	case "enflame.com":
		return name == "gcu" || name == "drs-gcu"
	case "vastaitech.com":
		return name == "va"
	case "google.com":
		return name == "tpu"
	case "aws.amazon.com":
		return name == "neuron" || name == "neurondevice"
	}
	return false
}

// quantity tells whether the last word of a resource name is an amount of
// something on a device.
func quantity(name string) bool {
	for _, suffix := range []string{"memory", "mem", "cores", "core", "percentage"} {
		if strings.HasSuffix(strings.ToLower(name), suffix) {
			return true
		}
	}
	return false
}

// Devices counts the accelerators in a list of resources, and names the one
// that there is most of.
func Devices(list corev1.ResourceList) (n int, resource string) {
	most := int64(0)
	for name, q := range list {
		if !Accelerator(string(name)) {
			continue
		}
		v := q.Value()
		n += int(v)
		if v > most || v == most && (resource == "" || string(name) < resource) {
			most, resource = v, string(name)
		}
	}
	return n, resource
}

// Request is what a pod asks for in all.
type Request struct {
	Devices  int
	Resource string // that Devices counts most of
	CPU      int64  // millicores
	Memory   int64  // bytes
}

// Requests sums what the containers of a pod ask for, as the scheduler does:
// init containers run one after the other, so the largest counts, except
// sidecars (restartPolicy Always), which stay. Accelerators are read from the
// limits: for extended resources these equal the requests, and people often
// write the limits only.
func Requests(spec *corev1.PodSpec) Request {
	var sum, peak Request
	for i := range spec.InitContainers {
		c := &spec.InitContainers[i]
		r := request(&c.Resources)
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			sum = sum.plus(r)
			continue
		}
		peak = peak.max(r.plus(sum))
	}
	for i := range spec.Containers {
		sum = sum.plus(request(&spec.Containers[i].Resources))
	}
	return sum.max(peak)
}

func request(r *corev1.ResourceRequirements) Request {
	var out Request
	out.Devices, out.Resource = Devices(r.Limits)
	if out.Devices == 0 {
		out.Devices, out.Resource = Devices(r.Requests)
	}
	out.CPU = r.Requests.Cpu().MilliValue()
	out.Memory = r.Requests.Memory().Value()
	return out
}

func (r Request) plus(o Request) Request {
	if o.Devices > r.Devices {
		r.Resource = o.Resource
	}
	r.Devices += o.Devices
	r.CPU += o.CPU
	r.Memory += o.Memory
	return r
}

func (r Request) max(o Request) Request {
	if o.Devices > r.Devices {
		r.Devices, r.Resource = o.Devices, o.Resource
	}
	r.CPU = max(r.CPU, o.CPU)
	r.Memory = max(r.Memory, o.Memory)
	return r
}
