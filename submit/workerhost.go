package submit

import (
	"regexp"
	"strings"
)

// workerHost is the DNS name of a worker as it stands in a text:
// JOB-INDEX.SERVICE, or JOB-INDEX.SERVICE.NAMESPACE.svc.cluster.local.
type workerHost struct {
	job, index, service string
	namespace           string // "" when it is that of whoever asks
	from, to            int    // where it stands
}

// dotted is a host of several labels.
var dotted = regexp.MustCompile(`[a-z0-9][-a-z0-9]*(?:\.[-a-z0-9]+)+`)

// workerHosts finds what could be the names of workers. Hosts of other forms,
// like harbor-1.example.com, and paths are none; that of a StatefulSet's pod
// can't be told apart.
func workerHosts(text string) []workerHost {
	var out []workerHost
	for _, at := range dotted.FindAllStringIndex(text, -1) {
		before, after := text[:at[0]], text[at[1]:]
		part := strings.HasSuffix(before, "/") && !strings.HasSuffix(before, "//") || strings.HasSuffix(before, "$(")
		if part || before != "" && strings.ContainsAny(before[len(before)-1:], word+".-") || after != "" && strings.ContainsAny(after[:1], word) {
			continue
		}
		if h, ok := parseWorkerHost(text[at[0]:at[1]]); ok {
			h.from, h.to = at[0], at[1]
			out = append(out, h)
		}
	}
	return out
}

// word are the letters that a host next to them would be a part of something with.
const word = "_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

func parseWorkerHost(host string) (workerHost, bool) {
	labels := strings.Split(host, ".")
	cut := strings.LastIndex(labels[0], "-")
	if cut <= 0 || strings.Trim(labels[0][cut+1:], "0123456789") != "" || labels[0][cut+1:] == "" {
		return workerHost{}, false
	}
	h := workerHost{job: labels[0][:cut], index: labels[0][cut+1:], service: labels[1]}
	switch rest := labels[2:]; {
	case h.service[0] < 'a': // a Service begins with a letter
		return h, false
	case len(rest) > 1 && rest[1] != "svc":
		return h, false
	case len(rest) > 0:
		h.namespace = rest[0]
	}
	return h, true
}
