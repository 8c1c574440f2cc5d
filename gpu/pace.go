package gpu

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The pace of refreshes. Asking more often than Prometheus scrapes shows
// nothing new; dcgm-exporter itself measures every 30 s by default.
const (
	defaultPace = 15 * time.Second // the Helm chart's ServiceMonitor
	fastestPace = 5 * time.Second
	slowestPace = 2 * time.Minute
	paceWindow  = "5m"
	paceSlack   = time.Second // from a scrape to its samples being readable
)

// scrapePace finds the interval of the scrape from the raw samples of one
// device; ok is false while there are too few.
func (s *source) scrapePace(ctx context.Context) (pace time.Duration, ok bool, err error) {
	t := s.table
	if len(t.order) == 0 {
		return 0, false, nil
	}
	k := t.devices[t.order[0]].key
	var names []string
	for _, m := range []measure{s.plan.anchor(), engine} { // slices have the latter only
		for _, series := range s.plan.names[m] {
			names = append(names, series.name)
		}
	}
	device := []string{"instance=" + strconv.Quote(k.instance), "gpu=" + strconv.Quote(k.gpu)}
	// All series of the device: each pod makes its own, and the longest one is the surest.
	var longest []sample
	_, err = s.server.query(ctx, s.plan.selector(strings.Join(names, "|"), device...)+"["+paceWindow+"]", func(_ []byte, samples []sample) error {
		if len(samples) > len(longest) {
			longest = slices.Clone(samples)
		}
		return nil
	})
	if err != nil {
		return 0, false, err
	}
	pace, ok = interval(longest)
	return pace, ok, nil
}

// interval is the median distance of samples, in whole seconds.
func interval(samples []sample) (time.Duration, bool) {
	if len(samples) < 2 {
		return 0, false
	}
	var gaps []float64
	for i := 1; i < len(samples); i++ {
		gaps = append(gaps, samples[i].at-samples[i-1].at)
	}
	slices.Sort(gaps)
	pace := time.Duration(gaps[len(gaps)/2] * float64(time.Second)).Round(time.Second)
	return min(max(pace, fastestPace), slowestPace), true
}

// next is how long to wait for new samples. When the targets are scraped
// within a short part of the interval (one exporter does, a thousand don't),
// the refresh follows shortly after them.
func (s *source) next(now time.Time, every time.Duration) time.Duration {
	var oldest, newest time.Time
	for _, t := range s.table.targets {
		if t.at.IsZero() || now.Sub(t.at) > 2*every || t.at.After(now) {
			continue // down, or the clocks differ
		}
		if oldest.IsZero() || t.at.Before(oldest) {
			oldest = t.at
		}
		if t.at.After(newest) {
			newest = t.at
		}
	}
	if oldest.IsZero() || newest.Sub(oldest) > every/3 {
		return every
	}
	wait := newest.Add(every + paceSlack).Sub(now)
	for wait < every/2 {
		wait += every
	}
	return min(wait, every+every/2)
}
