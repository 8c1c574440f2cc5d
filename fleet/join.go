package fleet

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Joiner makes Fleets. It remembers what it made of each group and node, and
// makes again only what changed; the zero Joiner is ready. It is not safe for
// concurrent use; the Fleets that it returns are.
type Joiner struct {
	snapshot *Snapshot
	readings *Readings
	index    *index

	groups map[*Group]*Job
	nodes  map[string]*Node
	onNode map[string][]*Worker // workers with a node, by its name; lists are never changed in place
}

// Join makes a Fleet of the newest Snapshot and Readings. Either may be nil
// while its source has not spoken.
func (j *Joiner) Join(s *Snapshot, r *Readings, now time.Time) *Fleet {
	if s == nil {
		s = &Snapshot{}
	}
	dirty := j.dirtyGroups(s, r, now)
	touched := j.touchedNodes(s, dirty)
	if len(j.index.plain) > 0 {
		j.inferOn(s, dirty, touched)
	}
	jobs := j.joinJobs(s, dirty, now)
	nodes := j.joinNodes(s, r, touched)
	j.snapshot, j.readings = s, r

	all := seesAllPods(s)
	f := &Fleet{
		At: now, Cluster: s.Cluster, Jobs: jobs, Nodes: nodes, Teams: teams(s, jobs),
		Totals: totals(jobs, nodes, s.Nodes != nil, all), Sources: slices.Clone(s.Sources), Complete: s.Complete,
		Absent: absent(s),
	}
	if r != nil {
		f.Sources = append(f.Sources, r.Source)
		f.Metrics = j.note(r, jobs)
	}
	return f
}

// absent are the namespaces that are looked at and are not there.
func absent(s *Snapshot) []string {
	readable := slices.ContainsFunc(s.Sources, func(src Source) bool { return src.Name == "namespaces" && src.Health == Live })
	if !readable || !s.Complete {
		return nil
	}
	var out []string
	for _, name := range s.Cluster.Namespaces {
		if !slices.ContainsFunc(s.Namespaces, func(n *Namespace) bool { return n.Name == name }) {
			out = append(out, name)
		}
	}
	return out
}

// seesAllPods is true when the pods of all namespaces are read: only then is
// what nobody seems to hold really free.
func seesAllPods(s *Snapshot) bool {
	if s.Cluster.Namespaces != nil {
		return false
	}
	for _, src := range s.Sources {
		if src.Name == "pods" {
			return src.Health == Live || src.Health == Stale
		}
	}
	return false
}

// dirtyGroups finds the groups to join again: all of them after new readings
// or nodes that came, went or changed, else those that are not the same object,
// or whose state is over by now.
func (j *Joiner) dirtyGroups(s *Snapshot, r *Readings, now time.Time) map[*Group]bool {
	dirty := make(map[*Group]bool)
	same := j.index != nil && slices.Equal(s.Nodes, j.snapshot.Nodes)
	everything := !same || r != j.readings
	if everything {
		if same && j.index.serves(r) {
			j.index.use(r)
		} else {
			j.index = newIndex(s.Nodes, r)
		}
		j.groups, j.nodes, j.onNode = map[*Group]*Job{}, map[string]*Node{}, map[string][]*Worker{}
	}
	for _, g := range s.Groups {
		job := j.groups[g]
		if everything || job == nil || !job.until.IsZero() && !now.Before(job.until) {
			dirty[g] = true
		}
	}
	return dirty
}

// touchedNodes are the nodes on which a dirty or a vanished group has, or had, a worker.
// The workers that are no longer true are taken from them.
func (j *Joiner) touchedNodes(s *Snapshot, dirty map[*Group]bool) map[string]bool {
	touched := map[string]bool{}
	if len(j.groups) > 0 {
		keep := make(map[*Group]bool, len(s.Groups))
		for _, g := range s.Groups {
			keep[g] = !dirty[g]
		}
		for g, job := range j.groups {
			if !keep[g] {
				j.forget(job, touched)
				delete(j.groups, g)
			}
		}
	}
	for g := range dirty {
		for _, p := range g.Pods {
			if p.Node != "" {
				touched[p.Node] = true
			}
		}
	}
	return touched
}

