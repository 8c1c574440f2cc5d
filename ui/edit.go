package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"paddock/act"
	"paddock/fleet"
)

// editing is an object whose YAML is in an editor.
type editing struct {
	on     fleet.Cluster
	target act.Target
	before string
	file   string // where the text is, readable by its owner alone
}

// editableMsg is an object's YAML for the editor, or why there is none.
type editableMsg struct {
	editing
	err error
}

// editedMsg comes when the editor has ended.
type editedMsg struct {
	editing
	err error
}

// openEditor reads the object under the cursor and opens it in the editor.
func (m *Model) openEditor() effect {
	of, e := m.top().screen.selected(), &m.env
	ed := editing{on: e.fleet.Cluster, target: act.Target{Ref: of.ref, APIVersion: of.apiVersion, UID: of.uid}}
	parent, dash := e.ctx, e.dash
	return effect{status: "reading " + of.ref.String() + " ...", cmd: func() tea.Msg {
		ctx, cancel := context.WithTimeout(parent, readTimeout)
		defer cancel()
		text, err := dash.Editable(ctx, ed.target)
		if err == nil {
			ed.before = text
			ed.file, err = writePrivate(os.TempDir(), "paddock-*.yaml", text)
		}
		return editableMsg{ed, err}
	}}
}

// uneditable says why there is nothing to edit.
func (m *Model) uneditable() string {
	of := m.top().screen.selected()
	switch {
	case m.objectless() != "":
		return m.objectless()
	case of.uid == "":
		return "its UID is not known"
	}
	t := act.Target{Ref: of.ref, APIVersion: of.apiVersion, UID: of.uid}
	return m.env.lacks(act.Action{Target: t, Change: act.Edit{}}.Needs())
}

// edit hands the terminal to the editor, with the text as it is in the file.
func (e *env) edit(ed editing) tea.Cmd {
	return tea.Exec(editor(e.vars, ed.file), func(err error) tea.Msg { return editedMsg{ed, err} })
}

// program is a program that has the terminal for itself: the terminal's own
// files, or an editor would not know that it is one.
type program struct{ *exec.Cmd }

// handover is waited before the terminal is used by another: Bubble Tea 2.1.1
// lets its old ticker be stopped while a program runs, and one that ends before
// that stops the new one, so that the screen stays dead (tea.go, startRenderer).
const handover = 50 * time.Millisecond

// Run runs the program to its end.
func (p program) Run() error {
	time.Sleep(handover)
	return p.Cmd.Run()
}

// SetStdin is told the terminal's input.
func (p program) SetStdin(r io.Reader) {
	if f, ok := r.(*os.File); ok {
		p.Stdin = f
	}
}

// SetStdout is told the terminal, perhaps with a count of what is written.
func (p program) SetStdout(w io.Writer) {
	p.Stdout = w
	if counted, ok := w.(*meter); ok {
		p.Stdout = counted.File
	}
}

// SetStderr is told the terminal as well.
func (p program) SetStderr(w io.Writer) { p.Stderr = w }

// editor is the user's editor on a file. Its variable may hold arguments too.
func editor(vars tea.EnvMsg, file string) program {
	name := vars.Getenv("VISUAL")
	if name == "" {
		name = vars.Getenv("EDITOR")
	}
	if name == "" {
		name = "vi"
	}
	return program{exec.Command("sh", "-c", name+` "$1"`, "sh", file)}
}

// editable opens the editor on what was read.
func (m *Model) editable(msg editableMsg) tea.Cmd {
	m.status = ""
	if msg.err != nil {
		return m.enter(complain(msg.err.Error()))
	}
	return m.env.edit(msg.editing)
}

// edited shows what was changed in the editor, before it is sent.
func (m *Model) edited(msg editedMsg) tea.Cmd {
	after, err := os.ReadFile(msg.file)
	if err = errors.Join(msg.err, err); err != nil {
		says := []string{err.Error(), "set EDITOR to one that is there"}
		if string(after) == msg.before {
			_ = os.Remove(msg.file)
		} else {
			says = append(says, "what was written is in "+msg.file)
		}
		return m.enter(effect{dialog: report("the editor failed", says)})
	}
	return m.enter(m.env.askEdit(msg.editing, string(after)))
}

