package cli

import "testing"

func TestMemoryLimitLeavesRoom(t *testing.T) {
	for _, live := range []int64{0, 10 << 20, 30 << 20, 50 << 20, 400 << 20} {
		limit := memoryLimit(live)
		if limit < leastLimit || limit < live+live/room {
			t.Errorf("%d MiB alive: limit %d MiB", live>>20, limit>>20)
		}
		if most := max(leastLimit, live+live/room+leastLimit/8); limit > most {
			t.Errorf("%d MiB alive: limit %d MiB is more than %d", live>>20, limit>>20, most>>20)
		}
	}
	if liveHeap() < 0 {
		t.Error("the runtime does not tell what is alive")
	}
}
