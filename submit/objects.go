package submit

import (
	"fmt"
	"maps"
	"math"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Labels and names that recipes are written with.
const (
	labelName      = "app.kubernetes.io/name"
	labelManagedBy = "app.kubernetes.io/managed-by"
	labelFramework = "paddock.dev/framework"
	labelQueue     = "kueue.x-k8s.io/queue-name" // kueue: pkg/controller/constants
	labelProduct   = "nvidia.com/gpu.product"    // of nodes, by GPU feature discovery
	container      = "worker"
	portName       = "master"
	shmVolume      = "shm"
	shmPath        = "/dev/shm"
)

// Objects are the Service that gives the workers their names, and the Job, in
// the order in which they are to be created.
func Objects(r Recipe) ([]Object, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	service, err := objectOf(r.service())
	if err != nil {
		return nil, err
	}
	job, err := objectOf(r.job())
	if err != nil {
		return nil, err
	}
	return []Object{service, job}, nil
}

// service is headless, so that each worker has a name of its own; names are
// there before workers are ready, since they become ready by finding each other.
func (r *Recipe) service() *corev1.Service {
	return &corev1.Service{
		TypeMeta:   typeMeta("v1", "Service"),
		ObjectMeta: metav1.ObjectMeta{Name: r.Name, Namespace: r.Team, Labels: r.labels()},
		Spec: corev1.ServiceSpec{
			ClusterIP:                corev1.ClusterIPNone,
			PublishNotReadyAddresses: true,
			Selector:                 map[string]string{batchv1.JobNameLabel: r.Name},
			Ports:                    []corev1.ServicePort{{Name: portName, Port: int32(r.Port), TargetPort: intstr.FromInt32(int32(r.Port))}},
		},
	}
}

func (r *Recipe) labels() map[string]string {
	return map[string]string{labelName: r.Name, labelManagedBy: "paddock", labelFramework: string(r.Framework)}
}

func (r *Recipe) job() *batchv1.Job {
	labels := r.labels()
	if r.Queue != "" {
		labels[labelQueue] = r.Queue
	}
	return &batchv1.Job{
		TypeMeta:   typeMeta("batch/v1", "Job"),
		ObjectMeta: metav1.ObjectMeta{Name: r.Name, Namespace: r.Team, Labels: labels},
		Spec:       r.jobSpec(),
	}
}

// jobSpec has as many completions as workers run at a time: each index is one
// worker, and the job is done when all are.
func (r *Recipe) jobSpec() batchv1.JobSpec {
	spec := batchv1.JobSpec{
		Completions:    new(int32(r.Workers.Max)),
		Parallelism:    new(int32(r.Workers.Max)),
		CompletionMode: new(batchv1.IndexedCompletion),
		// When one worker ends, its peers fail with it: each counts.
		BackoffLimit: new(int32(min(math.MaxInt32, r.Retries*r.Workers.Max))),
		// A worker that is evicted, preempted or loses its node did nothing wrong.
		PodFailurePolicy: &batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{{
			Action:          batchv1.PodFailurePolicyActionIgnore,
			OnPodConditions: []batchv1.PodFailurePolicyOnPodConditionsPattern{{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue}},
		}}},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: r.labels()}, Spec: r.podSpec()},
	}
	if r.Queue != "" {
		spec.Suspend = new(true) // the queue starts it
	}
	if r.TimeLimit > 0 {
		spec.ActiveDeadlineSeconds = new(r.TimeLimit.seconds())
	}
	if r.Keep > 0 {
		spec.TTLSecondsAfterFinished = new(int32(r.Keep.seconds()))
	}
	return spec
}

