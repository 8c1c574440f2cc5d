package cli

import (
	"math"
	"time"

	"paddock/fleet"
)

// document is what -o json and -o yaml print. Its field names and units are
// stable: fields may be added, none is renamed or removed. A number that
// nobody told is null, and a time that has not come is left out. Shares are 0 to 1, memory is bytes,
// power is watts, temperature degrees Celsius, times are RFC 3339 in UTC.
type document struct {
	AsOf       time.Time   `json:"asOf"`
	Cluster    string      `json:"cluster"` // the kube context
	Server     string      `json:"server"`
	Namespaces []string    `json:"namespaces"` // null: all
	Sources    []sourceDoc `json:"sources"`
	Jobs       []jobDoc    `json:"jobs,omitzero"`
	Workers    []workerDoc `json:"workers,omitzero"`
	Nodes      []nodeDoc   `json:"nodes,omitzero"`
	Teams      []teamDoc   `json:"teams,omitzero"`
}

type sourceDoc struct {
	Name   string    `json:"name"`
	Health string    `json:"health"` // connecting, live, stale, failing, forbidden, not installed, has no series, off
	AsOf   time.Time `json:"asOf,omitzero"`
	Error  string    `json:"error"`
}

type jobDoc struct {
	Namespace  string     `json:"namespace"`
	Name       string     `json:"name"`
	Kind       string     `json:"kind"`
	APIVersion string     `json:"apiVersion"`
	UID        string     `json:"uid"`
	State      string     `json:"state"`
	Reason     string     `json:"reason"`
	Why        string     `json:"why"`
	Workers    countsDoc  `json:"workers"`
	GPUs       jobGPUsDoc `json:"gpus"`
	Image      string     `json:"image"`
	Queue      string     `json:"queue"`
	Priority   string     `json:"priority"`
	Restarts   int        `json:"restarts"`
	CreatedAt  time.Time  `json:"createdAt"`
	StartedAt  time.Time  `json:"startedAt,omitzero"`
	FinishedAt time.Time  `json:"finishedAt,omitzero"`
}

type countsDoc struct {
	Wanted  *int `json:"wanted"` // null: unknown
	Ready   int  `json:"ready"`
	Waiting int  `json:"waiting"`
	Failed  int  `json:"failed"`
	Done    int  `json:"done"`
}

type jobGPUsDoc struct {
	Requested int    `json:"requested"`
	Held      int    `json:"held"`
	Resource  string `json:"resource"`
	Product   string `json:"product"`
	loadDoc
}

// loadDoc is what devices do; null where nobody told.
type loadDoc struct {
	Devices     int       `json:"devices"` // that the numbers rest on
	Busy        *float64  `json:"busy"`
	Tensor      *float64  `json:"tensor"`
	MemoryUsed  *float64  `json:"memoryUsed"`
	MemoryTotal *float64  `json:"memoryTotal"`
	Power       *float64  `json:"power"`
	MaxTemp     *float64  `json:"maxTemperature"`
	MetricsAsOf time.Time `json:"metricsAsOf,omitzero"` // of the oldest sample
}

type workerDoc struct {
	Namespace string      `json:"namespace"`
	Pod       string      `json:"pod"`
	UID       string      `json:"uid"`
	Job       string      `json:"job"`
	JobKind   string      `json:"jobKind"`
	Role      string      `json:"role"`
	Index     *int        `json:"index"` // null: unknown
	Attempt   int         `json:"attempt"`
	Restarts  int         `json:"restarts"`
	State     string      `json:"state"`
	Reason    string      `json:"reason"`
	Why       string      `json:"why"`
	Node      string      `json:"node"`
	Requested int         `json:"gpus"`
	Load      loadDoc     `json:"load"`
	Devices   []deviceDoc `json:"devices"`
	CreatedAt time.Time   `json:"createdAt"`
	ReadyAt   time.Time   `json:"readyAt,omitzero"`
}

