package workload

import (
	"fmt"
	"maps"
	"strconv"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"paddock/e2e/sim"
)

// The images of the jobs: the story's own, newer ones, and what people have in
// a private registry.
const (
	paddleCUDA118 = "harbor.example.com/ocr/paddleocr:2.6.0-gpu-cuda11.8-cudnn8"
	paddleCUDA112 = "paddlepaddle/paddle:2.4.2-gpu-cuda11.2-cudnn8.2-trt8.0"
	paddleCUDA100 = "paddlepaddle/paddle:1.8.5-gpu-cuda10.0-cudnn7"
	torchCUDA121  = "pytorch/pytorch:2.3.1-cuda12.1-cudnn8-runtime"
	ngcTorch      = "nvcr.io/nvidia/pytorch:24.05-py3"
)

// The labels by which the load finds its own pods again.
const (
	plainLabel = "sim.paddock/plain" // of the plain load
	churnLabel = "sim.paddock/churn" // may be killed by the churn
)

// job is a training Job in the few words by which jobs differ here.
type job struct {
	namespace, name string
	workers, gpus   int // gpus of each worker
	image           string
	command         []string
	resource        core.ResourceName // default nvidia.com/gpu
	product, node   string            // where it wants to run
	sim             map[string]string // annotations of its pods, see package sim
	labels          map[string]string // of its pods
	restart         core.RestartPolicy
	backoff         *int32
	suspended       bool
	story           bool // completions: 1 with parallelism, not Indexed
	churn           bool // its workers are evicted and come back
	slim            bool // no volumes: thousands of workers are cheaper to schedule
	owner           *meta.OwnerReference
}

// object is the Job. Indexed, completions = parallelism, a subdomain for
// stable names: what distributed training needs.
func (j job) object() *batch.Job {
	mode, workers := batch.IndexedCompletion, int32(j.workers)
	completions := workers
	if j.story {
		mode, completions = batch.NonIndexedCompletion, 1
	}
	o := &batch.Job{
		ObjectMeta: meta.ObjectMeta{Namespace: j.namespace, Name: j.name, Labels: j.labels},
		Spec: batch.JobSpec{
			Parallelism: &workers, Completions: &completions, CompletionMode: &mode,
			BackoffLimit: j.backoff, Template: j.template(),
		},
	}
	if j.suspended {
		o.Spec.Suspend = &j.suspended
	}
	if j.owner != nil {
		o.OwnerReferences = []meta.OwnerReference{*j.owner}
	}
	if j.churn {
		// An evicted worker is not the job's fault. Its index alone backs off (10 s,
		// doubling): by default the whole Job would, and soon have no workers left.
		patience := int32(1_000_000)
		o.Spec.BackoffLimitPerIndex = &patience
		o.Spec.PodFailurePolicy = &batch.PodFailurePolicy{Rules: []batch.PodFailurePolicyRule{{
			Action:          batch.PodFailurePolicyActionIgnore,
			OnPodConditions: []batch.PodFailurePolicyOnPodConditionsPattern{{Type: core.DisruptionTarget, Status: core.ConditionTrue}},
		}}}
	}
	return o
}

// service is the headless Service through which workers find each other.
func (j job) service() *core.Service {
	return &core.Service{
		ObjectMeta: meta.ObjectMeta{Namespace: j.namespace, Name: j.name},
		Spec: core.ServiceSpec{
			ClusterIP: core.ClusterIPNone, PublishNotReadyAddresses: true,
			Selector: map[string]string{batch.JobNameLabel: j.name},
			Ports:    []core.ServicePort{{Name: "master", Port: 36543, TargetPort: intstr.FromInt32(36543)}},
		},
	}
}

func (j job) template() core.PodTemplateSpec {
	labels := map[string]string{"app": j.name}
	maps.Copy(labels, j.labels)
	if j.churn {
		labels[churnLabel] = "true"
	}
	return core.PodTemplateSpec{ObjectMeta: meta.ObjectMeta{Labels: labels, Annotations: j.annotations()}, Spec: j.podSpec()}
}

// annotations are those of package sim, and a CPU and memory that fit the GPUs.
func (j job) annotations() map[string]string {
	a := map[string]string{
		sim.UsageCPU: fmt.Sprintf("%dm", 250+2900*j.gpus), sim.UsageMemory: fmt.Sprintf("%dMi", 900+21500*j.gpus),
	}
	maps.Copy(a, j.sim)
	return a
}

