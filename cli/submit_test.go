package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"paddock/act"
	"paddock/fleet"
	"paddock/submit"
)

const manifest = `# two objects
---
apiVersion: v1
kind: Service
metadata: {name: sft}
---
apiVersion: batch/v1
kind: Job
metadata: {name: sft, namespace: nlp}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: t, image: i, env: [{name: TOKEN, value: abc}]}]}}}
`

const recipe = `name: sft
framework: plain
image: harbor.example/sft:1
command: [python, train.py]
env: {HF_TOKEN: abc}
`

func TestReadOrder(t *testing.T) {
	for _, c := range []struct {
		what, text string
		sets       []string
		want       string // KIND namespace/name, ...; an error begins with !
	}{
		{"a recipe", recipe, nil, "Service nlp/sft, Job nlp/sft"},
		{"a recipe with a team", recipe + "team: ocr\n", nil, "Service ocr/sft, Job ocr/sft"},
		{"a recipe, changed", recipe, []string{"name=eval", "workers=2"}, "Service nlp/eval, Job nlp/eval"},
		{"a recipe behind a comment", "# mine\n---\n" + recipe, nil, "Service nlp/sft, Job nlp/sft"},
		{"manifests", manifest, nil, "Service sft, Job nlp/sft"},
		{"manifests with other line ends", strings.ReplaceAll(manifest, "\n", "\r\n"), nil, "Service sft, Job nlp/sft"},
		{"JSON", `{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "hyper"}}`, nil, "ConfigMap hyper"},
		{"a list", "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Secret, metadata: {name: a}}]", nil, "Secret a"},
		{"a manifest, changed", manifest, []string{"workers=2"}, "!--set changes recipes, and this is a manifest"},
		{"two recipes", recipe + "---\n" + recipe, nil, "!a recipe is one document, and these are 2"},
		{"a recipe among manifests", recipe + "---\n" + manifest, nil, "!document 1"},
		{"a field that is none", recipe + "gpu: 2\n", nil, "!line 6: no field is called \"gpu\"; \"gpus\" is"},
		{"a field that can't be set", recipe, []string{"gpus=two"}, "!--set gpus: \"two\" is not a whole number"},
		{"a recipe that lacks something", "name: sft\n", nil, "!image: which image?"},
		{"no YAML", "name: [", nil, "!line 1"},
		{"nothing", "", nil, "!name: how shall the job be called?"},
	} {
		t.Run(c.what, func(t *testing.T) {
			o, err := readOrder([]byte(c.text), c.sets, "nlp")
			var names []string
			for _, x := range o.objects {
				names = append(names, x.Ref().Kind+" "+x.Ref().String())
			}
			got := strings.Join(names, ", ")
			if err != nil {
				got = "!" + err.Error()
			}
			if got != c.want && (err == nil || !strings.HasPrefix(got, c.want)) {
				t.Errorf("%s, want %s", got, c.want)
			}
			if errors.As(err, new(misuse)) != strings.HasPrefix(c.want, "!--set") {
				t.Errorf("exit code %d", exitCode(err))
			}
		})
	}
}

func TestSecretsThatWereHiddenAreToBeFilledIn(t *testing.T) {
	for _, c := range []struct{ text, says string }{
		{recipe, ""},
		{manifest, ""},
		{strings.Replace(recipe, "abc", "(hidden)", 1), "HF_TOKEN is still (hidden): fill it in, or refer to a Secret"},
		{strings.Replace(recipe, "abc", "https://ann:(hidden)@host", 1), "HF_TOKEN is still (hidden)"},
		{recipe + "args: [--token=(hidden)]\n", "the command line still has (hidden)"},
		{"# (hidden)\n" + recipe, ""},
		{strings.Replace(manifest, "abc", "(hidden)", 1), "the manifest has (hidden) where a secret was"},
	} {
		o, err := readOrder([]byte(c.text), nil, "nlp")
		if err != nil {
			t.Fatal(err)
		}
		err = o.unfilled()
		if (err == nil) != (c.says == "") || err != nil && !strings.HasPrefix(err.Error(), c.says) {
			t.Errorf("%v, want %q", err, c.says)
		}
	}
}

