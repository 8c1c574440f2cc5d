package kinds

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Op is one operation of a JSON patch (RFC 6902).
type Op struct {
	Op    string `json:"op"` // "test", "add", "remove"
	Path  string `json:"path"`
	Value any    `json:"value"` // nil in a test: the field is not there
}

// Patch is a JSON patch that the API server applies whole or not at all. It
// tests the object's UID and the old values of what it changes, never its
// resourceVersion: the status of a job changes all the time.
type Patch []Op

// PatchOf begins a patch of the object with this UID.
func PatchOf(uid string) Patch { return Patch{{"test", "/metadata/uid", uid}} }

// Set changes a field from an old value to a new one; nil stands for a field
// that is not there.
func (p Patch) Set(path string, from, to any) Patch {
	p = append(p, Op{"test", path, from})
	if to == nil {
		return append(p, Op{Op: "remove", Path: path})
	}
	return append(p, Op{"add", path, to}) // on a field that is there, add replaces it
}

// Scale patches the number of workers of a batch/v1 Job. The completions of an
// Indexed Job may change together with its parallelism, and only to the same number.
func Scale(uid string, from, to int, completions bool) Patch {
	p := PatchOf(uid).Set("/spec/parallelism", from, to)
	if completions {
		p = p.Set("/spec/completions", from, to)
	}
	return p
}

// SuspendPath is the field by which a job of a known kind (Job, JobSet,
// TrainJob) is suspended.
const SuspendPath = "/spec/suspend"

// Difference patches what differs between two pictures of an object, decoded
// from JSON. A list with a change in it is tested whole, because an index means
// nothing once somebody has put another element before it.
func Difference(uid string, before, after map[string]any) Patch {
	return difference(PatchOf(uid), "", before, after)
}

func difference(p Patch, at string, before, after any) Patch {
	if reflect.DeepEqual(before, after) {
		return p
	}
	a, both := before.(map[string]any)
	b, ok := after.(map[string]any)
	if !both || !ok {
		return changeList(p, at, before, after)
	}
	for _, k := range keys(a, b) {
		path := at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(k)
		old, had := a[k]
		now, has := b[k]
		switch {
		case had && has:
			p = difference(p, path, old, now)
		case has:
			p = p.Set(path, nil, now)
		default:
			p = p.Set(path, old, nil)
		}
	}
	return p
}

// changeList patches what is no object: the elements of a list of the same
// length one by one, after a test of the whole; anything else at once.
func changeList(p Patch, at string, before, after any) Patch {
	a, both := before.([]any)
	b, ok := after.([]any)
	if !both || !ok || len(a) != len(b) {
		return append(p, Op{"test", at, before}, Op{"replace", at, after})
	}
	p = append(p, Op{"test", at, before})
	for i := range a {
		p = difference(p, at+"/"+strconv.Itoa(i), a[i], b[i])
	}
	return p
}

// keys lists the keys of both objects, sorted: the same change is the same patch.
func keys(a, b map[string]any) []string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}
