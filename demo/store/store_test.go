package store

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

var (
	pods    = schema.GroupResource{Resource: "pods"}
	jobs    = schema.GroupResource{Group: "batch", Resource: "jobs"}
	configs = schema.GroupResource{Resource: "configmaps"}
)

// newStore has a clock that stands still and UIDs that count.
func newStore(rules ...Rule) *Store {
	n := 0
	return New(func() time.Time { return time.Unix(1_800_000_000, 500) }, func() types.UID {
		n++
		return types.UID(strconv.Itoa(n))
	}, rules...)
}

func key(r schema.GroupResource, name string) Key {
	return Key{Resource: r, Namespace: "ns", Name: name}
}

// put writes an object whatever was there.
func put(t testing.TB, s *Store, k Key, o Object) Object {
	t.Helper()
	written, err := s.Write(k, false, func(Object) (Object, error) { return o, nil })
	if err != nil {
		t.Fatal(err)
	}
	return written
}

func config(name, value string) *core.ConfigMap {
	return &core.ConfigMap{ObjectMeta: meta.ObjectMeta{Namespace: "ns", Name: name}, Data: map[string]string{"x": value}}
}

func TestWriteGivesAnIdentity(t *testing.T) {
	s := newStore()
	k := key(jobs, "a")
	made := put(t, s, k, &batch.Job{ObjectMeta: meta.ObjectMeta{Namespace: "ns", Name: "a", UID: "mine"}})
	if made.GetUID() != "1" || made.GetGeneration() != 1 || made.GetResourceVersion() != "2" || made.GetCreationTimestamp().UnixNano() != 1_800_000_000e9 {
		t.Errorf("made: %+v", made)
	}
	two := int32(2)
	next := made.DeepCopyObject().(*batch.Job)
	next.UID, next.Generation, next.Spec.Parallelism = "other", 77, &two
	changed := put(t, s, k, next)
	if changed.GetUID() != "1" || changed.GetGeneration() != 2 || changed.GetResourceVersion() != "3" {
		t.Errorf("changed: %+v", changed)
	}
	status := changed.DeepCopyObject().(*batch.Job)
	status.Status.Active = 2
	if got := put(t, s, k, status); got.GetGeneration() != 2 {
		t.Errorf("a status raises the generation to %d", got.GetGeneration())
	}
	if put(t, s, k, status.DeepCopy()); s.Version() != 4 {
		t.Errorf("a write that changes nothing raises the version to %d", s.Version())
	}
}

func TestDryRunKeepsNothing(t *testing.T) {
	s := newStore()
	k := key(configs, "a")
	made, err := s.Write(k, true, func(Object) (Object, error) { return config("a", "1"), nil })
	if _, there := s.Get(k); err != nil || made.GetUID() == "" || there || s.Version() != 1 {
		t.Errorf("%v, %v, version %d", made, err, s.Version())
	}
	put(t, s, k, config("a", "1"))
	if _, err := s.Delete(k, meta.DeleteOptions{DryRun: []string{meta.DryRunAll}}); err != nil || s.Version() != 2 {
		t.Errorf("%v, version %d", err, s.Version())
	}
}

func TestRulesSeeAndRefuse(t *testing.T) {
	s := newStore(
		func(_ Reader, _ Key, old, next Object) error {
			next.SetLabels(map[string]string{"new": strconv.FormatBool(old == nil)})
			return nil
		},
		func(r Reader, k Key, _, _ Object) error {
			if len(r.List(k.Resource, k.Namespace)) == 1 && k.Name == "b" {
				return errors.NewForbidden(k.Resource, k.Name, fmt.Errorf("full"))
			}
			return nil
		},
	)
	if o := put(t, s, key(configs, "a"), config("a", "1")); o.GetLabels()["new"] != "true" {
		t.Error("a rule can't fill in")
	}
	if o := put(t, s, key(configs, "a"), config("a", "2")); o.GetLabels()["new"] != "false" {
		t.Error("a rule can't tell an update")
	}
	_, err := s.Write(key(configs, "b"), false, func(Object) (Object, error) { return config("b", "1"), nil })
	if _, there := s.Get(key(configs, "b")); !errors.IsForbidden(err) || there {
		t.Errorf("refused: %v, there: %v", err, there)
	}
}

func TestUnchanged(t *testing.T) {
	old := &core.ConfigMap{ObjectMeta: meta.ObjectMeta{UID: "u", ResourceVersion: "5"}}
	for _, test := range []struct {
		uid, version string
		conflict     bool
	}{
		{"", "", false}, {"u", "5", false}, {"", "4", true}, {"v", "", true}, {"v", "5", true},
	} {
		err := Unchanged(key(configs, "a"), old, &core.ConfigMap{ObjectMeta: meta.ObjectMeta{UID: types.UID(test.uid), ResourceVersion: test.version}})
		if errors.IsConflict(err) != test.conflict {
			t.Errorf("uid %q, version %q: %v", test.uid, test.version, err)
		}
	}
}

