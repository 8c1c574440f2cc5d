package kubelet

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	core "k8s.io/api/core/v1"
)

// pull brings the image of a container to its node.
func (k *Kubelets) pull(p *pod, c *container) {
	if k.away(p, func() { k.pull(p, c) }) || p.stopping {
		return
	}
	c.life = k.live(p.object, c.spec, p.machine.node, k.lives[k.worker(p, c)], k.seed(p, c))
	image, here := c.spec.Image, p.machine.has(c.spec.Image, c.life)
	switch policy := pullPolicy(c.spec); {
	case here && policy != core.PullAlways:
		k.record.Normal(k.about(p, c), "Pulled", "Container image %q already present on machine and can be accessed by the pod", image)
		k.keep(p.machine, image, c.life.ImageSize)
		k.create(p, c)
	case policy == core.PullNever:
		message := fmt.Sprintf("Container image %q is not present with pull policy of Never", image)
		k.record.Warning(k.about(p, c), "ErrImageNeverPull", "%s", message)
		k.record.Warning(k.about(p, c), "Failed", "Error: ErrImageNeverPull")
		k.refuse(p, c, "ErrImageNeverPull", message, k.nextLook(), func() { k.pull(p, c) })
	default:
		k.fetch(p, c, here)
	}
}

func (k *Kubelets) fetch(p *pod, c *container, here bool) {
	image, asked := c.spec.Image, k.sim.Moment()
	k.record.Normal(k.about(p, c), "Pulling", "Pulling image %q", image)
	took := c.life.Pull
	if here || c.life.PullError != "" && took == 0 { // only the registry is asked
		took = k.between(300*time.Millisecond, 900*time.Millisecond)
	}
	begin, end := p.machine.queue(asked, took, image, k.podsOn(p.machine))
	c.arriving = image
	c.timer = k.sim.After(end.Sub(asked), func() { k.fetched(p, c, asked, begin) })
}

func (k *Kubelets) fetched(p *pod, c *container, asked, began time.Time) {
	if k.away(p, func() { k.fetched(p, c, asked, began) }) {
		return
	}
	c.arriving = ""
	image, about := c.spec.Image, k.about(p, c)
	if why := c.life.PullError; why != "" {
		k.record.Warning(about, "Failed", "Failed to pull image %q: %s", image, why)
		k.record.Warning(about, "Failed", "Error: ErrImagePull")
		now := k.sim.Moment()
		c.pulls.longer(now, now)
		soon := k.between(time.Second, 3*time.Second) // the status that changes makes the kubelet look again
		k.refuse(p, c, "ErrImagePull", why, soon, func() { k.pullAgain(p, c) })
		return
	}
	now := k.sim.Wall(k.sim.Moment())
	since := func(t time.Time) time.Duration { return now.Sub(k.sim.Wall(t)).Truncate(time.Millisecond) }
	k.record.Normal(about, "Pulled", "Successfully pulled image %q in %v (%v including waiting). Image size: %d bytes.",
		image, since(began), since(asked), c.life.ImageSize)
	k.keep(p.machine, image, c.life.ImageSize)
	k.create(p, c)
}

// pullAgain waits out the back-off of a pull that failed, telling of it at
// every look.
func (k *Kubelets) pullAgain(p *pod, c *container) {
	if k.away(p, func() { k.pullAgain(p, c) }) {
		return
	}
	left := c.pulls.left(c.pulls.since, k.sim.Moment())
	if left == 0 {
		k.pull(p, c)
		return
	}
	image, about := c.spec.Image, k.about(p, c)
	k.record.Normal(about, "BackOff", "Back-off pulling image %q", image)
	k.record.Warning(about, "Failed", "Error: ImagePullBackOff")
	message := fmt.Sprintf("Back-off pulling image %q: ErrImagePull: %s", image, c.life.PullError)
	k.refuse(p, c, "ImagePullBackOff", message, min(left, k.nextLook()), func() { k.pullAgain(p, c) })
}

func pullPolicy(c *core.Container) core.PullPolicy {
	if c.ImagePullPolicy != "" {
		return c.ImagePullPolicy
	}
	if _, tag, _ := split(c.Image); tag == "" || tag == "latest" {
		return core.PullAlways
	}
	return core.PullIfNotPresent
}

// split takes an image's name apart.
func split(image string) (name, tag, digest string) {
	name, digest, _ = strings.Cut(image, "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		name, tag = name[:i], name[i+1:]
	}
	return name, tag, digest
}

// normal writes an image's name in full, as containerd does.
func normal(image string) string {
	name, tag, digest := split(image)
	host, _, found := strings.Cut(name, "/")
	switch {
	case !found:
		name = "docker.io/library/" + name
	case !strings.ContainsAny(host, ".:") && host != "localhost":
		name = "docker.io/" + name
	}
	if digest != "" {
		return name + "@" + digest
	}
	return name + ":" + or(tag, "latest")
}

// digest names an image by its content, which here is its name.
func digest(image string) string {
	name, _, digest := split(normal(image))
	if digest == "" {
		digest = fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(normal(image))))
	}
	return name + "@" + digest
}
