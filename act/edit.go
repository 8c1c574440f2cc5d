package act

import (
	"strings"

	"paddock/fleet"
)

// Edit writes an object's YAML as it was changed in an editor. Only the fields
// that differ are sent, each with a test of its old value.
type Edit struct {
	Before string // as the server gave it for editing
	After  string
}

// Verb is "edit".
func (Edit) Verb() string { return "edit" }

// NewEdit edits any object that can be bound to its UID.
func NewEdit(ref fleet.Ref, apiVersion, uid, before, after string) (Action, error) {
	t := Target{Ref: ref, APIVersion: apiVersion, UID: uid}
	if strings.TrimSpace(after) == "" {
		return Action{}, refuse(t, "the text is empty, so that nothing was changed")
	}
	if before == after {
		return Action{}, refuse(t, "nothing was changed")
	}
	return Action{t, Edit{before, after}}, bound(t)
}

func (e Edit) states() (before, after string) {
	minus, plus := 0, 0
	for _, l := range Diff(e.Before, e.After) {
		switch l.Op {
		case Removed:
			minus++
		case Added:
			plus++
		}
	}
	return count(minus, "line") + " taken out", count(plus, "line") + " put in"
}

func (Edit) title(t Target) string { return "edit " + t.String() }

func (Edit) rights(t Target) []Right { return []Right{to("get", t), to("patch", t)} }

func (e Edit) cost(ts []Target, _ view) Cost {
	before, after := e.states()
	return Cost{Says: []string{before + ", " + after}}
}

// Op says where a line of a Diff stands.
type Op byte

// The marks of a Diff, as diff -u prints them.
const (
	Same    Op = ' '
	Removed Op = '-'
	Added   Op = '+'
)

// Line is a line of a Diff.
type Line struct {
	Op   Op
	Text string
}

// diffMost bounds what is compared line by line: a table of 4 million cells.
// A longer stretch of changes is shown as all out, all in.
const diffMost = 2000

// Diff compares two texts line by line: what is equal at both ends is cut off,
// the rest is compared by its longest common subsequence.
func Diff(before, after string) []Line {
	a, b := lines(before), lines(after)
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	out := make([]Line, 0, len(a)+len(b))
	out = mark(out, Same, a[:head])
	out = compare(out, a[head:len(a)-tail], b[head:len(b)-tail])
	return mark(out, Same, a[len(a)-tail:])
}

func lines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

func mark(out []Line, op Op, texts []string) []Line {
	for _, t := range texts {
		out = append(out, Line{op, t})
	}
	return out
}

// compare appends the difference of two stretches.
func compare(out []Line, a, b []string) []Line {
	if len(a) > diffMost || len(b) > diffMost {
		return mark(mark(out, Removed, a), Added, b)
	}
	common := make([][]int32, len(a)+1) // of a[i:] and b[j:]
	for i := range common {
		common[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			out = append(out, Line{Same, a[i]})
			i, j = i+1, j+1
		case common[i+1][j] >= common[i][j+1]:
			out = append(out, Line{Removed, a[i]})
			i++
		default:
			out = append(out, Line{Added, b[j]})
			j++
		}
	}
	return mark(mark(out, Removed, a[i:]), Added, b[j:])
}