type deviceDoc struct {
	UUID        string    `json:"uuid"`
	Index       int       `json:"index"`
	Slice       string    `json:"slice,omitempty"`
	Profile     string    `json:"profile,omitempty"`
	Product     string    `json:"product"`
	Driver      string    `json:"driver"`
	Busy        *float64  `json:"busy"`
	Tensor      *float64  `json:"tensor"`
	MemoryUsed  *float64  `json:"memoryUsed"`
	MemoryTotal *float64  `json:"memoryTotal"`
	Power       *float64  `json:"power"`
	Temperature *float64  `json:"temperature"`
	SMClock     *float64  `json:"smClock"` // hertz
	XID         *int      `json:"xid"`     // the last one; 0 none, null unknown
	Idle        bool      `json:"idle"`
	Inferred    bool      `json:"inferred"` // the holder is inferred, not labelled
	Holders     []string  `json:"holders"`  // namespace/pod
	AsOf        time.Time `json:"asOf,omitzero"`
}

type nodeDoc struct {
	Name      string      `json:"name"`
	Ready     bool        `json:"ready"`
	Cordoned  bool        `json:"cordoned"`
	Why       string      `json:"why"`
	Product   string      `json:"product"`
	Driver    string      `json:"driver"`
	CUDA      string      `json:"cuda"`
	Pool      string      `json:"pool"`
	GPUs      nodeGPUsDoc `json:"gpus"`
	Load      loadDoc     `json:"load"`
	Devices   []deviceDoc `json:"devices"`
	Workers   []string    `json:"workers"` // namespace/pod
	CreatedAt time.Time   `json:"createdAt"`
}

type nodeGPUsDoc struct {
	Capacity    int  `json:"capacity"`
	Allocatable int  `json:"allocatable"`
	Held        *int `json:"held"` // null: unknown, not all pods may be read
	Free        *int `json:"free"` // likewise
	Broken      int  `json:"broken"`
	Missing     *int `json:"missing"` // without a reading; null: unknown
}

type teamDoc struct {
	Name      string         `json:"name"`
	Display   string         `json:"display"`
	Limit     *int           `json:"limit"` // GPUs by quota; null: none
	Used      *int           `json:"used"`
	Requested int            `json:"requested"`
	Held      int            `json:"held"`
	Waiting   int            `json:"waiting"`
	Idle      *int           `json:"idle"` // null: the readings can't tell
	Jobs      int            `json:"jobs"` // that are not over
	States    map[string]int `json:"states"`
	Load      loadDoc        `json:"load"`
}

func newDocument(f *fleet.Fleet) *document {
	d := &document{AsOf: f.At.UTC(), Cluster: f.Cluster.Context, Server: f.Cluster.Server, Namespaces: f.Cluster.Namespaces, Sources: []sourceDoc{}}
	for _, s := range f.Sources {
		d.Sources = append(d.Sources, sourceDoc{s.Name, string(s.Health), s.AsOf.UTC(), s.Err})
	}
	return d
}

func jobDocs(f *fleet.Fleet) []jobDoc {
	out := make([]jobDoc, 0, len(f.Jobs))
	for _, j := range f.Jobs {
		out = append(out, jobDoc{
			Namespace: j.Ref.Namespace, Name: j.Ref.Name, Kind: j.Ref.Kind, APIVersion: j.APIVersion, UID: j.UID,
			State: string(j.State), Reason: j.Reason, Why: j.Why,
			Workers: countsDoc{known(j.Counts.Wanted), j.Counts.Ready, j.Counts.Waiting, j.Counts.Failed, j.Counts.Done},
			GPUs:    jobGPUsDoc{j.GPUs.Requested, j.GPUs.Held, j.GPUs.Resource, j.Product, newLoad(j.Load)},
			Image:   j.Image, Queue: j.Queue, Priority: j.Priority, Restarts: j.Restarts,
			CreatedAt: j.Created.UTC(), StartedAt: utc(j.Started), FinishedAt: utc(j.Finished),
		})
	}
	return out
}

