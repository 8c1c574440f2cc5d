package kinds

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

func TestAccelerator(t *testing.T) {
	for name, want := range map[string]bool{
		"nvidia.com/gpu":                   true,
		"nvidia.com/gpu.shared":            true,
		"nvidia.com/mig-1g.10gb":           true,
		"nvidia.com/mig-1g.10gb.shared":    true,
		"amd.com/gpu":                      true,
		"huawei.com/Ascend910":             true,
		"huawei.com/Ascend910B4":           true,
		"hygon.com/hcunum":                 true,
		"hygon.com/dcunum":                 true,
		"kunlunxin.com/vxpu":               true,
		"cambricon.com/vmlu":               true,
		"nvidia.com/gpumem":                false,
		"nvidia.com/gpumem-percentage":     false,
		"nvidia.com/gpucores":              false,
		"nvidia.com/priority":              false,
		"huawei.com/Ascend910B-memory":     false,
		"hygon.com/hcumem":                 false,
		"hygon.com/hcucores":               false,
		"kunlunxin.com/vxpu-memory":        false,
		"cambricon.com/mlu.smlu.vmemory":   false,
		"cambricon.com/mlu370.smlu.vcore":  false,
		"rdma/hca_shared_devices_a":        false,
		"smarter-devices/fuse":             false,
		"cpu":                              false,
		"hugepages-2Mi":                    false,
		"requests.nvidia.com/gpu":          false,
		"attachable-volumes-csi-ebs.a.com": false,
	} {
		if got := Accelerator(name); got != want {
			t.Errorf("Accelerator(%q) = %v, want %v", name, got, want)
		}
	}
}

func list(pairs ...string) corev1.ResourceList {
	out := corev1.ResourceList{}
	for i := 0; i < len(pairs); i += 2 {
		out[corev1.ResourceName(pairs[i])] = resource.MustParse(pairs[i+1])
	}
	return out
}

func container(limits, requests corev1.ResourceList) corev1.Container {
	return corev1.Container{Resources: corev1.ResourceRequirements{Limits: limits, Requests: requests}}
}

func TestRequests(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	sidecar := container(nil, list("cpu", "500m"))
	sidecar.RestartPolicy = &always
	for _, c := range []struct {
		name string
		spec corev1.PodSpec
		want Request
	}{
		{"containers add up", corev1.PodSpec{Containers: []corev1.Container{
			container(list("nvidia.com/gpu", "2"), list("nvidia.com/gpu", "2", "cpu", "4", "memory", "1Gi")),
			container(list("nvidia.com/gpu", "1"), list("cpu", "1")),
		}}, Request{3, "nvidia.com/gpu", 5000, 1 << 30}},
		{"limits alone count", corev1.PodSpec{Containers: []corev1.Container{
			container(list("amd.com/gpu", "8"), nil),
		}}, Request{8, "amd.com/gpu", 0, 0}},
		{"the larger of init and main", corev1.PodSpec{
			InitContainers: []corev1.Container{container(nil, list("cpu", "8"))},
			Containers:     []corev1.Container{container(list("nvidia.com/gpu", "1"), list("cpu", "2"))},
		}, Request{1, "nvidia.com/gpu", 8000, 0}},
		{"a sidecar stays beside the main one", corev1.PodSpec{
			InitContainers: []corev1.Container{sidecar},
			Containers:     []corev1.Container{container(nil, list("cpu", "2"))},
		}, Request{0, "", 2500, 0}},
		{"slices of one kind and whole devices", corev1.PodSpec{Containers: []corev1.Container{
			container(list("nvidia.com/mig-1g.10gb", "3", "nvidia.com/gpu", "1", "nvidia.com/gpumem", "3000"), nil),
		}}, Request{4, "nvidia.com/mig-1g.10gb", 0, 0}},
	} {
		if got := Requests(&c.spec); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}
