package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"paddock/fleet"
)

// findJobs finds the jobs that were named, each once.
func findJobs(f *fleet.Fleet, named []string) ([]*fleet.Job, error) {
	var out []*fleet.Job
	for _, name := range named {
		j, err := findJob(f, name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, j) {
			out = append(out, j)
		}
	}
	return out, nil
}

// findJob finds the job that a person calls NAME or TEAM/NAME; KIND/TEAM/NAME
// where jobs of two kinds share both. The error tells which it may have been.
func findJob(f *fleet.Fleet, named string) (*fleet.Job, error) {
	var found []*fleet.Job
	for _, j := range f.Jobs {
		if slices.Contains(callings(j), named) {
			found = append(found, j)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, noJob(f, named)
	}
	return nil, fmt.Errorf("there are %d jobs %s: say which of %s", len(found), named, strings.Join(apart(found), ", "))
}

// callings are the ways to name a job, the shortest first.
func callings(j *fleet.Job) []string {
	return []string{j.Ref.Name, j.Ref.String(), j.Ref.Kind + "/" + j.Ref.String()}
}

// apart names jobs of one name so that each can be told from the others.
func apart(jobs []*fleet.Job) []string {
	out := make([]string, len(jobs))
	for i, j := range jobs {
		out[i] = j.Ref.String()
		if slices.ContainsFunc(jobs, func(o *fleet.Job) bool { return o != j && o.Ref.String() == j.Ref.String() }) {
			out[i] = j.Ref.Kind + "/" + j.Ref.String()
		}
	}
	return out
}

func noJob(f *fleet.Fleet, named string) error {
	if s := f.Source("jobs"); s.Health != fleet.Live && s.Health != fleet.Stale && s.Err != "" {
		return fmt.Errorf("job %s can't be looked for: %s", named, s.Err)
	}
	var all []string
	for _, j := range f.Jobs {
		if _, name, ok := strings.Cut(named, "/"); ok && near(j.Ref.Name, name) || near(j.Ref.Name, named) {
			all = append(all, j.Ref.String())
		}
	}
	return fmt.Errorf("there is no job %s%s%s", named, where(f), meant(all))
}

// findNodes finds the nodes that were named, each once.
func findNodes(f *fleet.Fleet, named []string) ([]*fleet.Node, error) {
	var out []*fleet.Node
	for _, name := range named {
		i := slices.IndexFunc(f.Nodes, func(n *fleet.Node) bool { return n.Name == name })
		if i < 0 {
			return nil, noNode(f, name)
		}
		if !slices.Contains(out, f.Nodes[i]) {
			out = append(out, f.Nodes[i])
		}
	}
	return out, nil
}

func noNode(f *fleet.Fleet, named string) error {
	if s := f.Source("nodes"); s.Health != fleet.Live && s.Health != fleet.Stale && s.Err != "" {
		return fmt.Errorf("node %s can't be looked for: %s", named, s.Err)
	}
	var all []string
	for _, n := range f.Nodes {
		if near(n.Name, named) {
			all = append(all, n.Name)
		}
	}
	return fmt.Errorf("there is no node %s on %s%s", named, f.Cluster.Context, meant(all))
}

// near tells whether a name may be a misspelt one, or a part of it: all but two
// letters stand before or behind the mistake.
func near(name, typed string) bool {
	if typed == "" {
		return false
	}
	if strings.Contains(name, typed) {
		return true
	}
	most := min(len(name), len(typed))
	head := 0
	for head < most && name[head] == typed[head] {
		head++
	}
	tail := 0
	for tail < most-head && name[len(name)-1-tail] == typed[len(typed)-1-tail] {
		tail++
	}
	longer := max(len(name), len(typed))
	return longer > 3 && head+tail >= longer-2
}

// meant words the names that may have been meant.
func meant(names []string) string {
	const most = 5
	switch {
	case len(names) == 0:
		return ""
	case len(names) > most:
		names = append(names[:most:most], fmt.Sprintf("%d more", len(names)-most))
	}
	return "; there is " + strings.Join(names, ", ")
}

// mostWorkers is how many workers one list may name: the API server's bound on
// those of a Job.
const mostWorkers = 100_000

// parseWorkers reads a list of workers: indexes, ranges of them, and labels as
// the screen shows them: "1,3-5", "w2", "master". It returns what each may be
// called, each once.
func parseWorkers(list string) ([]string, error) {
	var out []string
	seen := map[string]bool{}
	for item := range strings.SplitSeq(list, ",") {
		labels, err := workersOf(strings.TrimSpace(item))
		if err != nil {
			return nil, err
		}
		for _, l := range labels {
			if !seen[l] {
				seen[l] = true
				out = append(out, l)
			}
		}
		if len(out) > mostWorkers {
			return nil, fmt.Errorf("%q names more than %d workers", list, mostWorkers)
		}
	}
	return out, nil
}

// workersOf reads one item of a list.
func workersOf(item string) ([]string, error) {
	if item == "" {
		return nil, errors.New("a list of workers is 1,3-5 or w1,master")
	}
	from, to, ranged := strings.Cut(item, "-")
	first, err1 := strconv.ParseUint(from, 10, 31)
	if !ranged {
		to = from
	}
	last, err2 := strconv.ParseUint(to, 10, 31)
	switch {
	case err1 != nil && from != "" && !digits(from): // a label may have a dash in it
		return []string{item}, nil
	case err1 != nil || err2 != nil:
		return nil, fmt.Errorf("%q is no worker, and no range of them like 3-5", item)
	case last < first:
		return nil, fmt.Errorf("the range %s ends before it begins", item)
	case last-first >= mostWorkers:
		return nil, fmt.Errorf("%q names more than %d workers", item, mostWorkers)
	case !ranged:
		return []string{strconv.FormatUint(first, 10)}, nil
	}
	var out []string
	for i := first; i <= last; i++ {
		out = append(out, strconv.FormatUint(i, 10))
	}
	return out, nil
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// workersCalled are a job's workers of one name: several while one is ending
// and its next attempt is there already, oldest first.
func workersCalled(j *fleet.Job, name string) []*fleet.Worker {
	var out []*fleet.Worker
	for _, w := range j.Workers {
		if l := w.Label(); l == name || digits(name) && l == "w"+name {
			out = append(out, w)
		}
	}
	return out
}
