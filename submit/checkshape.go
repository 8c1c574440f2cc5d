package submit

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"paddock/cuda"
)

// shape checks the numbers and the name of an object.
func (c *checker) shape(o Object) {
	if job := batchJob(o); job != nil {
		c.jobShape(job)
	}
	if !strings.HasPrefix(o.APIVersion(), "kubeflow.org/") {
		return
	}
	found, _ := workloads(o) // what can't be read, Check tells
	for _, w := range found {
		c.hostName(fmt.Sprintf("%s-%s-%d", o.Ref().Name, strings.ToLower(w.role), max(0, w.workers-1)))
	}
}

func (c *checker) jobShape(job *batchv1.Job) {
	s := &job.Spec
	parallelism, completions, indexed := 1, math.MaxInt, false
	if s.Parallelism != nil {
		parallelism = int(*s.Parallelism)
	}
	if s.Completions != nil {
		completions = int(*s.Completions)
	}
	if s.CompletionMode != nil && *s.CompletionMode == batchv1.IndexedCompletion {
		indexed = true
		if s.Completions != nil {
			c.hostName(fmt.Sprintf("%s-%d", job.Name, max(0, completions-1)))
		}
	}
	switch {
	case completions < parallelism:
		c.say(Error, "completions", fmt.Sprintf("completions %d with parallelism %d runs %s at a time, not %d", completions, parallelism, plural(completions, "worker"), parallelism),
			"set completions and parallelism to the number of workers")
	case completions > parallelism && s.Completions != nil:
		c.say(Warning, "completions", fmt.Sprintf("completions %d with parallelism %d runs one part after the other; workers that train together have to run together", completions, parallelism),
			"set completions and parallelism to the number of workers")
	case parallelism > 1 && !indexed:
		c.say(Warning, "no-index", fmt.Sprintf("its %d workers have neither an index nor names of their own", parallelism), "set completionMode: Indexed, and completions to the number of workers")
	}
	if parallelism > 1 && indexed && job.Spec.Template.Spec.Subdomain == "" {
		c.say(Warning, "no-names", "without a subdomain its workers have no DNS names", "set template.spec.subdomain to a headless Service")
	}
}

func (c *checker) hostName(last string) {
	if len(last) > maxName {
		c.say(Error, "name-too-long", fmt.Sprintf("%s, its last worker, has more than %d letters: it is never created", last, maxName), "take a shorter name")
	}
}

// addresses tells of workers that are named by IP: pods get new ones when they
// are replaced.
func (c *checker) addresses(w *workload) {
	for _, k := range w.containers() {
		if ip := address(line(&k)); ip != "" {
			c.say(Warning, "worker-ips", fmt.Sprintf("the command of %s names %s; a worker that is replaced gets another address", k.Name, ip), c.byName())
		}
		for _, e := range k.Env {
			if ip := address(e.Value); ip != "" && !strings.Contains(strings.ToUpper(e.Name), "PROXY") {
				c.say(Warning, "worker-ips", fmt.Sprintf("variable %s names %s; a worker that is replaced gets another address", e.Name, ip), c.byName())
			}
		}
	}
}

func (c *checker) byName() string {
	return c.do("leave it out: workers are told where they find each other", "name workers by a headless Service: JOB-0.SERVICE")
}

// address is the first IP in a text that could be another worker's: bare, or
// where an etcd or a rendezvous is (tcp://). Other URLs and networks
// (10.0.0.0/8) are no workers.
func address(s string) string {
	for _, m := range regexp.MustCompile(`(?:^|[^\w.:/-]|etcd://|tcp://|--?[\w-]+=)(\d{1,3}(?:\.\d{1,3}){3})(?:$|[^\w./-])`).FindAllStringSubmatch(s, -1) {
		if ip := m[1]; octets(ip) && !strings.HasPrefix(ip, "127.") && !strings.HasPrefix(ip, "0.") && ip != "255.255.255.255" {
			return ip
		}
	}
	return ""
}

func octets(ip string) bool {
	for part := range strings.SplitSeq(ip, ".") {
		if n, err := strconv.Atoi(part); err != nil || n > 255 {
			return false
		}
	}
	return true
}

// memory checks /dev/shm, which data loaders and NCCL live in.
func (c *checker) memory(w *workload) {
	t := w.trainer()
	gpus, _ := w.gpus()
	shm, found := shared(w, t)
	if !found {
		if gpus > 0 {
			severity := Hint
			if gpus > 1 || w.workers > 1 {
				severity = Warning
			}
			c.say(severity, "no-shm", fmt.Sprintf("%s has the runtime's 64 MiB of /dev/shm: data loaders die there with \"Bus error\"", t.Name),
				c.do("set shm: 8Gi", "mount an emptyDir with medium: Memory at /dev/shm"))
		}
		return
	}
	limit, limited := t.Resources.Limits[corev1.ResourceMemory]
	if limited && shm != nil && shm.Cmp(limit) >= 0 {
		c.say(Warning, "shm-too-large", fmt.Sprintf("%s of /dev/shm count as memory, of which %s has %s: filling it kills the worker", shm.String(), t.Name, limit.String()),
			c.do("more memory, or less shm", "a larger memory limit, or a smaller sizeLimit"))
	}
}

// shared finds what is mounted at /dev/shm; its size is nil when it has no bound.
func shared(w *workload, t *corev1.Container) (size *resource.Quantity, found bool) {
	for _, m := range t.VolumeMounts {
		if strings.TrimSuffix(m.MountPath, "/") != shmPath {
			continue
		}
		for _, v := range w.spec.Volumes {
			if v.Name == m.Name && v.EmptyDir != nil {
				return v.EmptyDir.SizeLimit, true
			}
		}
		return nil, true
	}
	return nil, w.spec.HostIPC // then it is the node's
}

// trains tells whether a workload looks like training at all.
func trains(w *workload) bool {
	t := w.trainer()
	if _, _, ok := cuda.OfImage(t.Image); ok {
		return true
	}
	l := line(t)
	for _, word := range []string{"paddle.distributed", "torchrun", "torch.distributed", "deepspeed", "horovodrun", "accelerate launch"} {
		if strings.Contains(l, word) {
			return true
		}
	}
	return false
}
