package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"paddock/act"
	"paddock/fleet"
)

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		err  error
		code int
	}{
		{nil, 0},
		{errors.New("no such file"), exitFailed},
		{misuse{errors.New("unknown flag")}, exitUsage},
		{fmt.Errorf("scale: %w", misuse{errors.New("unknown flag")}), exitUsage},
		{silent{exitPart}, exitPart},
		{fmt.Errorf("%w", silent{exitRefused}), exitRefused},
	} {
		if got := exitCode(c.err); got != c.code {
			t.Errorf("%v: %d, want %d", c.err, got, c.code)
		}
	}
	for code := range exitUnconfirmed + 1 {
		if !strings.Contains(exitCodes, fmt.Sprintf("\n  %d  ", code)) {
			t.Errorf("help does not explain %d", code)
		}
	}
}

func TestMisuseIsToldBeforeAnythingIsAsked(t *testing.T) {
	t.Setenv("KUBECONFIG", "/nonexistent")
	for _, c := range []struct{ line, says string }{
		{"scale", "paddock scale JOB --workers N"},
		{"scale sft", "--workers N"},
		{"scale sft asr --workers 2", "paddock scale JOB --workers N"},
		{"scale sft --workers two", `invalid argument "two"`},
		{"suspend", "paddock suspend JOB..."},
		{"kill sft", "--worker 1,3-5"},
		{"kill sft --worker 5-3", "ends before it begins"},
		{"kill sft --worker 1 --how gently", "use evict, delete, force"},
		{"force-delete sft", "--worker"},
		{"prune everything", "paddock prune"},
		{"prune --older-than long", "90m, 36h or 7d"},
		{"delete sft -o yaml", "use text or json"},
		{"cordon --colour gpu-1", "unknown flag: --colour"},
		{"submit", "-f FILE"},
		{"submit job.yaml", "-f job.yaml"},
		{"submit -f job.yaml -o table", "text, json or yaml"},
		{"submit -f job.yaml -n a,b", "one namespace"},
		{"submit -f testdata/recipe.yaml -n nlp", "-n names nlp, and the recipe team ocr"},
		{"submit --template horovod", "paddle, pytorch, plain"},
		{"recipe", "paddock recipe JOB"},
	} {
		var out, errs bytes.Buffer
		if code := Main(strings.Fields(c.line), &out, &errs); code != exitUsage || out.Len() > 0 || !strings.Contains(errs.String(), c.says) {
			t.Errorf("%s: exit code %d, %q, want %q\n%s", c.line, code, errs.String(), c.says, out.String())
		}
	}
}

func outcomeOf(worker string, r act.Result) act.Outcome {
	t := act.Target{Ref: fleet.Ref{Kind: "Pod", Namespace: "nlp", Name: "sft-" + worker}, UID: "u" + worker, Label: worker, Job: fleet.Ref{Kind: "Job", Namespace: "nlp", Name: "sft"}}
	return act.Outcome{Action: act.Action{Target: t, Change: act.Kill{How: act.Evict}}, Result: r, Says: "the server said so"}
}

func TestReportEndsWithWhatCameOfIt(t *testing.T) {
	refused := []*act.Refusal{{Of: "w9 of nlp/sft", Why: "it has ended already"}}
	for _, c := range []struct {
		what     string
		outcomes []act.Result
		refused  []*act.Refusal
		code     int
	}{
		{"all done", []act.Result{act.Done, act.Done}, nil, 0},
		{"nothing to do", nil, nil, 0},
		{"none done", []act.Result{act.Unchanged, act.Unchanged}, nil, exitRefused},
		{"refused beforehand", nil, refused, exitRefused},
		{"some done", []act.Result{act.Done, act.Unchanged}, nil, exitPart},
		{"done, and refused beforehand", []act.Result{act.Done}, refused, exitPart},
		{"half", []act.Result{act.Half}, nil, exitPart},
		{"unknown", []act.Result{act.Done, act.Unknown, act.Unchanged}, nil, exitUnknown},
	} {
		var outcomes []act.Outcome
		for i, r := range c.outcomes {
			outcomes = append(outcomes, outcomeOf(fmt.Sprintf("w%d", i), r))
		}
		var out, errs bytes.Buffer
		a := &app{out: &out, errs: &errs}
		if got := exitCode(a.report(outcomes, c.refused, "json")); got != c.code {
			t.Errorf("%s: %d, want %d", c.what, got, c.code)
		}
		var d changeDoc
		if err := json.Unmarshal(out.Bytes(), &d); err != nil || len(d.Done)+len(d.Refused)+len(d.Half)+len(d.Unknown) != len(outcomes)+len(c.refused) {
			t.Errorf("%s: %v %s", c.what, err, out.String())
		}
	}
}

func TestReportIsStable(t *testing.T) {
	var out, errs bytes.Buffer
	a := &app{out: &out, errs: &errs}
	half := outcomeOf("w1", act.Half)
	half.Hint = "resume it"
	_ = a.report([]act.Outcome{outcomeOf("w0", act.Done), half}, []*act.Refusal{{Of: "w9 of nlp/sft", Why: "it has ended already"}}, "json")
	const want = `{
  "action": "kill",
  "done": [
    {
      "object": "w0 of nlp/sft",
      "uid": "uw0"
    }
  ],
  "refused": [
    {
      "object": "w9 of nlp/sft",
      "why": "it has ended already"
    }
  ],
  "half": [
    {
      "object": "w1 of nlp/sft",
      "uid": "uw1",
      "why": "the server said so",
      "hint": "resume it"
    }
  ],
  "unknown": []
}
`
	if out.String() != want || errs.String() != "  -> resume it\n" {
		t.Errorf("%s\n%s", out.String(), errs.String())
	}
}
