package submit

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
)

// maxName is how long a DNS label may be: the host name of the last worker.
const maxName = 63

// maxWorkers is the API server's bound on the parallelism of an Indexed Job.
const maxWorkers = 100_000

// Validate tells all that keeps a recipe from becoming objects, a line a
// field. What the cluster has to say is not asked: see Check.
func (r *Recipe) Validate() error {
	var all []error
	say := func(field, format string, args ...any) {
		all = append(all, fmt.Errorf("%s: %s", field, fmt.Sprintf(format, args...)))
	}
	r.validateNames(say)
	r.validateSizes(say)
	r.validateFramework(say)
	for _, v := range r.Env {
		if !regexp.MustCompile(`^[-._a-zA-Z][-._a-zA-Z0-9]*$`).MatchString(v.Name) {
			say("env", "%q is no name of a variable", v.Name)
		}
	}
	mounts := map[string]bool{"/dev/shm": r.shm()}
	for _, v := range r.Volumes {
		if mounts[v.Mount] {
			say("volumes", "%s has two volumes", v.Mount)
		}
		mounts[v.Mount] = true
	}
	return errors.Join(all...)
}

type sayer func(field, format string, args ...any)

func (r *Recipe) validateNames(say sayer) {
	switch {
	case r.Name == "":
		say("name", "how shall the job be called?")
	case len(validation.IsDNS1035Label(r.Name)) > 0: // the Service's rule is the narrower one
		say("name", "%q is not made of small letters, digits and dashes, with a letter first and no dash last", r.Name)
	case len(r.lastWorker()) > maxName:
		say("name", "%s, the name of its last worker, is longer than %d letters", r.lastWorker(), maxName)
	}
	switch {
	case r.Team == "":
		say("team", "in which namespace?")
	case len(validation.IsDNS1123Label(r.Team)) > 0:
		say("team", "%q is no name of a namespace", r.Team)
	}
	if r.Image == "" {
		say("image", "which image?")
	}
}

// lastWorker is the longest name that a worker gets.
func (r *Recipe) lastWorker() string { return r.Name + "-" + strconv.Itoa(r.Workers.Max-1) }

func (r *Recipe) validateSizes(say sayer) {
	for _, q := range []struct{ field, value string }{{"cpu", r.CPU}, {"memory", r.Memory}, {"shm", r.Shm}} {
		if q.value == "" {
			continue
		}
		if v, err := resource.ParseQuantity(q.value); err != nil || v.Sign() < 0 {
			say(q.field, "%q is no amount like 8, 500m, 64Gi", q.value)
		}
	}
	switch {
	case r.Workers.Min < 1 || r.Workers.Max < r.Workers.Min:
		say("workers", "a job has at least one")
	case r.Workers.Max > maxWorkers:
		say("workers", "a Job has at most %d", maxWorkers)
	case r.Retries < 0:
		say("retries", "can't be less than 0")
	case r.Retries > math.MaxInt32/r.Workers.Max:
		say("retries", "too many")
	}
	if r.GPUs < 0 {
		say("gpus", "can't be less than 0")
	}
	if r.GPUs > 0 && len(validation.IsQualifiedName(r.Resource)) > 0 {
		say("resource", "%q is no resource", r.Resource)
	}
	if r.Port < 1 || r.Port > 65535 {
		say("port", "%d is no port", r.Port)
	}
}

func (r *Recipe) validateFramework(say sayer) {
	switch r.Framework {
	case Paddle:
		if r.Workers.Elastic() && r.Etcd == "" {
			say("etcd", "elastic workers of Paddle meet in an etcd: HOST:PORT")
		}
		if r.meets() && len(r.Command) == 0 {
			say("command", "say it: what the image runs by itself can't be told the address of its first worker")
		}
	case PyTorch:
	case Plain:
		if r.Workers.Elastic() {
			say("workers", "only paddle and pytorch can be elastic")
		}
	default:
		say("framework", "%q is none of paddle, pytorch, plain", r.Framework)
	}
	if r.Etcd != "" && !regexp.MustCompile(`^[\w.-]+:\d+$`).MatchString(r.Etcd) {
		say("etcd", "%q is not HOST:PORT", r.Etcd)
	}
}

// shm tells whether a memory-backed /dev/shm is wanted.
func (r *Recipe) shm() bool {
	q, err := resource.ParseQuantity(r.Shm)
	return err == nil && q.Sign() > 0
}
