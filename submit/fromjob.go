package submit

import (
	"slices"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"paddock/cuda"
)

// FromJob is the recipe of a Job that runs or ran, paddock's or anybody's. What
// a recipe can't say of it is named in lost.
//
// Each step takes what it understood out of a copy of the Job; what is left in
// the end, but for what the API server adds by itself, is what was lost.
func FromJob(job *batchv1.Job) (r Recipe, lost []string) {
	r = Default()
	left := job.DeepCopy()
	r.Name, r.Team = left.Name, left.Namespace
	takeJob(&r, left)
	pod := &left.Spec.Template.Spec
	takePod(&r, pod)
	if at := trainer(pod); at >= 0 {
		c := &pod.Containers[at]
		r.Framework = frameworkOf(job, c)
		takePort(&r, c)
		takeResources(&r, c)
		takeVolumes(&r, pod, c)
		takeElastic(&r, c)
		takeEnvironment(&r, c)
		takeCommand(&r, c)
		takeMeeting(&r, job)
		takeImage(&r, c)
	}
	takeLabels(&r, left)
	return r, remainder(left)
}

// trainer is the container that asks for GPUs, else the first; -1 without any.
func trainer(pod *corev1.PodSpec) int {
	for i := range pod.Containers {
		if n, _ := devices(pod.Containers[i].Resources); n > 0 {
			return i
		}
	}
	return min(len(pod.Containers), 1) - 1
}

// frameworkOf is what the Job says it is, else what its command starts.
func frameworkOf(job *batchv1.Job, c *corev1.Container) Framework {
	switch f := Framework(job.Labels[labelFramework]); f {
	case Paddle, PyTorch, Plain:
		return f
	}
	line := strings.Join(append(slices.Clone(c.Command), c.Args...), " ")
	switch {
	case strings.Contains(line, "paddle.distributed.launch") || strings.Contains(line, "fleetrun"):
		return Paddle
	case strings.Contains(line, "torchrun") || strings.Contains(line, "torch.distributed."):
		return PyTorch
	}
	return Plain
}

func takeJob(r *Recipe, job *batchv1.Job) {
	s := &job.Spec
	r.Workers = Workers{1, 1}
	if s.Parallelism != nil && *s.Parallelism > 0 {
		r.Workers = Workers{int(*s.Parallelism), int(*s.Parallelism)}
	}
	if s.Completions != nil && s.Parallelism != nil && *s.Completions == *s.Parallelism {
		s.Completions, s.Parallelism = nil, nil
	}
	limit := 6 // the API server's default
	if s.BackoffLimit != nil {
		limit = int(*s.BackoffLimit)
	}
	r.Retries = (limit + r.Workers.Max - 1) / r.Workers.Max
	s.BackoffLimit = nil
	if s.ActiveDeadlineSeconds != nil {
		r.TimeLimit = Span(time.Duration(*s.ActiveDeadlineSeconds) * time.Second)
		s.ActiveDeadlineSeconds = nil
	}
	if t := s.TTLSecondsAfterFinished; t != nil && *t > 0 {
		r.Keep = Span(time.Duration(*t) * time.Second)
		s.TTLSecondsAfterFinished = nil
	}
	if s.CompletionMode != nil && *s.CompletionMode == batchv1.IndexedCompletion {
		s.CompletionMode = nil
	}
	if p := s.PodFailurePolicy; p != nil && len(p.Rules) == 1 && p.Rules[0].Action == batchv1.PodFailurePolicyActionIgnore &&
		len(p.Rules[0].OnPodConditions) == 1 && p.Rules[0].OnPodConditions[0].Type == corev1.DisruptionTarget {
		s.PodFailurePolicy = nil
	}
}

func takePod(r *Recipe, pod *corev1.PodSpec) {
	r.ServiceAccount, pod.ServiceAccountName, pod.DeprecatedServiceAccount = pod.ServiceAccountName, "", ""
	r.PriorityClass, pod.PriorityClassName, pod.Priority, pod.PreemptionPolicy = pod.PriorityClassName, "", nil, nil
	if len(pod.ImagePullSecrets) > 0 {
		r.PullSecret, pod.ImagePullSecrets = pod.ImagePullSecrets[0].Name, pod.ImagePullSecrets[1:]
	}
	r.Product = pod.NodeSelector[labelProduct]
	delete(pod.NodeSelector, labelProduct)
	if len(pod.NodeSelector) > 0 {
		r.NodeSelector = pod.NodeSelector
	}
	pod.NodeSelector = nil
	pod.Tolerations = slices.DeleteFunc(pod.Tolerations, func(t corev1.Toleration) bool {
		said, ok := tolerationOf(t)
		if ok {
			r.Tolerations = append(r.Tolerations, said)
		}
		return ok
	})
	if pod.Subdomain == r.Name {
		pod.Subdomain = ""
	}
	if pod.RestartPolicy == corev1.RestartPolicyNever {
		pod.RestartPolicy = ""
	}
	pod.EnableServiceLinks = nil
}