func (r *Recipe) podSpec() corev1.PodSpec {
	spec := corev1.PodSpec{
		RestartPolicy:      corev1.RestartPolicyNever, // as a pod failure policy asks
		Subdomain:          r.Name,
		EnableServiceLinks: new(false), // a Service called "master" would set MASTER_PORT
		ServiceAccountName: r.ServiceAccount,
		PriorityClassName:  r.PriorityClass,
		NodeSelector:       maps.Clone(r.NodeSelector),
		Containers:         []corev1.Container{r.container()},
	}
	if r.Product != "" {
		if spec.NodeSelector == nil {
			spec.NodeSelector = map[string]string{}
		}
		spec.NodeSelector[labelProduct] = r.Product
	}
	if r.PullSecret != "" {
		spec.ImagePullSecrets = []corev1.LocalObjectReference{{Name: r.PullSecret}}
	}
	for _, t := range r.Tolerations {
		spec.Tolerations = append(spec.Tolerations, t.api())
	}
	r.mount(&spec)
	return spec
}

func (r *Recipe) container() corev1.Container {
	c := corev1.Container{
		Name: container, Image: r.Image, Command: r.command(), Args: r.Args, Env: r.env(),
		Ports: []corev1.ContainerPort{{Name: portName, ContainerPort: int32(r.Port)}},
	}
	for _, s := range r.EnvFrom {
		name := corev1.LocalObjectReference{Name: s.Name}
		if s.Kind == "Secret" {
			c.EnvFrom = append(c.EnvFrom, corev1.EnvFromSource{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: name}})
		} else {
			c.EnvFrom = append(c.EnvFrom, corev1.EnvFromSource{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: name}})
		}
	}
	c.Resources = r.resources()
	return c
}

// resources asks for CPU without a limit, which would only slow workers down,
// and limits memory to what is asked for, so that a worker that takes more is
// the one that dies.
func (r *Recipe) resources() corev1.ResourceRequirements {
	requests, limits := corev1.ResourceList{}, corev1.ResourceList{}
	if r.CPU != "" {
		requests[corev1.ResourceCPU] = resource.MustParse(r.CPU) // Validate read it
	}
	if r.Memory != "" {
		requests[corev1.ResourceMemory] = resource.MustParse(r.Memory)
		limits[corev1.ResourceMemory] = resource.MustParse(r.Memory)
	}
	if r.GPUs > 0 {
		limits[corev1.ResourceName(r.Resource)] = *resource.NewQuantity(int64(r.GPUs), resource.DecimalSI)
	}
	return corev1.ResourceRequirements{Requests: requests, Limits: limits}
}

// mount adds the volumes, one for each claim or path however often it is mounted.
func (r *Recipe) mount(spec *corev1.PodSpec) {
	c := &spec.Containers[0]
	names := map[string]string{}
	for _, v := range r.Volumes {
		source := v.Claim + v.HostPath
		if names[source] == "" {
			names[source] = volumeName(v, names)
			volume := corev1.Volume{Name: names[source]}
			if v.Claim != "" {
				volume.PersistentVolumeClaim = &corev1.PersistentVolumeClaimVolumeSource{ClaimName: v.Claim}
			} else {
				volume.HostPath = &corev1.HostPathVolumeSource{Path: v.HostPath}
			}
			spec.Volumes = append(spec.Volumes, volume)
		}
		c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: names[source], MountPath: v.Mount, ReadOnly: v.ReadOnly})
	}
	if !r.shm() {
		return
	}
	size := resource.MustParse(r.Shm)
	spec.Volumes = append(spec.Volumes, corev1.Volume{Name: shmVolume, VolumeSource: corev1.VolumeSource{
		EmptyDir: &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMediumMemory, SizeLimit: &size}}})
	c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: shmVolume, MountPath: shmPath})
}

// volumeName is the claim's own name where that may be a volume's, else a number
// that no claim has.
func volumeName(v Volume, taken map[string]string) string {
	has := func(name string) bool {
		for _, t := range taken {
			if t == name {
				return true
			}
		}
		return name == shmVolume
	}
	if v.Claim != "" && len(v.Claim) <= maxName && !strings.Contains(v.Claim, ".") && !has(v.Claim) {
		return v.Claim
	}
	n := len(taken)
	for has(fmt.Sprintf("volume-%d", n)) {
		n++
	}
	return fmt.Sprintf("volume-%d", n)
}
