package submit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"paddock/fleet"
)

// asked is what objects take of their namespaces' quotas: namespace, then the
// quota's name of the resource ("pods", "requests.cpu").
type asked map[string]map[string]resource.Quantity

func (a asked) add(namespace, name string, q resource.Quantity, times int) {
	if a[namespace] == nil {
		a[namespace] = map[string]resource.Quantity{}
	}
	q.Mul(int64(times))
	sum := a[namespace][name]
	sum.Add(q)
	a[namespace][name] = sum
}

// object counts the object itself ("count/jobs.batch").
func (a asked) object(o Object) {
	group, _, grouped := strings.Cut(o.APIVersion(), "/")
	name := "count/" + strings.ToLower(o.Ref().Kind) + "s"
	if grouped {
		name += "." + group
	}
	a.add(o.Ref().Namespace, name, resource.MustParse("1"), 1)
}

// pods counts the pods of a workload, as quotas do: by requests and by limits,
// where a limit alone is a request as well.
func (a asked) pods(w *workload) {
	namespace := w.ref().Namespace
	a.add(namespace, "pods", resource.MustParse("1"), w.workers)
	for _, k := range w.spec.Containers {
		requests := maps.Clone(k.Resources.Limits)
		if requests == nil {
			requests = corev1.ResourceList{}
		}
		maps.Copy(requests, k.Resources.Requests)
		for name, q := range requests {
			a.add(namespace, "requests."+string(name), q, w.workers)
		}
		for name, q := range k.Resources.Limits {
			a.add(namespace, "limits."+string(name), q, w.workers)
		}
	}
}

// quota holds what is asked for against the quotas of the namespaces.
func (c *checker) quota() {
	for _, namespace := range slices.Sorted(maps.Keys(c.asked)) {
		for _, q := range c.quotas(namespace) {
			c.object = fleet.Ref{Kind: Quotas, Namespace: namespace, Name: q.Name}
			name := q.Resource
			if name == "cpu" || name == "memory" { // older names of the requests
				name = "requests." + name
			}
			hard, errHard := resource.ParseQuantity(q.Hard)
			used, errUsed := resource.ParseQuantity(q.Used)
			if errHard == nil && errUsed == nil {
				c.against(q, name, c.asked[namespace], hard, used)
			}
		}
	}
}

func (c *checker) against(q Quota, name string, asked map[string]resource.Quantity, hard, used resource.Quantity) {
	want, ok := asked[name]
	if !ok {
		_, pods := asked["pods"]
		if pods && (strings.HasSuffix(name, ".cpu") || strings.HasSuffix(name, ".memory")) {
			c.say(Warning, "quota-unsaid", fmt.Sprintf("quota %s bounds %s, and a worker doesn't say how much it takes: it is refused unless the namespace has a default", q.Name, name),
				c.do("set cpu and memory", "set "+name+" in resources"))
		}
		return
	}
	left := hard.DeepCopy()
	left.Sub(used)
	switch {
	case want.Cmp(hard) > 0:
		c.say(Error, "quota", fmt.Sprintf("quota %s allows %s of %s; %s are asked for", q.Name, hard.String(), name, want.String()), "")
	case want.Cmp(left) > 0:
		c.say(Warning, "quota", fmt.Sprintf("quota %s allows %s of %s, %s are in use; %s are asked for: some workers wait until others end", q.Name, hard.String(), name, used.String(), want.String()), "")
	}
}

// quotas are the facts of a namespace, else what the fleet knows of its GPUs.
func (c *checker) quotas(namespace string) []Quota {
	if a := c.facts[fleet.Ref{Kind: Quotas, Namespace: namespace}]; a.Presence == Present {
		return a.Quotas
	}
	if c.fleet == nil {
		return nil
	}
	var out []Quota
	for _, t := range c.fleet.Teams {
		if t.Name != namespace {
			continue
		}
		for _, q := range t.Quotas {
			out = append(out, Quota{Name: q.Name, Resource: "requests." + q.Resource, Hard: fmt.Sprint(q.Hard), Used: fmt.Sprint(q.Used)})
		}
	}
	return out
}
