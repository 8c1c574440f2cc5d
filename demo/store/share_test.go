package store

import (
	"encoding/json"
	"sync"
	"testing"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Objects in the store are written out by several at once; an amount behind a
// pointer, the size of a /dev/shm, then keeps its text. The race detector tells.
func TestStoredObjectsMayBeWrittenOutByMany(t *testing.T) {
	s := newStore()
	size := resource.MustParse("8Gi")
	size.Add(resource.MustParse("0")) // it has no text by now
	pod := &core.Pod{ObjectMeta: meta.ObjectMeta{Namespace: "ocr", Name: "a"}, Spec: core.PodSpec{Volumes: []core.Volume{{
		Name: "shm", VolumeSource: core.VolumeSource{EmptyDir: &core.EmptyDirVolumeSource{Medium: core.StorageMediumMemory, SizeLimit: &size}},
	}}}}
	k := key(pods, "a")
	put(t, s, k, pod)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			stored, _ := s.Get(k)
			if i%2 == 0 {
				stored.(*core.Pod).Size()
				return
			}
			if text, err := json.Marshal(stored); err != nil || len(text) == 0 {
				t.Error(err)
			}
		})
	}
	all.Wait()
}
