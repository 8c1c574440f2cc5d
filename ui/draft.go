package ui

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"paddock/fleet"
	"paddock/submit"
)

// draft is a recipe that is being written: what it was made of, and the lines
// of the form over it. It is kept until it is sent.
type draft struct {
	base  submit.Recipe
	texts map[string]*string // what stands in the form, by the field's name
	was   map[string]string  // the same when the form was opened
	lost  []string           // what a recipe can't say of the job that it was taken from
	like  string             // that job; "" for a new one
}

func newDraft(r submit.Recipe) *draft {
	d := &draft{base: r, texts: map[string]*string{}, was: map[string]string{}}
	for _, f := range formFields() {
		text := f.read(&r)
		d.texts[f.name], d.was[f.name] = &text, text
	}
	return d
}

// recipe is the recipe as it stands; the error tells each line that can't be
// understood. What was not touched in the form is as it was, also where the
// form shows it simpler.
func (d *draft) recipe() (submit.Recipe, error) {
	r := d.base
	var wrong []string
	for _, f := range formFields() {
		text := strings.TrimSpace(*d.texts[f.name])
		if text == d.was[f.name] {
			continue
		}
		next, err := submit.Set(r, f.name+"="+f.written(text))
		if err != nil {
			wrong = append(wrong, err.Error())
			continue
		}
		if r = next; f.name == "command" {
			r.Args = nil // the line says all of it
		}
	}
	if wrong != nil {
		return r, fmt.Errorf("%s", strings.Join(wrong, "\n"))
	}
	return r, nil
}

// formField is a line of the form.
type formField struct {
	name    string // of the recipe's field
	hint    string
	read    func(*submit.Recipe) string
	write   func(string) string // the value as a recipe's file has it; nil for the text itself
	offers  func(e *env, c submit.Choices) []string
	options []string // that there are, when one of them is chosen
}

func (f formField) written(text string) string {
	if f.write == nil {
		return text
	}
	return f.write(text)
}

// formFields are the fields that are set most; the others are for the editor.
func formFields() []formField {
	return []formField{
		{name: "name", hint: "small letters, digits, dashes; workers are called NAME-0, NAME-1, ...", read: func(r *submit.Recipe) string { return r.Name }},
		{name: "team", hint: "the namespace", read: func(r *submit.Recipe) string { return r.Team },
			offers: func(e *env, _ submit.Choices) []string {
				return collect(e.fleet.Teams, func(t *fleet.Team) string { return t.Name })
			}},
		{name: "framework", hint: "how workers find each other; ←→ choose, plain leaves it to them", read: func(r *submit.Recipe) string { return string(r.Framework) },
			options: []string{string(submit.Paddle), string(submit.PyTorch), string(submit.Plain)}},
		{name: "image", hint: "with its tag", read: func(r *submit.Recipe) string { return r.Image },
			offers: func(e *env, _ submit.Choices) []string {
				return collect(e.fleet.Jobs, func(j *fleet.Job) string { return j.Image })
			}},
		{name: "command", hint: "python -m paddle.distributed.launch train.py; a line for a shell is given to sh -c", read: commandLine, write: commandWritten},
		{name: "workers", hint: "4, or 2:8 when it is elastic", read: func(r *submit.Recipe) string { return r.Workers.String() }},
		{name: "gpus", hint: "of each worker", read: func(r *submit.Recipe) string { return fmt.Sprint(r.GPUs) }},
		{name: "product", hint: "of the GPUs, as nodes are labelled; empty for any", read: func(r *submit.Recipe) string { return r.Product },
			offers: func(e *env, _ submit.Choices) []string { return collect(e.fleet.Nodes, product) }},
		{name: "cpu", hint: "requested by each worker: 8", read: func(r *submit.Recipe) string { return r.CPU }},
		{name: "memory", hint: "of each worker: 64Gi; /dev/shm counts as well", read: func(r *submit.Recipe) string { return r.Memory }},
		{name: "shm", hint: "size of /dev/shm, for data loaders and NCCL; 0 leaves the runtime's 64 MiB", read: func(r *submit.Recipe) string { return r.Shm }},
		{name: "volumes", hint: "claim:/path or /path/of/the/node:/path, with :ro for read-only; commas between", read: volumesLine, write: listWritten,
			offers: func(_ *env, c submit.Choices) []string {
				return collect(c.Claims, func(s string) string { return s + ":/data" })
			}},
		{name: "pullSecret", hint: "for a private registry; offered are those of the service account", read: func(r *submit.Recipe) string { return r.PullSecret },
			offers: func(_ *env, c submit.Choices) []string { return c.PullSecrets }},
		{name: "serviceAccount", read: func(r *submit.Recipe) string { return r.ServiceAccount },
			offers: func(_ *env, c submit.Choices) []string { return c.ServiceAccounts }},
		{name: "priorityClass", read: func(r *submit.Recipe) string { return r.PriorityClass },
			offers: func(_ *env, c submit.Choices) []string { return c.PriorityClasses }},
		{name: "queue", hint: "Kueue's local queue: it then says when the job starts", read: func(r *submit.Recipe) string { return r.Queue },
			offers: func(_ *env, c submit.Choices) []string { return c.Queues }},
		{name: "retries", hint: "how often each worker may fail", read: func(r *submit.Recipe) string { return fmt.Sprint(r.Retries) }},
	}
}

func product(n *fleet.Node) string {
	if n.Object == nil {
		return ""
	}
	return n.Object.Product
}

// collect is what things are called, each once, sorted.
func collect[T any](all []T, name func(T) string) []string {
	var out []string
	for _, v := range all {
		if n := name(v); n != "" {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// commandLine shows command and arguments as one line.
func commandLine(r *submit.Recipe) string {
	if c := r.Command; len(c) == 3 && len(r.Args) == 0 && (c[0] == "/bin/sh" || c[0] == "sh") && c[1] == "-c" {
		return c[2]
	}
	return strings.Join(slices.Concat(r.Command, r.Args), " ")
}

// commandWritten makes a command of a line: its words, or, where it is written
// for a shell, a shell with it.
func commandWritten(line string) string {
	words := strings.Fields(line)
	if strings.ContainsAny(line, "|&;<>()$`\\\"'*?[]#~{}\n") {
		words = []string{"/bin/sh", "-c", line}
	}
	return jsonList(words)
}

func volumesLine(r *submit.Recipe) string {
	all := make([]string, len(r.Volumes))
	for i, v := range r.Volumes {
		all[i] = v.String()
	}
	return strings.Join(all, ", ")
}

// listWritten makes a list of what stands between commas.
func listWritten(line string) string {
	var all []string
	for part := range strings.SplitSeq(line, ",") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return jsonList(all)
}

func jsonList(all []string) string {
	text, err := json.Marshal(append([]string{}, all...))
	if err != nil { // strings alone
		return "[]"
	}
	return string(text)
}
