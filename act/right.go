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
