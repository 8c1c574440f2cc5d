package act

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"paddock/fleet"
)

func TestPlanOfSeveral(t *testing.T) {
	a, b := indexed(4), indexed(2)
	b.Ref.Name, b.UID = "eval", "j2"
	b.Workers[1].State = fleet.Failed
	for _, w := range b.Workers {
		w.Pod.UID += "b"
	}
	var p Plan
	for _, w := range a.Workers[:2] {
		p.Add(NewKill(a, w, Remove))
	}
	for _, w := range b.Workers {
		p.Add(NewKill(b, w, Remove))
	}
	if p.Title() != "kill 3 workers" || len(p.Refused) != 1 || p.Refused[0].Error() != "w1 of nlp/eval: it has ended already (failed)" {
		t.Errorf("%s, refused %v", p.Title(), p.Refused)
	}
	if got := p.Needs(); len(got) != 1 {
		t.Errorf("the same right is needed once: %v", got)
	}
	cost := p.Cost(fleetOf(a, b), noon())
	text := strings.Join(cost.Says, "\n")
	if cost.GPUs != 6 || !strings.Contains(text, "nlp/sft: it counts as 2 failures") || !strings.Contains(text, "nlp/eval: it counts as 1 failure,") {
		t.Errorf("%d GPUs\n%s", cost.GPUs, text)
	}
}

func TestWhatIsSaidAlikeIsSaidOnce(t *testing.T) {
	a, b := indexed(4), indexed(2)
	b.Ref.Name, b.UID = "eval", "j2"
	var p Plan
	p.Add(NewDelete(a, false))
	p.Add(NewDelete(b, false))
	says := p.Cost(fleetOf(a, b), noon()).Says
	if !slices.ContainsFunc(says, func(s string) bool { return strings.HasPrefix(s, "each: its pods go") }) ||
		!slices.ContainsFunc(says, func(s string) bool { return strings.HasPrefix(s, "nlp/sft: frees 8 GPUs") }) {
		t.Errorf("%s", strings.Join(says, "\n"))
	}
	if got := p.Objects(); !slices.Equal(got, []string{"nlp/sft", "nlp/eval"}) {
		t.Errorf("%v", got)
	}
}

func TestPermit(t *testing.T) {
	j := indexed(2)
	var p Plan
	p.Add(NewKill(j, j.Workers[0], Remove))
	p.Add(NewKill(j, j.Workers[1], Evict))
	right := Right{Verb: "create", Resource: "pods", Subresource: "eviction", Namespace: "nlp"}
	for _, c := range []struct {
		allowed map[Right]bool
		actions int
	}{{nil, 2}, {map[Right]bool{right: true}, 2}, {map[Right]bool{right: false}, 1}} {
		got := p.Permit(c.allowed)
		if len(got.Actions) != c.actions || len(got.Actions)+len(got.Refused) != 2 {
			t.Errorf("%v: %+v", c.allowed, got)
		}
		if len(got.Refused) == 1 && !strings.Contains(got.Refused[0].Why, "may not create pods/eviction in namespace nlp; check with: kubectl auth can-i") {
			t.Error(got.Refused[0])
		}
	}
}

func TestGuard(t *testing.T) {
	j, other := indexed(2), indexed(1)
	other.Ref.Name = "eval"
	var workers, several, lost Plan
	for _, w := range j.Workers {
		workers.Add(NewKill(j, w, Evict))
		w.Pod.Deleted = noon()
		lost.Add(NewForceDelete(j, w, nil))
	}
	several.Add(NewSuspend(j))
	several.Add(NewSuspend(other))
	prod := fleet.Cluster{Context: "prod-a", Protected: true}
	for _, c := range []struct {
		name    string
		plan    Plan
		cluster fleet.Cluster
		want    Guard
	}{
		{"free", workers, fleet.Cluster{}, Guard{}},
		{"the job of its workers", workers, prod, Guard{Type: "sft"}},
		{"several jobs", several, prod, Guard{Type: "prod-a"}},
		{"lost nodes", lost, fleet.Cluster{}, Guard{Ask: "are gpu-00 and gpu-01 really off?"}},
	} {
		if got, err := c.plan.Guard(c.cluster); err != nil || got != c.want {
			t.Errorf("%s: %+v %v, want %+v", c.name, got, err, c.want)
		}
	}
	var r *Refusal
	if _, err := workers.Guard(fleet.Cluster{Context: "prod-a", ReadOnly: true, Protected: true}); !errors.As(err, &r) || !strings.Contains(r.Why, "read-only") {
		t.Errorf("read-only: %v", err)
	}
}

