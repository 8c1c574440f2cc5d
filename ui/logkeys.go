package ui

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"paddock/fleet"
	"paddock/logs"
)

// spans of time that the keys 0 to 6 ask for.
var logSpans = []struct {
	key, says string
	tail      int64
	since     time.Duration
}{
	{"0", "last 500 of each", firstTail, 0},
	{"1", "all", 0, 0},
	{"2", "1m", 0, time.Minute},
	{"3", "5m", 0, 5 * time.Minute},
	{"4", "15m", 0, 15 * time.Minute},
	{"5", "30m", 0, 30 * time.Minute},
	{"6", "1h", 0, time.Hour},
}

func (s *logScreen) keys(e *env) []binding {
	own := []binding{
		{keys: []string{"s"}, help: s.followWord(), long: "follow what is printed, or stay; moving up stays as well", footer: true, run: s.toggleFollow},
		{keys: []string{"n"}, help: "next match", footer: !s.query.All(), run: func() effect { return s.next(true) }},
		{keys: []string{"N"}, help: "match before", run: func() effect { return s.next(false) }},
		{keys: []string{"e"}, help: "error", long: "the next error", footer: true, run: func() effect { return s.nextError(true) }},
		{keys: []string{"E"}, help: "error before", run: func() effect { return s.nextError(false) }},
		{keys: []string{"!"}, help: "first", long: "the first error of all workers, in what was read", footer: true, run: func() effect { return s.firstError() }},
		{keys: []string{"o"}, help: "alone", long: "show the worker under the cursor alone, or all again", footer: true, run: s.solo},
		{keys: []string{"h"}, help: "leave it out", long: "leave the worker under the cursor out", run: s.hide},
		{keys: []string{"r"}, help: "workers", long: "choose whose lines are shown", disabled: s.unread, run: func() effect { return s.chooseWorkers(e) }},
		{keys: []string{"u"}, help: "fold", long: "draw what several workers say alike in the same second as one line, or each", footer: true, run: s.toggleFold},
		{keys: []string{"&"}, help: "only", long: "leave out the lines without a text (~ before a regular expression; no text shows all again); [ ] show fewer or more lines around", run: s.askOnly},
		{keys: []string{"["}, help: "fewer around", run: func() effect { return s.around(-1) }},
		{keys: []string{"]"}, help: "more around", run: func() effect { return s.around(1) }},
		{keys: []string{"L"}, help: "levels", long: "all lines, warnings and errors, errors alone", run: s.nextLevel},
		{keys: []string{"t"}, help: "times", long: "no times, times, ages", run: s.nextStamp},
		{keys: []string{"w"}, help: "wrap", long: "wrap long lines, or cut them", run: s.toggleWrap},
		{keys: []string{"x"}, help: "JSON", long: "JSON lines in words, or as they are", run: s.toggleRaw},
		{keys: []string{"enter"}, help: "the line", long: "the line under the cursor, all of it, JSON unfolded", run: s.openLine},
		{keys: []string{"p"}, help: "previous", long: "the attempt before of each worker, or the present one", run: func() effect { return s.togglePrevious(e) }},
		{keys: []string{"C"}, help: "container", long: "choose another container, also init containers and sidecars", run: func() effect { return s.askContainers(e) }},
		{keys: []string{"m"}, help: "more", long: "follow more workers at a time", disabled: s.allFollowed, run: s.more},
		{keys: []string{"v"}, help: "mark", long: "mark lines from here on, for c and ctrl-s; again ends it", run: s.toggleMark},
		{keys: []string{"ctrl+s"}, show: "ctrl-s", help: "save", long: "save what is shown, or everything, to a file", run: func() effect { return s.askSave(e) }},
		{keys: []string{"|"}, help: "pager", long: "open what is shown in $PAGER", run: s.openPager},
	}
	for _, sp := range logSpans {
		own = append(own, binding{keys: []string{sp.key}, help: sp.says, long: "read " + sp.says + "; :since 90s or :since 14:30 reads any other", run: func() effect {
			return s.reread(e, sp.says, func() { s.wish.Tail, s.wish.Since = sp.tail, sinceTime(e.now, sp.since) })
		}})
	}
	return append(own, s.moves()...)
}

func sinceTime(now time.Time, d time.Duration) time.Time {
	if d == 0 {
		return time.Time{}
	}
	return now.Add(-d)
}

