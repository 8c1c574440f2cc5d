package kube

import (
	"strings"
	"testing"
)

func TestSecretName(t *testing.T) {
	for name, want := range map[string]bool{
		"WANDB_API_KEY": true, "HF_TOKEN": true, "dbPassword": true, "AWS_SECRET_ACCESS_KEY": true, "MYSQL_PWD": true,
		"registry-auth": true, "GITHUB_PASS": true, "APIKEY": true, "SENTRY_DSN": true,
		"TOKENIZERS_PARALLELISM": false, "MAX_TOKENS": false, "PWD": false, "NCCL_DEBUG": false, "KEYBOARD": false,
		"AUTHOR": false, "PARTITION_KEY": false, "COMPASS": false, "": false,
	} {
		if got := secretName(name); got != want {
			t.Errorf("secretName(%q) = %v", name, got)
		}
	}
}

func TestArguments(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"python train.py --lr 0.1", "python train.py --lr 0.1"},
		{"--token=abc123x", "--token=(hidden)"},
		{"--api-key abc", "--api-key (hidden)"},
		{"--max-token=4096", "--max-token=4096"},
		{"export WANDB_API_KEY=abc; run", "export WANDB_API_KEY=(hidden) run"},
		{"pip install https://ann:s3cr3t@pypi.example.com/simple", "pip install https://ann:(hidden)@pypi.example.com/simple"},
	} {
		if got := strings.Join(arguments(strings.Split(c.in, "\x00")), " "); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
	if got := arguments([]string{"run", "--password", "hunter2", "--epochs", "3"}); got[2] != Hidden || got[4] != "3" {
		t.Errorf("a value after its flag: %q", got)
	}
}

func TestHideLine(t *testing.T) {
	const jwt = "eyJhbGciOiJSUzI1NiIsImtpZCI6Ii0ifQ.eyJzdWIiOiJzeXN0ZW0ifQ.c2lnbmF0dXJl"
	for in, want := range map[string]string{
		"step 100 loss 2.31 tokens/s 18240 token=4096":                   "step 100 loss 2.31 tokens/s 18240 token=4096",
		"special tokens: [PAD] <unk>; tokenizer=bert, key error: 'bias'": "special tokens: [PAD] <unk>; tokenizer=bert, key error: 'bias'",
		"basic block of bearer tests, sk-learn 1.4, hf_hub 0.2":          "basic block of bearer tests, sk-learn 1.4, hf_hub 0.2",
		"+ export WANDB_API_KEY=0123abcd":                                "+ export WANDB_API_KEY=(hidden)",
		"GET https://ann:hunter2@git.example.com/x failed":               "GET https://ann:(hidden)@git.example.com/x failed",
		"login with hf_abcdefghijklmnopqrstuvwx ok":                      "login with (hidden) ok",
		"header Authorization: Bearer " + jwt:                            "header Authorization: Bearer (hidden)",
		"jwt " + jwt + " is expired":                                     "jwt (hidden) is expired",
	} {
		if got := HideLine(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestYAMLHidesAndTrims(t *testing.T) {
	text, err := toYAML(map[string]any{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": map[string]any{
			"name": "w0", "managedFields": []any{"x"},
			"annotations": map[string]any{"kubectl.kubernetes.io/last-applied-configuration": `{"env":"hunter2"}`},
		},
		"spec": map[string]any{"containers": []any{map[string]any{
			"args": []any{"--token=hunter2", "line one\n  line two"},
			"env": []any{
				map[string]any{"name": "DB_PASSWORD", "value": "hunter2"},
				map[string]any{"name": "NCCL_DEBUG", "value": "INFO"},
				map[string]any{"name": "REPO", "value": "https://ann:hunter2@git.example.com/x"},
			},
		}}},
		"status": map[string]any{"message": "red \x1b[31m alert \u202e"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"hunter2", "managedFields", "last-applied", "annotations", "\x1b", "\u202e"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q in:\n%s", bad, text)
		}
	}
	for _, good := range []string{"value: INFO", "line two", "    - --token=(hidden)"} {
		if !strings.Contains(text, good) {
			t.Errorf("no %q in:\n%s", good, text)
		}
	}
}

func TestYAMLOfASecret(t *testing.T) {
	text, err := toYAML(map[string]any{"kind": "Secret", "data": map[string]any{"pass": "aHVudGVyMg=="}, "stringData": map[string]any{"x": "hunter2"}})
	if err != nil || strings.Contains(text, "aHVudGVyMg") || strings.Contains(text, "hunter2") || !strings.Contains(text, "pass: (hidden)") {
		t.Errorf("%v\n%s", err, text)
	}
}

// FuzzArguments: whatever the command line, the word after a secret's flag never shows.
func FuzzArguments(f *testing.F) {
	f.Add("--lr=3", "hunter2")
	f.Add("bash -c 'x'", "$(cat /run/x)")
	f.Fuzz(func(t *testing.T, before, secret string) {
		got := arguments([]string{before, "--password", secret})
		if len(got) != 3 {
			t.Fatalf("%q", got)
		}
		if shown := got[2]; shown != Hidden && strings.Trim(secret, "0123456789.") != "" && !strings.HasPrefix(secret, "-") {
			t.Errorf("%q shows as %q", secret, shown)
		}
	})
}