func TestAudit(t *testing.T) {
	a, err := NewScale(indexed(4), 8)
	if err != nil {
		t.Fatal(err)
	}
	line := Outcome{a, Done, "the server took it", ""}.Audit(noon(), fleet.Cluster{Context: "prod-a", User: "ann", Server: "https://10.0.0.1"})
	const want = `{"time":"2026-11-23T12:00:00Z","user":"ann","context":"prod-a","server":"https://10.0.0.1","object":"Job nlp/sft","uid":"j1",` +
		`"action":"scale","before":"parallelism 4, completions 4","after":"parallelism 8, completions 8","result":"done","answer":"the server took it"}` + "\n"
	if string(line) != want {
		t.Errorf("%s\nwant\n%s", line, want)
	}
	edit, err := NewEdit(a.Target.Ref, "batch/v1", "j1", "a\nTOKEN: old\n", "a\nTOKEN: new\nb\n")
	if err != nil {
		t.Fatal(err)
	}
	line = Outcome{edit, Unknown, "line one\nline two", ""}.Audit(noon(), fleet.Cluster{})
	var got map[string]string
	if err := json.Unmarshal(line, &got); err != nil || strings.Count(string(line), "\n") != 1 {
		t.Fatalf("%v: %s", err, line)
	}
	if got["before"] != "1 line taken out" || got["after"] != "2 lines put in" || strings.Contains(string(line), "TOKEN") {
		t.Errorf("%s", line)
	}
}

func TestReport(t *testing.T) {
	j := indexed(50)
	var outcomes []Outcome
	var refused []*Refusal
	for i, w := range j.Workers {
		a, _ := NewKill(j, w, Evict)
		o := Outcome{Action: a, Result: Done, Says: "ok"}
		if i%20 == 5 {
			o.Result, o.Says = Unchanged, "a disruption budget does not allow it"
		}
		outcomes = append(outcomes, o)
	}
	refused = append(refused, &Refusal{Of: "w50 of nlp/sft", Why: "it is ending already"})
	want := "kill: 47 of 51 done|w5 of nlp/sft: a disruption budget does not allow it|w25 of nlp/sft: a disruption budget does not allow it|w45 of nlp/sft: a disruption budget does not allow it|w50 of nlp/sft: it is ending already"
	if got := strings.Join(Report(outcomes, refused), "|"); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if got := Report(outcomes[:1], nil); len(got) != 1 || got[0] != "ok" {
		t.Errorf("%q", got)
	}
}

func TestDiff(t *testing.T) {
	for _, c := range []struct{ before, after, want string }{
		{"", "", ""},
		{"a\nb\nc\n", "a\nb\nc\n", " a b c"},
		{"a\nb\nc\n", "a\nx\nc\n", " a-b+x c"},
		{"a\nb\n", "b\nc\n", "-a b+c"},
		{"", "a\n", "+a"},
		{"a\nb\nc\nd\n", "d\n", "-a-b-c d"},
	} {
		got := ""
		for _, l := range Diff(c.before, c.after) {
			got += string(l.Op) + l.Text
		}
		if got != c.want {
			t.Errorf("%q to %q: %q, want %q", c.before, c.after, got, c.want)
		}
	}
}

// FuzzDiff checks that each side of a difference is the text that it came from.
func FuzzDiff(f *testing.F) {
	f.Add("a\nb\nc", "a\nc\nd")
	f.Fuzz(func(t *testing.T, before, after string) {
		var a, b []string
		for _, l := range Diff(before, after) {
			if l.Op != Added {
				a = append(a, l.Text)
			}
			if l.Op != Removed {
				b = append(b, l.Text)
			}
		}
		if fmt.Sprint(a) != fmt.Sprint(lines(before)) || fmt.Sprint(b) != fmt.Sprint(lines(after)) {
			t.Errorf("%q %q: %q %q", before, after, a, b)
		}
	})
}

func TestTakeBackLeavesWhatMayBeLeantOn(t *testing.T) {
	made := func(kind string, r Result) Outcome {
		return Outcome{Action: Action{Target{Ref: fleet.Ref{Kind: kind, Namespace: "nlp", Name: "bert"}, UID: kind}, Create{}}, Result: r}
	}
	if p := TakeBack([]Outcome{made("Service", Done), made("Job", Unchanged)}); len(p.Actions) != 1 || p.Actions[0].Target.Ref.Kind != "Service" {
		t.Errorf("%+v", p)
	}
	if p := TakeBack([]Outcome{made("Service", Done), made("Job", Unknown)}); len(p.Actions) != 0 {
		t.Errorf("the Service of a Job that may be there would go: %+v", p)
	}
}

func TestAnEmptyTextIsNoEdit(t *testing.T) {
	if _, err := NewEdit(fleet.Ref{Kind: "Job", Name: "a"}, "batch/v1", "u", "a: 1\n", " \n"); err == nil {
		t.Error("an emptied file is an edit")
	}
}
