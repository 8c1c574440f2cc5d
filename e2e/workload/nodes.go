package workload

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"paddock/demo/dcgm"
	"paddock/e2e/sim"
)

// machine is a kind of node.
type machine struct {
	product     string // a model of package dcgm; empty: no GPUs
	driver      string // 535.161.08
	cuda        string // the newest CUDA that the driver supports
	gpus        int
	broken      int // GPUs that the device plugin reports unhealthy
	cordoned    bool
	dedicated   bool              // tainted: only jobs that name the node run there
	mig         []string          // the slices of each GPU
	replicas    int               // time slicing
	annotations map[string]string // see package sim
}

// The drivers: two that are too old for CUDA 11.8, and two that are not.
// cuda is from NVIDIA's table of CUDA and driver versions.
func a100() machine {
	return machine{product: "NVIDIA-A100-SXM4-80GB", driver: "535.161.08", cuda: "12.2", gpus: 8}
}
func h100() machine {
	return machine{product: "NVIDIA-H100-80GB-HBM3", driver: "550.90.07", cuda: "12.4", gpus: 8}
}
func v100() machine {
	return machine{product: "Tesla-V100-SXM2-32GB", driver: "418.87.01", cuda: "10.1", gpus: 8}
}
func t4() machine {
	return machine{product: "Tesla-T4", driver: "470.82.01", cuda: "11.4", gpus: 4}
}
func l40s() machine {
	return machine{product: "NVIDIA-L40S", driver: "550.90.07", cuda: "12.4", gpus: 8}
}

func (m machine) with(key, value string) machine {
	m.annotations = maps.Clone(m.annotations)
	if m.annotations == nil {
		m.annotations = map[string]string{}
	}
	m.annotations[key] = value
	return m
}

// The nodes that scenarios need by name.
const (
	oldDriverNode    = "gpu-002"
	renamedNode      = "gpu-004"
	lostNode         = "gpu-007"
	migNode          = "gpu-008"
	sharedNode       = "gpu-009"
	exporterDownNode = "gpu-010"
	noPodLabelsNode  = "gpu-012"
)

// dedicatedTaint keeps all but the jobs that name a node away from it.
const dedicatedTaint = "paddock.example/dedicated"

// varied are the first nodes of a cluster that is not plain; what matters most
// comes first, because a small cluster has only some of them.
func varied() []machine {
	// Lost and unmeasured nodes have a product of their own, so that only the
	// jobs that are meant for them run there.
	cordoned, broken, mig, shared := a100(), h100(), a100(), l40s()
	renamed, noPodLabels := h100(), v100() // each for one job that takes all of it
	renamed.dedicated, noPodLabels.dedicated = true, true
	cordoned.cordoned = true
	broken.broken = 1
	mig.mig = []string{"3g.40gb", "1g.10gb", "1g.10gb", "1g.10gb", "1g.10gb"}
	shared.replicas = 4
	return []machine{
		a100(),
		v100(),
		a100().with(sim.Exporter, "honor"),
		renamed.with(sim.Exporter, "renamed"),
		cordoned,
		t4().with(sim.Exporter, "blanks,emptypods"),
		l40s(), // lost, once its pods run
		mig,
		shared.with(sim.Exporter, "vgpu,hostname"),
		l40s().with(sim.Exporter, "down"),
		broken.with(sim.XIDs, "6=63").with(sim.Missing, "3"),
		noPodLabels.with(sim.Exporter, "nopods"),
		a100(),
		h100(),
	}
}

// machineAt is the node number i of a cluster.
func (o Options) machineAt(i int) machine {
	if special := varied(); !o.Plain && i < len(special) {
		return special[i]
	}
	m := a100()
	switch {
	case i%20 == 19: // one in twenty waits for its new driver
		m.driver, m.cuda = "470.82.01", "11.4"
	case i%4 == 3:
		m = h100()
	}
	m.gpus = o.GPUsPerNode
	return m
}

