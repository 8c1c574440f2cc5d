package submit

import (
	"testing"

	"paddock/kube/kinds"
)

// What a manifest asks for and what nodes and pods are counted by must be the
// same devices, though the two packages can't share the list.
func TestDevicesAreThoseThatAreCounted(t *testing.T) {
	for name, want := range map[string]bool{
		"nvidia.com/gpu": true, "nvidia.com/gpu.shared": true, "nvidia.com/pgpu": true, "nvidia.com/mig-1g.10gb": true, "amd.com/gpu": true,
		"gpu.intel.com/i915": true, "gpu.intel.com/xe": true, "habana.ai/gaudi": true, "huawei.com/Ascend910": true, "huawei.com/Ascend910B2": true, "huawei.com/Ascend310P": true,
		"hygon.com/hcunum": true, "hygon.com/dcunum": true, "hygon.com/dcu": true, "kunlunxin.com/xpu": true, "kunlunxin.com/vxpu": true,
		"cambricon.com/vmlu": true, "cambricon.com/mlu": true, "cambricon.com/mlu370": true, "metax-tech.com/sgpu": true, "mthreads.com/vgpu": true,
		"birentech.com/gpu": true, "iluvatar.com/gpu": true, "enflame.com/gcu": true, "enflame.com/drs-gcu": true, "vastaitech.com/va": true, "google.com/tpu": true,
		"aws.amazon.com/neuron": true, "aws.amazon.com/neurondevice": true,

		"cpu": false, "memory": false, "gpu": false, "nvidia.com/gpumem": false, "nvidia.com/gpumem-percentage": false, "nvidia.com/gpucores": false, "nvidia.com/priority": false,
		"huawei.com/Ascend910B-memory": false, "hygon.com/hcumem": false, "hygon.com/hcucores": false, "kunlunxin.com/vxpu-memory": false, "cambricon.com/mlu.smlu.vmemory": false,
		"metax-tech.com/vcore": false, "rdma/hca": false, "smarter-devices/fuse": false, "hugepages-2Mi": false, "ephemeral-storage": false, "node.kubernetes.io/gpu": false,
		"aws.amazon.com/neuroncore": false,
	} {
		if got := accelerator(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
		if got := kinds.Accelerator(name); got != want {
			t.Errorf("%s: %v where devices are counted", name, got)
		}
	}
}