func workerDocs(f *fleet.Fleet) []workerDoc {
	out := []workerDoc{}
	for _, j := range f.Jobs {
		for _, w := range j.Workers {
			out = append(out, workerDoc{
				Namespace: w.Ref.Namespace, Pod: w.Ref.Name, UID: w.Pod.UID, Job: j.Ref.Name, JobKind: j.Ref.Kind, Role: w.Role,
				Index: known(w.Index), Attempt: w.Attempt, Restarts: w.Pod.Restarts,
				State: string(w.State), Reason: w.Reason, Why: w.Why, Node: w.Pod.Node, Requested: w.Pod.GPUs,
				Load: newLoad(w.Load), Devices: deviceDocs(w.Devices), CreatedAt: w.Pod.Created.UTC(), ReadyAt: utc(w.Pod.Ready),
			})
		}
	}
	return out
}

func deviceDocs(ds []*fleet.Device) []deviceDoc {
	out := make([]deviceDoc, 0, len(ds))
	for _, d := range ds {
		r := d.Reading
		holders := make([]string, 0, len(d.Holders))
		for _, h := range d.Holders {
			holders = append(holders, h.String())
		}
		out = append(out, deviceDoc{
			UUID: r.UUID, Index: r.Index, Slice: r.Slice, Profile: r.Profile, Product: r.Product, Driver: r.Driver,
			Busy: share4(r.Util), Tensor: share4(r.Tensor), MemoryUsed: number(r.MemUsed), MemoryTotal: number(r.MemTotal),
			Power: number(r.Power), Temperature: number(r.Temp), SMClock: number(r.SMClock), XID: known(r.XID),
			Idle: d.Idle, Inferred: d.Inferred, Holders: holders, AsOf: utc(r.At),
		})
	}
	return out
}

func nodeDocs(f *fleet.Fleet) []nodeDoc {
	out := make([]nodeDoc, 0, len(f.Nodes))
	for _, n := range f.Nodes {
		o := n.Object
		workers := make([]string, 0, len(n.Workers))
		for _, w := range n.Workers {
			workers = append(workers, w.Ref.String())
		}
		out = append(out, nodeDoc{
			Name: n.Name, Ready: n.Ready, Cordoned: o.Cordoned, Why: n.Trouble(), Product: o.Product, Driver: o.Driver, CUDA: o.CUDA, Pool: o.Pool,
			GPUs: nodeGPUsDoc{n.GPUs.Capacity, n.GPUs.Allocatable, known(n.GPUs.Held), known(n.GPUs.Free), n.GPUs.Broken, known(n.GPUs.Missing)},
			Load: newLoad(n.Load), Devices: deviceDocs(n.Devices), Workers: workers, CreatedAt: o.Created.UTC(),
		})
	}
	return out
}

func teamDocs(f *fleet.Fleet) []teamDoc {
	out := make([]teamDoc, 0, len(f.Teams))
	for _, t := range f.Teams {
		states := make(map[string]int, len(t.States))
		for s, n := range t.States {
			states[string(s)] = n
		}
		out = append(out, teamDoc{
			Name: t.Name, Display: t.Display, Limit: known(t.Limit), Used: known(t.Used), Requested: t.Requested,
			Held: t.Held, Waiting: t.Waiting, Idle: known(t.Idle), Jobs: t.Jobs, States: states, Load: newLoad(t.Load),
		})
	}
	return out
}

func newLoad(l fleet.Load) loadDoc {
	return loadDoc{l.Devices, share4(l.Busy), share4(l.Tensor), number(l.MemUsed), number(l.MemTotal), number(l.Power), number(l.MaxTemp), utc(l.At)}
}

// number is nil for an unknown number: JSON has no NaN.
func number(v float64) *float64 {
	if !fleet.Known(v) {
		return nil
	}
	return &v
}

// share4 is a share with four decimals: what lies behind them is rounding of means.
func share4(v float64) *float64 { return number(math.Round(v*1e4) / 1e4) }

// known is nil for a count that is not known, which is negative.
func known(n int) *int {
	if n < 0 {
		return nil
	}
	return &n
}

func utc(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC()
}
