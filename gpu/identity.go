package gpu

import (
	"context"
	"strings"
	"time"

	"paddock/fleet"
)

// memoryFor is how long a device that is gone is remembered: its history is
// over by then.
const memoryFor = fleet.IdleWindow

// reader collects the rows of the question that carries every label.
type reader struct {
	table  *table
	labels labels
	claims []claim
	busy   []float64 // beside claims
	intern map[string]string
}

// newReader expects so many rows: growing step by step would take several times
// the memory, at the start of the program, when memory is at its peak.
func newReader(rows int) *reader {
	rows = min(max(rows, 0), 1<<17)
	t := newTable()
	t.devices = make([]device, 0, rows)
	t.byKey = make(map[key]int32, rows)
	return &reader{
		table: t, labels: labels{}, intern: map[string]string{},
		claims: make([]claim, 0, rows), busy: make([]float64, 0, rows),
	}
}

// readIdentities asks for every label of every device, and for the utilisation
// with them. This is the largest question; it is asked rarely.
func readIdentities(ctx context.Context, s *server, p *plan) (*table, []claim, answer, error) {
	r := newReader(p.counts[p.names[p.anchor()][0].name])
	a, err := s.query(ctx, p.busy(identityLabels()), r.row)
	if err != nil {
		return nil, nil, a, err
	}
	t := r.table
	t.shorten()
	t.arrange()
	r.settle()
	if p.busyKnown() {
		for i, c := range r.claims {
			t.set(util, c.device, r.busy[i])
		}
	}
	return t, r.claims, a, nil
}

func (r *reader) row(raw []byte, samples []sample) error {
	if len(samples) == 0 {
		return nil
	}
	l := r.labels
	if err := parseLabels(raw, l); err != nil {
		return err
	}
	for name, value := range l {
		if strings.EqualFold(name, "uuid") {
			continue // never repeats
		}
		if same, ok := r.intern[value]; ok {
			l[name] = same
		} else {
			r.intern[value] = value
		}
	}
	t := r.table
	t.rows++
	for name := range l {
		t.labels[name]++
	}
	k := l.key()
	i, ok := t.byKey[k]
	if !ok {
		i = int32(len(t.devices))
		t.byKey[k] = i
		t.devices = append(t.devices, device{key: k, hardware: l.hardware(), target: t.targetOf(l), memory: memory{xid: -1}})
	}
	c := claimOf(l, i)
	if c.form == formExported {
		t.targets[t.devices[i].target].exported = true
	}
	r.claims = append(r.claims, c)
	r.busy = append(r.busy, samples[0].value)
	return nil
}

func claimOf(l labels, device int32) claim {
	c := claim{device: device}
	c.holder, c.form = l.holder()
	c.own = c.form == formPlain && l.isExporter()
	return c
}

// settle finds out whose the plain pod labels are. That needs all rows: a
// target may show exported_pod on one device, and only its own pod on the free ones.
func (r *reader) settle() {
	t := r.table
	exported := false
	for _, c := range r.claims {
		switch c.form {
		case formExported:
			exported = true
		case formPlain:
			if _, ok := t.workload(c); ok {
				t.plain = true
			} else {
				t.exporters[c.holder] = true
			}
		}
	}
	for _, c := range r.claims {
		if _, ok := t.workload(c); ok {
			t.forms[c.form]++
		}
	}
	// With all GPUs free nothing tells which labels a workload would have.
	t.plain = t.plain || !exported
}

// podLabels are what has to be asked to see which pods hold the devices.
// Labels that no series has cost nothing, the exporter's own pod would: it is
// left out where it is known to be only that.
func (t *table) podLabels() []string {
	names := []string{"exported_pod", "exported_namespace", "pod_name", "pod_namespace"}
	if t.plain {
		names = append(names, "pod", "namespace", "container")
	}
	return names
}

// recall takes over what is remembered of the devices that are the same as
// before, and tells how many these are.
func (t *table) recall(past map[key]memory) int {
	n := 0
	for i := range t.devices {
		if m, ok := past[t.devices[i].key]; ok {
			t.devices[i].memory = m
			delete(past, t.devices[i].key)
			n++
		}
	}
	return n
}

// remember puts the table's devices into past, and drops what is too old.
func (t *table) remember(past map[key]memory, now time.Time) {
	for i := range t.devices {
		past[t.devices[i].key] = t.devices[i].memory
	}
	for k, m := range past {
		if now.Sub(m.last) > memoryFor {
			delete(past, k)
		}
	}
}
