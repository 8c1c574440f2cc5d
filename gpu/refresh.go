package gpu

import (
	"context"
	"time"

	"paddock/fleet"
)

// How often what is asked. Which pod holds a device, how busy it is and when
// that was measured are asked with every refresh.
const (
	identityEvery = 5 * time.Minute // all labels, and which series there are
	// identityPause is the longest that an unknown device waits for the next
	// reading of labels. The first waits for none: exporters of a cluster that
	// comes up show up one after the other, each longer after the one before.
	identityPause = time.Minute
)

// due are the measures that this refresh asks for. dcgm-exporter measures
// every 30 s by default, two scrapes: memory and power take turns. Temperature
// and clock follow slowly anyway; the total of memory is as fixed as a label.
func due(seq uint64, full bool) []measure {
	if full {
		return []measure{tensor, memUsed, memTotal, power, temp, clock}
	}
	turns := [][]measure{{memUsed}, {power, temp}, {memUsed}, {power, clock}}
	return append([]measure{tensor}, turns[seq%uint64(len(turns))]...)
}

// source is one Prometheus that is being read: its plan, and the devices.
type source struct {
	server    *server
	matchers  []string
	plan      *plan
	table     *table
	past      map[key]memory
	units     map[string]unit // by target
	read      time.Time       // when the labels were read
	pause     time.Duration   // at least until they are read again for a stranger
	every     time.Duration   // the pace of the scrape
	seq       uint64          // refreshes
	stranger  bool            // there is a device that the table does not have
	newcomers bool            // there are devices whose past was not read
	notes     map[string]bool
	scratch   labels
}

func newSource(s *server, matchers []string) *source {
	return &source{server: s, matchers: matchers, past: map[key]memory{}, units: map[string]unit{}, scratch: labels{}}
}

// refresh asks once for everything that is due. early, which may be nil, is
// called as soon as devices, holders and utilisation are known.
func (s *source) refresh(ctx context.Context, now time.Time, early func()) error {
	s.seq++
	s.notes = map[string]bool{}
	full := s.table == nil || now.Sub(s.read) >= identityEvery
	if !full {
		if err := s.holders(ctx); err != nil {
			return err
		}
		full = s.stranger && now.Sub(s.read) >= s.pause
	}
	if full {
		s.pause = s.nextPause(now)
		rows, err := s.identify(ctx, now)
		if err != nil {
			return err
		}
		if rows > len(s.table.devices) { // some may have ended, which only holders asks
			if err := s.holders(ctx); err != nil {
				return err
			}
		}
	}
	s.settleUnits()
	if err := s.times(ctx); err != nil {
		return err
	}
	s.record(now)
	if early != nil {
		early()
	}
	for _, m := range due(s.seq, full) {
		if err := s.measure(ctx, m); err != nil {
			return err
		}
	}
	if err := s.faults(ctx); err != nil {
		return err
	}
	if full {
		s.read = now // only now: one that broke off is made up for
	}
	return nil
}

// nextPause is how long strangers wait after the reading of labels that comes
// now: longer and longer while they come one after the other, not at all after
// a time without any.
func (s *source) nextPause(now time.Time) time.Duration {
	if s.table == nil || !s.stranger || now.Sub(s.read) >= identityEvery {
		return 0
	}
	return min(max(2*s.pause, defaultPace), identityPause)
}

// identify reads all labels anew, keeping what is remembered of the devices,
// and tells how many rows there were.
func (s *source) identify(ctx context.Context, now time.Time) (int, error) {
	p := s.plan
	if p == nil || s.table != nil { // the one of the first refresh is fresh
		var err error
		if p, err = newPlan(ctx, s.server, s.matchers); err != nil {
			return 0, err
		}
	}
	t, rows, a, err := readIdentities(ctx, s.server, p)
	if err != nil {
		return 0, err
	}
	s.note(a)
	if s.table != nil {
		s.table.remember(s.past, now)
	}
	if t.recall(s.past) < len(t.devices) {
		s.newcomers = true
	}
	for i := range t.targets {
		t.targets[i].unit = s.units[t.targets[i].name]
	}
	s.plan, s.table, s.stranger = p, t, false
	claims := claims{rows: rows}
	claims.apply(t, s.seq)
	return len(rows), nil
}

// holders asks who holds the devices and how busy they are.
func (s *source) holders(ctx context.Context) error {
	t := s.table
	claims := claims{rows: make([]claim, 0, t.rows)}
	rows := make([]row, 0, t.rows)
	labels := append(t.form.labels(), t.podLabels()...)
	a, err := s.server.query(ctx, s.plan.busy(labels), func(raw []byte, samples []sample) error {
		this := row{labels: t.hash(raw), value: fleet.Unknown()}
		c, ok := t.podRows[this.labels]
		if !ok {
			if err := parseLabels(raw, s.scratch); err != nil {
				return err
			}
			i, known := t.byKey[t.form.of(s.scratch.key())]
			if !known {
				s.stranger = true
				return nil
			}
			c = claimOf(s.scratch, i)
			t.podRows[this.labels] = c
		}
		if len(samples) > 0 {
			this.value = samples[0].value
		}
		claims.rows, rows = append(claims.rows, c), append(rows, this)
		return nil
	})
	if err != nil {
		return err
	}
	if len(claims.rows) == 0 { // all series gone: say so, and look for others next time
		s.table, s.plan = nil, nil
		return &seriesError{server: s.server.name, matchers: s.matchers}
	}
	s.note(a)
	if claims.rows, rows, err = s.withoutEnded(ctx, labels, claims.rows, rows); err != nil {
		return err
	}
	if s.plan.busyKnown() {
		t.forget(util)
		for i, c := range claims.rows {
			t.set(util, c.device, rows[i].value)
		}
	}
	claims.apply(t, s.seq)
	return nil
}