// TestFollowersMissNothing lets many follow while one writes.
func TestFollowersMissNothing(t *testing.T) {
	const writes, followers = 2000, 8
	s := newStore()
	var done sync.WaitGroup
	for range followers {
		done.Go(func() {
			version := uint64(1)
			for version < writes+1 {
				events, changed, err := s.Since(version)
				if err != nil {
					t.Error(err)
					return
				}
				for _, e := range events {
					if e.Version != version+1 || e.Object.GetResourceVersion() != strconv.FormatUint(e.Version, 10) {
						t.Errorf("after %d comes %d with %s", version, e.Version, e.Object.GetResourceVersion())
						return
					}
					version = e.Version
				}
				if len(events) == 0 {
					<-changed
				}
			}
		})
	}
	for i := range writes {
		put(t, s, key(configs, strconv.Itoa(i%10)), config(strconv.Itoa(i%10), strconv.Itoa(i)))
	}
	done.Wait()
}

func TestHistoryIsBounded(t *testing.T) {
	s := newStore()
	for i := range 3 * historyLength {
		put(t, s, key(configs, "a"), config("a", strconv.Itoa(i)))
	}
	for _, version := range []uint64{1, s.Version() - 2*historyLength - 1, s.Version() + 1} {
		if _, _, err := s.Since(version); !errors.IsResourceExpired(err) {
			t.Errorf("%d of %d: %v", version, s.Version(), err)
		}
		if _, err := s.ListAt(configs, "", version); !errors.IsResourceExpired(err) {
			t.Errorf("the list of %d of %d: %v", version, s.Version(), err)
		}
	}
	if events, _, err := s.Since(s.Version() - historyLength); err != nil || len(events) != historyLength {
		t.Errorf("%d events, %v", len(events), err)
	}
}

// FuzzHistory writes and deletes at random: every past state must be listed
// as it was, and be turned into the newest by the events since.
func FuzzHistory(f *testing.F) {
	f.Add([]byte{0, 1, 2, 0x80, 1, 0x81, 0x40, 3})
	f.Add([]byte("the quick brown fox jumps over the lazy dog"))
	f.Fuzz(func(t *testing.T, script []byte) {
		s := newStore()
		past := map[uint64][]string{1: nil}
		for i, b := range script {
			name := strconv.Itoa(int(b & 7))
			resource := configs
			if b&0x40 != 0 {
				resource = pods
			}
			k := key(resource, name)
			if _, there := s.Get(k); there && b&0x80 != 0 {
				_, _ = s.Delete(k, meta.DeleteOptions{})
			} else if resource == pods {
				put(t, s, k, &core.Pod{ObjectMeta: meta.ObjectMeta{Namespace: "ns", Name: name, Labels: map[string]string{"i": strconv.Itoa(i)}}})
			} else {
				put(t, s, k, config(name, strconv.Itoa(i)))
			}
			list, version := s.List(configs, "")
			past[version] = told(list)
		}
		newest, version := s.List(configs, "")
		for v := uint64(1); v <= version; v++ {
			then, err := s.ListAt(configs, "", v)
			if want, known := past[v]; err != nil || known && !slices.Equal(told(then), want) {
				t.Fatalf("at %d: %q, want %q (%v)", v, told(then), want, err)
			}
			events, _, err := s.Since(v)
			if err != nil {
				t.Fatal(err)
			}
			if got := told(replay(then, events)); !slices.Equal(got, told(newest)) {
				t.Fatalf("from %d: %q, want %q", v, got, told(newest))
			}
		}
	})
}

// told is a list as text.
func told(list []Object) []string {
	var out []string
	for _, o := range list {
		out = append(out, fmt.Sprint(o.GetName(), "=", o.(*core.ConfigMap).Data["x"], "@", o.GetResourceVersion()))
	}
	return out
}

func replay(list []Object, events []Event) []Object {
	state := map[Key]Object{}
	for _, o := range list {
		state[key(configs, o.GetName())] = o
	}
	for _, e := range events {
		switch {
		case e.Key.Resource != configs:
		case e.Type == Deleted:
			delete(state, e.Key)
		default:
			state[e.Key] = e.Object
		}
	}
	return sorted(state, "")
}

func BenchmarkWrite(b *testing.B) {
	s := newStore()
	pod := &core.Pod{ObjectMeta: meta.ObjectMeta{Namespace: "ns", Name: "a"}, Spec: core.PodSpec{Containers: []core.Container{{Name: "main", Image: "x"}}}}
	put(b, s, key(pods, "a"), pod)
	i := 0
	for b.Loop() {
		i++
		_, err := s.Write(key(pods, "a"), false, func(old Object) (Object, error) {
			next := old.DeepCopyObject().(*core.Pod)
			next.Status.Message = strconv.Itoa(i)
			return next, nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
