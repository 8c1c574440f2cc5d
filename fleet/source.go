package fleet

import "time"

// Health is what a source is worth now.
type Health string

// The healths of a source. Stale keeps what was last known; the others below it have nothing to keep, or are not asked.
const (
	Connecting   Health = "connecting"    // asked, nothing answered yet
	Live         Health = "live"          // what is shown is what the source says now
	Stale        Health = "stale"         // was live; since Since it does not answer; the last picture stays
	Down         Health = "failing"       // never answered, with this error
	Forbidden    Health = "forbidden"     // the server says no
	NotInstalled Health = "not installed" // there is no such thing on this cluster
	Empty        Health = "has no series" // Prometheus answers, and has nothing of DCGM
	Off          Health = "off"           // switched off, or not asked for now
)

// Source is the state of one watch, of Prometheus, or of metrics.k8s.io.
type Source struct {
	Name    string // "pods", "jobs", "nodes", "namespaces", "quotas", "events", "metrics.k8s.io", "prometheus"
	Health  Health
	Since   time.Time // since when it has this health
	AsOf    time.Time // when it last spoke: an event, a bookmark, an answer; zero: never
	Err     string    // what failed, for the operator; "" when nothing did
	Hint    string    // what to do next; "" when there is nothing
	Objects int       // how many objects it holds; -1 where that has no meaning
}

// OK is true when what the source says can be trusted as of now.
func (s Source) OK() bool { return s.Health == Live }

// Source finds a source by name; the zero Source when there is none.
func (f *Fleet) Source(name string) Source {
	for _, s := range f.Sources {
		if s.Name == name {
			return s
		}
	}
	return Source{Name: name}
}

// Cost is what paddock itself asks of others, for the screen that shows it.
type Cost struct {
	Since      time.Time
	Requests   int64 // to the API server, watches included
	Received   int64 // bytes from the API server, as they came over the wire
	Prometheus struct {
		Requests int64
		Received int64 // bytes, compressed as they came
	}
	Heap       int64 // bytes of live and dead heap
	Goroutines int
	Terminal   int64 // bytes written to the terminal
}
