package ui

import (
	"fmt"
	"strings"
	"time"

	"paddock/fleet"
)

// describePage is a Description as lines of at most width cells, what one
// opens it for first: what is wrong with it, what happened, what it runs.
func describePage(d fleet.Description, now time.Time, width int) []pageLine {
	p := describer{now: now, width: width}
	p.conditions(d.Conditions)
	p.events(d.Events, d.EventsErr)
	for _, c := range d.Containers {
		p.container(c)
	}
	if len(d.Volumes) > 0 {
		p.title("Volumes")
		rows := make([]fleet.KeyValue, len(d.Volumes))
		for i, v := range d.Volumes {
			rows[i] = fleet.KeyValue{Key: v.Name, Value: v.What}
		}
		p.pairs(rows)
	}
	if len(d.Facts) > 0 {
		p.title("Further")
		p.pairs(d.Facts)
	}
	if len(d.Labels) > 0 {
		p.title("Labels")
		p.pairs(d.Labels)
	}
	return p.lines
}

// describer gathers the lines of a description.
type describer struct {
	now   time.Time
	width int
	lines []pageLine
}

// title begins a part, with a blank line before it.
func (p *describer) title(text string, more ...span) {
	if len(p.lines) > 0 {
		p.lines = append(p.lines, newPageLine())
	}
	p.lines = append(p.lines, newPageLine(append([]span{{" " + text, toneTitle}}, more...)...))
}

// text adds head and, after it, text that is wrapped under its own beginning.
func (p *describer) text(head []span, text string, t tone) {
	p.lines = append(p.lines, hanging(head, text, t, p.width)...)
}

// pairs lists keys and values; the values stand under each other as far as the keys are short.
func (p *describer) pairs(rows []fleet.KeyValue) {
	const widest = 28
	key := 0
	for _, r := range rows {
		if w := cells(r.Key); w <= widest {
			key = max(key, w)
		}
	}
	for _, r := range rows {
		pad := max(key-cells(r.Key), 0)
		p.text([]span{dim("   " + r.Key + spaces(pad) + "  ")}, r.Value, toneText)
	}
}

func (p *describer) conditions(conditions []fleet.Condition) {
	if len(conditions) == 0 {
		return
	}
	p.title("Conditions")
	name := 0
	for _, c := range conditions {
		name = max(name, cells(c.Type))
	}
	for _, c := range conditions {
		said := strings.TrimPrefix(strings.TrimSuffix(c.Reason+": "+c.Message, ": "), ": ")
		p.text([]span{
			plain("   " + fitLeft(c.Type, name) + "  "), {fitLeft(c.Status, 7), conditionTone(c)},
			dim("  " + fitRight(since(c.Since, p.now), 4) + "  "),
		}, said, toneText)
	}
}

// conditionTone marks conditions that are not as they should be: most are good
// when true, those of failure and pressure when false.
func conditionTone(c fleet.Condition) tone {
	good := "True"
	for _, bad := range []string{"Fail", "Pressure", "Unavailable", "Disruption", "Suspended", "Evict"} {
		if strings.Contains(c.Type, bad) {
			good = "False"
		}
	}
	switch c.Status {
	case good:
		return toneText
	case "Unknown":
		return toneWarn
	}
	return toneBad
}

func (p *describer) events(events []fleet.Event, failure string) {
	switch {
	case failure != "":
		p.title("Events")
		p.text([]span{plain("   ")}, failure, toneWarn)
		return
	case len(events) == 0:
		p.title("Events", dim("  none are kept; a server keeps them for an hour as a rule"))
		return
	}
	p.title("Events", dim("  newest first"))
	reason := 0
	for _, v := range events {
		reason = max(reason, min(cells(v.Reason), 24))
	}
	for _, v := range events {
		t, sign := toneText, "  "
		if v.Type == "Warning" {
			t, sign = toneWarn, "! "
		}
		times := ""
		if v.Count > 1 {
			times = fmt.Sprintf("x%d", v.Count)
		}
		p.text([]span{
			{" " + sign, t}, dim(fitRight(since(v.Last, p.now), 4) + " " + fitLeft(times, 5) + " "), {fitLeft(v.Reason, reason) + "  ", t},
		}, v.Message, toneText)
	}
}

func (p *describer) container(c fleet.ContainerSpec) {
	word := "Container "
	if c.Init {
		word = "Init container "
	}
	p.title(word + c.Name)
	p.pairs(keep(
		fleet.KeyValue{Key: "image", Value: c.Image},
		fleet.KeyValue{Key: "command", Value: shellWords(c.Command)},
		fleet.KeyValue{Key: "args", Value: shellWords(c.Args)},
		fleet.KeyValue{Key: "requests", Value: inline(c.Requests)},
		fleet.KeyValue{Key: "limits", Value: inline(c.Limits)},
	))
	p.list("mounts", c.Mounts, " from ")
	p.list("environment", c.Env, "=")
}

// list is a list under a key of its own.
func (p *describer) list(name string, rows []fleet.KeyValue, between string) {
	if len(rows) == 0 {
		return
	}
	p.lines = append(p.lines, newPageLine(dim("   "+name)))
	for _, r := range rows {
		p.text([]span{plain("     " + r.Key), dim(between)}, r.Value, toneText)
	}
}

// keep is the rows that have a value.
func keep(rows ...fleet.KeyValue) []fleet.KeyValue {
	kept := rows[:0]
	for _, r := range rows {
		if r.Value != "" {
			kept = append(kept, r)
		}
	}
	return kept
}

// inline writes pairs side by side: "nvidia.com/gpu 1, memory 64Gi".
func inline(rows []fleet.KeyValue) string {
	words := make([]string, len(rows))
	for i, r := range rows {
		words[i] = r.Key + " " + r.Value
	}
	return strings.Join(words, ", ")
}

// shellWords writes words as one would type them.
func shellWords(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		if w == "" || strings.ContainsAny(w, " '\"\\$`&|;<>()*?[]#~") {
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		quoted[i] = w
	}
	return strings.Join(quoted, " ")
}

// hanging puts text behind head, wrapped into width cells; its further lines
// stand under its beginning, or, where that leaves too little room, near the left edge.
func hanging(head []span, text string, t tone, width int) []pageLine {
	const least, near = 24, 6
	indent := widthOf(head)
	if width-indent < least {
		indent = near
		if text != "" && widthOf(head)+cells(text) > width {
			out := []pageLine{newPageLine(head...)}
			return append(out, indented(wrap(text, max(width-indent, 1)), indent, t)...)
		}
	}
	lines := wrap(text, max(width-indent, 1))
	if len(lines) == 0 {
		return []pageLine{newPageLine(head...)}
	}
	out := []pageLine{newPageLine(append(head, span{lines[0], t})...)}
	return append(out, indented(lines[1:], indent, t)...)
}

func indented(lines []string, indent int, t tone) []pageLine {
	out := make([]pageLine, len(lines))
	for i, l := range lines {
		out[i] = newPageLine(plain(spaces(indent)), span{l, t})
	}
	return out
}
