package cli

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	"paddock/act"
	"paddock/fleet"
)

// asked is paddock on a terminal where somebody types something.
func asked(answers string) (*app, *bytes.Buffer) {
	var errs bytes.Buffer
	return &app{in: bufio.NewReader(strings.NewReader(answers)), out: io.Discard, errs: &errs, asks: true}, &errs
}

func TestConfirm(t *testing.T) {
	protected := []demand{{"prod-a is protected.", "sft"}}
	both := []demand{{"Is the machine gpu-07 really off?", "gpu-07"}, protected[0]}
	for _, c := range []struct {
		what     string
		terminal bool
		answers  string
		words    []demand
		consent  consent
		done     bool
		says     string
	}{
		{"yes", true, "y\n", nil, consent{}, true, "scale? [y/N] "},
		{"a whole word", true, "YES\n", nil, consent{}, true, ""},
		{"no is the default", true, "\n", nil, consent{}, false, "not confirmed: nothing was done"},
		{"something else", true, "yep\n", nil, consent{}, false, ""},
		{"not a whole line", true, "y", nil, consent{}, false, ""},
		{"the end of the input", true, "", nil, consent{}, false, ""},
		{"--yes on a terminal", true, "", nil, consent{yes: true}, true, ""},
		{"the name", true, "sft\n", protected, consent{}, true, "prod-a is protected. Type sft to go on: "},
		{"another name", true, "sfd\n", protected, consent{}, false, ""},
		{"yes instead of the name", true, "y\n", protected, consent{}, false, ""},
		{"--yes is no name", true, "\n", protected, consent{yes: true}, false, ""},
		{"--confirm leaves yes to be asked", true, "n\n", protected, consent{names: []string{"sft"}}, false, "scale? [y/N] "},
		{"both words", true, "gpu-07\nsft\n", both, consent{}, true, "really off? Type gpu-07"},
		{"one of both", true, "gpu-07\n\n", both, consent{}, false, ""},

		{"no terminal", false, "y\n", nil, consent{}, false, "there is no terminal to ask on: add --yes"},
		{"no terminal, --yes", false, "", nil, consent{yes: true}, true, ""},
		{"no terminal, protected", false, "", protected, consent{yes: true}, false, "add --confirm sft"},
		{"no terminal, nothing said", false, "", both, consent{}, false, "add --yes --confirm gpu-07 --confirm sft"},
		{"no terminal, all said", false, "", both, consent{yes: true, names: []string{"sft", "gpu-07"}}, true, ""},
		{"no terminal, another name", false, "", protected, consent{yes: true, names: []string{"asr"}}, false, "add --confirm sft"},
	} {
		t.Run(c.what, func(t *testing.T) {
			a, errs := asked(c.answers)
			a.asks = c.terminal
			err := a.confirm(t.Context(), "scale", c.words, c.consent)
			if (err == nil) != c.done || err != nil && exitCode(err) != exitUnconfirmed {
				t.Errorf("%v, exit code %d", err, exitCode(err))
			}
			if !strings.Contains(errs.String(), c.says) {
				t.Errorf("said %q, want %q", errs, c.says)
			}
		})
	}
}

func TestAnEmptyLineIsTheUsualAnswer(t *testing.T) {
	for _, c := range []struct {
		answer  string
		usually bool
		want    bool
	}{{"\n", true, true}, {"\n", false, false}, {"n\n", true, false}, {"y\n", false, true}, {"", true, false}} {
		a, _ := asked(c.answer)
		if got := a.agreed(t.Context(), "Take it back?", c.usually); got != c.want {
			t.Errorf("%q, usually %v: %v", c.answer, c.usually, got)
		}
	}
}

// TestCtrlCWhileAsked waits for a line that never comes.
func TestCtrlCWhileAsked(t *testing.T) {
	silence, _ := io.Pipe()
	a, _ := asked("")
	a.in = bufio.NewReader(silence)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.confirm(ctx, "scale", nil, consent{}); exitCode(err) != exitUnconfirmed {
		t.Errorf("%v", err)
	}
}

func TestWanted(t *testing.T) {
	job := act.Target{Ref: fleet.Ref{Kind: "Job", Namespace: "nlp", Name: "sft"}, Job: fleet.Ref{Kind: "Job", Namespace: "nlp", Name: "sft"}}
	other := job
	other.Ref.Name, other.Job.Name = "eval", "eval"
	pod := job
	pod.Ref, pod.Label = fleet.Ref{Kind: "Pod", Namespace: "nlp", Name: "sft-3-x"}, "w3"
	plan := func(c act.Change, ts ...act.Target) act.Plan {
		return each(ts, func(t act.Target) (act.Action, error) { return act.Action{Target: t, Change: c}, nil })
	}
	prod := fleet.Cluster{Context: "prod-a", Protected: true}
	for _, c := range []struct {
		what    string
		plan    act.Plan
		cluster fleet.Cluster
		words   []string
	}{
		{"a free cluster", plan(act.Suspend{}, job), fleet.Cluster{}, nil},
		{"one job", plan(act.Suspend{}, job), prod, []string{"sft"}},
		{"several jobs", plan(act.Suspend{}, job, other), prod, []string{"prod-a"}},
		{"workers of one job", plan(act.Kill{How: act.Evict}, pod, pod), prod, []string{"sft"}},
		{"a lost node", plan(act.ForceDelete{Node: "gpu-07"}, pod, pod), fleet.Cluster{}, []string{"gpu-07"}},
		{"a lost node that nobody knows", plan(act.ForceDelete{}, pod), fleet.Cluster{}, []string{"sft-3-x"}},
		{"a lost node of a protected cluster", plan(act.ForceDelete{Node: "gpu-07"}, pod), prod, []string{"gpu-07", "sft"}},
	} {
		words, err := wanted(c.plan, c.cluster)
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
		var got []string
		for _, w := range words {
			got = append(got, w.word)
		}
		if !slices.Equal(got, c.words) {
			t.Errorf("%s: %q, want %q", c.what, got, c.words)
		}
	}
	if _, err := wanted(plan(act.Suspend{}, job), fleet.Cluster{Context: "prod-a", ReadOnly: true}); err == nil || !strings.Contains(err.Error(), "prod-a: it is read-only") {
		t.Errorf("read-only: %v", err)
	}
}