// moves move the cursor.
func (s *logScreen) moves() []binding {
	lines := func(keys []string, show, help string, n func() int) binding {
		return binding{keys: keys, show: show, help: help, run: func() effect {
			s.step(n())
			return effect{}
		}}
	}
	side := func(key, show, help string, to func() int) binding {
		return binding{keys: []string{key}, show: show, help: help, run: func() effect {
			s.left = max(to(), 0)
			return effect{}
		}, disabled: func() string {
			if !s.cut {
				return "long lines are wrapped; w cuts them"
			}
			return ""
		}}
	}
	return []binding{
		lines([]string{"up", "k"}, "↑ k", "up", func() int { return -1 }),
		lines([]string{"down", "j"}, "↓ j", "down", func() int { return 1 }),
		lines([]string{"pgup", "ctrl+b"}, "PgUp ctrl-b", "a page up", func() int { return -max(s.height-1, 1) }),
		lines([]string{"pgdown", "ctrl+f"}, "PgDn ctrl-f", "a page down", func() int { return max(s.height-1, 1) }),
		lines([]string{"K", "ctrl+u"}, "K ctrl-u", "half a page up", func() int { return -max(s.height/2, 1) }),
		lines([]string{"J"}, "J", "half a page down", func() int { return max(s.height/2, 1) }),
		{keys: []string{"g", "home"}, show: "g Home", help: "to the top", run: s.toTop},
		{keys: []string{"G", "end"}, show: "G End", help: "to the end", long: "to the end, and follow", run: s.toEnd},
		side("left", "←", "to the left", func() int { return s.left - sideStep }),
		side("right", "→", "to the right", func() int { return s.left + sideStep }),
	}
}

func (s *logScreen) toTop() effect {
	if s.view != nil {
		if p, ok := s.view.First(); ok {
			s.jump(s.view.Line(p).Place())
		}
	}
	return effect{}
}

func (s *logScreen) toEnd() effect {
	s.follows = true
	return effect{}
}

func (s *logScreen) followWord() string {
	if s.follows {
		return "stay"
	}
	return "follow"
}

func (s *logScreen) toggleFollow() effect {
	if s.follows {
		s.pause()
		return say("it stays; s follows again")
	}
	s.follows = true
	return say("it follows what is printed")
}

func (s *logScreen) toggleFold() effect {
	s.lens.Fold = !s.lens.Fold
	s.look()
	if s.lens.Fold {
		return say("what several workers say in the same second is one line")
	}
	return say("each line by itself")
}

func (s *logScreen) askOnly() effect {
	return effect{line: "only " + s.lens.Filter.String()}
}

// onlyLines leaves out the lines without a text.
func (s *logScreen) onlyLines(text string) effect {
	q, err := logs.ParseQuery(text)
	if err != nil {
		return complain(err.Error())
	}
	s.lens.Filter = q
	s.look()
	if q.All() {
		return say("all lines")
	}
	return say("only lines with " + text + "; esc shows all again")
}

func (s *logScreen) around(n int) effect {
	s.lens.Around = max(s.lens.Around+n, 0)
	s.look()
	if s.lens.Filter.All() {
		return say(plural(s.lens.Around, "line") + " around, once & leaves lines out")
	}
	return effect{}
}

func (s *logScreen) nextLevel() effect {
	says := map[logs.Level]string{logs.Unleveled: "all lines", logs.Warning: "warnings and errors", logs.Error: "errors alone"}
	s.lens.Least = map[logs.Level]logs.Level{logs.Unleveled: logs.Warning, logs.Warning: logs.Error}[s.lens.Least]
	s.look()
	return say(says[s.lens.Least])
}

func (s *logScreen) nextStamp() effect {
	s.stamp = (s.stamp + 1) % stamps
	return effect{}
}

func (s *logScreen) toggleWrap() effect {
	s.cut, s.left = !s.cut, 0
	if s.cut {
		return say("long lines are cut; arrows scroll sideways")
	}
	return say("long lines are wrapped")
}

func (s *logScreen) toggleRaw() effect {
	s.raw = !s.raw
	if s.raw {
		return say("JSON lines as they are")
	}
	return say("JSON lines in words")
}

func (s *logScreen) toggleMark() effect {
	l, ok := s.line()
	if !ok {
		return effect{}
	}
	if s.mark != nil {
		s.mark = nil
		return effect{}
	}
	at := l.Place()
	s.pause()
	s.mark = &at
	return say("marks from here on: c copies, ctrl-s saves, v ends it")
}

// reread reads anew with another wish.
func (s *logScreen) reread(e *env, span string, change func()) effect {
	change()
	s.span, s.follows = span, true
	return effect{cmd: s.begin(e)}
}

func (s *logScreen) togglePrevious(e *env) effect {
	return s.reread(e, s.span, func() {
		s.wish.Previous = !s.wish.Previous
		s.wish.Follow = !s.wish.Previous
	})
}

