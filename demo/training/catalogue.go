package training

import (
	"fmt"
	"path"
	"strings"
	"time"

	core "k8s.io/api/core/v1"

	"paddock/demo/dcgm"
)

// Catalogue knows the images of the registries and the programs in them, and
// so how any pod lives, also one that a user writes.
type Catalogue struct {
	// Secret says whether a pull secret is there; nil: all are.
	Secret func(namespace, name string) bool
	// Pace brings the times of logs to the wall clock; nil: they are its own.
	Pace Pace
}

// Container is the life of one container of a pod on a node, init containers
// and sidecars too. The attempt is how often it was started before, the seed
// what makes it differ from its like.
func (c *Catalogue) Container(pod *core.Pod, container *core.Container, node *core.Node, attempt int, seed uint64) Life {
	image := c.pull(pod, container, node, seed)
	if image.err != "" {
		return Life{Pull: image.took, PullError: image.err}
	}
	life := c.program(pod, container, node, image, attempt, seed)
	life.Pull, life.ImageSize = image.took, image.from.size
	if gpusOf(container) == 0 {
		life.Profile = dcgm.Empty
	}
	return life
}

// program is the life once the image is there.
func (c *Catalogue) program(pod *core.Pod, container *core.Container, node *core.Node, image pulled, attempt int, seed uint64) Life {
	words := append(append([]string(nil), container.Command...), container.Args...)
	if len(words) == 0 {
		words = []string{image.from.entry}
	}
	command := strings.Join(words, " ")
	r := newRun(pod, container, node, image, command, attempt, seed)
	if why := r.refused(); why != "" {
		return Life{Exit: Exit{Code: 128, Reason: "StartError", Message: why}}
	}
	if line, ok := inside(words); ok {
		if life, ok := c.try(r, line); ok {
			return life
		}
	}
	switch name := recognise(command, image.ref); {
	case strings.Contains(command, "notebook") || strings.Contains(command, "jupyter"):
		return c.notebook(r)
	case name != "":
		return c.train(pod, container, r, frameworks()[name])
	case strings.Contains(command, "nvidia-smi"):
		return c.smi(r)
	case serves(words):
		return Life{CPU: 0.05, Memory: 120 << 20, Grace: time.Second, Exit: completed()}
	case path.Base(words[0]) == words[0] && !strings.Contains(" sh bash ash sleep echo true false exit env ls cat date hostname python python3 printf ", " "+words[0]+" "):
		return Life{Exit: Exit{Code: 128, Reason: "StartError", Message: fmt.Sprintf("failed to create containerd task: failed to create shim task: OCI runtime create failed: "+
			"runc create failed: unable to start container process: error during container init: exec: %q: executable file not found in $PATH: unknown", words[0])}}
	}
	life := c.shell(words)
	if life.Profile = dcgm.Empty; gpusOf(container) > 0 {
		if p, err := dcgm.ParseProfile(pod.Annotations[GPU], r.index); err == nil && pod.Annotations[GPU] != "" {
			life.Profile = p
		}
	}
	return life
}

// serves says that a program runs until it is stopped, and ends when asked to.
func serves(words []string) bool {
	switch path.Base(words[0]) {
	case "nginx", "pause", "prometheus", "sshd", "tail", "etcd", "redis-server", "tensorboard", "visualdl":
		return true
	}
	return false
}

// refused is what the container runtime says when the image's own requirement
// (NVIDIA_REQUIRE_CUDA) is above the node's driver; empty: it starts.
func (r *run) refused() string {
	if !r.image.from.gate || r.gpus == 0 || r.newest == "." || !older(r.newest, r.image.cuda) || !older(r.driver, driverFloor(r.image.cuda)) {
		return ""
	}
	return "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: " +
		"error during container init: error running prestart hook #0: exit status 1, stdout: , stderr: Auto-detected mode as 'legacy'\n" +
		fmt.Sprintf("nvidia-container-cli: requirement error: unsatisfied condition: cuda>=%s, please update your driver to a newer version, or use an earlier cuda container: unknown", r.image.cuda)
}