func nodeName(i int) string { return fmt.Sprintf("gpu-%03d", i+1) }

func (l *Load) createNodes(ctx context.Context) error {
	cpuNodes := 2
	return each(ctx, l.options.Nodes+cpuNodes, func(ctx context.Context, i int) error {
		name, m := fmt.Sprintf("cpu-%03d", i-l.options.Nodes+1), machine{}
		if i < l.options.Nodes {
			name, m = nodeName(i), l.options.machineAt(i)
		}
		_, err := l.client.CoreV1().Nodes().Create(ctx, m.node(name, l.options.KubeletPort), meta.CreateOptions{})
		return created("node", name, err)
	})
}

func (m machine) node(name string, kubeletPort int) *core.Node {
	labels := map[string]string{
		core.LabelHostname: name, core.LabelOSStable: "linux", core.LabelArchStable: "amd64",
		core.LabelTopologyZone: "zone-" + string("ab"[len(name)%2]),
	}
	annotations := map[string]string{"metrics.k8s.io/resource-metrics-path": "/metrics/nodes/" + name + "/metrics/resource"}
	maps.Copy(annotations, m.annotations)
	if m.product != "" {
		maps.Copy(labels, m.discovered())
		if len(m.mig) > 0 {
			annotations[sim.MIG] = strings.Join(m.mig, ",")
		}
		if m.replicas > 1 {
			annotations[sim.Replicas] = strconv.Itoa(m.replicas)
		}
	}
	capacity := core.ResourceList{
		core.ResourceCPU: resource.MustParse("128"), core.ResourceMemory: resource.MustParse("1024Gi"),
		core.ResourcePods: resource.MustParse("250"), core.ResourceEphemeralStorage: resource.MustParse("3500Gi"),
	}
	allocatable := capacity.DeepCopy()
	for name, count := range m.devices() {
		capacity[name] = *resource.NewQuantity(int64(count), resource.DecimalSI)
		allocatable[name] = *resource.NewQuantity(int64(count-m.broken), resource.DecimalSI)
	}
	spec := core.NodeSpec{Unschedulable: m.cordoned, ProviderID: "paddock://" + name}
	if m.dedicated {
		spec.Taints = []core.Taint{{Key: dedicatedTaint, Effect: core.TaintEffectNoSchedule}}
	}
	return &core.Node{
		ObjectMeta: meta.ObjectMeta{Name: name, Labels: labels, Annotations: annotations},
		Spec:       spec,
		Status: core.NodeStatus{
			Capacity: capacity, Allocatable: allocatable, Conditions: healthy(),
			Addresses:       []core.NodeAddress{{Type: core.NodeInternalIP, Address: "127.0.0.1"}, {Type: core.NodeHostName, Address: name}},
			DaemonEndpoints: core.NodeDaemonEndpoints{KubeletEndpoint: core.DaemonEndpoint{Port: int32(kubeletPort)}},
			NodeInfo: core.NodeSystemInfo{
				KubeletVersion: "v1.37.2", ContainerRuntimeVersion: "containerd://2.1.4", OSImage: "Ubuntu 22.04.5 LTS",
				KernelVersion: "5.15.0-122-generic", OperatingSystem: "linux", Architecture: "amd64",
			},
		},
	}
}

// devices are the extended resources of a node.
func (m machine) devices() map[core.ResourceName]int {
	switch {
	case m.gpus == 0:
		return nil
	case len(m.mig) > 0:
		slices := map[core.ResourceName]int{}
		for _, slice := range m.mig {
			slices[core.ResourceName("nvidia.com/mig-"+slice)] += m.gpus
		}
		return slices
	default:
		return map[core.ResourceName]int{"nvidia.com/gpu": m.gpus * max(1, m.replicas)}
	}
}

