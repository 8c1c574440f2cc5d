package rules

import (
	"strings"

	core "k8s.io/api/core/v1"
)

// fillPod is SetDefaults_Pod and what the pod strategy prepares.
func fillPod(o *core.Pod) {
	fillPodSpec(&o.Spec)
	for _, list := range [][]core.Container{o.Spec.Containers, o.Spec.InitContainers} {
		for i := range list {
			requestLimits(&list[i].Resources)
		}
	}
	if o.Spec.EnableServiceLinks == nil {
		o.Spec.EnableServiceLinks = ptr(core.DefaultEnableServiceLinks)
	}
	if o.Status.Phase == "" {
		o.Status.Phase = core.PodPending
	}
	if o.Status.QOSClass == "" {
		o.Status.QOSClass = qualityOf(o)
	}
}

// fillPodSpec is SetDefaults_PodSpec, for pods and templates.
func fillPodSpec(s *core.PodSpec) {
	if s.ServiceAccountName == "" {
		s.ServiceAccountName = s.DeprecatedServiceAccount
	}
	s.DeprecatedServiceAccount = s.ServiceAccountName
	if s.DNSPolicy == "" {
		s.DNSPolicy = core.DNSClusterFirst
	}
	if s.RestartPolicy == "" {
		s.RestartPolicy = core.RestartPolicyAlways
	}
	if s.SecurityContext == nil {
		s.SecurityContext = &core.PodSecurityContext{}
	}
	if s.TerminationGracePeriodSeconds == nil {
		s.TerminationGracePeriodSeconds = ptr(int64(core.DefaultTerminationGracePeriodSeconds))
	}
	if s.SchedulerName == "" {
		s.SchedulerName = core.DefaultSchedulerName
	}
	for _, list := range [][]core.Container{s.Containers, s.InitContainers} {
		for i := range list {
			fillContainer(&list[i])
		}
	}
	for i := range s.Volumes {
		fillVolume(&s.Volumes[i])
	}
}

func fillContainer(c *core.Container) {
	if c.ImagePullPolicy == "" {
		c.ImagePullPolicy = core.PullIfNotPresent
		if latest(c.Image) {
			c.ImagePullPolicy = core.PullAlways
		}
	}
	if c.TerminationMessagePath == "" {
		c.TerminationMessagePath = core.TerminationMessagePathDefault
	}
	if c.TerminationMessagePolicy == "" {
		c.TerminationMessagePolicy = core.TerminationMessageReadFile
	}
	for i := range c.Ports {
		if c.Ports[i].Protocol == "" {
			c.Ports[i].Protocol = core.ProtocolTCP
		}
	}
	for i := range c.Env {
		if from := c.Env[i].ValueFrom; from != nil && from.FieldRef != nil && from.FieldRef.APIVersion == "" {
			from.FieldRef.APIVersion = "v1"
		}
	}
	for _, p := range []*core.Probe{c.LivenessProbe, c.ReadinessProbe, c.StartupProbe} {
		if p != nil {
			fillProbe(p)
		}
	}
}

// latest says that an image has no tag of its own, or that one.
func latest(image string) bool {
	if strings.Contains(image, "@") {
		return false
	}
	name := image[strings.LastIndexByte(image, '/')+1:]
	_, tag, ok := strings.Cut(name, ":")
	return !ok || tag == "latest"
}

func fillProbe(p *core.Probe) {
	for _, f := range []struct {
		value     *int32
		otherwise int32
	}{{&p.TimeoutSeconds, 1}, {&p.PeriodSeconds, 10}, {&p.SuccessThreshold, 1}, {&p.FailureThreshold, 3}} {
		if *f.value == 0 {
			*f.value = f.otherwise
		}
	}
	if h := p.HTTPGet; h != nil {
		if h.Path == "" {
			h.Path = "/"
		}
		if h.Scheme == "" {
			h.Scheme = core.URISchemeHTTP
		}
	}
}

func fillVolume(v *core.Volume) {
	switch {
	case v.VolumeSource == core.VolumeSource{}:
		v.EmptyDir = &core.EmptyDirVolumeSource{}
	case v.Secret != nil && v.Secret.DefaultMode == nil:
		v.Secret.DefaultMode = ptr(core.SecretVolumeSourceDefaultMode)
	case v.ConfigMap != nil && v.ConfigMap.DefaultMode == nil:
		v.ConfigMap.DefaultMode = ptr(core.ConfigMapVolumeSourceDefaultMode)
	case v.DownwardAPI != nil && v.DownwardAPI.DefaultMode == nil:
		v.DownwardAPI.DefaultMode = ptr(core.DownwardAPIVolumeSourceDefaultMode)
	case v.Projected != nil && v.Projected.DefaultMode == nil:
		v.Projected.DefaultMode = ptr(core.ProjectedVolumeSourceDefaultMode)
	case v.HostPath != nil && v.HostPath.Type == nil:
		v.HostPath.Type = ptr(core.HostPathUnset)
	}
}

// requestLimits makes a request of every limit that has none.
func requestLimits(r *core.ResourceRequirements) {
	for name, limit := range r.Limits {
		if _, ok := r.Requests[name]; ok {
			continue
		}
		if r.Requests == nil {
			r.Requests = core.ResourceList{}
		}
		r.Requests[name] = limit.DeepCopy()
	}
}

// qualityOf is the class that decides who is killed first when memory ends.
// Only cpu and memory count.
func qualityOf(o *core.Pod) core.PodQOSClass {
	any, guaranteed := false, true
	for _, c := range append(append([]core.Container{}, o.Spec.Containers...), o.Spec.InitContainers...) {
		for _, name := range []core.ResourceName{core.ResourceCPU, core.ResourceMemory} {
			request, limit := c.Resources.Requests[name], c.Resources.Limits[name]
			any = any || !request.IsZero() || !limit.IsZero()
			guaranteed = guaranteed && !limit.IsZero() && request.Cmp(limit) == 0
		}
	}
	switch {
	case !any:
		return core.PodQOSBestEffort
	case guaranteed:
		return core.PodQOSGuaranteed
	}
	return core.PodQOSBurstable
}
