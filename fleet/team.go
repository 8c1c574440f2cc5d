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
	for _, j := range jobs {
		t := team(j.Ref.Namespace)
		t.States[j.State]++
		t.Held += j.GPUs.Held
		if !j.State.Over() {
			t.Jobs++
		}
		if !j.State.Over() && j.State != Suspended {
			t.Requested += j.GPUs.Requested
			t.Waiting += max(0, j.GPUs.Requested-j.GPUs.Held)
		}
		t.Idle += idleDevices(j)
		if loads[t.Name] == nil {
			loads[t.Name] = new(gather)
		}
		loads[t.Name].load(j.Load)
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
		if g == nil {
			g = new(gather)
		}
		t.Load = g.result()
		t.Idle = idleOf(t.Idle, t.Held, t.Load)
	}
	return slices.SortedFunc(maps.Values(byName), func(a, b *Team) int { return cmp.Compare(a.Name, b.Name) })
}

// idleOf is the count of idle devices, or -1 when no held device has a reading.
func idleOf(idle, held int, l Load) int {
	if held > 0 && l.Devices == 0 {
		return -1
	}
	return idle
}

func idleDevices(j *Job) int {
	n := 0
	for _, w := range j.Workers {
		for _, d := range w.Devices {
			if d.Idle {
				n++
			}
		}
	}
	return n
}

// totals are the header's numbers. Without all nodes and all pods nobody knows
// what is free, and it says -1.
func totals(jobs []*Job, nodes []*Node, readable, held bool) Totals {
	t := Totals{States: map[State]int{}}
	var all gather
	for _, j := range jobs {
		t.States[j.State]++
		t.Held += j.GPUs.Held
		t.Idle += idleDevices(j)
		all.load(j.Load)
	}
	t.Load = all.result()
	t.Idle = idleOf(t.Idle, t.Held, t.Load)
	if !readable {
		t.GPUs, t.Allocatable, t.Free, t.WholeNodes, t.Fragments, t.Broken, t.Blocked, t.Nodes, t.NotReady = -1, -1, -1, -1, -1, -1, -1, -1, -1
		return t
	}
	t.Nodes = len(nodes)
	for _, n := range nodes {
		g := n.GPUs
		t.GPUs += g.Capacity
		t.Allocatable += g.Allocatable
		t.Broken += g.Broken
		if !n.Ready {
			t.NotReady++
			continue
		}
		if n.Object.Cordoned {
			t.Blocked += max(0, g.Allocatable-g.Held)
			continue
		}
		t.Free += g.Free
		switch {
		case g.Free <= 0:
		case g.Free == g.Capacity:
			t.WholeNodes++
		default:
			t.Fragments += g.Free
		}
	}
	if !held {
		t.Free, t.WholeNodes, t.Fragments, t.Blocked = -1, -1, -1, -1
	}
	return t
}
