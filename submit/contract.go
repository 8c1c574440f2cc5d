package submit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// indexEnv is the variable with a worker's completion index. The Job controller
// adds it behind all others, where they can't refer to it; so it is put first.
const indexEnv = "JOB_COMPLETION_INDEX"

// indexAnnotation holds the completion index, on every pod of an Indexed Job.
const indexAnnotation = "batch.kubernetes.io/job-completion-index"

// maxEndpoints bounds PADDLE_TRAINER_ENDPOINTS: Linux starts no process with a
// longer string than 128 KiB in its environment (MAX_ARG_STRLEN).
const maxEndpoints = 100 << 10

// contract is the environment in which the framework's launcher finds the other
// workers. Variables of the recipe with the same name come in their places.
func (r *Recipe) contract() []corev1.EnvVar {
	var out []corev1.EnvVar
	switch r.Framework {
	case Paddle:
		out = r.paddle()
	case PyTorch:
		out = r.torchrun()
	}
	if r.Framework != Plain {
		out = append(out, corev1.EnvVar{Name: "PYTHONUNBUFFERED", Value: "1"}) // else the log is minutes behind
	}
	return out
}

// paddle is what paddle.distributed.launch reads, and what scripts of the time
// before it read (python/paddle/distributed/launch: context/args_envs.py,
// controllers/master.py, plugins).
//
// The launcher's master starts only on the worker whose own IP is the host of
// PADDLE_MASTER, letter by letter: with a name there nobody would start it, and
// all wait. PADDLE_TRAINER_ENDPOINTS, whose first entry replaces PADDLE_MASTER,
// has the same trap. The worker 0 therefore gets its IP in both; see paddleFirst.
func (r *Recipe) paddle() []corev1.EnvVar {
	first := fmt.Sprintf("%s:%d", r.host("0"), r.Port)
	out := []corev1.EnvVar{
		index(),
		{Name: "POD_IP", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "status.podIP"}}},
		{Name: "PADDLE_JOB_ID", Value: r.Team + "-" + r.Name}, // its key in an etcd that others use too
		{Name: "PADDLE_NNODES", Value: r.Workers.String()},
	}
	switch {
	case r.Workers.Elastic():
		// Ranks are given anew when workers come and go, so none is set; level 1
		// waits for a lost worker, where the default ends the others as well.
		return append(out, corev1.EnvVar{Name: "PADDLE_MASTER", Value: "etcd://" + r.Etcd}, corev1.EnvVar{Name: "PADDLE_ELASTIC_LEVEL", Value: "1"})
	case !r.distributed():
		return out
	}
	out = append(out,
		corev1.EnvVar{Name: "PADDLE_TRAINER_ID", Value: "$(" + indexEnv + ")"},
		corev1.EnvVar{Name: "PADDLE_TRAINERS_NUM", Value: strconv.Itoa(r.Workers.Max)})
	if !r.meets() {
		return out
	}
	out = append(out,
		corev1.EnvVar{Name: "PADDLE_MASTER", Value: first},
		corev1.EnvVar{Name: "PADDLE_CURRENT_ENDPOINT", Value: fmt.Sprintf("%s:%d", r.host("$("+indexEnv+")"), r.Port)})
	if all := r.endpoints(); all != "" {
		out = append(out, corev1.EnvVar{Name: "PADDLE_TRAINER_ENDPOINTS", Value: all})
	}
	return out
}

// meets tells whether workers of Paddle meet at the first of them, as they do
// unless they are elastic, alone, or told by the recipe where to meet.
func (r *Recipe) meets() bool {
	return r.Framework == Paddle && r.distributed() && !r.Workers.Elastic() &&
		!slices.ContainsFunc(r.Env, func(v EnvVar) bool { return v.Name == "PADDLE_MASTER" || v.Name == "PADDLE_TRAINER_ENDPOINTS" })
}

// endpoints lists all workers with their ports; "" when that is too long.
func (r *Recipe) endpoints() string {
	if r.Workers.Max*len(r.host("0")) > maxEndpoints {
		return ""
	}
	all := make([]string, r.Workers.Max)
	for i := range all {
		all[i] = fmt.Sprintf("%s:%d", r.host(strconv.Itoa(i)), r.Port)
	}
	if s := strings.Join(all, ","); len(s) <= maxEndpoints {
		return s
	}
	return ""
}

