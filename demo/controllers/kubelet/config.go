package kubelet

import (
	"fmt"
	"strings"

	core "k8s.io/api/core/v1"

	"paddock/demo/store"

	"paddock/demo/controllers/typed"
)

// unmountable finds a volume whose source is not there, and says why it can't
// be mounted.
func (k *Kubelets) unmountable(o *core.Pod) (volume, why string) {
	for _, v := range o.Spec.Volumes {
		switch {
		case v.Secret != nil && !optional(v.Secret.Optional):
			why = k.missing(typed.Secret(o.Namespace, v.Secret.SecretName))
		case v.ConfigMap != nil && !optional(v.ConfigMap.Optional):
			why = k.missing(typed.ConfigMap(o.Namespace, v.ConfigMap.Name))
		}
		if why != "" {
			return v.Name, why
		}
	}
	return "", ""
}

// misconfigured says which object a container's environment needs in vain.
func (k *Kubelets) misconfigured(o *core.Pod, c *core.Container) string {
	for _, from := range c.EnvFrom {
		if s := from.SecretRef; s != nil && !optional(s.Optional) {
			if why := k.missing(typed.Secret(o.Namespace, s.Name)); why != "" {
				return why
			}
		}
		if m := from.ConfigMapRef; m != nil && !optional(m.Optional) {
			if why := k.missing(typed.ConfigMap(o.Namespace, m.Name)); why != "" {
				return why
			}
		}
	}
	for _, v := range c.Env {
		if v.ValueFrom == nil {
			continue
		}
		if s := v.ValueFrom.SecretKeyRef; s != nil && !optional(s.Optional) {
			if why := k.missing(typed.Secret(o.Namespace, s.Name)); why != "" {
				return why
			}
		}
		if m := v.ValueFrom.ConfigMapKeyRef; m != nil && !optional(m.Optional) {
			if why := k.missing(typed.ConfigMap(o.Namespace, m.Name)); why != "" {
				return why
			}
		}
	}
	return ""
}

func optional(b *bool) bool { return b != nil && *b }

func (k *Kubelets) missing(key store.Key) string {
	if _, ok := k.store.Get(key); ok {
		return ""
	}
	return fmt.Sprintf("%s %q not found", strings.TrimSuffix(key.Resource.Resource, "s"), key.Name)
}

// missingPullSecrets lists the pull secrets of a pod that are not there.
func (k *Kubelets) missingPullSecrets(o *core.Pod) string {
	var names []string
	for _, s := range o.Spec.ImagePullSecrets {
		if _, ok := k.store.Get(typed.Secret(o.Namespace, s.Name)); !ok {
			names = append(names, s.Name)
		}
	}
	return strings.Join(names, ", ")
}
