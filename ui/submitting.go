package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"paddock/act"
	"paddock/fleet"
	"paddock/submit"
)

// The ways to begin a job.
const (
	newChoice      = "a new job"
	templateChoice = "a new job, in $EDITOR"
	draftChoice    = "the draft"
	likeChoice     = "one like "
)

// openSubmit asks how a job shall be begun.
func (m *Model) openSubmit() effect {
	s := &switcher{title: "Submit a job", verb: "begins", done: m.beginSubmit}
	s.items = append(s.items, choice{name: newChoice, note: "a form of what is set most"},
		choice{name: templateChoice, note: "a recipe with a line on every field"})
	if m.draft != nil {
		s.items = append([]choice{{name: draftChoice, note: strings.TrimSpace(*m.draft.texts["name"]) + after(" like ", m.draft.like)}}, s.items...)
	}
	for _, j := range m.jobsHere() {
		if j.Known && j.Ref.Kind == "Job" {
			s.items = append(s.items, choice{name: likeChoice + j.Ref.String(), note: "its recipe, to be changed"})
		}
	}
	return m.openSwitcher(s)
}

func (m *Model) beginSubmit(chosen []string) effect {
	switch {
	case chosen[0] == draftChoice:
		return m.openForm(m.draft)
	case chosen[0] == newChoice:
		r := submit.Default()
		r.Team = m.teamHere()
		return m.openForm(newDraft(r))
	case chosen[0] == templateChoice:
		return effect{cmd: m.editRecipe(submit.Template(submit.Paddle, m.teamHere()), "")}
	}
	for _, j := range m.jobsHere() {
		if likeChoice+j.Ref.String() == chosen[0] {
			return m.readRecipe(j)
		}
	}
	return complain("it is gone")
}

// teamHere is the team that one looks at, or that the cursor is in.
func (m *Model) teamHere() string {
	if ns := m.env.fleet.Cluster.Namespaces; len(ns) == 1 {
		return ns[0]
	}
	namespace, _ := m.near()
	return namespace
}

// openForm opens the form on a draft, which is kept from now on.
func (m *Model) openForm(d *draft) effect {
	m.draft = d
	s := newForm(&m.env, d)
	return effect{push: s, cmd: s.start(&m.env)}
}

// recipeMsg is the recipe of a job.
type recipeMsg struct {
	of     fleet.Ref
	recipe submit.Recipe
	lost   []string
	err    error
}

func (m *Model) readRecipe(j *fleet.Job) effect {
	parent, dash := m.env.ctx, m.env.dash
	t := act.Target{Ref: j.Ref, APIVersion: j.APIVersion, UID: j.UID, Job: j.Ref, JobUID: j.UID}
	return effect{status: "reading " + j.Ref.String() + " ...", cmd: func() tea.Msg {
		ctx, cancel := context.WithTimeout(parent, readTimeout)
		defer cancel()
		r, lost, err := dash.RecipeOf(ctx, t)
		return recipeMsg{t.Ref, r, lost, err}
	}}
}

// recipeRead opens the form on the recipe of a job, under another name.
func (m *Model) recipeRead(msg recipeMsg) tea.Cmd {
	m.status = ""
	if msg.err != nil {
		return m.enter(complain(msg.err.Error()))
	}
	d := newDraft(msg.recipe)
	d.like, d.lost = msg.of.String(), msg.lost
	*d.texts["name"] = msg.recipe.Name + "-2"
	cmd := m.enter(m.openForm(d))
	if len(msg.lost) > 0 {
		cmd = tea.Batch(cmd, m.enter(effect{dialog: report("a recipe can't say all of "+d.like, append(msg.lost, "the new job goes without"))}))
	}
	return cmd
}

// recipeFile is a recipe in the editor.
type recipeFile struct {
	path   string
	before string // its text
	like   string // the job that it was taken from; "" for a new one
}

// recipeEditedMsg comes when the editor with a recipe has ended.
type recipeEditedMsg struct {
	recipeFile
	err error
}

// editDraft opens the recipe of a draft in the editor.
func (m *Model) editDraft(r submit.Recipe) tea.Cmd {
	text, err := submit.Marshal(r)
	if err != nil {
		return m.enter(complain(err.Error()))
	}
	like := ""
	if m.draft != nil {
		like = m.draft.like
	}
	return m.editRecipe(string(text)+"\n# All fields, each with a line on it: paddock submit --template\n", like)
}

// editRecipe opens a recipe's text in the editor.
func (m *Model) editRecipe(text, like string) tea.Cmd {
	path, err := writePrivate(os.TempDir(), "paddock-recipe-*.yaml", text)
	if err != nil {
		return m.enter(complain(err.Error()))
	}
	return m.env.editRecipeFile(recipeFile{path, text, like})
}

func (e *env) editRecipeFile(file recipeFile) tea.Cmd {
	return tea.Exec(editor(e.vars, file.path), func(err error) tea.Msg { return recipeEditedMsg{file, err} })
}