func (j job) podSpec() core.PodSpec {
	restart := j.restart
	if restart == "" {
		restart = core.RestartPolicyNever
	}
	selector := map[string]string{}
	if j.product != "" {
		selector["nvidia.com/gpu.product"] = j.product
	}
	if j.node != "" {
		selector[core.LabelHostname] = j.node
	}
	spec := core.PodSpec{
		RestartPolicy: restart, Subdomain: j.name, NodeSelector: selector,
		ImagePullSecrets: []core.LocalObjectReference{{Name: "harbor"}},
		Containers: []core.Container{{
			Name: "trainer", Image: j.image, Command: j.run(), Env: j.env(), Resources: j.resources(),
			Ports: []core.ContainerPort{{Name: "master", ContainerPort: 36543}},
		}},
	}
	if j.node != "" {
		spec.Tolerations = []core.Toleration{{Key: dedicatedTaint, Operator: core.TolerationOpExists}}
	}
	if !j.slim {
		mountData(&spec)
	}
	return spec
}

// mountData gives a pod its team's data and the shared memory that loaders of
// data need.
func mountData(spec *core.PodSpec) {
	shm := resource.MustParse("16Gi")
	spec.Volumes = []core.Volume{
		{Name: "data", VolumeSource: core.VolumeSource{PersistentVolumeClaim: &core.PersistentVolumeClaimVolumeSource{ClaimName: dataClaim}}},
		{Name: "shm", VolumeSource: core.VolumeSource{EmptyDir: &core.EmptyDirVolumeSource{Medium: core.StorageMediumMemory, SizeLimit: &shm}}},
	}
	spec.Containers[0].VolumeMounts = []core.VolumeMount{{Name: "data", MountPath: "/data"}, {Name: "shm", MountPath: "/dev/shm"}}
}

func (j job) run() []string {
	if j.command != nil {
		return j.command
	}
	return []string{"python", "-m", "paddle.distributed.launch", "--nproc_per_node", strconv.Itoa(max(1, j.gpus)), "tools/train.py", "-c", "configs/" + j.name + ".yml"}
}

func (j job) env() []core.EnvVar {
	if j.story { // as people copy it: addresses by hand, right on one day only
		return []core.EnvVar{{Name: "PADDLE_TRAINERS", Value: "10.65.3.17,10.65.3.18,10.65.4.9,10.65.4.10"}, {Name: "PADDLE_TRAINERS_NUM", Value: "4"}}
	}
	return []core.EnvVar{
		{Name: "PADDLE_MASTER", Value: fmt.Sprintf("%s-0.%s:36543", j.name, j.name)},
		{Name: "PADDLE_NNODES", Value: strconv.Itoa(j.workers)},
		{Name: "POD_IP", ValueFrom: &core.EnvVarSource{FieldRef: &core.ObjectFieldSelector{FieldPath: "status.podIP"}}},
		{Name: "NCCL_DEBUG", Value: "WARN"},
	}
}

func (j job) resources() core.ResourceRequirements {
	list := core.ResourceList{
		core.ResourceCPU: resource.MustParse("4"), core.ResourceMemory: resource.MustParse("32Gi"),
	}
	if j.gpus > 0 {
		list[core.ResourceCPU] = *resource.NewQuantity(int64(8*j.gpus), resource.DecimalSI)
		list[core.ResourceMemory] = *resource.NewQuantity(int64(j.gpus)*48<<30, resource.BinarySI)
		name := j.resource
		if name == "" {
			name = "nvidia.com/gpu"
		}
		list[name] = *resource.NewQuantity(int64(j.gpus), resource.DecimalSI)
	}
	return core.ResourceRequirements{Requests: list, Limits: list}
}

// pod is one pod of the same description without any Job.
func (j job) pod(name string) *core.Pod {
	t := j.template()
	t.Spec.Subdomain = ""
	return &core.Pod{
		ObjectMeta: meta.ObjectMeta{Namespace: j.namespace, Name: name, Labels: t.Labels, Annotations: t.Annotations},
		Spec:       t.Spec,
	}
}

// plainJob is number i of the plain load: nine in ten train well.
func plainJob(i, workers int) job {
	profiles := map[int]string{7: "idle", 23: "busy,3=straggler", 41: "starved", 57: "hung,1=empty", 73: "light"}
	profile := profiles[i%100]
	if profile == "" {
		profile = "busy"
	}
	return job{
		namespace: teams()[i%4].name, name: fmt.Sprintf("train-%04d", i), workers: workers, gpus: 1, image: torchCUDA121,
		labels: map[string]string{plainLabel: "true"}, churn: true, slim: true,
		sim: map[string]string{sim.Profile: profile},
	}
}

// plainPod is number i of the pods without a Job.
func plainPod(i int) *core.Pod {
	j := job{
		namespace: teams()[i%4].name, name: "notebook", workers: 1, gpus: 1, image: torchCUDA121, command: []string{"jupyter", "lab"},
		labels: map[string]string{plainLabel: "true"}, slim: true, sim: map[string]string{sim.Profile: "light"},
	}
	return j.pod(fmt.Sprintf("notebook-%05d", i))
}
