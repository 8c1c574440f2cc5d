package fleet

import (
	"cmp"
	"maps"
	"slices"
)

// teams sums jobs, quotas and devices by namespace. A namespace without jobs
// and without a quota on GPUs is no team.
func teams(s *Snapshot, jobs []*Job) []*Team {
	byName := map[string]*Team{}
	team := func(name string) *Team {
		t := byName[name]
		if t == nil {
			t = &Team{Name: name, Limit: -1, Used: -1, States: map[State]int{}}
			byName[name] = t
		}
		return t
	}
	loads := map[string]*gather{}
	idle := map[string]*idleCount{}
	for _, j := range jobs {
		t := team(j.Ref.Namespace)
		t.States[j.State]++
		t.Held += j.GPUs.Held
		if !j.State.Over() {
			t.Jobs++
		}
		if !j.State.Over() && j.State != Suspended {
			t.Requested += j.GPUs.Requested
			t.Waiting += max(0, j.GPUs.Requested-j.GPUs.Held+j.ending)
		}
		if loads[t.Name] == nil {
			loads[t.Name], idle[t.Name] = new(gather), new(idleCount)
		}
		loads[t.Name].load(j.Load)
		idle[t.Name].add(j)
	}
	for _, q := range s.Quotas {
		t := team(q.Namespace)
		t.Quotas = append(t.Quotas, q)
		if t.Limit < 0 || q.Hard-q.Used < t.Limit-t.Used {
			t.Limit, t.Used = q.Hard, q.Used
		}
	}
	for _, n := range s.Namespaces {
		if t := byName[n.Name]; t != nil {
			t.Display = n.Display
		}
	}
	for name, t := range byName {
		g := loads[name]
		if g == nil { // a quota without jobs
			t.Load = new(gather).result()
			continue
		}
		t.Load = g.result()
		t.Idle = idleOf(*idle[name], t.Held, t.Load)
	}
	return slices.SortedFunc(maps.Values(byName), func(a, b *Team) int { return cmp.Compare(a.Name, b.Name) })
}

// idleOf is the count of idle devices, or -1 when the readings can't tell: no
// held device has one, or none is known to be idle and of some nobody knows.
func idleOf(c idleCount, held int, l Load) int {
	if held > 0 && l.Devices == 0 || c.idle == 0 && c.unsure > 0 {
		return -1
	}
	return c.idle
}

// idleCount counts held devices that do nothing, and those of which nobody knows.
type idleCount struct{ idle, unsure int }

func (c *idleCount) add(j *Job) {
	c.idle += j.idle.idle
	c.unsure += j.idle.unsure
}

func countIdle(ws []*Worker) (c idleCount) {
	for _, w := range ws {
		for _, d := range w.Devices {
			switch {
			case d.Idle:
				c.idle++
			case d.Unsure:
				c.unsure++
			}
		}
	}
	return c
}

// endingGPUs counts the GPUs that are held by workers that are going: what a job
// asks for in their place still waits.
func endingGPUs(ws []*Worker) int {
	n := 0
	for _, w := range ws {
		if w.State == Ending && w.Pod.Holds() {
			n += w.Pod.GPUs
		}
	}
	return n
}

// totals are the header's numbers. Without all nodes and all pods nobody knows
// what is free, and it says -1.
func totals(jobs []*Job, nodes []*Node, readable, held bool) Totals {
	t := Totals{States: map[State]int{}}
	var all gather
	var idle idleCount
	for _, j := range jobs {
		t.States[j.State]++
		t.Held += j.GPUs.Held
		idle.add(j)
		all.load(j.Load)
	}
	t.Load = all.result()
	t.Idle = idleOf(idle, t.Held, t.Load)
	if !readable {
		t.GPUs, t.Allocatable, t.Free, t.WholeNodes, t.Fragments, t.Broken, t.Blocked, t.Nodes, t.NotReady = -1, -1, -1, -1, -1, -1, -1, -1, -1
		t.Parts.Free = -1
		return t
	}
	t.Nodes = len(nodes)
	for _, n := range nodes {
		t.node(n)
	}
	if !held {
		t.Free, t.WholeNodes, t.Fragments, t.Blocked, t.Parts.Free = -1, -1, -1, -1, -1
		return t
	}
	t.Held -= t.Parts.Held
	return t
}

// node adds what a node has.
func (t *Totals) node(n *Node) {
	g := n.GPUs
	if !n.Ready {
		t.NotReady++
	}
	if n.Object.Parted() {
		t.Parts.Capacity += g.Capacity
		t.Parts.Held += max(0, g.Held)
		t.Parts.Free += max(0, g.Free)
		return
	}
	t.GPUs += g.Capacity
	t.Allocatable += g.Allocatable
	t.Broken += g.Broken
	switch {
	case !n.Ready:
	case n.Object.Cordoned:
		t.Blocked += max(0, g.Allocatable-g.Held)
	case g.Free <= 0:
	case g.Free == g.Capacity:
		t.Free += g.Free
		t.WholeNodes++
	default:
		t.Free += g.Free
		t.Fragments += g.Free
	}
}
