package ui

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"paddock/logs"
)

// marked is the range that is marked: up to the cursor.
func (s *logScreen) marked() (from, to logs.Place) {
	l, _ := s.line()
	from, to = *s.mark, l.Place()
	if from.Compare(to) > 0 {
		from, to = to, from
	}
	return from, to
}

// copied is what is copied in the place of the line under the cursor: the lines
// that are marked.
func (s *logScreen) copied() (text, what string, ok bool) {
	if _, ok := s.shown(); !ok || s.mark == nil {
		return "", "", false
	}
	var b strings.Builder
	n := 0
	from, to := s.marked()
	for p, ok := s.view.Find(from); ok && s.view.Line(p).Place().Compare(to) <= 0; p, ok = s.view.Next(p) {
		s.writeLine(&b, s.view.Line(p))
		n++
	}
	return b.String(), plural(n, "line"), true
}

// dump is what is saved: the marked range, what is shown, or everything. It is
// written by whoever runs it, beside the screen.
func (s *logScreen) dump(all bool) func(f *os.File) error {
	lens := s.lens
	if all {
		lens = logs.Lens{}
	}
	v := s.state.Log.Through(lens)
	from, to := logs.Place{Key: -1 << 63}, logs.Place{Key: 1<<63 - 1}
	if s.mark != nil && !all {
		from, to = s.marked()
	}
	saved := logScreen{state: s.state, mixed: s.mixed} // what it needs, and nothing that changes
	return func(f *os.File) error {
		var b strings.Builder
		p, ok := v.Find(from)
		if ok {
			p, ok = v.From(p)
		}
		for ; ok && v.Line(p).Place().Compare(to) <= 0; p, ok = v.Next(p) {
			saved.writeLine(&b, v.Line(p))
			if b.Len() > 1<<20 {
				if _, err := f.WriteString(b.String()); err != nil {
					return err
				}
				b.Reset()
			}
		}
		_, err := f.WriteString(b.String())
		return err
	}
}

// askSave asks where to save to, and how much.
func (s *logScreen) askSave(e *env) effect {
	if s.state == nil {
		return complain("nothing was read yet")
	}
	return effect{dialog: s.saveDialog(e, s.fileName(e), false)}
}

// fileName is what a file with the logs may be called.
func (s *logScreen) fileName(e *env) string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune("/ ", r) {
			return '-'
		}
		return r
	}, s.title) + "-" + e.now.UTC().Format("20060102T150405Z") + ".log"
	if dir, err := os.Getwd(); err == nil {
		return filepath.Join(dir, name)
	}
	return name
}

// saveDialog asks for the file, and how much of the logs goes there.
func (s *logScreen) saveDialog(e *env, name string, all bool) *dialog {
	line := &dialogLine{label: "to the file", input: prompt{}}
	line.input.start(" ", name)
	shown := "what is shown"
	if s.mark != nil {
		shown = "what is marked"
	}
	d := &dialog{
		title: func() string { return "Save the logs?" }, word: "save", lines: []*dialogLine{line},
		ways: []string{shown, "everything"},
	}
	d.says = func(_ *env, width int) []pageLine {
		return sentences(width, "- ", toneText, "each line with its time and its worker; only you may read the file", "logs may hold what nobody else should see")
	}
	if all {
		d.way = 1
	}
	d.yes = func(e *env) effect { return s.save(e, line.input.value(), d.way == 1, false) }
	return d
}

// savedMsg tells how a save went.
type savedMsg struct {
	of   *logScreen
	name string
	all  bool
	err  error
}

// saved says so; what failed can be asked for again.
func (s *logScreen) saved(e *env, msg savedMsg) effect {
	if msg.err == nil {
		return say("saved to " + msg.name)
	}
	d := s.saveDialog(e, msg.name, msg.all)
	d.wrong = "not saved: " + msg.err.Error()
	return effect{dialog: d}
}

// save writes the file; one that is there is asked about first.
func (s *logScreen) save(e *env, name string, all, over bool) effect {
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		name = filepath.Join(e.vars.Getenv("HOME"), rest)
	}
	if name == "" {
		return complain("a file needs a name")
	}
	write, flags := s.dump(all), os.O_CREATE|os.O_WRONLY|os.O_EXCL
	if over {
		flags = os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	} else if _, err := os.Lstat(name); err == nil {
		return effect{dialog: &dialog{
			title: func() string { return "Write over " + name + "?" }, word: "write over it",
			says: func(_ *env, width int) []pageLine {
				return sentences(width, "- ", toneText, "there is a file of that name; what is in it is lost")
			},
			yes: func(e *env) effect { return s.save(e, name, all, true) },
		}}
	}
	return effect{status: "saving ...", cmd: func() tea.Msg {
		f, err := os.OpenFile(name, flags, 0o600)
		if err == nil {
			err = f.Chmod(0o600) // one that was there may be anybody's to read
		}
		if err == nil {
			err = write(f)
		}
		if f != nil {
			if closed := f.Close(); err == nil {
				err = closed
			}
		}
		return savedMsg{s, name, all, err}
	}}
}

// dumpedMsg is the file that the pager is to open.
type dumpedMsg struct {
	of   *logScreen
	file string
	err  error
}

// openPager writes what is shown to a file, for the user's pager.
func (s *logScreen) openPager() effect {
	if s.state == nil {
		return complain("nothing was read yet")
	}
	write := s.dump(false)
	return effect{status: "opening the pager ...", cmd: func() tea.Msg {
		f, err := os.CreateTemp("", "paddock-*.log")
		if err != nil {
			return dumpedMsg{of: s, err: err}
		}
		err = write(f)
		if closed := f.Close(); err == nil {
			err = closed
		}
		return dumpedMsg{s, f.Name(), err}
	}}
}

// page gives the terminal to the user's pager, unless one went elsewhere meanwhile.
func (m *Model) page(msg dumpedMsg) tea.Cmd {
	here := m.top().screen == screen(msg.of)
	if msg.err != nil || !here {
		_ = os.Remove(msg.file)
	}
	switch {
	case !here:
		return nil
	case msg.err != nil:
		return m.enter(complain("the pager is not opened: " + msg.err.Error()))
	}
	m.status = ""
	name := cmp.Or(m.env.vars.Getenv("PAGER"), "less")
	run := program{exec.Command("sh", "-c", name+` "$1"`, "sh", msg.file)}
	return tea.Exec(run, func(err error) tea.Msg { return pagedMsg{name, msg.file, err} })
}

// pagedMsg comes when the pager has ended.
type pagedMsg struct {
	pager, file string
	err         error
}

// paged takes the terminal back.
func (m *Model) paged(msg pagedMsg) tea.Cmd {
	_ = os.Remove(msg.file)
	if msg.err != nil {
		return m.enter(effect{dialog: report("the pager "+msg.pager+" failed", []string{msg.err.Error(), "set PAGER to one that is there"})})
	}
	return nil
}
