package submit

import (
	"fmt"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// meetingOption is an option, or an assignment in a line of shell, that says
// where workers meet.
var meetingOption = regexp.MustCompile(`(--?(?:master|master[_-]addr|rdzv[_-]endpoint|init[_-]method|dist[_-]url)|(?:^|[\s;])(?:` + meetingVariables + `))[=\s]\s*(\S+)`)

// meetingVariables are those that say it to launchers and scripts.
const meetingVariables = `MASTER_ADDR|PADDLE_MASTER|PADDLE_TRAINER_ENDPOINTS|PADDLE_CURRENT_ENDPOINT|PET_\w+`

var meetingVariable = regexp.MustCompile(`^(?:` + meetingVariables + `)$`)

// meeting tells of workers that would meet at those of another job, as happens
// when its recipe or manifest is sent again under another name. Only what says
// where workers meet is looked at: elsewhere redis-0.redis is a database.
func (c *checker) meeting(w *workload) {
	told := map[string]bool{}
	look := func(place, text string) {
		for _, h := range workerHosts(text) {
			if h.job == h.service && !c.ours(w, h) && !told[h.job] {
				told[h.job] = true
				c.say(Warning, "other-job-address", fmt.Sprintf("%s names worker %s of %s, another job: its workers would meet there", place, h.index, h.job), c.meetElsewhere(w))
			}
		}
	}
	for _, k := range w.containers() {
		if etcd(&k) {
			continue // what is named is the etcd
		}
		for _, m := range meetingOption.FindAllStringSubmatch(line(&k), -1) {
			look(strings.TrimSpace(strings.TrimLeft(m[1], "; \t\n")), m[2])
		}
		for _, e := range k.Env {
			if meetingVariable.MatchString(e.Name) {
				look("variable "+e.Name, e.Value)
			}
		}
	}
}

// ours tells whether a host belongs to what is submitted, by the name of one of
// its objects or of the subdomain.
func (c *checker) ours(w *workload, h workerHost) bool {
	here := h.namespace == "" || w.ref().Namespace == "" || h.namespace == w.ref().Namespace
	return here && (h.service == w.spec.Subdomain || c.names[h.service])
}

// etcd tells of workers that meet in an etcd, whose members are called like workers.
func etcd(k *corev1.Container) bool {
	if regexp.MustCompile(`rdzv[_-]backend[= ]+["']?etcd|etcd://`).MatchString(line(k)) {
		return true
	}
	for _, e := range k.Env {
		if e.Name == "PET_RDZV_BACKEND" && strings.HasPrefix(e.Value, "etcd") || meetingVariable.MatchString(e.Name) && strings.HasPrefix(e.Value, "etcd://") {
			return true
		}
	}
	return false
}

// meetElsewhere says where they should meet.
func (c *checker) meetElsewhere(w *workload) string {
	if w.ref().Kind != "Job" {
		return "name a worker of its own"
	}
	name, service := w.ref().Name, w.spec.Subdomain
	if service == "" {
		service = name
	}
	write := "write " + name + "-0." + service
	if c.recipe != nil && c.recipe.Framework != Plain {
		return "leave the address out: paddock tells workers where they meet; or " + write
	}
	return write
}
