package ui

import (
	"slices"
	"strings"
	"time"

	"paddock/fleet"
)

// wayLine draws a worker's way in one line of at most width cells:
//
//	created > scheduled 4s > devices bound 1s > image pulled: 12m so far: ImagePullBackOff > ready
//
// When room is short, the steps to come go first, then those that are done;
// where it stands now is there always, and is cut last.
func wayLine(e *env, steps []fleet.Step, width int) []span {
	first, last := 0, len(steps)
	stands := wayStands(steps)
	for widthOf(waySpans(e, steps, first, last)) > width {
		switch {
		case last > stands+1:
			last--
		case first < stands:
			first++
		default:
			return waySpans(e, steps, first, last) // the line that it is drawn in cuts it
		}
	}
	return waySpans(e, steps, first, last)
}

// untold is a way without a reason that stands elsewhere on the screen.
func untold(steps []fleet.Step, why string) []fleet.Step {
	if why == "" {
		return steps
	}
	out := slices.Clone(steps)
	for i, s := range out {
		out[i].Note = strings.TrimSuffix(strings.TrimSuffix(s.Note, why), ": ")
	}
	return out
}

// wayStands is the step that a way stands at: the one under way or failed, else the last one done.
func wayStands(steps []fleet.Step) int {
	at := 0
	for i, s := range steps {
		switch s.Status {
		case fleet.StepNow, fleet.StepFailed:
			return i
		case fleet.StepDone:
			at = i
		}
	}
	return at
}

// waySpans draws the steps from first up to last, with a sign for those left out.
func waySpans(e *env, steps []fleet.Step, first, last int) []span {
	var out []span
	between := dim(" > ")
	if first > 0 {
		out = append(out, dim(".."), between)
	}
	for i := first; i < last; i++ {
		if i > first {
			out = append(out, between)
		}
		out = append(out, stepSpans(steps[i])...)
	}
	if last < len(steps) {
		out = append(out, between, dim(".."))
	}
	return out
}

// stepSpans is one step of a line.
func stepSpans(s fleet.Step) []span {
	t := stepTone(s.Status)
	out := []span{{s.Name, t}}
	if s.Status == fleet.StepDone && s.Took > 0 {
		out = append(out, dim(" "+took(s.Took)))
	}
	if s.Note != "" {
		out = append(out, span{": " + s.Note, t})
	}
	return out
}

// stepTone is the tone of a step: what is done is calm, what is to come is dim.
func stepTone(s fleet.StepStatus) tone {
	switch s {
	case fleet.StepNow:
		return toneWarn
	case fleet.StepFailed:
		return toneBad
	case fleet.StepNext:
		return toneDim
	}
	return toneText
}

// stepGlyph says with a sign what the tone says.
func stepGlyph(e *env, s fleet.StepStatus) string {
	switch s {
	case fleet.StepDone:
		return e.glyphs.states[fleet.Done]
	case fleet.StepNow:
		return ">"
	case fleet.StepFailed:
		return e.glyphs.states[fleet.Failed]
	}
	return " "
}

// wayPage draws a worker's way as a list, a step a line, with the clock time
// and how long it took; notes are wrapped under their step.
func wayPage(e *env, steps []fleet.Step, width int) []pageLine {
	name := 0
	for _, s := range steps {
		name = max(name, cells(s.Name))
	}
	var out []pageLine
	for _, s := range steps {
		at, lasted := "", ""
		if !s.At.IsZero() {
			at = s.At.In(e.now.Location()).Format(time.TimeOnly)
		}
		if s.Status == fleet.StepDone && s.Took >= 0 && !s.At.IsZero() {
			lasted = took(s.Took)
		}
		t := stepTone(s.Status)
		head := []span{
			{" " + stepGlyph(e, s.Status) + " ", t}, {fitLeft(s.Name, name), t},
			dim("  " + fitLeft(at, 8)), plain(" " + fitRight(lasted, 6) + "  "),
		}
		out = append(out, hanging(head, s.Note, t, width)...)
	}
	return out
}
