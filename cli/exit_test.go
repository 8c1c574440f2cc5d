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
		{silent{code: exitPart}, exitPart},
		{fmt.Errorf("%w", silent{code: exitRefused}), exitRefused},
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
		err := a.documented("json", newChangeDoc("kill"), func(d *changeDoc) error { return a.report(d, outcomes, c.refused, "json") })
		if got := exitCode(err); got != c.code {
			t.Errorf("%s: %d, want %d", c.what, got, c.code)
		}
		var d changeDoc
		if err := json.Unmarshal(out.Bytes(), &d); err != nil || d.Action != "kill" || d.Error != "" ||
			len(d.Done)+len(d.Unchanged)+len(d.Refused)+len(d.Half)+len(d.Unknown) != len(outcomes)+len(c.refused) {
			t.Errorf("%s: %v %s", c.what, err, out.String())
		}
	}
}

// TestJSONIsPrintedWhateverEndsIt: a script reads one document, also when
// nothing could be tried.
func TestJSONIsPrintedWhateverEndsIt(t *testing.T) {
	for _, c := range []struct {
		what, format string
		end          func(a *app) error
		code         int
		want         string // in what is printed; "" for nothing
	}{
		{"no such job", "json", func(*app) error { return errors.New("there is no job sft") }, exitFailed, `"error": "there is no job sft"`},
		{"read-only", "json", func(a *app) error { return a.fail(exitRefused, "it is read-only from here", "") }, exitRefused, `"error": "it is read-only from here"`},
		{"not confirmed", "json", func(a *app) error { return a.unconfirmed("add --yes") }, exitUnconfirmed, `"hint": "add --yes"`},
		{"as text", "text", func(a *app) error { return a.unconfirmed("add --yes") }, exitUnconfirmed, ""},
		{"used wrongly", "json", func(*app) error { return misuse{errors.New("say which")} }, exitUsage, ""},
	} {
		var out, errs bytes.Buffer
		a := &app{out: &out, errs: &errs}
		err := a.documented(c.format, newChangeDoc("kill"), func(*changeDoc) error { return c.end(a) })
		if exitCode(err) != c.code {
			t.Errorf("%s: %d, want %d", c.what, exitCode(err), c.code)
		}
		if c.want == "" && out.Len() > 0 || !strings.Contains(out.String(), c.want) {
			t.Errorf("%s: %s, want %s", c.what, out.String(), c.want)
		}
		var d changeDoc
		if c.want == "" {
			continue
		}
		if err := json.Unmarshal(out.Bytes(), &d); err != nil || d.Action != "kill" || d.Done == nil || d.Error == "" {
			t.Errorf("%s: %v %s", c.what, err, out.String())
		}
	}
}

// TestAChangeThatIsDoneAlready is no failure: scripts repeat themselves.
func TestAChangeThatIsDoneAlready(t *testing.T) {
	job := func(name string) act.Target {
		return act.Target{Ref: fleet.Ref{Kind: "Job", Namespace: "nlp", Name: name}, UID: "u", Job: fleet.Ref{Kind: "Job", Namespace: "nlp", Name: name}}
	}
	already := &act.Refusal{Of: "Job nlp/sft", Why: "it is suspended already", Already: true, Target: job("sft")}
	over := &act.Refusal{Of: "Job nlp/eval", Why: "it is over (done)", Target: job("eval")}
	done := act.Outcome{Action: act.Action{Target: job("asr"), Change: act.Suspend{}}, Result: act.Done, Says: "the server took it"}
	for _, c := range []struct {
		what     string
		outcomes []act.Outcome
		refused  []*act.Refusal
		code     int
		out      string
	}{
		{"alone", nil, []*act.Refusal{already}, 0, ""},
		{"beside one that is done", []act.Outcome{done}, []*act.Refusal{already}, 0, "the server took it\n"},
		{"beside one that can't be", nil, []*act.Refusal{already, over}, exitRefused, ""},
	} {
		for _, format := range []string{"text", "json"} {
			var out, errs bytes.Buffer
			a := &app{out: &out, errs: &errs}
			a.complainOf(c.refused)
			d := newChangeDoc("suspend")
			if got := exitCode(a.report(d, c.outcomes, c.refused, format)); got != c.code {
				t.Errorf("%s: %d, want %d", c.what, got, c.code)
			}
			if len(d.Unchanged) != 1 || d.Unchanged[0].Name != "sft" || d.Unchanged[0].Why != "it is suspended already" {
				t.Errorf("%s: %+v", c.what, d)
			}
			if format == "text" && out.String() != c.out || !strings.Contains(errs.String(), "nothing to do: Job nlp/sft: it is suspended already\n") {
				t.Errorf("%s: %q %q", c.what, out.String(), errs.String())
			}
		}
	}
	got := preview(act.Plan{Actions: []act.Action{done.Action}, Refused: []*act.Refusal{already, over}}, &fleet.Fleet{}, noon)
	if !strings.Contains(got, "  nothing to do: Job nlp/sft: it") || !strings.Contains(got, "  refused: Job nlp/eval: it") {
		t.Error(got)
	}
}

func TestReportIsStable(t *testing.T) {
	var out, errs bytes.Buffer
	a := &app{out: &out, errs: &errs}
	half := outcomeOf("w1", act.Half)
	half.Hint = "resume it"
	j := &fleet.Job{Ref: fleet.Ref{Kind: "Job", Namespace: "nlp", Name: "sft"}}
	_ = a.documented("json", newChangeDoc("kill"), func(d *changeDoc) error {
		return a.report(d, []act.Outcome{outcomeOf("w0", act.Done), half}, []*act.Refusal{noWorker(j, "9")}, "json")
	})
	const want = `{
  "action": "kill",
  "done": [
    {
      "object": "w0 of nlp/sft",
      "kind": "Pod",
      "namespace": "nlp",
      "name": "sft-w0",
      "worker": "w0",
      "job": "sft",
      "uid": "uw0"
    }
  ],
  "unchanged": [],
  "refused": [
    {
      "object": "w9 of nlp/sft",
      "kind": "Pod",
      "namespace": "nlp",
      "worker": "w9",
      "job": "sft",
      "why": "there is no such worker now"
    }
  ],
  "half": [
    {
      "object": "w1 of nlp/sft",
      "kind": "Pod",
      "namespace": "nlp",
      "name": "sft-w1",
      "worker": "w1",
      "job": "sft",
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
