package gpu

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"paddock/fleet"
)

// How often what is asked. Which pod holds a device, how busy it is and when
// that was measured are asked with every refresh.
const (
	identityEvery = 5 * time.Minute // all labels, and which series there are
	identityPause = time.Minute     // at least between two, when unknown devices show up
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
	server   *server
	matchers []string
	plan     *plan
	table    *table
	past     map[key]memory
	units    map[string]unit // by target
	read     time.Time       // when the labels were read
	seq      uint64          // refreshes
	stranger bool            // the last refresh saw a device that the table does not have
	notes    map[string]bool
	scratch  labels
}

func newSource(s *server, matchers []string) *source {
	return &source{server: s, matchers: matchers, past: map[key]memory{}, units: map[string]unit{}, scratch: labels{}}
}

// refresh asks once for everything that is due. early, which may be nil, is
// called as soon as devices, holders and utilisation are known.
func (s *source) refresh(ctx context.Context, now time.Time, early func()) error {
	s.seq++
	s.notes = map[string]bool{}
	full := s.table == nil || now.Sub(s.read) >= identityEvery || s.stranger && now.Sub(s.read) >= identityPause
	if full {
		if err := s.identify(ctx, now); err != nil {
			return err
		}
	} else if err := s.holders(ctx); err != nil {
		return err
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

// identify reads all labels anew, keeping what is remembered of the devices.
func (s *source) identify(ctx context.Context, now time.Time) error {
	p := s.plan
	if p == nil || s.table != nil { // the one of the first refresh is fresh
		var err error
		if p, err = newPlan(ctx, s.server, s.matchers); err != nil {
			return err
		}
	}
	t, rows, a, err := readIdentities(ctx, s.server, p)
	if err != nil {
		return err
	}
	s.note(a)
	if s.table != nil {
		s.table.remember(s.past, now)
	}
	t.recall(s.past)
	for i := range t.targets {
		t.targets[i].unit = s.units[t.targets[i].name]
	}
	s.plan, s.table, s.stranger = p, t, false
	claims := claims{rows: rows}
	claims.apply(t, s.seq)
	return nil
}

// holders asks who holds the devices and how busy they are.
func (s *source) holders(ctx context.Context) error {
	t := s.table
	t.forget(util)
	var claims claims
	question := s.plan.busy(append(t.form.labels(), t.podLabels()...))
	a, err := s.server.query(ctx, question, func(raw []byte, samples []sample) error {
		c, ok := t.podRows[string(raw)]
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
			t.podRows[string(raw)] = c
		}
		if len(samples) > 0 && s.plan.busyKnown() {
			t.set(util, c.device, samples[0].value)
		}
		claims.rows = append(claims.rows, c)
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
	claims.apply(t, s.seq)
	return nil
}

// unitOf is the unit of a device's utilisation.
func (s *source) unitOf(d *device) unit {
	switch u := s.table.targets[d.target].unit; {
	case d.key.slice != "" || !s.plan.ambiguous():
		return ratio
	case u == undecided:
		return majority(s.table.targets)
	default:
		return u
	}
}

// settleUnits learns from this refresh's values in which unit a target writes them.
func (s *source) settleUnits() {
	t := s.table
	ambiguous := s.plan.ambiguous()
	for i, v := range t.values[util] {
		if d := &t.devices[i]; ambiguous && d.key.slice == "" {
			t.targets[d.target].unit = t.targets[d.target].unit.learn(v)
		}
	}
	for i := range t.values[util] {
		t.values[util][i] = s.unitOf(&t.devices[i]).utilisation(t.values[util][i])
	}
	for _, target := range t.targets {
		s.units[target.name] = target.unit
	}
}

// times asks when the targets' newest samples were taken.
func (s *source) times(ctx context.Context) error {
	t := s.table
	_, err := s.server.query(ctx, s.plan.times(), func(raw []byte, samples []sample) error {
		i, ok := t.timeRows[string(raw)]
		if !ok {
			if err := parseLabels(raw, s.scratch); err != nil {
				return err
			}
			if i, ok = t.byTarget[s.scratch.target()]; !ok {
				i = -1
			}
			t.timeRows[string(raw)] = i
		}
		if i >= 0 && len(samples) > 0 && samples[0].value > 0 && samples[0].value < 1e11 {
			t.targets[i].at = time.UnixMilli(int64(samples[0].value * 1000))
		}
		return nil
	})
	return err
}

// record puts this refresh's utilisation into the histories.
func (s *source) record(now time.Time) {
	t := s.table
	for i := range t.devices {
		if d := &t.devices[i]; d.seen == s.seq {
			d.history = d.history.With(t.targets[d.target].at, t.values[util][i])
			d.last = now
		}
	}
}

// measure asks for one number of every device. When Prometheus refuses just
// this question, the rest is still worth showing.
func (s *source) measure(ctx context.Context, m measure) error {
	t := s.table
	t.forget(m)
	if !s.plan.answerable(m) {
		return nil
	}
	a, err := s.server.query(ctx, s.plan.value(m, t.form), func(raw []byte, samples []sample) error {
		i, err := t.lookup(raw, s.scratch)
		if i >= 0 && len(samples) > 0 {
			t.set(m, i, samples[0].value)
		}
		return err
	})
	return s.tolerate(m, a, err)
}

// faults asks for XIDs. A device without one is known to have none only where
// the series exist.
func (s *source) faults(ctx context.Context) error {
	t := s.table
	if !s.plan.has(xid) {
		return nil
	}
	found := map[int32]int{}
	a, err := s.server.query(ctx, s.plan.faults(t.form), func(raw []byte, samples []sample) error {
		i, err := t.lookup(raw, s.scratch)
		if i >= 0 && len(samples) > 0 {
			if v, ok := xid.scale().value(samples[0].value); ok {
				found[i] = max(found[i], int(v))
			}
		}
		return err
	})
	if err != nil {
		return s.tolerate(xid, a, err)
	}
	for i := range t.devices {
		d := &t.devices[i]
		now := found[int32(i)]
		if now > 0 && d.xid >= 0 && now != d.xid {
			d.xidAt = t.targets[d.target].at
		}
		if now == 0 {
			d.xidAt = time.Time{}
		}
		d.xid = now
	}
	return nil
}

// tolerate turns an answered refusal of one question into a note.
func (s *source) tolerate(m measure, a answer, err error) error {
	var refused *answerError
	if errors.As(err, &refused) && refused.kind != "" {
		what, _ := Explain(err)
		s.notes[fmt.Sprintf("no %s: %s", m.scale().label, what)] = true
		return nil
	}
	s.note(a)
	return err
}

// note keeps what the server said about gaps in its answer.
func (s *source) note(a answer) {
	if a.partial {
		s.notes["the answer is partial: some storage nodes did not answer"] = true
	}
	for _, w := range a.warnings {
		if len(s.notes) < 5 && !strings.HasPrefix(w, "PromQL info") {
			s.notes["Prometheus warns: "+fleet.Clean(w, 200)] = true
		}
	}
}

// readings is what is known now, as a picture that never changes.
func (s *source) readings() []fleet.Reading {
	t := s.table
	list := make([]fleet.Reading, 0, len(t.order))
	for _, i := range t.order {
		d := &t.devices[i]
		if d.seen != s.seq {
			continue
		}
		r := d.fixed
		r.Holders = d.holders
		r.At = t.targets[d.target].at
		r.Util, r.Tensor = t.values[util][i], t.values[tensor][i]
		r.MemUsed, r.MemTotal = t.values[memUsed][i], t.values[memTotal][i]
		r.Power, r.Temp, r.SMClock = t.values[power][i], t.values[temp][i], t.values[clock][i]
		r.XID, r.XIDAt = d.xid, d.xidAt
		r.History = d.history
		list = append(list, r)
	}
	return list
}

func sorted(set map[string]bool) []string {
	var list []string
	for text := range set {
		list = append(list, text)
	}
	slices.Sort(list)
	return list
}
