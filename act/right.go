package act

import "paddock/fleet"

// Right is one permission, as RBAC words it.
type Right struct {
	Verb        string // "patch"
	Group       string // "batch"; "" is the core group
	Resource    string // "jobs"
	Subresource string // "eviction"; mostly ""
	Namespace   string // "" for objects without one
}

// String is the right as one says it: "patch jobs.batch in namespace nlp".
func (r Right) String() string {
	s := r.Verb + " " + r.what()
	if r.Namespace != "" {
		s += " in namespace " + r.Namespace
	}
	return s
}

// Check is the kubectl command that tells whether one has the right.
func (r Right) Check() string {
	s := "kubectl auth can-i " + r.Verb + " " + r.what()
	if r.Subresource != "" {
		s = "kubectl auth can-i " + r.Verb + " " + Right{Group: r.Group, Resource: r.Resource}.what() + " --subresource=" + r.Subresource
	}
	if r.Namespace != "" {
		s += " -n " + r.Namespace
	}
	return s
}

func (r Right) what() string {
	s := r.Resource
	if r.Group != "" {
		s += "." + r.Group
	}
	if r.Subresource != "" {
		s += "/" + r.Subresource
	}
	return s
}

// to is a right on the target itself.
func to(verb string, t Target) Right {
	return Right{Verb: verb, Group: group(t.APIVersion), Resource: plural(t.Ref.Kind), Namespace: t.Ref.Namespace}
}

// workloads are the rights on Kueue's Workload of a job.
func workloads(job fleet.Ref) []Right {
	r := Right{Verb: "list", Group: "kueue.x-k8s.io", Resource: "workloads", Namespace: job.Namespace}
	p := r
	p.Verb = "patch"
	return []Right{r, p}
}

// Usual are the rights that the changes of this package need in a namespace,
// and of nodes without one: asked at once, before a key is pressed.
func Usual(namespace string) []Right {
	if namespace == "" {
		return []Right{{Verb: "patch", Resource: "nodes"}}
	}
	core := func(verb, resource, sub string) Right {
		return Right{Verb: verb, Resource: resource, Subresource: sub, Namespace: namespace}
	}
	job := func(verb string) Right {
		return Right{Verb: verb, Group: "batch", Resource: "jobs", Namespace: namespace}
	}
	return append([]Right{
		job("patch"), job("delete"), job("create"), job("get"), job("watch"),
		core("create", "pods", "eviction"), core("delete", "pods", ""), core("patch", "pods", "status"), core("get", "pods", ""), core("patch", "pods", ""),
		core("create", "pods", "exec"), core("create", "pods", "portforward"), core("create", "services", ""),
	}, workloads(fleet.Ref{Namespace: namespace})...)
}

// Missing is the first of these rights that the user is known not to have.
func Missing(rights []Right, allowed map[Right]bool) (Right, bool) {
	for _, r := range rights {
		if ok, known := allowed[r]; known && !ok {
			return r, true
		}
	}
	return Right{}, false
}

// Reach is the right to reach into pods through one of their subresources:
// "exec", "portforward".
func Reach(subresource string) func(namespace string) Right {
	return func(namespace string) Right {
		return Right{Verb: "create", Resource: "pods", Subresource: subresource, Namespace: namespace}
	}
}
