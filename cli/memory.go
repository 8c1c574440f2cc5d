package cli

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// Memory is bounded for a terminal on a shared bastion host. Chosen by
// measuring the whole process with 10,000 pods and 8,000 GPUs (make measure): 34 MiB
// are alive, and three collections come with a refresh of the readings. At
// 56 MiB it is eight.
const (
	// gcPercent lets the heap grow far before it is collected; the limit is
	// what bounds it. Less would collect a hundred times during a start.
	gcPercent = 200
	// leastLimit is the soft limit of all that the Go runtime holds, in bytes: room for
	// what 10,000 pods and 8,000 GPUs need alive, and for a good part of the garbage of their decoding.
	leastLimit = 60 << 20
	// room is the part of what is alive by which the limit stays above it, on
	// larger clusters: a limit that is always reached would collect without an end.
	room = 3
	// limitEvery is how often the limit is looked at.
	limitEvery = 2 * time.Second
)

// keepSmall bounds the memory until ctx ends. GOGC and GOMEMLIMIT win.
func (a *app) keepSmall(ctx context.Context) {
	if a.env("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if a.env("GOMEMLIMIT") != "" {
		return
	}
	debug.SetMemoryLimit(leastLimit)
	go func() {
		tick := time.NewTicker(limitEvery)
		defer tick.Stop()
		limit := int64(leastLimit)
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if next := memoryLimit(liveHeap()); next != limit {
				limit = next
				debug.SetMemoryLimit(limit)
			}
		}
	}()
}

// memoryLimit is the limit for so much alive, in whole eighths of the least
// one so that it does not change with every collection.
func memoryLimit(live int64) int64 {
	const step = leastLimit / 8
	return max(leastLimit, (live+live/room+step-1)/step*step)
}

// liveHeap is what the last collection found alive, in bytes.
func liveHeap() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}