// paddleFirst puts the IP of worker 0 where the others have its name, and then
// becomes the command.
func (r *Recipe) paddleFirst() string {
	first := fmt.Sprintf("$POD_IP:%d", r.Port)
	set := `PADDLE_MASTER="` + first + `" PADDLE_CURRENT_ENDPOINT="` + first + `"`
	if r.endpoints() != "" {
		set += ` PADDLE_TRAINER_ENDPOINTS="` + first + `,${PADDLE_TRAINER_ENDPOINTS#*,}"`
	}
	return `if [ "$` + indexEnv + `" = 0 ]; then export ` + set + `; fi; exec "$@"`
}

// command is what the container runs.
func (r *Recipe) command() []string {
	if !r.meets() {
		return slices.Clone(r.Command)
	}
	return append([]string{"/bin/sh", "-c", r.paddleFirst(), "--"}, r.Command...)
}

// torchrun is what torchrun reads (its options by their PET_ names), and what
// scripts read that other launchers start. Fixed workers meet by their index, so
// that ranks stay where they are; elastic ones by c10d, which gives ranks anew.
func (r *Recipe) torchrun() []corev1.EnvVar {
	host, port := r.host("0"), strconv.Itoa(r.Port)
	processes := strconv.Itoa(max(1, r.GPUs))
	out := []corev1.EnvVar{
		index(),
		{Name: "PET_NNODES", Value: r.Workers.String()},
		{Name: "PET_NPROC_PER_NODE", Value: processes},
	}
	if r.Workers.Elastic() {
		return append(out,
			corev1.EnvVar{Name: "PET_RDZV_BACKEND", Value: "c10d"},
			corev1.EnvVar{Name: "PET_RDZV_ENDPOINT", Value: host + ":" + port},
			corev1.EnvVar{Name: "PET_RDZV_ID", Value: r.Team + "-" + r.Name},
			corev1.EnvVar{Name: "PET_MAX_RESTARTS", Value: strconv.Itoa(r.Retries)})
	}
	node := "$(" + indexEnv + ")"
	out = append(out,
		corev1.EnvVar{Name: "PET_NODE_RANK", Value: node},
		corev1.EnvVar{Name: "PET_MASTER_ADDR", Value: host},
		corev1.EnvVar{Name: "PET_MASTER_PORT", Value: port},
		corev1.EnvVar{Name: "MASTER_ADDR", Value: host},
		corev1.EnvVar{Name: "MASTER_PORT", Value: port},
		corev1.EnvVar{Name: "NODE_RANK", Value: node})
	if r.GPUs > 1 {
		return out // several processes a worker: a launcher has to number them
	}
	return append(out,
		corev1.EnvVar{Name: "WORLD_SIZE", Value: strconv.Itoa(r.Workers.Max)},
		corev1.EnvVar{Name: "RANK", Value: node},
		corev1.EnvVar{Name: "LOCAL_RANK", Value: "0"})
}

// host is the DNS name of a worker, which the headless Service gives it.
func (r *Recipe) host(index string) string { return r.Name + "-" + index + "." + r.Name }

func index() corev1.EnvVar {
	return corev1.EnvVar{Name: indexEnv, ValueFrom: &corev1.EnvVarSource{
		FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.annotations['" + indexAnnotation + "']"}}}
}

// env is the whole environment of a worker: the framework's, then the recipe's
// own, which may refer to it. What the recipe says itself holds.
func (r *Recipe) env() []corev1.EnvVar {
	out := r.contract()
	for _, v := range r.Env {
		set := v.api()
		at := slices.IndexFunc(out, func(e corev1.EnvVar) bool { return e.Name == v.Name })
		if at >= 0 {
			out[at] = set
			continue
		}
		out = append(out, set)
	}
	return out
}

func (v EnvVar) api() corev1.EnvVar {
	out := corev1.EnvVar{Name: v.Name, Value: v.Value}
	name := corev1.LocalObjectReference{Name: v.From.Name}
	switch v.From.Kind {
	case "Secret":
		out.ValueFrom = &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: name, Key: v.Key}}
	case "ConfigMap":
		out.ValueFrom = &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{LocalObjectReference: name, Key: v.Key}}
	}
	return out
}