// forget takes a job's workers from their nodes.
func (j *Joiner) forget(job *Job, touched map[string]bool) {
	for _, w := range job.Workers {
		node := w.Pod.Node
		if node == "" {
			continue
		}
		touched[node] = true
		j.onNode[node] = slices.DeleteFunc(slices.Clone(j.onNode[node]), func(o *Worker) bool { return o == w })
	}
}

// inferOn decides, on touched nodes whose series name no pods, which pod holds
// the whole node; the groups that have a pod there are joined again.
func (j *Joiner) inferOn(s *Snapshot, dirty map[*Group]bool, touched map[string]bool) {
	pods := map[string][]*Pod{}
	plain := map[string]bool{}
	for node := range touched {
		if j.index.plain[node] {
			plain[node] = true
		}
	}
	if len(plain) == 0 {
		return
	}
	for _, g := range s.Groups {
		for _, p := range g.Pods {
			if plain[p.Node] {
				pods[p.Node] = append(pods[p.Node], p)
				if !dirty[g] {
					dirty[g] = true
					if job := j.groups[g]; job != nil {
						j.forget(job, touched)
					}
				}
			}
		}
	}
	for node := range plain {
		j.index.infer(node, pods[node])
	}
}

// joinJobs joins the dirty groups, and returns all jobs in order.
func (j *Joiner) joinJobs(s *Snapshot, dirty map[*Group]bool, now time.Time) []*Job {
	jobs := make([]*Job, 0, len(s.Groups))
	fresh := map[string]bool{}
	for _, g := range s.Groups {
		if dirty[g] {
			job := newJob(g, j.index, now)
			j.groups[g] = job
			for _, w := range job.Workers {
				node := w.Pod.Node
				if node == "" || w.State.Over() {
					continue
				}
				if !fresh[node] {
					fresh[node] = true
					j.onNode[node] = slices.Clone(j.onNode[node])
				}
				j.onNode[node] = append(j.onNode[node], w)
			}
		}
		jobs = append(jobs, j.groups[g])
	}
	for node := range fresh {
		slices.SortFunc(j.onNode[node], func(a, b *Worker) int { return strings.Compare(a.Ref.Name, b.Ref.Name) })
	}
	if !slices.IsSortedFunc(jobs, byRef) {
		slices.SortFunc(jobs, byRef)
	}
	return jobs
}

func byRef(a, b *Job) int {
	return cmp.Or(cmp.Compare(a.Ref.Namespace, b.Ref.Namespace), cmp.Compare(a.Ref.Name, b.Ref.Name),
		cmp.Compare(a.Ref.Kind, b.Ref.Kind), cmp.Compare(a.UID, b.UID))
}

// joinNodes joins the touched nodes and those that were never joined.
func (j *Joiner) joinNodes(s *Snapshot, r *Readings, touched map[string]bool) []*Node {
	all := seesAllPods(s)
	again := j.snapshot == nil || all != seesAllPods(j.snapshot)
	metrics := r != nil && r.Source.Health == Live
	out := make([]*Node, 0, len(s.Nodes))
	for _, o := range s.Nodes {
		n := j.nodes[o.Name]
		if n == nil || again || touched[o.Name] {
			n = newNode(o, j.onNode[o.Name], j.index, all, metrics)
			j.nodes[o.Name] = n
		}
		out = append(out, n)
	}
	return out
}

// note says what the GPU numbers rest on, and what can't be trusted.
func (j *Joiner) note(r *Readings, jobs []*Job) MetricsNote {
	m := MetricsNote{At: r.Source.AsOf, Devices: len(r.Devices), Labelled: j.index.labelled, Notes: slices.Clone(r.Notes)}
	for _, job := range jobs {
		m.Matched += job.Load.Devices
	}
	if j.index.lost > 0 {
		m.Notes = append(m.Notes, fmt.Sprintf("%d of %d devices can't be joined to a node: their series name none of this cluster", j.index.lost, len(r.Devices)))
	}
	return m
}
