package training

import (
	"strconv"
	"strings"
	"time"

	core "k8s.io/api/core/v1"
)

// run is one container that trains: where it stands among its peers, and
// what it has to do.
type run struct {
	pod, host, node string
	namespace, job  string
	command         string
	image           pulled
	driver, newest  string // of the node: the driver, and the newest CUDA that it knows
	product         string
	compute, memory string // of the node's GPUs: compute capability, MiB
	ip              string

	index, nodes, gpus int // of this worker, of all workers, of GPUs here
	attempt            int
	seed, jobSeed      uint64 // of this container; the same for all workers of a job

	dragged     bool          // one of the workers is slow, and so are all
	warm        time.Duration // from the start to the first step
	step        time.Duration
	first, last int // steps: where this attempt begins, and where the training ends
	epoch       int // steps in one
	life        time.Duration
	end         end // how == "": it trains to its end
}

// newRun reads a pod.
func newRun(pod *core.Pod, container *core.Container, node *core.Node, image pulled, command string, attempt int, seed uint64) *run {
	job := pod.Labels["batch.kubernetes.io/job-name"]
	if job == "" {
		job = pod.Name
	}
	r := &run{
		pod: pod.Name, host: pod.Spec.Hostname, node: node.Name, namespace: pod.Namespace, job: job, ip: pod.Status.PodIP,
		command: command, image: image, driver: driverOf(node), newest: newestCUDA(node),
		product: strings.ReplaceAll(node.Labels["nvidia.com/gpu.product"], "-", " "),
		compute: node.Labels["nvidia.com/gpu.compute.major"] + "." + node.Labels["nvidia.com/gpu.compute.minor"], memory: node.Labels["nvidia.com/gpu.memory"],
		index: indexOf(pod), gpus: gpusOf(container), attempt: attempt, seed: seed, jobSeed: hash(pod.Namespace + "/" + job),
	}
	r.nodes = max(r.index+1, nodesOf(container, command))
	if r.host == "" {
		r.host = pod.Name
	}
	if r.ip == "" {
		r.ip = "10.244.1.7"
	}
	return r
}

// rank is the first process of this worker.
func (r *run) rank() int { return max(0, r.index) * max(1, r.gpus) }

// ranks is how many processes train together.
func (r *run) ranks() int { return r.nodes * max(1, r.gpus) }

// leads says that this is the worker whose rank 0 prints.
func (r *run) leads() bool { return r.index <= 0 }

// at is when a step of this attempt is done, since the start of the container.
func (r *run) at(step int) time.Duration { return r.warm + time.Duration(step-r.first)*r.step }

// indexOf is the completion or replica index of a worker; -1: it has none.
func indexOf(pod *core.Pod) int {
	for _, text := range [...]string{pod.Annotations["batch.kubernetes.io/job-completion-index"], pod.Labels["batch.kubernetes.io/job-completion-index"]} {
		if n, err := strconv.Atoi(text); err == nil {
			return n
		}
	}
	return -1
}

// gpusOf is how many GPUs a container asks for.
func gpusOf(container *core.Container) int {
	q := container.Resources.Limits["nvidia.com/gpu"]
	return int(q.Value())
}

// nodesOf is how many workers a command or its environment names: "2:4" is
// an elastic range, of which the most count.
func nodesOf(container *core.Container, command string) int {
	text := ""
	for _, e := range container.Env {
		switch e.Name {
		case "PADDLE_NNODES", "PET_NNODES", "NNODES", "NUM_NODES":
			text = e.Value
		}
	}
	if n := argument(command, "--nnodes"); n != "" {
		text = n
	}
	_, most, ok := strings.Cut(text, ":")
	if !ok {
		most = text
	}
	n, err := strconv.Atoi(most)
	if err != nil {
		return 1
	}
	return n
}

// argument is the number, or range, that a command gives after a name.
func argument(command, name string) string {
	_, rest, ok := strings.Cut(command, name)
	if !ok || rest == "" || rest[0] != '=' && rest[0] != ' ' {
		return ""
	}
	rest = rest[1:]
	if end := strings.IndexFunc(rest, func(c rune) bool { return c != ':' && (c < '0' || c > '9') }); end >= 0 {
		rest = rest[:end]
	}
	return rest
}

// hash is FNV-1a, mixed.
func hash(text string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return mix(h)
}
