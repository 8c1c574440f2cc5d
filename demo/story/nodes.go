package story

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/demo/dcgm"
	"paddock/demo/metrics"
)

// machine is a kind of node with eight GPUs.
type machine struct {
	label, pool  string // the label that GPU feature discovery gives its GPUs, and the site's own
	driver, cuda string // the newest CUDA that the driver supports: NVIDIA's table of toolkits and drivers
	name         string // of the chassis
	cores        int
	memory       string
}

// The pools: for whole-node training, for everything else, and the older
// nodes, two of which still wait for a newer driver.
func pretrain() machine {
	return machine{label: "NVIDIA-A100-SXM4-80GB", pool: "pretrain", driver: "550.90.07", cuda: "12.4", name: "DGXA100-920-23687-2530-000", cores: 128, memory: "1056Gi"}
}

func shared() machine {
	m := pretrain()
	m.pool = "shared"
	return m
}

func v100() machine {
	return machine{label: "Tesla-V100-SXM2-32GB", pool: "v100", driver: "535.161.08", cuda: "12.2", name: "DGX-1", cores: 128, memory: "1056Gi"}
}

func legacy() machine {
	m := v100()
	m.pool, m.driver, m.cuda = "legacy", "418.87.01", "10.1"
	return m
}

// The nodes that differ from their like.
const (
	brokenNode   = "a100-15" // one of its GPUs has fallen off the bus
	cordonedNode = "a100-16" // taken out of service for its maintenance
	brokenGPU    = 7         // the last one: those before it are given to pods
)

// nodes are all machines of the cluster.
func nodes(now time.Time) []*core.Node {
	var all []*core.Node
	add := func(count int, m machine) {
		for range count {
			number := len(all) + 1
			name := fmt.Sprintf("a100-%02d", number)
			if number > 16 {
				name = fmt.Sprintf("v100-%02d", number-16)
			}
			all = append(all, m.node(name, number, now))
		}
	}
	add(8, pretrain())
	add(8, shared())
	add(6, v100())
	add(2, legacy())
	for _, n := range all {
		switch n.Name {
		case brokenNode:
			n.Annotations[metrics.XIDs] = fmt.Sprintf("%d=79", brokenGPU)
			n.Status.Allocatable["nvidia.com/gpu"] = resource.MustParse("7") // the device plugin gives it to nobody
		case cordonedNode:
			n.Spec.Unschedulable = true
		}
	}
	return all
}

func (m machine) node(name string, number int, now time.Time) *core.Node {
	labels := map[string]string{
		core.LabelHostname: name, core.LabelOSStable: "linux", core.LabelArchStable: "amd64", core.LabelTopologyZone: "zone-" + string("ab"[number%2]),
		core.LabelInstanceTypeStable: strings.ToLower(m.label[strings.LastIndex(m.label[:12], "-")+1:]), "example.com/pool": m.pool,
	}
	maps.Copy(labels, m.discovered(now))
	capacity := core.ResourceList{
		core.ResourceCPU: *resource.NewQuantity(int64(m.cores), resource.DecimalSI), core.ResourceMemory: resource.MustParse(m.memory),
		core.ResourcePods: resource.MustParse("110"), core.ResourceEphemeralStorage: resource.MustParse("3500Gi"), "nvidia.com/gpu": resource.MustParse("8"),
	}
	return &core.Node{
		ObjectMeta: meta.ObjectMeta{Name: name, Labels: labels, Annotations: map[string]string{}},
		Spec:       core.NodeSpec{ProviderID: "metal://" + name, PodCIDR: fmt.Sprintf("10.244.%d.0/24", number)},
		Status: core.NodeStatus{
			Capacity: capacity, Allocatable: capacity.DeepCopy(), Conditions: conditions(now),
			Addresses: []core.NodeAddress{{Type: core.NodeInternalIP, Address: fmt.Sprintf("10.0.1.%d", number)}, {Type: core.NodeHostName, Address: name}},
			NodeInfo: core.NodeSystemInfo{
				KubeletVersion: "v1.37.2", ContainerRuntimeVersion: "containerd://2.1.4", OSImage: "Ubuntu 22.04.5 LTS",
				KernelVersion: "5.15.0-122-generic", OperatingSystem: "linux", Architecture: "amd64",
			},
		},
	}
}

// conditions are those of a healthy node.
func conditions(now time.Time) []core.NodeCondition {
	at := meta.NewTime(now.Truncate(time.Second))
	condition := func(kind core.NodeConditionType, status core.ConditionStatus, reason, message string) core.NodeCondition {
		return core.NodeCondition{Type: kind, Status: status, Reason: reason, Message: message, LastHeartbeatTime: at, LastTransitionTime: at}
	}
	return []core.NodeCondition{
		condition(core.NodeMemoryPressure, core.ConditionFalse, "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
		condition(core.NodeDiskPressure, core.ConditionFalse, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
		condition(core.NodePIDPressure, core.ConditionFalse, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
		condition(core.NodeReady, core.ConditionTrue, "KubeletReady", "kubelet is posting ready status"),
	}
}

// discovered are the labels that GPU feature discovery writes
// (k8s-device-plugin docs/gpu-feature-discovery/README.md). The old nodes run
// an old one, which knows the first names only.
func (m machine) discovered(now time.Time) map[string]string {
	model, _ := dcgm.FindModel(m.label) // a test knows that it is there
	driver, runtime, compute := strings.Split(m.driver, "."), strings.Split(m.cuda, "."), strings.Split(model.Compute, ".")
	labels := map[string]string{
		"nvidia.com/gpu.present": "true", "nvidia.com/gpu.product": m.label, "nvidia.com/gpu.family": model.Family, "nvidia.com/gpu.machine": m.name,
		"nvidia.com/gpu.count": "8", "nvidia.com/gpu.memory": strconv.Itoa(model.MemoryMiB), "nvidia.com/gpu.replicas": "1",
		"nvidia.com/gpu.sharing-strategy": "none", "nvidia.com/gpu.mode": "compute", "nvidia.com/gfd.timestamp": strconv.FormatInt(now.Unix(), 10),
		"nvidia.com/gpu.compute.major": compute[0], "nvidia.com/gpu.compute.minor": compute[1],
		"nvidia.com/cuda.driver.major": driver[0], "nvidia.com/cuda.driver.minor": driver[1], "nvidia.com/cuda.driver.rev": driver[2],
		"nvidia.com/cuda.runtime.major": runtime[0], "nvidia.com/cuda.runtime.minor": runtime[1],
		"nvidia.com/mig.capable": strconv.FormatBool(model.MIG), "nvidia.com/mps.capable": "false",
		"nvidia.com/gpu.deploy.dcgm-exporter": "true", "nvidia.com/gpu.deploy.device-plugin": "true", "nvidia.com/gpu.deploy.gpu-feature-discovery": "true",
	}
	if m.pool != legacy().pool {
		maps.Copy(labels, map[string]string{
			"nvidia.com/cuda.driver-version.full": m.driver, "nvidia.com/cuda.driver-version.major": driver[0],
			"nvidia.com/cuda.driver-version.minor": driver[1], "nvidia.com/cuda.driver-version.revision": driver[2],
			"nvidia.com/cuda.runtime-version.full": m.cuda, "nvidia.com/cuda.runtime-version.major": runtime[0], "nvidia.com/cuda.runtime-version.minor": runtime[1],
		})
	}
	return labels
}