func takeImage(r *Recipe, c *corev1.Container) {
	usual := corev1.PullIfNotPresent
	if i := cuda.ParseImage(c.Image); i.Digest == "" && (i.Tag == "" || i.Tag == "latest") {
		usual = corev1.PullAlways
	}
	if c.ImagePullPolicy == usual {
		c.ImagePullPolicy = ""
	}
	r.Image, c.Image, c.Name = c.Image, "", ""
}

func takePort(r *Recipe, c *corev1.Container) {
	for i, p := range c.Ports {
		if p.Name == portName || len(c.Ports) == 1 {
			r.Port = int(p.ContainerPort)
			c.Ports = slices.Delete(c.Ports, i, i+1)
			return
		}
	}
}

func takeResources(r *Recipe, c *corev1.Container) {
	requests, limits := c.Resources.Requests, c.Resources.Limits
	r.GPUs, r.Resource = devices(c.Resources)
	if r.GPUs == 0 {
		r.Resource = GPU
	}
	delete(limits, corev1.ResourceName(r.Resource))
	delete(requests, corev1.ResourceName(r.Resource))
	if q, ok := requests[corev1.ResourceCPU]; ok {
		r.CPU = q.String()
		delete(requests, corev1.ResourceCPU)
	}
	// A recipe has one amount of memory. The limit is what the workers live with.
	asked, requested := requests[corev1.ResourceMemory]
	most, limited := limits[corev1.ResourceMemory]
	switch {
	case limited:
		r.Memory = most.String()
		delete(limits, corev1.ResourceMemory)
		if requested && asked.Cmp(most) == 0 {
			delete(requests, corev1.ResourceMemory)
		}
	case requested:
		r.Memory = asked.String()
	}
}

// devices counts the GPUs that a container asks for, and names their resource.
func devices(rs corev1.ResourceRequirements) (n int, name string) {
	for _, list := range []corev1.ResourceList{rs.Limits, rs.Requests} {
		for res, q := range list {
			if accelerator(string(res)) && (q.Value() > int64(n) || q.Value() == int64(n) && string(res) < name) {
				n, name = int(q.Value()), string(res)
			}
		}
		if n > 0 {
			return n, name
		}
	}
	return 0, ""
}

func takeVolumes(r *Recipe, pod *corev1.PodSpec, c *corev1.Container) {
	r.Shm = "0"
	used := map[string]bool{}
	left := c.VolumeMounts[:0]
	for _, m := range c.VolumeMounts {
		at := slices.IndexFunc(pod.Volumes, func(v corev1.Volume) bool { return v.Name == m.Name })
		if at < 0 || !takeMount(r, m, pod.Volumes[at]) {
			left = append(left, m)
			continue
		}
		used[m.Name] = true
	}
	for _, m := range left { // still needed
		delete(used, m.Name)
	}
	c.VolumeMounts = left
	pod.Volumes = slices.DeleteFunc(pod.Volumes, func(v corev1.Volume) bool { return used[v.Name] })
}

// takeMount takes one mount; false when a recipe can't say it.
func takeMount(r *Recipe, m corev1.VolumeMount, v corev1.Volume) bool {
	if m.SubPath != "" || m.SubPathExpr != "" || m.MountPropagation != nil || strings.Contains(m.MountPath, ":") {
		return false
	}
	switch {
	case v.EmptyDir != nil && v.EmptyDir.Medium == corev1.StorageMediumMemory && m.MountPath == shmPath:
		size := resource.MustParse(Default().Shm)
		if v.EmptyDir.SizeLimit != nil {
			size = *v.EmptyDir.SizeLimit
		}
		r.Shm = size.String()
		return v.EmptyDir.SizeLimit != nil
	case v.PersistentVolumeClaim != nil:
		r.Volumes = append(r.Volumes, Volume{Claim: v.PersistentVolumeClaim.ClaimName, Mount: m.MountPath, ReadOnly: m.ReadOnly || v.PersistentVolumeClaim.ReadOnly})
		return true
	case v.HostPath != nil && !strings.Contains(v.HostPath.Path, ":"):
		r.Volumes = append(r.Volumes, Volume{HostPath: v.HostPath.Path, Mount: m.MountPath, ReadOnly: m.ReadOnly})
		return v.HostPath.Type == nil || *v.HostPath.Type == ""
	}
	return false
}

