package gpu

import (
	"context"
	"time"

	"paddock/fleet"
)

// readPast fills the histories from before the program was started, and finds
// out when the XIDs that devices show came up. It is asked at the start, and
// when devices show up later: an exporter may come after its devices' faults.
func (s *source) readPast(ctx context.Context) error {
	newest := s.newest()
	if newest.IsZero() {
		return nil
	}
	// Asked at second 59 of every whole minute: the last sample of that minute.
	end := newest.Truncate(fleet.HistoryBucket).Add(-time.Second)
	start := end.Add(-(fleet.HistoryBuckets - 2) * fleet.HistoryBucket)
	if err := s.pastBusy(ctx, start, end); err != nil {
		return err
	}
	if !s.plan.has(xid) {
		return nil
	}
	return s.pastFaults(ctx, start, newest)
}

func (s *source) newest() time.Time {
	var newest time.Time
	for _, t := range s.table.targets {
		if t.at.After(newest) {
			newest = t.at
		}
	}
	return newest
}

func (s *source) pastBusy(ctx context.Context, start, end time.Time) error {
	if !s.plan.busyKnown() {
		return nil
	}
	t := s.table
	limit := util.scale()
	_, err := s.server.queryRange(ctx, s.plan.busy(t.form.labels()), start, end, fleet.HistoryBucket, func(raw []byte, samples []sample) error {
		i, err := t.lookup(raw, s.scratch)
		if i < 0 || err != nil {
			return err
		}
		d := &t.devices[i]
		unit := s.unitOf(d)
		past := fleet.NewHistory(end)
		for _, p := range samples {
			if v, ok := limit.value(p.value); ok {
				past = past.With(seconds(p.at), unit.utilisation(v))
			}
		}
		d.history = merge(past, d.history)
		return nil
	})
	return err
}

// merge puts what was read since the start over what was before it.
func merge(past, since fleet.History) fleet.History {
	for i := range fleet.HistoryBuckets {
		past = past.With(since.Start(i), since.At(i))
	}
	return past
}

// pastFaults looks when the present XID of a device began. That is only known
// when the device was there before, with another XID or none: what is as old
// as its series, or as the window, may be much older.
func (s *source) pastFaults(ctx context.Context, start, end time.Time) error {
	t := s.table
	_, err := s.server.queryRange(ctx, s.plan.faults(t.form), start, end, fleet.HistoryBucket, func(raw []byte, samples []sample) error {
		i, err := t.lookup(raw, s.scratch)
		if i < 0 || err != nil {
			return err
		}
		d := &t.devices[i]
		first := len(samples)
		for first > 0 && int(samples[first-1].value) == d.xid {
			first--
		}
		if d.xid <= 0 || !d.xidAt.IsZero() || first == len(samples) {
			return nil
		}
		began := seconds(samples[first].at)
		if first > 0 || known(d.history, began.Add(-fleet.HistoryBucket)) {
			d.xidAt = began
		}
		return nil
	})
	return err
}

// known tells whether a history has a reading of the minute that contains t.
func known(h fleet.History, t time.Time) bool {
	i := int(t.Sub(h.Start(0)) / fleet.HistoryBucket)
	return !t.Before(h.Start(0)) && i < fleet.HistoryBuckets && fleet.Known(h.At(i))
}

func seconds(at float64) time.Time { return time.UnixMilli(int64(at * 1000)) }
