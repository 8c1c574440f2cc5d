package gpu

import (
	"context"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// row is a row of the question who holds which device, beside its claim.
type row struct {
	labels uint64  // hash
	value  float64 // NaN when it has none
}

// withoutEnded drops the rows of series that have ended. Prometheus marks the
// end of a series when it scrapes without it; of one that ended while
// Prometheus was away it knows nothing, and believes its last sample for five
// minutes more: a GPU would still be held by a pod that is gone, as busy as
// that left it. Of a device's series that are scraped together none is older
// than the others, so only devices with several rows are asked about.
func (s *source) withoutEnded(ctx context.Context, labels []string, claims []claim, rows []row) ([]claim, []row, error) {
	t := s.table
	for i := range t.devices {
		t.devices[i].mixed = false
	}
	times := make([]uint8, len(t.devices))
	var instances []string
	for _, c := range claims {
		if n := times[c.device]; n < 2 {
			times[c.device]++
			if n == 1 {
				instances = append(instances, t.devices[c.device].key.instance)
			}
		}
	}
	if len(instances) == 0 {
		return claims, rows, nil
	}
	ages, err := s.stamps(ctx, labels, instances)
	if err != nil {
		return nil, nil, err
	}
	newest := make(map[int32]float64, len(instances))
	for i, c := range claims {
		newest[c.device] = math.Max(newest[c.device], ages[rows[i].labels])
	}
	kept := 0
	for i, c := range claims {
		at, known := ages[rows[i].labels]
		if known && newest[c.device]-at > s.every.Seconds()+1 { // replicas scrape at different moments
			t.devices[c.device].mixed = true
			continue
		}
		claims[kept], rows[kept] = c, rows[i]
		kept++
	}
	return claims[:kept], rows[:kept], nil
}

// stamps asks when the rows' samples were taken, in Unix seconds by the rows' labels.
func (s *source) stamps(ctx context.Context, labels, instances []string) (map[uint64]float64, error) {
	slices.Sort(instances)
	instances = slices.Compact(instances)
	for i, name := range instances {
		instances[i] = regexp.QuoteMeta(name)
	}
	stamps := map[uint64]float64{}
	_, err := s.server.query(ctx, s.plan.stamps(labels, "instance=~"+strconv.Quote(strings.Join(instances, "|"))), func(raw []byte, samples []sample) error {
		if len(samples) > 0 {
			stamps[s.table.hash(raw)] = samples[0].value
		}
		return nil
	})
	return stamps, err
}