// takeElastic reads from the environment how few workers are enough, and where
// Paddle's meet.
func takeElastic(r *Recipe, c *corev1.Container) {
	for _, e := range c.Env {
		switch {
		case r.Framework == Paddle && e.Name == "PADDLE_NNODES", r.Framework == PyTorch && e.Name == "PET_NNODES":
			if w, err := ParseWorkers(e.Value); err == nil && w.Elastic() && w.Max == r.Workers.Max {
				r.Workers = w
			}
		case r.Framework == Paddle && e.Name == "PADDLE_MASTER":
			r.Etcd, _ = strings.CutPrefix(e.Value, "etcd://")
			if r.Etcd == e.Value {
				r.Etcd = ""
			}
		}
	}
}

// takeEnvironment keeps what the framework's contract would not say by itself.
func takeEnvironment(r *Recipe, c *corev1.Container) {
	contract := r.contract()
	c.Env = slices.DeleteFunc(c.Env, func(e corev1.EnvVar) bool {
		if slices.ContainsFunc(contract, func(own corev1.EnvVar) bool { return sameEnv(own, e) }) {
			return true
		}
		v, ok := variable(e)
		if ok {
			r.Env = append(r.Env, v)
		}
		return ok
	})
	c.EnvFrom = slices.DeleteFunc(c.EnvFrom, func(s corev1.EnvFromSource) bool {
		switch {
		case s.Prefix != "":
			return false
		case s.SecretRef != nil && s.SecretRef.Optional == nil:
			r.EnvFrom = append(r.EnvFrom, EnvSource{"Secret", s.SecretRef.Name})
		case s.ConfigMapRef != nil && s.ConfigMapRef.Optional == nil:
			r.EnvFrom = append(r.EnvFrom, EnvSource{"ConfigMap", s.ConfigMapRef.Name})
		default:
			return false
		}
		return true
	})
}

// sameEnv compares two variables; the API server writes the version of a field
// that a reference leaves out.
func sameEnv(a, b corev1.EnvVar) bool {
	field := func(e corev1.EnvVar) string {
		if e.ValueFrom == nil || e.ValueFrom.FieldRef == nil {
			return ""
		}
		return e.ValueFrom.FieldRef.FieldPath
	}
	return a.Name == b.Name && a.Value == b.Value && (a.ValueFrom == nil) == (b.ValueFrom == nil) && field(a) == field(b)
}

// variable is a variable as a recipe says it; false when it comes from elsewhere.
func variable(e corev1.EnvVar) (EnvVar, bool) {
	v := EnvVar{Name: e.Name, Value: e.Value}
	switch from := e.ValueFrom; {
	case from == nil:
	case from.SecretKeyRef != nil && from.SecretKeyRef.Optional == nil:
		v.From, v.Key = EnvSource{"Secret", from.SecretKeyRef.Name}, from.SecretKeyRef.Key
	case from.ConfigMapKeyRef != nil && from.ConfigMapKeyRef.Optional == nil:
		v.From, v.Key = EnvSource{"ConfigMap", from.ConfigMapKeyRef.Name}, from.ConfigMapKeyRef.Key
	default:
		return v, false
	}
	return v, true
}

// takeCommand takes the command without what makes worker 0 of Paddle the master.
func takeCommand(r *Recipe, c *corev1.Container) {
	r.Command, r.Args = c.Command, c.Args
	if own := []string{"/bin/sh", "-c", r.paddleFirst(), "--"}; len(c.Command) > len(own) && slices.Equal(c.Command[:len(own)], own) {
		r.Command = c.Command[len(own):]
	}
	c.Command, c.Args = nil, nil
}

func takeLabels(r *Recipe, job *batchv1.Job) {
	r.Queue = job.Labels[labelQueue]
	if r.Queue != "" {
		job.Spec.Suspend = nil
	}
	for _, l := range []map[string]string{job.Labels, job.Spec.Template.Labels} {
		for _, own := range []string{labelName, labelManagedBy, labelFramework, labelQueue} {
			delete(l, own)
		}
	}
}