func TestSubmitPrintsYAMLWithoutACluster(t *testing.T) {
	t.Setenv("KUBECONFIG", "/nonexistent")
	file := filepath.Join(t.TempDir(), "sft.yaml")
	if err := os.WriteFile(file, []byte(recipe), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (string, string, int) {
		var out, errs bytes.Buffer
		code := Main(append([]string{"submit", "-f", file, "-o", "yaml"}, args...), &out, &errs)
		return out.String(), errs.String(), code
	}
	out, errs, code := run("-n", "nlp", "--set", "workers=3")
	objects, err := submit.ReadManifests([]byte(out))
	if code != 0 || err != nil || len(objects) != 2 || objects[1].Ref().String() != "nlp/sft" || !strings.Contains(out, "parallelism: 3") {
		t.Errorf("exit code %d, %v\n%s%s", code, err, out, errs)
	}
	if out, errs, code := run("--set", "env.HF_TOKEN=(hidden)"); code != exitRefused || out != "" || !strings.Contains(errs, "HF_TOKEN is still (hidden)") {
		t.Errorf("hidden: exit code %d\n%s%s", code, out, errs)
	}
	file += ".none"
	if out, errs, code := run(); code != exitFailed || out != "" || !strings.Contains(errs, file) {
		t.Errorf("no file: exit code %d\n%s%s", code, out, errs)
	}
}

func TestTemplates(t *testing.T) {
	commands := map[string][]string{"paddle": {"python", "-m", "paddle.distributed.launch"}, "pytorch": {"torchrun"}, "plain": {"python"}}
	for _, name := range append(frameworks(), "") {
		var out, errs bytes.Buffer
		if code := Main(strings.Fields("submit --template "+name), &out, &errs); code != 0 {
			t.Fatalf("%s: exit code %d %s", name, code, errs.String())
		}
		r, err := submit.Parse(out.Bytes())
		if name == "" {
			name = "paddle"
		}
		if err != nil || string(r.Framework) != name || !slices.Equal(r.Command, commands[name]) || strings.Contains(r.Image, "paddle") == (name == "pytorch") {
			t.Errorf("%s: %v %+v", name, err, r)
		}
		if _, err := submit.Objects(r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestProblemsAreReadable(t *testing.T) {
	job := fleet.Ref{Kind: "Job", Namespace: "nlp", Name: "sft"}
	got := renderProblems([]submit.Problem{
		{Severity: submit.Error, Object: job, Says: "claim data is not there", Do: "create it"},
		{Severity: submit.Hint, Object: job, Says: "no node is free"},
	})
	const want = `error    Job nlp/sft: claim data is not there
         -> create it
hint     Job nlp/sft: no node is free
`
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// TestTheNameOfARecipesJobIsTyped: its Service goes with it, so that one name
// stands for both; of manifests the context does.
func TestTheNameOfARecipesJobIsTyped(t *testing.T) {
	prod := fleet.Cluster{Context: "prod-a", Protected: true}
	for text, word := range map[string]string{recipe: "sft", manifest: "prod-a"} {
		o, err := readOrder([]byte(text), nil, "nlp")
		if err != nil {
			t.Fatal(err)
		}
		words, err := wanted(o.plan(o.objects), prod)
		if err != nil || len(words) != 1 || words[0].word != word {
			t.Errorf("%v %v, want %s", words, err, word)
		}
	}
}

func TestARecipeIsPrintedWithoutSecrets(t *testing.T) {
	r, err := submit.Parse([]byte(recipe))
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	a := &app{out: &out, errs: &errs}
	if err := a.printRecipe(r, []string{"spec.template.spec.hostNetwork"}, false); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "abc") || !strings.Contains(out.String(), "HF_TOKEN: (hidden)") ||
		errs.String() != "# not in the recipe: spec.template.spec.hostNetwork\n# 1 value that looks secret is hidden; --show-secrets shows it\n" {
		t.Errorf("%s\n%s", out.String(), errs.String())
	}
	out.Reset()
	if err := a.printRecipe(r, nil, true); err != nil || !strings.Contains(out.String(), "HF_TOKEN: abc") {
		t.Errorf("%v %s", err, out.String())
	}
}

func TestTellNamesWhatFailed(t *testing.T) {
	var out, errs bytes.Buffer
	a := &app{out: &out, errs: &errs}
	job := act.Action{Target: act.Target{Ref: fleet.Ref{Kind: "Job", Namespace: "nlp", Name: "sft"}}, Change: act.Create{}}
	a.tell([]act.Outcome{{Action: job, Result: act.Done, Says: "the server took it"}, {Action: job, Result: act.Unchanged, Says: "it would exceed the team's quota"}})
	if out.String() != "the server took it\n" || errs.String() != "paddock: Job nlp/sft: it would exceed the team's quota\n" {
		t.Errorf("%s%s", out.String(), errs.String())
	}
}

// TestAReviewIsOneDocument: a dry run, and a submit that errors stop, are read
// by scripts like any other.
func TestAReviewIsOneDocument(t *testing.T) {
	job := fleet.Ref{Kind: "Job", Namespace: "nlp", Name: "sft"}
	missing := submit.Problem{Severity: submit.Error, ID: "missing", Object: job, Says: "claim data is not there", Do: "create it"}
	const problem = `"severity":"error","id":"missing","object":"Job nlp/sft","kind":"Job","namespace":"nlp","name":"sft","says":"claim data is not there","do":"create it"`
	const untried = `"done":[],"unchanged":[],"refused":[],"half":[],"unknown":[]`
	for _, c := range []struct {
		what     string
		problems []submit.Problem
		s        submission
		code     int
		want     string
	}{
		{"a dry run", nil, submission{dryRun: true}, 0,
			`{"action":"create","dryRun":true,"would":[{"object":"Service nlp/sft","kind":"Service","namespace":"nlp","name":"sft"},{"object":"Job nlp/sft","kind":"Job","namespace":"nlp","name":"sft"}],` + untried + `,"problems":[]}`},
		{"a dry run that errors stop", []submit.Problem{missing}, submission{dryRun: true}, exitRefused,
			`{"action":"create","dryRun":true,"would":[],` + untried + `,"problems":[{` + problem + `}],"error":"nothing was created: errors stand in the way","hint":"put them right, or overrule them with --overrule"}`},
		{"a submit that errors stop", []submit.Problem{missing}, submission{}, exitRefused,
			`{"action":"create",` + untried + `,"problems":[{` + problem + `}],"error":"nothing was created: errors stand in the way","hint":"put them right, or overrule them with --overrule"}`},
	} {
		o, err := readOrder([]byte(recipe), nil, "nlp")
		if err != nil {
			t.Fatal(err)
		}
		var out, errs bytes.Buffer
		a := &app{out: &out, errs: &errs}
		c.s.format = "json"
		err = a.documented("json", c.s.document(), func(d *changeDoc) error {
			return a.reviewed(submit.Review{Objects: o.objects, Problems: c.problems}, o, c.s, d)
		})
		var got bytes.Buffer
		if err := json.Compact(&got, out.Bytes()); err != nil || got.String() != c.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", c.what, err, got.String(), c.want)
		}
		if exitCode(err) != c.code {
			t.Errorf("%s: exit code %d", c.what, exitCode(err))
		}
	}
}

func TestAFileThatCantBeReadIsADocumentToo(t *testing.T) {
	var out, errs bytes.Buffer
	code := Main(strings.Fields("submit -f /nonexistent.yaml -n nlp -o json"), &out, &errs)
	var d changeDoc
	if err := json.Unmarshal(out.Bytes(), &d); err != nil || code != exitFailed || d.Action != "create" || !strings.Contains(d.Error, "/nonexistent.yaml") {
		t.Errorf("%v, exit code %d\n%s%s", err, code, out.String(), errs.String())
	}
}
