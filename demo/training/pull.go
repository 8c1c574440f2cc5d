package training

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	core "k8s.io/api/core/v1"
)

// pulled is what becomes of an image on its way to a node.
type pulled struct {
	from repository
	ref  reference
	cuda string
	took time.Duration
	err  string // as the kubelet says it
}

// bandwidth is what a node gets of a registry, in bytes a second.
const bandwidth = 160e6

// pull fetches an image, unless it is on the node.
func (c *Catalogue) pull(pod *core.Pod, container *core.Container, node *core.Node, seed uint64) pulled {
	p := pulled{ref: parseReference(container.Image)}
	p.from, p.cuda = repositories()[p.ref.name()], cudaOf(p.ref)
	there := present(node, container.Image)
	if there && container.ImagePullPolicy != core.PullAlways {
		return p
	}
	if container.ImagePullPolicy == core.PullNever {
		p.err = fmt.Sprintf("Container image %q is not present with pull policy of Never", container.Image)
		return p
	}
	answer := 500*time.Millisecond + time.Duration(seed%900)*time.Millisecond
	p.err, p.took = c.refusal(pod, p), answer
	if p.err == "" && !there {
		p.took = answer + time.Duration(float64(p.from.size)/bandwidth*(0.8+0.5*fraction(seed))*float64(time.Second))
	}
	return p
}

// present says that the node lists an image.
func present(node *core.Node, image string) bool {
	full := parseReference(image).String()
	return slices.ContainsFunc(node.Status.Images, func(i core.ContainerImage) bool {
		return slices.Contains(i.Names, image) || slices.Contains(i.Names, full)
	})
}

// refusal is why a registry does not give an image, in containerd's words as
// the kubelet passes them on; empty: it does.
func (c *Catalogue) refusal(pod *core.Pod, p pulled) string {
	r, known := p.ref, p.from.size > 0
	failed := fmt.Sprintf("failed to pull and unpack image %q: failed to resolve reference %q: ", r, r)
	switch {
	case !knownHost(r.host):
		return fmt.Sprintf(`rpc error: code = Unknown desc = %sfailed to do request: Head "https://%s/v2/%s/manifests/%s": dial tcp: lookup %s on 10.96.0.10:53: no such host`,
			failed, r.host, r.repository, r.tag, r.host)
	case r.host == Registry && !c.authorized(pod):
		return fmt.Sprintf("rpc error: code = Unknown desc = %sfailed to authorize: failed to fetch anonymous token: "+
			"unexpected status from GET request to https://%s/service/token?scope=repository%%3A%s%%3Apull&service=harbor-registry: 401 Unauthorized",
			failed, r.host, strings.ReplaceAll(r.repository, "/", "%2F"))
	case !known && r.host == "docker.io":
		return "rpc error: code = Unknown desc = " + failed + "pull access denied, repository does not exist or may require authorization: " +
			"server message: insufficient_scope: authorization failed"
	case !known || r.digest == "" && !regexp.MustCompile(p.from.tags).MatchString(r.tag):
		return fmt.Sprintf("rpc error: code = NotFound desc = %s%s: not found", failed, r)
	}
	return ""
}

func knownHost(host string) bool {
	for name := range repositories() {
		if strings.HasPrefix(name, host+"/") {
			return true
		}
	}
	return host == "ghcr.io" || host == "gcr.io"
}

// authorized says that one of the pod's pull secrets is there.
func (c *Catalogue) authorized(pod *core.Pod) bool {
	return slices.ContainsFunc(pod.Spec.ImagePullSecrets, func(s core.LocalObjectReference) bool {
		return c.Secret == nil || c.Secret(pod.Namespace, s.Name)
	})
}