// askEdit shows what was changed, and asks whether it shall be sent.
func (e *env) askEdit(ed editing, after string) effect {
	a, err := act.NewEdit(ed.target.Ref, ed.target.APIVersion, ed.target.UID, ed.before, after)
	if err != nil {
		_ = os.Remove(ed.file) // nothing of it is lost
		return say(err.Error())
	}
	again := binding{keys: []string{"e"}, help: "edit again", run: func() effect { return effect{cmd: e.edit(ed)} }}
	lines, err := e.changedLines(ed.before, after)
	if err != nil {
		return effect{dialog: &dialog{title: func() string { return "This can't be sent" }, extra: []binding{again},
			says: func(_ *env, width int) []pageLine {
				return sentences(width, "- ", toneText, err.Error(), "your text is in "+ed.file)
			}}}
	}
	do := asking{word: "send", names: []string{ed.target.Ref.Name}, ways: []way{{"edit", func() act.Plan { return act.Plan{Actions: []act.Action{a}} }}}}.ask(e)
	if do.dialog == nil {
		return do
	}
	do.dialog.extra = []binding{again}
	do.dialog.says = func(e *env, width int) []pageLine {
		return append(warnOfWorkers(lines, width), diffPage(lines, width)...)
	}
	do.dialog.no = func() effect {
		_ = os.Remove(ed.file) // it may hold what nobody else shall read
		return say("nothing was done; the changes are dropped")
	}
	do.dialog.yes = func(e *env) effect {
		return e.do(ed.on, act.Plan{Actions: []act.Action{a}}, func(e *env, m doneMsg) effect { return afterEdit(e, ed, m, again) })
	}
	return do
}

// afterEdit tells what the server said; what it refused can be edited again.
func afterEdit(e *env, ed editing, msg doneMsg, again binding) effect {
	o := msg.outcomes[0]
	if o.Result == act.Done {
		_ = os.Remove(ed.file) // the server has it
		return say(o.Says)
	}
	says := []string{o.Says}
	if o.Hint != "" {
		says = append(says, o.Hint)
	}
	d := report(o.Action.Title()+": "+resultWord(o.Result), append(says, "your text is in "+ed.file))
	d.extra = []binding{again}
	return effect{dialog: d}
}

// changedLines is what differs between two texts of YAML as it is sent: what
// looks secret is hidden, and how it is written does not count.
func (e *env) changedLines(before, after string) ([]act.Line, error) {
	was, err := e.dash.Masked(before)
	if err != nil {
		return nil, fmt.Errorf("what the server had: %w", err)
	}
	is, err := e.dash.Masked(after)
	if err != nil {
		return nil, err
	}
	return act.Diff(was, is), nil
}

// warnOfWorkers tells of a change that starts or ends workers, which has a key
// that says what it costs.
func warnOfWorkers(lines []act.Line, width int) []pageLine {
	for _, l := range lines {
		field, _, _ := strings.Cut(strings.TrimSpace(l.Text), ":")
		if l.Op != act.Same && slices.Contains([]string{"parallelism", "completions", "suspend", "replicas"}, field) {
			return append(sentences(width, "! ", toneWarn, "it changes "+field+": workers start or end by that; s and z do it too, and say what it costs"), newPageLine())
		}
	}
	return nil
}

// diffContext is how many lines around a change are shown.
const diffContext = 3

// diffPage is a difference as diff -u shows it.
func diffPage(lines []act.Line, width int) []pageLine {
	near := make([]bool, len(lines))
	changes := 0
	for i, l := range lines {
		if l.Op == act.Same {
			continue
		}
		changes++
		for j := max(i-diffContext, 0); j <= min(i+diffContext, len(lines)-1); j++ {
			near[j] = true
		}
	}
	if changes == 0 {
		return sentences(width, "- ", toneText, "what is changed is hidden here, because it looks secret; it is sent all the same")
	}
	var page []pageLine
	for i, l := range lines {
		if !near[i] {
			if i > 0 && near[i-1] {
				page = append(page, newPageLine(dim("   ...")))
			}
			continue
		}
		t := toneDim
		switch l.Op {
		case act.Added:
			t = toneGood
		case act.Removed:
			t = toneBad
		}
		page = append(page, newPageLine(plain("   "), span{string(l.Op) + " " + safeLine(l.Text), t}))
	}
	return page
}
