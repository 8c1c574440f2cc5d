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

// times asks when the targets' newest samples were taken.
func (s *source) times(ctx context.Context) error {
	t := s.table
	_, err := s.server.query(ctx, s.plan.times(), func(raw []byte, samples []sample) error {
		row := t.hash(raw)
		i, ok := t.timeRows[row]
		if !ok {
			if err := parseLabels(raw, s.scratch); err != nil {
				return err
			}
			if i, ok = t.byTarget[s.scratch.target()]; !ok {
				i = -1
			}
			t.timeRows[row] = i
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
		r := fleet.Reading{Hardware: d.hardware, Holders: d.holders}
		r.At = t.targets[d.target].at
		r.Util, r.Tensor = t.values[util][i], t.values[tensor][i]
		r.MemUsed, r.MemTotal = t.values[memUsed][i], t.values[memTotal][i]
		r.Power, r.Temp, r.SMClock = t.values[power][i], t.values[temp][i], t.values[clock][i]
		if d.key.slice != "" {
			r.Power = fleet.Unknown() // each slice's series has the whole card's: a sum would count it again and again
		}
		if d.mixed {
			unknown := fleet.Unknown()
			r.Tensor, r.MemUsed, r.Power, r.Temp, r.SMClock = unknown, unknown, unknown, unknown, unknown
		}
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