// discovered are the labels that GPU feature discovery writes
// (k8s-device-plugin docs/gpu-feature-discovery/README.md).
func (m machine) discovered() map[string]string {
	model, _ := dcgm.FindModel(m.product)
	driver := strings.SplitN(m.driver+".", ".", 4)
	runtime := strings.SplitN(m.cuda, ".", 2)
	compute := strings.SplitN(model.Compute, ".", 2)
	labels := map[string]string{
		"nvidia.com/gpu.present": "true", "nvidia.com/gpu.product": m.product, "nvidia.com/gpu.family": model.Family,
		"nvidia.com/gpu.count": strconv.Itoa(m.gpus), "nvidia.com/gpu.memory": strconv.Itoa(model.MemoryMiB),
		"nvidia.com/gpu.replicas": strconv.Itoa(max(1, m.replicas)), "nvidia.com/gpu.sharing-strategy": "none",
		"nvidia.com/gpu.compute.major": compute[0], "nvidia.com/gpu.compute.minor": compute[1], "nvidia.com/gpu.mode": "compute",
		"nvidia.com/cuda.driver.major": driver[0], "nvidia.com/cuda.driver.minor": driver[1], "nvidia.com/cuda.driver.rev": driver[2],
		"nvidia.com/cuda.runtime.major": runtime[0], "nvidia.com/cuda.runtime.minor": runtime[1],
		"nvidia.com/mig.capable": strconv.FormatBool(model.MIG),
	}
	if major, err := strconv.Atoi(driver[0]); err == nil && major >= 500 { // the old nodes run an old discovery
		maps.Copy(labels, map[string]string{
			"nvidia.com/cuda.driver-version.full": m.driver, "nvidia.com/cuda.driver-version.major": driver[0],
			"nvidia.com/cuda.driver-version.minor": driver[1], "nvidia.com/cuda.driver-version.revision": driver[2],
			"nvidia.com/cuda.runtime-version.full": m.cuda, "nvidia.com/cuda.runtime-version.major": runtime[0], "nvidia.com/cuda.runtime-version.minor": runtime[1],
		})
	}
	if m.replicas > 1 {
		labels["nvidia.com/gpu.product"] += "-SHARED"
		labels["nvidia.com/gpu.sharing-strategy"] = "time-slicing"
	}
	if len(m.mig) > 0 {
		labels["nvidia.com/mig.strategy"] = "mixed"
		for name, count := range m.devices() {
			labels[string(name)+".count"] = strconv.Itoa(count)
		}
	}
	return labels
}

func healthy() []core.NodeCondition {
	now := meta.Now()
	condition := func(kind core.NodeConditionType, status core.ConditionStatus, reason, message string) core.NodeCondition {
		return core.NodeCondition{Type: kind, Status: status, Reason: reason, Message: message, LastHeartbeatTime: now, LastTransitionTime: now}
	}
	return []core.NodeCondition{
		condition(core.NodeMemoryPressure, core.ConditionFalse, "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
		condition(core.NodeDiskPressure, core.ConditionFalse, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
		condition(core.NodePIDPressure, core.ConditionFalse, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
		condition(core.NodeReady, core.ConditionTrue, "KubeletReady", "kubelet is posting ready status"),
	}
}

// loseNode makes a node look as if its kubelet had died.
func (l *Load) loseNode(ctx context.Context, name string) error {
	now := meta.Now()
	patch, err := json.Marshal(map[string]any{"status": map[string]any{"conditions": []core.NodeCondition{{
		Type: core.NodeReady, Status: core.ConditionUnknown, Reason: "NodeStatusUnknown", Message: "Kubelet stopped posting node status.",
		LastHeartbeatTime: now, LastTransitionTime: now,
	}}}})
	if err != nil {
		return fmt.Errorf("lose node %s: %w", name, err)
	}
	_, err = l.client.CoreV1().Nodes().Patch(ctx, name, types.StrategicMergePatchType, patch, meta.PatchOptions{}, "status")
	if err != nil {
		return fmt.Errorf("lose node %s: %w", name, err)
	}
	return nil
}