// since reads what was printed since a time of day, or so long ago.
func (s *logScreen) since(e *env, text string) effect {
	at, err := time.ParseInLocation("15:04", text, e.now.Location())
	if err == nil {
		y, m, d := e.now.Date()
		at = time.Date(y, m, d, at.Hour(), at.Minute(), 0, 0, e.now.Location())
		if at.After(e.now) {
			at = at.AddDate(0, 0, -1)
		}
	} else {
		ago, err := parseAge(text)
		if err != nil || ago <= 0 {
			return complain(":since wants an age like 90s or 2h, or a time like 14:30")
		}
		at = e.now.Add(-ago)
	}
	return s.reread(e, "since "+text, func() { s.wish.Tail, s.wish.Since = 0, at })
}

// containersMsg are the containers of the pod under the cursor.
type containersMsg struct {
	of  *logScreen
	all []fleet.ContainerSpec
	err error
}

// askContainers asks which containers there are.
func (s *logScreen) askContainers(e *env) effect {
	var pod fleet.Ref
	if l, ok := s.line(); ok {
		pod = s.source(l).Pod
	}
	if pod.Name == "" && len(s.known) > 0 {
		pod = s.known[0].Ref
	}
	if pod.Name == "" {
		return complain("there is no worker whose containers could be chosen from")
	}
	parent, dash := e.ctx, e.dash
	return effect{status: "reading " + pod.String() + " ...", cmd: func() tea.Msg {
		ctx, cancel := context.WithTimeout(parent, readTimeout)
		defer cancel()
		d, err := dash.Describe(ctx, pod, "v1")
		return containersMsg{s, d.Containers, err}
	}}
}

// chooseContainer opens the list of the containers.
func (s *logScreen) chooseContainer(e *env, msg containersMsg) effect {
	if msg.err != nil {
		return complain(msg.err.Error())
	}
	sw := &switcher{title: "Read the container", verb: "reads it", done: func(chosen []string) effect { return s.container(e, chosen[0]) }}
	for _, c := range msg.all {
		note := c.Image
		if c.Init {
			note = "runs before the others  " + note
		}
		sw.items = append(sw.items, choice{name: c.Name, note: note, now: c.Name == s.wish.Container})
	}
	return effect{choose: sw}
}

// container reads another container; without a name the one with the GPUs.
func (s *logScreen) container(e *env, name string) effect {
	return s.reread(e, s.span, func() { s.wish.Container = name })
}

func (s *logScreen) unread() string {
	if s.state == nil || len(s.state.Sources) == 0 {
		return "nobody's log is read yet"
	}
	return ""
}

// chooseWorkers opens the list of the workers, each with its last attempt.
func (s *logScreen) chooseWorkers(e *env) effect {
	const all = "all"
	sw := &switcher{title: "Show the lines of", several: true, verb: "shows"}
	sw.items = append(sw.items, choice{name: all, now: !s.chosen()})
	lines, last := map[teller]int64{}, map[teller]*logs.Source{}
	var tellers []teller
	for i := range s.state.Sources {
		src := &s.state.Sources[i]
		w := tellerOf(src)
		if last[w] == nil {
			tellers = append(tellers, w)
		}
		lines[w] += src.Lines
		last[w] = src
	}
	names := map[string]teller{}
	for _, w := range tellers {
		src := last[w]
		name := s.label(src)
		names[name] = w
		note := fmt.Sprintf("attempt %d, ", src.Attempt)
		if src.Restarts > 0 {
			note += fmt.Sprintf("restart %d, ", src.Restarts)
		}
		note += plural(int(lines[w]), "line") + after(", ", src.Says)
		if quiet, ok := s.silence(e, src); ok {
			note += ", silent for " + age(quiet)
		}
		sw.items = append(sw.items, choice{name: name, note: note, now: s.chosen() && s.shows(w)})
	}
	sw.done = func(chosen []string) effect {
		if slices.Contains(chosen, all) {
			s.choose(nil, nil)
			return effect{}
		}
		alone := map[teller]bool{}
		for _, name := range chosen {
			alone[names[name]] = true
		}
		s.choose(alone, nil)
		return effect{}
	}
	return effect{choose: sw}
}

func (s *logScreen) allFollowed() string {
	if s.state == nil || s.state.Followed == len(s.state.Sources) {
		return "all workers are followed"
	}
	return ""
}

func (s *logScreen) more() effect {
	s.turn.ask(logs.Ask{Workers: s.known, More: moreLogs})
	return say("up to " + strconv.Itoa(moreLogs) + " more workers are followed")
}

// openLine opens a line, all of it.
func (s *logScreen) openLine() effect {
	l, ok := s.line()
	if !ok {
		return complain("nothing is selected")
	}
	src := s.source(l)
	var page []pageLine
	if l.Source >= 0 {
		page = []pageLine{
			newPageLine(dim("worker  "), strong(s.label(src)), plain(fmt.Sprintf("  attempt %d  %s on %s, container %s", src.Attempt, src.Pod.Name, src.Node, src.Container))),
			newPageLine(dim("printed "), plain(l.Time().UTC().Format("2006-01-02 15:04:05.000000000 UTC"))),
			newPageLine(),
		}
	}
	text := string(l.Text)
	if pretty := unfolded(l.Text); pretty != "" {
		text = pretty
	}
	page = append(page, textPage(text)...)
	p := newPager("a line of "+src.Label, page)
	p.of = selection{ref: src.Pod, apiVersion: "v1", uid: src.UID, text: string(l.Text), what: "a line of " + src.Label}
	return open(p)
}

