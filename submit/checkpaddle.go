package submit

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// paddle checks the address of the master that paddle.distributed.launch gets,
// which has three traps (python/paddle/distributed/launch/controllers/master.py).
func (c *checker) paddle(w *workload) {
	t := w.trainer()
	if !strings.Contains(line(t), "paddle.distributed.launch") && (c.recipe == nil || c.recipe.Framework != Paddle) {
		return
	}
	master, variable := masterOf(t)
	host, etcd := strings.CutPrefix(master, "etcd://")
	switch {
	case master == "":
	case strings.HasPrefix(master, "http"):
		c.say(Error, "paddle-master", master+" is no HOST:PORT: the launcher ends with a ValueError", "leave the scheme out")
	case etcd && strings.ContainsAny(host[:min(1, len(host))], "etcd"):
		c.say(Error, "paddle-etcd", fmt.Sprintf("Paddle would look for etcd at %q: it takes the letters e, t, c and d off the front of %s", strings.TrimLeft(host, "etcd:/"), host),
			"name it by a host that begins with another letter, or by its IP")
	case etcd || w.workers < 2 || address(master) != "" || strings.Contains(master, "$") || strings.HasPrefix(master, "127."):
	case !c.hasIP(t, variable):
		c.say(Warning, "paddle-master", fmt.Sprintf("nobody may become master: the launcher starts it where its own IP is written %q, and that is a name; all would print \"master not ready\"", strings.Split(master, ":")[0]),
			c.do("leave it out: worker 0 is told its own IP", "give worker 0 its own IP: PADDLE_MASTER=$(POD_IP):PORT, the others the name"))
	}
}

// masterOf is the master that the launcher is told, by its environment, which
// wins, or by its command line.
func masterOf(t *corev1.Container) (master string, variable bool) {
	for _, e := range t.Env {
		if e.Name == "PADDLE_MASTER" {
			return e.Value, true
		}
	}
	m := regexp.MustCompile(`--master[= ]+(\S+)`).FindStringSubmatch(line(t))
	if m == nil {
		return "", false
	}
	return strings.Trim(m[1], `"'`), false
}

// hasIP tells whether something makes the first worker's address its IP: a
// shell that sets the variable anew, or a POD_IP that is written like the master.
func (c *checker) hasIP(t *corev1.Container, variable bool) bool {
	if variable && strings.Contains(line(t), "PADDLE_MASTER=") {
		return true
	}
	return slices.ContainsFunc(t.Env, func(e corev1.EnvVar) bool {
		return e.Name == "POD_IP" && e.ValueFrom == nil && strings.Contains(e.Value, ".")
	})
}
