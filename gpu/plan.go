package gpu

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"paddock/fleet"
)

// plan turns what a Prometheus has into the questions of a refresh.
type plan struct {
	matchers string               // ready to stand between braces, "" without
	names    map[measure][]series // those that have series now
	counts   map[string]int       // series by name
}

// newPlan asks which series there are. A plan without any is an error that says so.
func newPlan(ctx context.Context, s *server, matchers []string) (*plan, error) {
	p := &plan{matchers: strings.Join(matchers, ","), names: map[measure][]series{}, counts: map[string]int{}}
	l := labels{}
	_, err := s.query(ctx, "count by (__name__) ("+p.selector(allNames())+")", func(raw []byte, samples []sample) error {
		if err := parseLabels(raw, l); err != nil || len(samples) == 0 {
			return err
		}
		p.counts[l["__name__"]] = int(samples[0].value)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, known := range catalogue() {
		lower := known
		lower.name = strings.ToLower(known.name)
		p.add(known)
		if lower.name != known.name {
			p.add(lower)
		}
	}
	if p.anchor() < 0 {
		return p, &seriesError{server: s.name, matchers: matchers}
	}
	return p, nil
}

func (p *plan) add(s series) {
	if p.counts[s.name] > 0 {
		p.names[s.measure] = append(p.names[s.measure], s)
	}
}

func (p *plan) has(m measure) bool { return len(p.names[m]) > 0 }

// ambiguous is true when a name is in use that means percent in one version
// and a ratio in the next.
func (p *plan) ambiguous() bool {
	for _, s := range p.names[util] {
		if s.scale == "" {
			return true
		}
	}
	return false
}

// anchor is the measure whose series say which devices there are; -1 when
// there is none.
func (p *plan) anchor() measure {
	for _, m := range []measure{util, engine, memUsed, power, temp, clock, tensor} {
		if p.has(m) {
			return m
		}
	}
	return -1
}

// selector of names (a regular expression when there are several), with the
// matchers and more of them.
func (p *plan) selector(names string, more ...string) string {
	name := "__name__=~" + `"` + names + `"`
	if !strings.Contains(names, "|") {
		name = "__name__=" + `"` + names + `"`
	}
	all := append([]string{name}, more...)
	if p.matchers != "" {
		all = append(all, p.matchers)
	}
	return "{" + strings.Join(all, ",") + "}"
}

// byScale groups the names of measures by the conversion that they need.
func (p *plan) byScale(ms ...measure) (scales []string, names map[string]string) {
	names = map[string]string{}
	for _, m := range ms {
		for _, s := range p.names[m] {
			if old, ok := names[s.scale]; ok {
				names[s.scale] = old + "|" + s.name
				continue
			}
			scales = append(scales, s.scale)
			names[s.scale] = s.name
		}
	}
	return scales, names
}

// each applies an expression to every group of names of a measure. Nodes with
// an old exporter and nodes with a new one stand side by side: `or`.
func (p *plan) each(m measure, expression func(selector string) string, more ...string) string {
	scales, names := p.byScale(m)
	var terms []string
	for _, scale := range scales {
		terms = append(terms, expression(p.selector(names[scale], more...))+scale)
	}
	return strings.Join(terms, " or ")
}

// maxBy merges copies of a device's series: replicas of Prometheus, pods that
// share the device.
func maxBy(labels []string) func(string) string {
	by := strings.Join(labels, ",")
	return func(selector string) string { return fmt.Sprintf("max by (%s) (%s)", by, selector) }
}

const slicesOnly = `GPU_I_ID!=""`

// busy asks for the utilisation by labels. MIG slices have none of their own:
// the graphics engine's activity stands in. Where there is neither, another
// measure says at least which devices there are; see plan.busyKnown.
func (p *plan) busy(labels []string) string {
	m := p.anchor()
	expr := p.each(m, maxBy(labels))
	if m == util && p.has(engine) {
		expr += " or " + p.each(engine, maxBy(labels), slicesOnly)
	}
	return "round(" + expr + ", " + m.scale().round + ")"
}

// stamps asks when the samples that busy is of were taken, in Unix seconds, by
// the same labels.
func (p *plan) stamps(labels []string, only string) string {
	var terms []string
	add := func(m measure, more ...string) {
		for _, s := range p.names[m] {
			terms = append(terms, maxBy(labels)("timestamp("+p.selector(s.name, append(more, only)...)+")"))
		}
	}
	m := p.anchor()
	add(m)
	if m == util {
		add(engine, slicesOnly)
	}
	return strings.Join(terms, " or ")
}

// busyKnown is false when busy's values are of another measure.
func (p *plan) busyKnown() bool { return p.has(util) || p.has(engine) }

// times asks for the newest sample of every target.
func (p *plan) times() string {
	stamp := func(selector string) string {
		return "max by (instance,Hostname,hostname) (timestamp(" + selector + "))"
	}
	// timestamp() of several names at once would make equal label sets: a term a name.
	var terms []string
	add := func(m measure, more ...string) {
		for _, s := range p.names[m] {
			terms = append(terms, stamp(p.selector(s.name, more...)))
		}
	}
	m := p.anchor()
	add(m)
	if m == util {
		add(engine, slicesOnly)
	}
	return "round(" + strings.Join(terms, " or ") + ", 0.1)"
}

// value asks for a measure by the device's key.
func (p *plan) value(m measure, form keyForm) string {
	if m == memTotal {
		return p.total(form)
	}
	return "round(" + p.each(m, maxBy(form.labels())) + ", " + m.scale().round + ")"
}

// answerable tells whether there is anything to ask for a measure.
func (p *plan) answerable(m measure) bool {
	return p.has(m) || m == memTotal && p.has(memUsed) && p.has(memFree)
}

// total is the capacity where it is told, else used + free + reserved: the
// reserved part is missing in older exporters and in the Helm chart's list.
func (p *plan) total(form keyForm) string {
	var terms []string
	if p.has(memTotal) {
		terms = append(terms, p.each(memTotal, maxBy(form.labels())))
	}
	if p.has(memUsed) && p.has(memFree) {
		scales, names := p.byScale(memUsed, memFree, memReserved)
		for _, scale := range scales {
			blank := "2147483632" // of a 32 bit field; one blank part must not spoil the sum
			if scale != "" {
				blank = "1.4e14"
			}
			parts := maxBy(append([]string{"__name__"}, form.labels()...))(p.selector(names[scale]) + " < " + blank)
			terms = append(terms, fmt.Sprintf("sum by (%s) (%s)%s", strings.Join(form.labels(), ","), parts, scale))
		}
	}
	return "round(" + strings.Join(terms, " or ") + ", " + memTotal.scale().round + ")"
}

// faults asks for the devices that had an XID. The others have none, and are
// not worth a row each.
func (p *plan) faults(form keyForm) string {
	return p.each(xid, func(selector string) string { return maxBy(form.labels())(selector + " > 0") })
}

// nameValues adds to a failed match which values the matched labels have.
func nameValues(ctx context.Context, s *server, err error) error {
	var missing *seriesError
	if !errors.As(err, &missing) || len(missing.matchers) == 0 {
		return err
	}
	named := *missing
	var found []string
	for _, m := range missing.matchers {
		found = append(found, existing(ctx, s, matchedLabel(m))...)
	}
	named.values = enumerate(found, 5)
	return &named
}

// existing lists the values that a label has on DCGM's series.
func existing(ctx context.Context, s *server, label string) []string {
	var found []string
	l := labels{}
	unmatched := &plan{}
	question := fmt.Sprintf("count by (%s) (%s)", label, unmatched.selector(allNames()))
	_, err := s.query(ctx, question, func(raw []byte, _ []sample) error {
		if err := parseLabels(raw, l); err == nil && l[label] != "" {
			found = append(found, fmt.Sprintf("%s=%q", label, fleet.Clean(l[label], maxText)))
		}
		return nil
	})
	if err != nil {
		return nil // the failed match is told all the same
	}
	return found
}
