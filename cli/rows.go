package cli

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"paddock/fleet"
)

func jobTable(f *fleet.Fleet, now time.Time) table {
	t := table{
		columns: []column{{title: "TEAM"}, {title: "JOB"}, {title: "KIND"}, {title: "STATE"}, {title: "WORKERS", right: true}, {title: "GPUS", right: true},
			{title: "BUSY", right: true}, {title: "TENS", right: true}, {title: "MEM", right: true, wide: true}, {title: "POWER", right: true, wide: true},
			{title: "AGE", right: true}, {title: "IMAGE", wide: true}, {title: "WHY"}},
		empty: "no training jobs" + where(f),
	}
	for _, j := range fleet.WorstFirst(f.Jobs, now) {
		t.rows = append(t.rows, []string{j.Ref.Namespace, j.Ref.Name, j.Ref.Kind, string(j.State), ready(j.Counts), strconv.Itoa(j.GPUs.Requested),
			share(j.Load.Busy), share(j.Load.Tensor), memory(j.Load), watts(j.Load.Power), age(now, j.Created), j.Image, cmp.Or(j.Why, j.Waste())})
	}
	return t
}

func workerTable(f *fleet.Fleet, now time.Time) table {
	t := table{
		columns: []column{{title: "TEAM"}, {title: "JOB"}, {title: "W"}, {title: "POD", wide: true}, {title: "STATE"}, {title: "NODE"}, {title: "GPUS", right: true},
			{title: "BUSY", right: true}, {title: "TENS", right: true}, {title: "MEM", right: true}, {title: "POWER", right: true, wide: true}, {title: "TEMP", right: true, wide: true},
			{title: "ATT", right: true}, {title: "RST", right: true}, {title: "AGE", right: true}, {title: "WHY"}},
		empty: "no workers" + where(f),
	}
	for _, j := range f.Jobs {
		for _, w := range j.Workers {
			t.rows = append(t.rows, []string{w.Ref.Namespace, j.Ref.Name, w.Label(), w.Ref.Name, string(w.State), dash(w.Pod.Node), strconv.Itoa(w.Pod.GPUs),
				share(w.Load.Busy), share(w.Load.Tensor), memory(w.Load), watts(w.Load.Power), degrees(w.Load.MaxTemp),
				strconv.Itoa(w.Attempt), strconv.Itoa(w.Pod.Restarts), age(now, w.Pod.Created), w.Why})
		}
	}
	return t
}

func nodeTable(f *fleet.Fleet, now time.Time) table {
	t := table{
		columns: []column{{title: "NODE"}, {title: "PRODUCT"}, {title: "DRIVER"}, {title: "CUDA", right: true, wide: true}, {title: "POOL", wide: true},
			{title: "GPUS", right: true}, {title: "HELD", right: true}, {title: "FREE", right: true}, {title: "BROKEN", right: true}, {title: "MISSING", right: true},
			{title: "BUSY", right: true}, {title: "TENS", right: true, wide: true}, {title: "MEM", right: true, wide: true}, {title: "TEMP", right: true, wide: true},
			{title: "AGE", right: true}, {title: "WHY"}},
		empty: "no nodes on " + f.Cluster.Context,
	}
	for _, n := range f.Nodes {
		g := n.GPUs
		t.rows = append(t.rows, []string{n.Name, dash(n.Object.Product), dash(n.Object.Driver), dash(n.Object.CUDA), dash(n.Object.Pool),
			strconv.Itoa(g.Capacity), count(g.Held), count(g.Free), strconv.Itoa(g.Broken), count(g.Missing),
			share(n.Load.Busy), share(n.Load.Tensor), memory(n.Load), degrees(n.Load.MaxTemp), age(now, n.Object.Created), n.Trouble()})
	}
	return t
}

func teamTable(f *fleet.Fleet, _ time.Time) table {
	t := table{
		columns: []column{{title: "TEAM"}, {title: "NAME"}, {title: "QUOTA", right: true}, {title: "ASKED", right: true}, {title: "HELD", right: true},
			{title: "WAITING", right: true}, {title: "BUSY", right: true}, {title: "IDLE", right: true}, {title: "JOBS", right: true}, {title: "STATES", wide: true}},
		empty: "no teams: no namespace has a training job or a quota on GPUs" + where(f),
	}
	for _, x := range f.Teams {
		quota := "-"
		if x.Limit >= 0 {
			quota = fmt.Sprintf("%d/%d", x.Used, x.Limit)
		}
		var states []string
		for _, s := range fleet.States() {
			if n := x.States[s]; n > 0 {
				states = append(states, fmt.Sprintf("%d %s", n, s))
			}
		}
		t.rows = append(t.rows, []string{x.Name, dash(x.Display), quota, strconv.Itoa(x.Requested), strconv.Itoa(x.Held), strconv.Itoa(x.Waiting),
			share(x.Load.Busy), count(x.Idle), strconv.Itoa(x.Jobs), strings.Join(states, ", ")})
	}
	return t
}

// where says which namespaces were looked at.
func where(f *fleet.Fleet) string {
	if f.Cluster.Namespaces == nil {
		return " on " + f.Cluster.Context
	}
	return " in " + strings.Join(f.Cluster.Namespaces, ", ")
}

// ready counts the workers that do, or did, what they should.
func ready(c fleet.Counts) string {
	return fmt.Sprintf("%d/%s", c.Ready+c.Done, count(c.Wanted))
}

// The numbers of the tables: "-" is unknown, and never 0.

func share(v float64) string {
	if !fleet.Known(v) {
		return "-"
	}
	return fmt.Sprintf("%.0f%%", v*100)
}

func memory(l fleet.Load) string {
	if !fleet.Known(l.MemUsed) || !fleet.Known(l.MemTotal) {
		return "-"
	}
	return fmt.Sprintf("%.0f/%.0fG", l.MemUsed/(1<<30), l.MemTotal/(1<<30))
}

func watts(v float64) string {
	if !fleet.Known(v) {
		return "-"
	}
	return fmt.Sprintf("%.0fW", v)
}

func degrees(v float64) string {
	if !fleet.Known(v) {
		return "-"
	}
	return fmt.Sprintf("%.0fC", v)
}

func count(n int) string {
	if n < 0 {
		return "-"
	}
	return strconv.Itoa(n)
}

func age(now, t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return fleet.Age(now.Sub(t))
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
