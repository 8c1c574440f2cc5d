package kube

import (
	"regexp"
	"slices"
	"strings"

	"paddock/submit"
)

// Hidden stands for what must not reach a screen that others look at, a log or a ticket.
const Hidden = "(hidden)"

// wordsOf splits a variable's name: WANDB_API_KEY, dbPassword, hf-token.
var wordsOf = regexp.MustCompile(`[A-Z]?[a-z]+|[A-Z]+|[0-9]+`)

// secretName tells whether a variable of this name usually holds a secret.
// Whole words count, so that TOKENIZERS_PARALLELISM and MAX_TOKENS stay readable.
func secretName(name string) bool {
	words := wordsOf.FindAllString(name, -1)
	for i, w := range words {
		words[i] = strings.ToLower(w)
	}
	for i, w := range words {
		switch w {
		case "secret", "secrets", "token", "password", "passwd", "passphrase", "pass", "credential", "credentials",
			"apikey", "accesskey", "secretkey", "auth", "cookie", "dsn", "sas":
			return true
		case "pwd":
			if len(words) > 1 { // PWD alone is the working directory
				return true
			}
		case "key":
			if i > 0 && slices.Contains([]string{"api", "access", "secret", "private", "account", "encryption", "ssh", "license"}, words[i-1]) {
				return true
			}
		}
	}
	return false
}

// A password inside a URL, and a secret given as a flag or an assignment.
var (
	urlPassword = regexp.MustCompile(`(://[^/\s:@]*):[^/\s@]+@`)
	assignment  = regexp.MustCompile(`(?i)([\w-]*(?:password|passwd|secret|token|api[-_]?key|access[-_]?key)[\w-]*)([=:]|\s+)("[^"]*"|'[^']*'|[^\s"']+)`)
)

// envValue is a variable's literal as it may be shown.
func envValue(name, value string) string {
	if value != "" && secretName(name) {
		return Hidden
	}
	return urlPassword.ReplaceAllString(value, "$1:"+Hidden+"@")
}

// argument is a command's argument as it may be shown. Numbers stay: --max-token=4096
// and its like are settings.
func argument(s string) string {
	s = urlPassword.ReplaceAllString(s, "$1:"+Hidden+"@")
	return assignment.ReplaceAllStringFunc(s, func(m string) string {
		parts := assignment.FindStringSubmatch(m)
		if !secretName(strings.TrimLeft(parts[1], "-")) || strings.Trim(parts[3], "0123456789.") == "" || parts[2] != "=" && !strings.HasPrefix(parts[1], "-") {
			return m
		}
		return parts[1] + parts[2] + Hidden
	})
}

// What is a secret by its form, whatever stands before it: tokens of Hugging
// Face, GitHub, GitLab, AWS, OpenAI, Slack, a JSON Web Token, an Authorization header.
var secretForm = regexp.MustCompile(`\b(?:hf_[A-Za-z0-9]{20,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|AKIA[A-Z0-9]{16}|` +
	`sk-[\w-]{20,}|xox[abprs]-[\w-]{10,}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*)|(?i:\b(?:bearer|basic) )[\w.~+/=-]{16,}`)

// HideLine is a line of a log, or another free text, as it may be kept: what is
// given like a secret on a command line, and what has the form of one, is
// "(hidden)". Other secrets that a program prints can't be known.
func HideLine(s string) string {
	return secretForm.ReplaceAllStringFunc(argument(s), func(m string) string {
		if word, _, ok := strings.Cut(m, " "); ok { // the word before stays
			return word + " " + Hidden
		}
		return Hidden
	})
}

// arguments hides the secrets in a command line, also where the value is the
// word after its flag.
func arguments(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = clean(argument(w))
		if i > 0 && strings.HasPrefix(words[i-1], "-") && !strings.Contains(words[i-1], "=") &&
			!strings.HasPrefix(w, "-") && secretName(words[i-1]) && strings.Trim(w, "0123456789.") != "" {
			out[i] = Hidden
		}
	}
	return out
}

// HideRecipe is a recipe as it may be shown: literal values of variables, and
// words of its command, that look secret are "(hidden)". hid counts them: such
// a recipe can't be submitted.
func HideRecipe(r submit.Recipe) (shown submit.Recipe, hid int) {
	r.Env = slices.Clone(r.Env)
	for i, v := range r.Env {
		if safe := envValue(v.Name, v.Value); safe != v.Value {
			r.Env[i].Value = safe
			hid++
		}
	}
	words := make([]any, 0, len(r.Command)+len(r.Args)) // one line: a flag's value may be the first argument
	for _, w := range slices.Concat(r.Command, r.Args) {
		words = append(words, w)
	}
	hideWords(words)
	command := len(r.Command)
	r.Command, r.Args = slices.Clone(r.Command), slices.Clone(r.Args)
	for i, w := range words {
		at := &r.Command
		if i >= command {
			at, i = &r.Args, i-command
		}
		if (*at)[i] != w {
			(*at)[i], _ = w.(string)
			hid++
		}
	}
	return r, hid
}

// hideSecrets walks any object and hides the values of variables that look
// secret, and all of a Secret, also in a list of objects.
func hideSecrets(o map[string]any) {
	items, _ := o["items"].([]any)
	for _, item := range items {
		if inner, ok := item.(map[string]any); ok {
			hideSecrets(inner)
		}
	}
	if o["kind"] == "Secret" {
		for _, field := range []string{"data", "stringData"} {
			if m, ok := o[field].(map[string]any); ok {
				for k := range m {
					m[k] = Hidden
				}
			}
		}
	}
	hideIn("", o)
}

func hideIn(field string, o any) {
	switch v := o.(type) {
	case map[string]any:
		if name, ok := v["name"].(string); ok {
			if value, ok := v["value"].(string); ok {
				v["value"] = envValue(name, value)
			}
		}
		for k, inner := range v {
			if value, ok := inner.(string); ok && field == "env" { // a recipe's, by name
				v[k] = envValue(k, value)
				continue
			}
			hideIn(k, inner)
		}
	case []any:
		if field == "command" || field == "args" {
			hideWords(v)
			return
		}
		for _, inner := range v {
			hideIn(field, inner)
		}
	}
}

func hideWords(list []any) {
	words := make([]string, len(list))
	for i, w := range list {
		words[i], _ = w.(string)
	}
	for i, w := range arguments(words) {
		if w == Hidden {
			list[i] = w
		} else if words[i] != "" {
			list[i] = argument(words[i]) // unlike clean, it keeps a script's lines
		}
	}
}