// writeLine writes a line as it is saved and copied.
func (s *logScreen) writeLine(b *strings.Builder, l logs.Line) {
	b.WriteString(l.Time().UTC().Format("2006-01-02T15:04:05.000Z "))
	b.WriteString(s.label(s.source(l)))
	b.WriteString(" | ")
	b.Write(l.Text)
	b.WriteByte('\n')
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

// pagedMsg comes when the pager has ended.
type pagedMsg struct {
	pager, file string
	err         error
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

// paged takes the terminal back.
func (m *Model) paged(msg pagedMsg) tea.Cmd {
	_ = os.Remove(msg.file)
	if msg.err != nil {
		return m.enter(effect{dialog: report("the pager "+msg.pager+" failed", []string{msg.err.Error(), "set PAGER to one that is there"})})
	}
	return nil
}

// logsKey opens the logs of the workers that a place is about.
func logsKey(e *env, word string, disabled func() string, open func() *logScreen) binding {
	return binding{keys: []string{"l"}, help: "logs", long: word, footer: true, disabled: disabled, run: func() effect { return open().opened(e) }}
}

// jobLogs are the logs of all workers of a job, also of those that come.
func jobLogs(j *fleet.Job) *logScreen {
	uid, ref := j.UID, j.Ref
	s := newLogs("logs of "+ref.Name, func(f *fleet.Fleet) []*fleet.Worker {
		for _, j := range f.Jobs {
			if j.UID == uid && j.Ref == ref {
				return j.Workers
			}
		}
		return nil
	})
	s.job, s.uid = ref, uid
	return s
}

// squadLogs are the logs of some workers of a job, and of their next attempts.
func squadLogs(c squad) *logScreen {
	type place struct {
		role  string
		index int
		uid   string // where there is no index
	}
	of := func(w *fleet.Worker) place {
		if w.Index < 0 {
			return place{w.Role, w.Index, w.Pod.UID}
		}
		return place{w.Role, w.Index, ""}
	}
	here := map[place]bool{}
	for _, w := range c.workers {
		here[of(w)] = true
	}
	title := plural(len(c.workers), "worker")
	if len(c.workers) == 1 {
		title = c.workers[0].Label()
	}
	all := jobLogs(c.job)
	s := newLogs("logs of "+title, func(f *fleet.Fleet) []*fleet.Worker {
		var out []*fleet.Worker
		for _, w := range all.find(f) {
			if here[of(w)] {
				out = append(out, w)
			}
		}
		return out
	})
	s.job, s.uid = all.job, all.uid
	return s
}

// nodeLogs are the logs of all workers on a node.
func nodeLogs(name string) *logScreen {
	return newLogs("logs on "+name, func(f *fleet.Fleet) []*fleet.Worker {
		var out []*fleet.Worker
		for _, j := range f.Jobs {
			for _, w := range j.Workers {
				if w.Pod.Node == name {
					out = append(out, w)
				}
			}
		}
		return out
	})
}

// onLogs does something with the logs that are shown.
func onLogs(do func(s *logScreen, e *env, argument string) effect) func(*Model, string) effect {
	return func(m *Model, argument string) effect {
		if s, ok := m.top().screen.(*logScreen); ok {
			return do(s, &m.env, argument)
		}
		return complain("that is for logs: l opens them")
	}
}

// homeLogs begins the way at the jobs.
func (m *Model) homeLogs(s *logScreen) effect {
	return effect{home: newJobs(&m.env), push: s, cmd: s.begin(&m.env)}
}

// goLogs opens the logs of a job by its name, of one role or of some workers
// where they are named.
func (m *Model) goLogs(argument string) effect {
	words := strings.Fields(argument)
	if len(words) == 0 {
		return complain(":logs needs the name of a job")
	}
	for _, j := range m.env.fleet.Jobs {
		if j.Ref.String() != words[0] && j.Ref.Name != words[0] {
			continue
		}
		if len(words) == 1 {
			return m.homeLogs(jobLogs(j))
		}
		c := squad{job: j}
		for _, w := range j.Workers {
			if w.Role == words[1] || slices.Contains(strings.Split(words[1], ","), w.Label()) {
				c.workers = append(c.workers, w)
			}
		}
		if len(c.workers) == 0 {
			return complain(j.Ref.String() + " has no worker " + words[1])
		}
		return m.homeLogs(squadLogs(c))
	}
	return complain("there is no job " + words[0])
}
