package fleet

import (
	"cmp"
	"slices"
)

// workers turns the pods of a group into workers: one for each pod that has
// not ended, and for the last attempt of each place in the job; attempts that
// ended before it are kept with the one that followed them.
func workers(g *Group, job Ref, roles map[string]int) []*Worker {
	out := make([]*Worker, 0, len(g.Pods))
	indexed := make(map[place][]*Pod, len(g.Pods))
	var loose []*Pod
	for _, p := range g.Pods {
		if p.Index < 0 {
			loose = append(loose, p)
			continue
		}
		at := place{p.Role, p.Index}
		indexed[at] = append(indexed[at], p)
	}
	for _, pods := range indexed {
		out = appendAttempts(out, pods, job)
	}
	for _, pods := range chains(loose) {
		out = appendAttempts(out, pods, job)
	}
	slices.SortFunc(out, func(a, b *Worker) int {
		return cmp.Or(
			cmp.Compare(roles[a.Role], roles[b.Role]),
			cmp.Compare(a.Role, b.Role),
			cmp.Compare(a.Index, b.Index),
			a.Pod.Created.Compare(b.Pod.Created),
			cmp.Compare(a.Ref.Name, b.Ref.Name))
	})
	return out
}

// place is where in a job a worker stands, whatever its attempt.
type place struct {
	role  string
	index int
}

// appendAttempts adds the worker, or the workers, of one place. A pod that has
// not ended is always a worker, even behind a newer one: it may still hold GPUs.
func appendAttempts(out []*Worker, pods []*Pod, job Ref) []*Worker {
	if len(pods) == 1 {
		return append(out, newWorker(pods[0], job, nil))
	}
	slices.SortFunc(pods, byCreation)
	var earlier []*Pod
	for i, p := range pods {
		if p.Over() && i < len(pods)-1 {
			earlier = append(earlier, p)
			continue
		}
		w := newWorker(p, job, newestFirst(earlier))
		w.Attempt = i + 1
		out = append(out, w)
	}
	return out
}

// chains finds which pod without an index replaced which: a failed pod is
// followed by the first one that was created after it, and follows nothing else.
func chains(pods []*Pod) [][]*Pod {
	slices.SortFunc(pods, byCreation)
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
	out := slices.Clone(pods)
	slices.Reverse(out)
	return out
}
