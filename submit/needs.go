package submit

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"paddock/fleet"
)

// Need is something in the cluster that objects lean on.
type Need struct {
	// Ref names it. Of kind ResourceQuota all those of the namespace are meant,
	// and the name is empty; of kind NodeSelector the name is a label selector,
	// "pool=a100,zone=b", and the nodes that it selects are meant.
	Ref        fleet.Ref
	APIVersion string
	Why        string // who needs it: "volume data of Job ocr/rec-v4"
	Free       bool   // the name must be free: it is the object itself
}

// NodeSelector is the kind of a Need for the nodes that labels select, and
// Quotas the one for the quotas of a namespace.
const (
	NodeSelector = "NodeSelector"
	Quotas       = "ResourceQuota"
)

// Presence is what the cluster says of a Need.
type Presence string

// The answers. What was not asked, or had no answer, is Unknown.
const (
	Unknown    Presence = ""
	Present    Presence = "present"
	Absent     Presence = "absent"
	NotAllowed Presence = "not allowed"
)

// Answer is what the cluster says of a Need, and of some kinds more.
type Answer struct {
	Presence Presence
	Claim    Claim    // of a PersistentVolumeClaim
	Quotas   []Quota  // of the ResourceQuotas of a namespace, a resource each
	Nodes    []string // that a NodeSelector selects, by name
}

// Claim is what matters of a PersistentVolumeClaim.
type Claim struct {
	Modes []string // "ReadWriteOnce", ...: of the volume when bound, else asked for
	Phase string   // "Bound", "Pending", "Lost"
}

// Quota is one line of a ResourceQuota, as the API has it: "requests.cpu", "64", "48500m".
type Quota struct {
	Name       string // of the ResourceQuota
	Resource   string
	Hard, Used string
}

// Facts are the answers to Needs, by their Ref.
type Facts map[fleet.Ref]Answer

// Needs lists what objects lean on, without what they bring themselves, each
// thing once.
func Needs(objects []Object) []Need {
	n := needs{own: map[fleet.Ref]bool{}, at: map[fleet.Ref]int{}}
	for _, o := range objects {
		n.own[o.Ref()] = true
	}
	for _, o := range objects {
		n.ofObject(o)
		found, _ := workloads(o) // what can't be read, Check tells
		for i := range found {
			n.ofPods(&found[i])
		}
	}
	return n.list
}

type needs struct {
	own  map[fleet.Ref]bool
	at   map[fleet.Ref]int
	list []Need
}

func (n *needs) add(need Need) {
	if need.Ref.Name == "" && need.Ref.Kind != Quotas {
		return
	}
	if n.own[need.Ref] && !need.Free {
		return
	}
	if _, ok := n.at[need.Ref]; ok {
		return
	}
	n.at[need.Ref] = len(n.list)
	n.list = append(n.list, need)
}

func (n *needs) ofObject(o Object) {
	r := o.Ref()
	if r.Namespace != "" {
		n.add(Need{Ref: fleet.Ref{Kind: "Namespace", Name: r.Namespace}, APIVersion: "v1", Why: "the team of " + r.Kind + " " + r.Name})
		n.add(Need{Ref: fleet.Ref{Kind: Quotas, Namespace: r.Namespace}, APIVersion: "v1", Why: "what team " + r.Namespace + " may use"})
	}
	n.add(Need{Ref: r, APIVersion: o.APIVersion(), Why: "its name", Free: true})
	n.add(Need{Ref: fleet.Ref{Kind: "LocalQueue", Namespace: r.Namespace, Name: o.text("metadata", "labels", labelQueue)},
		APIVersion: "kueue.x-k8s.io/v1beta1", Why: "queue of " + r.Kind + " " + r.Name})
}

// ofPods adds what the pods of a workload mount, read and run as.
func (n *needs) ofPods(w *workload) {
	r := w.ref()
	what := " of " + r.Kind + " " + r.Name
	add := func(kind, apiVersion, name, why string) {
		n.add(Need{Ref: fleet.Ref{Kind: kind, Namespace: r.Namespace, Name: name}, APIVersion: apiVersion, Why: why + what})
	}
	for _, v := range w.spec.Volumes {
		n.ofVolume(v, func(kind, name string) { add(kind, "v1", name, "volume "+v.Name) })
	}
	for _, c := range w.containers() {
		for _, e := range c.Env {
			if s := fromSource(e); s.Kind != "" {
				add(s.Kind, "v1", s.Name, "variable "+e.Name)
			}
		}
		for _, e := range c.EnvFrom {
			if s := e.SecretRef; s != nil && !optional(s.Optional) {
				add("Secret", "v1", s.Name, "environment")
			}
			if s := e.ConfigMapRef; s != nil && !optional(s.Optional) {
				add("ConfigMap", "v1", s.Name, "environment")
			}
		}
	}
	for _, s := range w.spec.ImagePullSecrets {
		add("Secret", "v1", s.Name, "pull secret")
	}
	add("ServiceAccount", "v1", w.spec.ServiceAccountName, "service account")
	add("Service", "v1", w.spec.Subdomain, "the workers' names")
	if p := w.spec.PriorityClassName; !strings.HasPrefix(p, "system-") { // those are always there
		n.add(Need{Ref: fleet.Ref{Kind: "PriorityClass", Name: p}, APIVersion: "scheduling.k8s.io/v1", Why: "priority" + what})
	}
	n.add(Need{Ref: fleet.Ref{Kind: NodeSelector, Name: selector(w.spec.NodeSelector)}, APIVersion: "v1", Why: "nodes" + what})
}

func (n *needs) ofVolume(v corev1.Volume, add func(kind, name string)) {
	switch {
	case v.PersistentVolumeClaim != nil:
		add("PersistentVolumeClaim", v.PersistentVolumeClaim.ClaimName)
	case v.Secret != nil && !optional(v.Secret.Optional):
		add("Secret", v.Secret.SecretName)
	case v.ConfigMap != nil && !optional(v.ConfigMap.Optional):
		add("ConfigMap", v.ConfigMap.Name)
	case v.Projected != nil:
		for _, s := range v.Projected.Sources {
			if s.Secret != nil && !optional(s.Secret.Optional) {
				add("Secret", s.Secret.Name)
			}
			if s.ConfigMap != nil && !optional(s.ConfigMap.Optional) {
				add("ConfigMap", s.ConfigMap.Name)
			}
		}
	}
}

// fromSource is the secret or config map that a variable can't do without.
func fromSource(e corev1.EnvVar) EnvSource {
	switch from := e.ValueFrom; {
	case from == nil:
	case from.SecretKeyRef != nil && !optional(from.SecretKeyRef.Optional):
		return EnvSource{"Secret", from.SecretKeyRef.Name}
	case from.ConfigMapKeyRef != nil && !optional(from.ConfigMapKeyRef.Optional):
		return EnvSource{"ConfigMap", from.ConfigMapKeyRef.Name}
	}
	return EnvSource{}
}

func optional(b *bool) bool { return b != nil && *b }

// selector writes a node selector as a label selector.
func selector(labels map[string]string) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		out = append(out, k+"="+labels[k])
	}
	return strings.Join(out, ",")
}
