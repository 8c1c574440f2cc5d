package fleet

import (
	"cmp"
	"slices"
	"time"
)

// workers turns the pods of a group into workers: one for each pod that has
// not ended, and for the last attempt of each place in the job; attempts that
// ended before it are kept with the one that followed them.
func workers(g *Group, job Ref, roles map[string]int, now time.Time) []*Worker {
	pods := slices.Clone(g.Pods)
	slices.SortFunc(pods, func(a, b *Pod) int {
		if a.Role != b.Role {
			return cmp.Or(roles[orElse(a.Role, "worker")]-roles[orElse(b.Role, "worker")], cmp.Compare(a.Role, b.Role))
		}
		if a.Index != b.Index {
			return a.Index - b.Index
		}
		return byCreation(a, b)
	})
	c := crew{job: job, now: now, all: make([]Worker, 0, len(pods)), out: make([]*Worker, 0, len(pods))}
	for len(pods) > 0 {
		n := 1
		for n < len(pods) && pods[n].Role == pods[0].Role && pods[n].Index == pods[0].Index {
			n++
		}
		if pods[0].Index < 0 {
			for _, chain := range chains(pods[:n]) {
				c.add(chain)
			}
		} else {
			c.add(pods[:n])
		}
		pods = pods[n:]
	}
	return c.out
}

// crew collects the workers of a job; one allocation serves them all.
type crew struct {
	job Ref
	now time.Time
	all []Worker
	out []*Worker
}

// add takes the attempts of one place, oldest first. A pod that has not ended is
// always a worker, even behind a newer one: it may still hold GPUs.
func (c *crew) add(attempts []*Pod) {
	var earlier []*Pod
	for i, p := range attempts {
		if p.Over() && i < len(attempts)-1 {
			earlier = append(earlier, p)
			continue
		}
		w := newWorker(p, c.job, newestFirst(earlier), c.now)
		w.Attempt = i + 1
		c.all = append(c.all, w)
		c.out = append(c.out, &c.all[len(c.all)-1])
	}
}

// chains finds which pod without an index replaced which: a failed pod is
// followed by the first one that was created after it, and follows nothing
// else. The pods come oldest first.
func chains(pods []*Pod) [][]*Pod {
	var out [][]*Pod
	for _, p := range pods {
		i := slices.IndexFunc(out, func(c []*Pod) bool {
			last := c[len(c)-1]
			return last.Phase == "Failed" && last.Role == p.Role && p.Created.After(last.Created) && !p.Created.Before(last.ended())
		})
		if i >= 0 {
			out[i] = append(out[i], p)
			continue
		}
		out = append(out, []*Pod{p})
	}
	return out
}

func byCreation(a, b *Pod) int {
	return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.Ref.Name, b.Ref.Name))
}

func newestFirst(pods []*Pod) []*Pod {
	if len(pods) == 0 {
		return nil
	}
	out := slices.Clone(pods)
	slices.Reverse(out)
	return out
}
