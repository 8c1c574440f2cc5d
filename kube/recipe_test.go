package kube

import (
	"fmt"
	"strings"
	"testing"

	"paddock/act"
	"paddock/fleet"
	"paddock/submit"
)

func TestRecipeOf(t *testing.T) {
	const at = "/apis/batch/v1/namespaces/nlp/jobs/sft"
	server := &answering{paths: map[string]string{at: `{"kind":"Job","apiVersion":"batch/v1","metadata":{"name":"sft","namespace":"nlp","uid":"j1","annotations":{"a\u001b[2J":"b"}},
		"spec":{"parallelism":4,"completions":4,"completionMode":"Indexed","template":{"spec":{"restartPolicy":"Never","containers":[{"name":"w","image":"paddle:3","env":[{"name":"HF_TOKEN","value":"hunter2"}]}]}}}}`}}
	client := connect(t, &apiServer{handle: server.handle}, "nlp")
	r, lost, err := client.RecipeOf(t.Context(), job)
	if err != nil || r.Name != "sft" || r.Workers.Max != 4 || r.Image != "paddle:3" || len(r.Env) != 1 || r.Env[0].Value != "hunter2" {
		t.Errorf("%+v (%v)", r, err)
	}
	if len(lost) != 1 || strings.Contains(lost[0], "\x1b") {
		t.Errorf("lost: %q", lost)
	}
	stale, other := job, job
	stale.UID = "j0"
	other.Ref.Kind, other.APIVersion = "PyTorchJob", "kubeflow.org/v1"
	for _, c := range []struct {
		target act.Target
		want   string
	}{
		{stale, "sft is another Job now"},
		{other, "a recipe is made of a batch/v1 Job, and PyTorchJob nlp/sft is none"},
		{act.Target{Ref: fleet.Ref{Kind: "Job", Namespace: "nlp", Name: "no"}, APIVersion: "batch/v1", UID: "j1"}, "read Job nlp/no"},
	} {
		if _, _, err := client.RecipeOf(t.Context(), c.target); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

func TestHideRecipe(t *testing.T) {
	secret := submit.EnvSource{Kind: "Secret", Name: "wandb"}
	r := submit.Recipe{
		Command: []string{"python", "train.py", "--lr=3", "--password"}, Args: []string{"hunter2", "line one\nexport HF_TOKEN=hunter2\n"},
		Env: []submit.EnvVar{{Name: "NCCL_DEBUG", Value: "INFO"}, {Name: "HF_TOKEN", Value: "hunter2"}, {Name: "WANDB_API_KEY", From: secret, Key: "key"}, {Name: "REPO", Value: "https://ann:hunter2@git.example.com"}},
	}
	before := fmt.Sprint(r)
	shown, hid := HideRecipe(r)
	if hid != 4 || strings.Contains(fmt.Sprint(shown), "hunter2") {
		t.Errorf("%d hidden in %+v", hid, shown)
	}
	if shown.Args[1] != "line one\nexport HF_TOKEN=(hidden)\n" || shown.Env[2].From != secret || shown.Env[0].Value != "INFO" || shown.Command[2] != "--lr=3" {
		t.Errorf("%+v", shown)
	}
	if fmt.Sprint(r) != before {
		t.Errorf("the recipe itself was changed: %+v", r)
	}
	if same, hid := HideRecipe(submit.Default()); hid != 0 || fmt.Sprint(same) != fmt.Sprint(submit.Default()) {
		t.Errorf("%d hidden in the default recipe: %+v", hid, same)
	}
}