// recipeEdited takes the recipe out of the editor; what can't be read can be
// edited again.
func (m *Model) recipeEdited(msg recipeEditedMsg) tea.Cmd {
	text, err := os.ReadFile(msg.path)
	if err = errors.Join(msg.err, err); err != nil {
		_ = os.Remove(msg.path) // the draft has what it began with
		return m.enter(effect{dialog: report("the editor failed", []string{err.Error(), "set EDITOR to one that is there"})})
	}
	if string(text) == msg.before {
		_ = os.Remove(msg.path)
		return m.enter(say("nothing was changed"))
	}
	r, err := submit.Parse(text)
	if err != nil {
		d := report("this recipe can't be read", append(strings.Split(err.Error(), "\n"), "your text is in "+msg.path))
		d.extra = []binding{{keys: []string{"e"}, help: "edit again", run: func() effect { return effect{cmd: m.env.editRecipeFile(msg.recipeFile)} }}}
		return m.enter(effect{dialog: d})
	}
	_ = os.Remove(msg.path) // the draft has it
	d := newDraft(r)
	d.like = msg.like
	for len(m.stack) > 1 && (m.top().screen.name() == "review" || m.top().screen.name() == "submit") {
		m.drop(len(m.stack) - 1)
	}
	cmd := m.enter(m.openForm(d))
	if r.Validate() != nil {
		return cmd
	}
	if s, ok := m.top().screen.(*form); ok {
		return tea.Batch(cmd, m.enter(s.review(&m.env)))
	}
	return cmd
}

// submitFile reads a recipe or manifests from a file, without one it asks.
func (m *Model) submitFile(name string) effect {
	if m.env.readOnly() {
		return complain("this is read-only here")
	}
	if name == "" {
		return m.openSubmit()
	}
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		name = filepath.Join(m.env.vars.Getenv("HOME"), rest)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return complain(err.Error())
	}
	if submit.IsManifest(text) {
		objects, err := submit.ReadManifests(text)
		if err != nil {
			return effect{dialog: report(name+" can't be read", []string{err.Error()})}
		}
		v := newReview(objects, nil, m.teamHere())
		return effect{push: v, cmd: v.ask(&m.env)}
	}
	r, err := submit.Parse(text)
	if err != nil {
		return effect{dialog: report(name+" can't be read", strings.Split(err.Error(), "\n"))}
	}
	if r.Team == "" {
		r.Team = m.teamHere()
	}
	return m.openForm(newDraft(r))
}

// follow is the job that was submitted last: its first log line is waited for.
type follow struct {
	uid  string
	stop context.CancelFunc // of the log that is read; nil before
	pod  string             // UID of the pod whose log is read
	said string             // what the job's screen says of it
	mute bool               // that log could not be read: another worker's is, of each pod once
	seen map[string]bool
}

// firstLinePatience bounds the wait for a first line: a program that is silent
// so long is looked at by its log.
const firstLinePatience = 30 * time.Minute

// mostFirstLines bounds the logs that are tried for a first line.
const mostFirstLines = 8

// firstLineMsg is the first line of a pod's log.
type firstLineMsg struct {
	pod  string // UID
	who  string
	line string
	err  error
}

// followNew waits for the first log line of the job that was submitted last,
// once one of its workers runs.
func (m *Model) followNew() tea.Cmd {
	f := &m.env.follow
	if f.uid == "" || f.pod != "" && !f.mute {
		return nil
	}
	for _, j := range m.env.fleet.Jobs {
		if j.UID != f.uid {
			continue
		}
		for _, w := range j.Workers {
			if w.Pod.Main.State == "" || w.Pod.Main.State == "waiting" || f.seen[w.Pod.UID] || len(f.seen) == mostFirstLines {
				continue
			}
			if f.seen == nil {
				f.seen = map[string]bool{}
			}
			f.seen[w.Pod.UID] = true
			f.pod, f.said, f.mute = w.Pod.UID, w.Label()+" runs; its log is awaited ...", false
			ctx, stop := context.WithTimeout(m.env.ctx, firstLinePatience)
			f.stop = stop
			dash, who, uid, ref, container := m.env.dash, w.Label(), w.Pod.UID, w.Ref, w.Pod.Main.Name
			return func() tea.Msg {
				defer stop()
				line, err := dash.FirstLine(ctx, ref, container)
				return firstLineMsg{uid, who, line, err}
			}
		}
	}
	return nil
}

// firstLine takes the first line.
func (m *Model) firstLine(msg firstLineMsg) {
	f := &m.env.follow
	if f.pod != msg.pod {
		return
	}
	if msg.err != nil {
		f.said, f.mute = fmt.Sprintf("the log of %s can't be read: %v", msg.who, msg.err), true
		return
	}
	f.said = msg.who + " says: " + msg.line
}
