// Package submit turns a Recipe, what a person has to say of a distributed
// training job, into the Kubernetes objects that run it, and finds out before
// they are sent what would go wrong.
//
// The way of a job is: Parse a recipe (or ReadManifests of plain YAML), make
// Objects of it, ask the cluster for what these Needs, and Check the answers
// together with the Fleet. FromJob goes the other way. The package is pure: it
// reads nothing and sends nothing.
package submit

// Recipe is all that a person says of a training job.
type Recipe struct {
	Name      string // of the Job and of its Service; the workers are called NAME-0, NAME-1, ...
	Team      string // the namespace
	Framework Framework
	Image     string
	Command   []string // "" runs what the image runs by itself
	Args      []string
	Workers   Workers
	Etcd      string // host:port, which Paddle needs when it is elastic

	GPUs     int    // a worker
	Resource string // that counts the GPUs: nvidia.com/gpu
	Product  string // nvidia.com/gpu.product of the nodes; "" for any
	CPU      string // requested a worker, in cores; "" for none
	Memory   string // requested and at most, a worker; "" for none
	Shm      string // size of /dev/shm, which counts as memory; "0" leaves the runtime's 64 MiB

	Env     []EnvVar
	EnvFrom []EnvSource
	Volumes []Volume

	PullSecret     string
	ServiceAccount string
	PriorityClass  string
	Queue          string // Kueue's local queue: it then says when the job starts
	NodeSelector   map[string]string
	Tolerations    []Toleration

	Retries   int  // how often each worker may fail
	TimeLimit Span // after which the job is ended; 0 for none
	Keep      Span // for which the job is kept after its end; 0 until somebody deletes it
	Port      int  // on which the first worker awaits the others
}

// Framework says how workers find each other.
type Framework string

// The frameworks. Plain workers have names and an index, and find each other by themselves.
const (
	Paddle  Framework = "paddle"
	PyTorch Framework = "pytorch"
	Plain   Framework = "plain"
)

// GPU is the resource that NVIDIA's device plugin gives out.
const GPU = "nvidia.com/gpu"

// Default is the recipe that an empty file means.
func Default() Recipe {
	return Recipe{
		Framework: Plain, Workers: Workers{1, 1}, GPUs: 1, Resource: GPU,
		Shm:     "8Gi", // data loaders die of "Bus error" in the runtime's 64 MiB
		Retries: 3, Port: 6170,
	}
}

// distributed tells whether there is anybody to find.
func (r *Recipe) distributed() bool { return r.Workers.Max > 1 }
