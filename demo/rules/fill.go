package rules

import (
	"hash/fnv"
	"net/netip"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// fillNamespace labels a namespace with its name, and holds it until a
// controller has emptied it.
func fillNamespace(o *core.Namespace, created bool) {
	if o.Labels == nil {
		o.Labels = map[string]string{}
	}
	o.Labels[core.LabelMetadataName] = o.Name
	if o.Status.Phase == "" {
		o.Status.Phase = core.NamespaceActive
	}
	if created && len(o.Spec.Finalizers) == 0 {
		o.Spec.Finalizers = []core.FinalizerName{core.FinalizerKubernetes}
	}
}

// fillService sets the defaults and gives the Service an address.
func fillService(o *core.Service) {
	s := &o.Spec
	if s.Type == "" {
		s.Type = core.ServiceTypeClusterIP
	}
	if s.SessionAffinity == "" {
		s.SessionAffinity = core.ServiceAffinityNone
	}
	for i := range s.Ports {
		p := &s.Ports[i]
		if p.Protocol == "" {
			p.Protocol = core.ProtocolTCP
		}
		if p.TargetPort == (intstr.IntOrString{}) {
			p.TargetPort = intstr.FromInt32(p.Port)
		}
	}
	if s.Type == core.ServiceTypeExternalName {
		return
	}
	if s.InternalTrafficPolicy == nil {
		s.InternalTrafficPolicy = ptr(core.ServiceInternalTrafficPolicyCluster)
	}
	// Without a selector and an address it is the user who says where it leads.
	if s.IPFamilyPolicy == nil && s.ClusterIP == core.ClusterIPNone && len(s.Selector) == 0 {
		s.IPFamilyPolicy = ptr(core.IPFamilyPolicyRequireDualStack)
		s.IPFamilies = []core.IPFamily{core.IPv4Protocol, core.IPv6Protocol}
	}
	if s.IPFamilyPolicy == nil {
		s.IPFamilyPolicy = ptr(core.IPFamilyPolicySingleStack)
	}
	if len(s.IPFamilies) == 0 {
		s.IPFamilies = []core.IPFamily{core.IPv4Protocol}
	}
	if s.ClusterIP == "" {
		s.ClusterIP = addressOf(o)
	}
	if len(s.ClusterIPs) == 0 {
		s.ClusterIPs = []string{s.ClusterIP}
	}
}

// addressOf makes an address of the Service's range out of its name: nobody
// dials it.
func addressOf(o *core.Service) string {
	h := fnv.New32a()
	h.Write([]byte(o.Namespace + "/" + o.Name))
	n := h.Sum32()
	return netip.AddrFrom4([4]byte{10, 96 + byte(n>>16&15), byte(n >> 8), 1 + byte(n)%254}).String()
}

func fillClaim(o *core.PersistentVolumeClaim) {
	if o.Status.Phase == "" {
		o.Status.Phase = core.ClaimPending
	}
	if o.Spec.VolumeMode == nil {
		o.Spec.VolumeMode = ptr(core.PersistentVolumeFilesystem)
	}
}

func fillSecret(o *core.Secret) {
	if o.Type == "" {
		o.Type = core.SecretTypeOpaque
	}
	for k, v := range o.StringData {
		if o.Data == nil {
			o.Data = map[string][]byte{}
		}
		o.Data[k] = []byte(v)
	}
	o.StringData = nil
}

// fillLimits is SetDefaults_LimitRangeItem: what is not said follows from what is.
func fillLimits(o *core.LimitRange) {
	for i := range o.Spec.Limits {
		l := &o.Spec.Limits[i]
		if l.Type != core.LimitTypeContainer {
			continue
		}
		inherit(&l.Default, l.Max)
		inherit(&l.DefaultRequest, l.Default)
		inherit(&l.DefaultRequest, l.Min)
	}
}

func inherit(list *core.ResourceList, from core.ResourceList) {
	for name, n := range from {
		if _, ok := (*list)[name]; ok {
			continue
		}
		if *list == nil {
			*list = core.ResourceList{}
		}
		(*list)[name] = n.DeepCopy()
	}
}
