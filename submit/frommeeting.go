package submit

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
)

// takeMeeting takes out of a recipe where the workers of its Job meet, as far
// as the framework's contract says it anew: under another name, the address
// would lead to the workers of the Job that runs.
func takeMeeting(r *Recipe, job *batchv1.Job) {
	m := meeting{r, job}
	switch {
	case !r.distributed():
	case r.Framework == Paddle && !r.Workers.Elastic() && len(r.Command) > 0:
		m.paddle()
	case r.Framework == PyTorch && r.Workers.Elastic():
		m.elastic()
	case r.Framework == PyTorch:
		m.torchrun()
	}
}

type meeting struct {
	recipe *Recipe
	job    *batchv1.Job
}

// own tells whether a host is a worker of the Job.
func (m meeting) own(h workerHost) bool {
	return h.job == m.job.Name && (h.service == m.job.Name || h.service == m.job.Spec.Template.Spec.Subdomain) &&
		(h.namespace == "" || h.namespace == m.job.Namespace)
}

// address reads an address that is one of the Job's workers and nothing else.
func (m meeting) address(text string) (port string, ok bool) {
	found := workerHosts(text)
	if len(found) != 1 || found[0].from != 0 || !m.own(found[0]) {
		return "", false
	}
	port, colon := strings.CutPrefix(text[found[0].to:], ":")
	_, err := strconv.Atoi(port)
	return port, port == "" && !colon || colon && err == nil
}

// paddle leaves out the master, of which the environment has the last word, and
// the endpoints that go with it.
func (m meeting) paddle() {
	port := ""
	m.forget(func(v EnvVar) bool {
		switch v.Name {
		case "PADDLE_MASTER":
			p, ok := m.address(v.Value)
			if ok {
				port = p
			}
			return ok
		case "PADDLE_TRAINER_ENDPOINTS":
			found := workerHosts(v.Value)
			return len(found) > 0 && !slices.ContainsFunc(found, func(h workerHost) bool { return !m.own(h) })
		case "PADDLE_CURRENT_ENDPOINT":
			return strings.HasPrefix(v.Value, m.job.Name+"-") && strings.Contains(v.Value, "."+m.job.Name)
		}
		return false
	})
	line := strings.Join(slices.Concat(m.recipe.Command, m.recipe.Args), " ")
	if m.recipe.meets() && (strings.Contains(line, "paddle.distributed.launch") || strings.Contains(line, "fleetrun")) {
		for _, words := range []*[]string{&m.recipe.Command, &m.recipe.Args} {
			var p string
			if *words, p = m.masterless(*words); p != "" {
				port = p
			}
		}
	}
	m.meetAt(port)
}

// masterOption is Paddle's option in a line of shell.
var masterOption = regexp.MustCompile(`(?:^|\s)--master(?:=|\s+)(\S+)`)

// masterless is a command without --master where that is the Job's own, and its port.
func (m meeting) masterless(words []string) (out []string, port string) {
	own := func(text string) bool {
		p, ok := m.address(strings.Trim(text, `"'`))
		if ok && p != "" {
			port = p
		}
		return ok
	}
	for i := 0; i < len(words); i++ {
		if words[i] == "--master" && i+1 < len(words) && own(words[i+1]) {
			i++
			continue
		}
		left := masterOption.ReplaceAllStringFunc(words[i], func(option string) string {
			if own(masterOption.FindStringSubmatch(option)[1]) {
				return ""
			}
			return option
		})
		if left != "" || words[i] == "" {
			out = append(out, left)
		}
	}
	return out, port
}

// torchrun writes the variable that the contract sets where worker 0 is named:
// its options may be anybody's, so that none is left out.
func (m meeting) torchrun() {
	m.forget(func(v EnvVar) bool {
		port, ok := m.address(v.Value)
		return ok && port == "" && (v.Name == "MASTER_ADDR" || v.Name == "PET_MASTER_ADDR")
	})
	if slices.ContainsFunc(m.recipe.Env, func(v EnvVar) bool { return v.Name == "MASTER_ADDR" }) {
		return
	}
	m.rewrite(func(rest string) (string, string) { return "$(MASTER_ADDR)", rest })
}

// elastic does the same for workers that meet by c10d.
func (m meeting) elastic() {
	m.forget(func(v EnvVar) bool {
		port, ok := m.address(v.Value)
		if ok = ok && v.Name == "PET_RDZV_ENDPOINT"; ok {
			m.meetAt(port)
		}
		return ok
	})
	if slices.ContainsFunc(m.recipe.Env, func(v EnvVar) bool { return v.Name == "PET_RDZV_ENDPOINT" }) {
		return
	}
	m.rewrite(func(rest string) (string, string) {
		port := regexp.MustCompile(`^:(\d+)`).FindStringSubmatch(rest)
		if port == nil {
			return "", rest
		}
		m.meetAt(port[1])
		return "$(PET_RDZV_ENDPOINT)", rest[len(port[0]):]
	})
}

// forget drops variables of the recipe.
func (m meeting) forget(which func(EnvVar) bool) {
	m.recipe.Env = slices.DeleteFunc(m.recipe.Env, which)
}

// meetAt sets the port on which the first worker awaits the others.
func (m meeting) meetAt(port string) {
	if n, err := strconv.Atoi(port); err == nil && n > 0 && n <= 65535 {
		m.recipe.Port = n
	}
}

// rewrite puts something in the place of worker 0 wherever it is named; ""
// leaves it. put gets what follows the host, and returns what stays of that too.
func (m meeting) rewrite(put func(rest string) (host, left string)) {
	in := func(text string) string {
		for _, h := range slices.Backward(workerHosts(text)) {
			if !m.own(h) || h.index != "0" {
				continue
			}
			if host, left := put(text[h.to:]); host != "" {
				text = text[:h.from] + host + left
			}
		}
		return text
	}
	for _, words := range [][]string{m.recipe.Command, m.recipe.Args} {
		for i := range words {
			words[i] = in(words[i])
		}
	}
	for i := range m.recipe.Env {
		m.recipe.Env[i].Value = in(m.recipe.Env[i].Value)
	}
}
