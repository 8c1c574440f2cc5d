package ui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"paddock/fleet"
	"paddock/logs"
)

// Logs is what the screens ask of the running program to read logs.
type Logs interface {
	// Logs reads the logs of the workers that are asked for, and delivers how
	// the stream stands to out, latest wins, until ctx ends.
	Logs(ctx context.Context, w logs.Wish, asks <-chan logs.Ask, out chan *logs.State) error
	// LogLink is where the logs of a job may be when its pods are gone; "" where
	// no place is set.
	LogLink(job fleet.Ref) string
}

// What a log is opened with: the last lines of each worker, and so many
// workers; more are read on demand.
const (
	firstTail  = 500
	moreLogs   = 64
	silentFrom = time.Minute // a log that is silent so long is told
)

// logScreen is the logs of several workers as one stream, under a cursor.
type logScreen struct {
	quiet
	title string
	job   fleet.Ref                          // whose workers they are; zero for those of a node
	uid   string                             // of the job
	find  func(*fleet.Fleet) []*fleet.Worker // whose logs
	wish  logs.Wish
	span  string // how the time that is asked for is called

	turn   *reading        // that goes on
	state  *logs.State     // nil before the first one
	known  []*fleet.Worker // whose logs are asked for
	failed string          // why nothing can be read

	view    *logs.View
	lens    logs.Lens
	alone   map[teller]bool // workers whose lines alone are shown; nil for all
	without map[teller]bool // workers that are left out
	query   logs.Query
	follows bool       // the cursor stays on the last line
	cursor  logs.Place // the line under the cursor
	top     logs.Place // the first line on the screen
	begun   int        // lines there were when following ended
	mark    *logs.Place

	cut     bool // long lines are cut, not wrapped
	left    int  // cells scrolled to the right when they are
	raw     bool // JSON as it is, not as words
	stamp   stamp
	rows    []logRow
	names   int  // width of the widest worker's name
	mixed   bool // they are of several jobs
	width   int
	height  int // of the lines
	running map[string]bool
}

// stamp is how the time of a line is shown.
type stamp uint8

const (
	noStamp stamp = iota
	clockStamp
	ageStamp
	stamps
)

// newLogs opens the logs of workers.
func newLogs(title string, find func(*fleet.Fleet) []*fleet.Worker) *logScreen {
	return &logScreen{title: title, find: find, wish: logs.Wish{Follow: true, Tail: firstTail, Most: moreLogs}, span: "last 500 of each", follows: true}
}

func (s *logScreen) name() string   { return "logs" }
func (s *logScreen) crumb() string  { return s.title }
func (s *logScreen) searches() bool { return true }
func (s *logScreen) leave()         { s.end() }

// opened is the effect that shows the screen and begins to read.
func (s *logScreen) opened(e *env) effect { return effect{push: s, cmd: s.begin(e)} }

// reading is one reading of the logs: another wish begins another one.
type reading struct {
	ctx    context.Context
	stop   context.CancelFunc
	asks   chan logs.Ask
	states chan *logs.State
}

// logStateMsg is how the stream of a reading stands.
type logStateMsg struct {
	of    *reading
	state *logs.State
}

// logEndedMsg says that a reading ended: with an error when nothing can be read.
type logEndedMsg struct {
	of  *reading
	err error
}

// begin begins to read, anew if it did before.
func (s *logScreen) begin(e *env) tea.Cmd {
	s.end()
	r := &reading{asks: make(chan logs.Ask, 1), states: make(chan *logs.State, 1)}
	r.ctx, r.stop = context.WithCancel(e.ctx)
	s.turn = r
	s.state, s.view, s.rows, s.failed, s.mark = nil, nil, nil, "", nil
	s.refresh(e)
	wish, dash := s.wish, e.dash
	run := func() tea.Msg { return logEndedMsg{r, dash.Logs(r.ctx, wish, r.asks, r.states)} }
	return tea.Batch(run, r.wait)
}

// wait waits for the next state.
func (r *reading) wait() tea.Msg {
	select {
	case state := <-r.states:
		return logStateMsg{r, state}
	case <-r.ctx.Done():
		return nil
	}
}

// ask says whose logs are to be read.
func (r *reading) ask(a logs.Ask) {
	select {
	case old := <-r.asks:
		a.More += old.More
	default:
	}
	r.asks <- a
}

// end stops reading.
func (s *logScreen) end() {
	if s.turn != nil {
		s.turn.stop()
	}
}

// refresh asks for the logs of those that are there now.
func (s *logScreen) refresh(e *env) {
	if s.turn == nil {
		return
	}
	workers := s.find(e.fleet)
	s.known = workers
	s.running = map[string]bool{}
	for _, w := range workers {
		s.running[w.Pod.UID] = w.Pod.Main.State == "running"
	}
	s.turn.ask(logs.Ask{Workers: workers})
}

func (s *logScreen) receive(e *env, msg tea.Msg) effect {
	switch msg := msg.(type) {
	case logStateMsg:
		if msg.of != s.turn {
			return effect{}
		}
		s.take(msg.state)
		return effect{cmd: s.turn.wait}
	case logEndedMsg:
		if msg.of == s.turn && msg.err != nil {
			s.failed = msg.err.Error()
		}
	case savedMsg:
		if msg.of == s {
			return s.saved(e, msg)
		}
	case containersMsg:
		if msg.of == s {
			return s.chooseContainer(e, msg)
		}
	case logFoundMsg:
		if msg.of != s {
			return effect{}
		}
		if !msg.ok {
			return say(msg.what)
		}
		s.jump(msg.at)
	}
	return effect{}
}

// teller is a worker, whatever its attempt: whose lines are shown is chosen by it.
type teller struct {
	job   fleet.Ref
	label string
}

func tellerOf(src *logs.Source) teller { return teller{src.Job, src.Label} }

// take takes over a state.
func (s *logScreen) take(state *logs.State) {
	s.state = state
	s.names, s.mixed = 0, false
	for i := range state.Sources {
		s.mixed = s.mixed || state.Sources[i].Job != state.Sources[0].Job
	}
	for i := range state.Sources {
		s.names = max(s.names, cells(s.label(&state.Sources[i])))
	}
	s.names = min(s.names, mostLabel)
	s.look()
}

// mostLabel is how wide the column of the workers' names grows.
const mostLabel = 24

// label is what a source is called: the worker, with its job where there are several.
func (s *logScreen) label(src *logs.Source) string {
	if s.mixed && src.Job.Name != "" {
		return src.Job.Name + "/" + src.Label
	}
	return src.Label
}

// look looks at the log through the lens anew.
func (s *logScreen) look() {
	if s.state != nil {
		s.lens.Hidden = nil
		for i := range s.state.Sources {
			if src := &s.state.Sources[i]; s.chosen() {
				s.lens.Hidden = append(s.lens.Hidden, !s.shows(tellerOf(src)))
			}
		}
		s.view = s.state.Log.Through(s.lens)
	}
}

// shown is the line under the cursor, or the one nearest to it that is shown.
func (s *logScreen) shown() (logs.Pos, bool) {
	if s.view == nil {
		return logs.Pos{}, false
	}
	if s.follows {
		return s.view.Last()
	}
	p, ok := s.view.Find(s.cursor)
	if !ok {
		return p, false
	}
	return s.view.From(p)
}

// line is the line under the cursor.
func (s *logScreen) line() (logs.Line, bool) {
	p, ok := s.shown()
	if !ok {
		return logs.Line{}, false
	}
	return s.view.Line(p), true
}

// source is who printed a line.
func (s *logScreen) source(l logs.Line) *logs.Source {
	if s.state == nil || l.Source < 0 || int(l.Source) >= len(s.state.Sources) {
		return &logs.Source{}
	}
	return &s.state.Sources[l.Source]
}

// jump puts the cursor on a line, which ends following.
func (s *logScreen) jump(at logs.Place) {
	s.pause()
	s.cursor = at
}

func (s *logScreen) pause() {
	if s.follows && s.view != nil {
		s.follows, s.begun = false, s.view.Lines()+int(s.view.Dropped().Lines)
		if p, ok := s.view.Last(); ok {
			s.cursor = s.view.Line(p).Place()
		}
		if len(s.rows) > 0 {
			s.top = s.rows[0].line.Place()
		}
	}
}

// step moves the cursor by lines.
func (s *logScreen) step(n int) {
	p, ok := s.shown()
	if !ok {
		return
	}
	if n < 0 || !s.follows {
		s.pause()
	}
	for ; n > 0 && ok; n-- {
		p, ok = s.view.Next(p)
	}
	for ; n < 0 && ok; n++ {
		p, ok = s.view.Prev(p)
	}
	if !s.follows {
		s.cursor = s.view.Line(p).Place()
	}
}

// note says how much there is.
func (s *logScreen) note(*env) string {
	if s.state == nil {
		return ""
	}
	words := "follows"
	if !s.follows {
		words = "paused"
		if fresh := s.view.Lines() + int(s.view.Dropped().Lines) - s.begun; fresh > 0 {
			words += ", " + count(fresh) + " new"
		}
	}
	text := plural(s.view.Lines(), "line")
	if d := s.view.Dropped(); d.Lines > 0 {
		text += " (" + count(int(d.Lines)) + " older dropped)"
	}
	return text + "  " + words
}

// summary is the line above the logs: who is read, who is not, and how.
func (s *logScreen) summary(e *env) (left, right []span) {
	st := s.state
	left = []span{plain(" ")}
	add := func(t tone, text string) { left = append(left, span{text + "  ", t}) }
	if s.chosen() {
		all, shown := map[teller]bool{}, map[teller]bool{}
		for i := range st.Sources {
			w := tellerOf(&st.Sources[i])
			if all[w] = true; s.shows(w) {
				shown[w] = true
			}
		}
		add(toneAccent, fmt.Sprintf("%d of %d shown", len(shown), len(all)))
	}
	live := 0
	for i := range st.Sources {
		if st.Sources[i].State == logs.Live {
			live++
		}
	}
	switch n := len(st.Sources); {
	case st.Followed < n:
		add(toneWarn, fmt.Sprintf("%d of %d workers followed, m: more", st.Followed, n))
	default:
		add(toneDim, fmt.Sprintf("%s, %d live", plural(n, "worker"), live))
	}
	if s.lens.Least > logs.Info {
		add(toneAccent, strings.ToLower(s.lens.Least.String())+"s only")
	}
	if !s.lens.Filter.All() {
		add(toneAccent, fmt.Sprintf("&%s +%d", s.lens.Filter, s.lens.Around))
	}
	if st.Failure != "" {
		add(toneBad, st.Failure)
	}
	modes := []string{s.span}
	if s.wish.Container != "" {
		modes = append(modes, "container "+s.wish.Container)
	}
	if s.wish.Previous {
		modes = append(modes, "attempt before")
	}
	if s.lens.Fold {
		modes = append(modes, "folded")
	}
	if s.mark != nil {
		modes = append(modes, "v marks a range")
	}
	right = []span{dim(strings.Join(modes, "  ") + " ")}
	for _, t := range s.troubles(e) { // the gravest first, as far as there is room
		if t.tone == toneBad || widthOf(left)+cells(t.text)+widthOf(right) < s.width {
			left = append(left, t)
		}
	}
	return left, right
}

// troubles names the sources that something is to be said of.
func (s *logScreen) troubles(e *env) []span {
	bad, waiting := map[string][]string{}, map[string][]string{}
	silent := map[string][]string{}
	spoken := false // somebody printed something lately: often one worker alone does
	for i := range s.state.Sources {
		src := &s.state.Sources[i]
		quiet, isQuiet := s.silence(e, src)
		switch {
		case src.State == logs.Broken, src.Failed:
			bad[src.Says] = append(bad[src.Says], s.label(src))
		case src.State == logs.Waiting:
			waiting[src.Says] = append(waiting[src.Says], s.label(src))
		case isQuiet:
			silent["silent "+age(quiet)] = append(silent["silent "+age(quiet)], s.label(src))
		case src.State == logs.Live && !src.Last.IsZero():
			spoken = true
		}
	}
	quietTone := toneWarn
	if spoken {
		quietTone = toneDim
	}
	return slices.Concat(sayings(bad, toneBad), sayings(waiting, toneWarn), sayings(silent, quietTone))
}

// silence is how long a worker that runs has printed nothing; false when that is
// nothing to tell.
func (s *logScreen) silence(e *env, src *logs.Source) (time.Duration, bool) {
	quiet := e.now.Sub(src.Last)
	return quiet, src.State == logs.Live && !src.Last.IsZero() && s.running[src.UID] && quiet >= silentFrom
}

// sayings names who something is said of, the most first: "w1 and 3 more CrashLoopBackOff".
func sayings(all map[string][]string, t tone) []span {
	says := slices.SortedFunc(maps.Keys(all), func(a, b string) int {
		return cmp.Or(len(all[b])-len(all[a]), strings.Compare(a, b))
	})
	var out []span
	for _, what := range says {
		who := all[what][0]
		if n := len(all[what]) - 1; n > 0 {
			who += fmt.Sprintf(" and %d more", n)
		}
		out = append(out, span{who + " " + what + "  ", t})
	}
	return out
}

// filter searches from the cursor on, and then from the other side.
func (s *logScreen) filter(_ *env, text string) error {
	q, err := logs.ParseQuery(text)
	if err != nil {
		return err
	}
	s.query = q
	p, ok := s.shown()
	if !ok || q.All() || q.Matches(s.view.Line(p).Text) {
		return nil
	}
	for _, forward := range []bool{!s.follows, s.follows} {
		left := mostTyped
		if hit, ok := s.view.Search(p, q, forward, func() bool { left--; return left < 0 }); ok {
			s.jump(s.view.Line(hit).Place())
			return nil
		} else if left < 0 { // it may stand further away: n goes there
			return nil
		}
	}
	return errors.New("no line has it")
}

// mostTyped is how many blocks are searched at each key that is typed: what
// lies further is found by n, which does not hold the screen up.
const mostTyped = 2000

// logFoundMsg is where a search came to.
type logFoundMsg struct {
	of   *logScreen
	what string // what to say when there is nothing
	at   logs.Place
	ok   bool
}

// seek looks for something beside the screen, from the cursor on.
func (s *logScreen) seek(what string, find func(v *logs.View, p logs.Pos, stop func() bool) (logs.Pos, bool)) effect {
	p, ok := s.shown()
	if !ok {
		return complain("there is nothing to search")
	}
	v := s.state.Log.Through(s.lens) // its own: a view is not shared
	ctx := s.turn.ctx
	return effect{cmd: func() tea.Msg {
		hit, ok := find(v, p, func() bool { return ctx.Err() != nil })
		if !ok {
			return logFoundMsg{of: s, what: what}
		}
		return logFoundMsg{s, what, v.Line(hit).Place(), true}
	}}
}

func (s *logScreen) next(forward bool) effect {
	if s.query.All() {
		return complain("nothing to go to: / searches")
	}
	q := s.query
	return s.seek(noFurther(forward, "line with "+q.String()), func(v *logs.View, p logs.Pos, stop func() bool) (logs.Pos, bool) {
		return v.Search(p, q, forward, stop)
	})
}

func (s *logScreen) nextError(forward bool) effect {
	return s.seek(noFurther(forward, "error"), func(v *logs.View, p logs.Pos, _ func() bool) (logs.Pos, bool) { return v.Error(p, forward) })
}

// noFurther says that there is none in a direction.
func noFurther(forward bool, what string) string {
	if forward {
		return "no further " + what
	}
	return "no " + what + " before"
}

// firstError is the first of all.
func (s *logScreen) firstError() effect {
	return s.seek("no error among what was read", func(v *logs.View, _ logs.Pos, _ func() bool) (logs.Pos, bool) {
		p, ok := v.First()
		if ok && v.Line(p).Level != logs.Error {
			p, ok = v.Error(p, true)
		}
		return p, ok
	})
}

// interest keeps reading how far the job is.
func (s *logScreen) interest() (i fleet.Interest) {
	if s.uid != "" && len(s.known) > 0 {
		i.Jobs = []string{s.uid}
	}
	return i
}

// selected is the line under the cursor.
func (s *logScreen) selected() selection {
	l, ok := s.line()
	if !ok {
		return selection{}
	}
	src := s.source(l)
	return selection{ref: src.Pod, apiVersion: "v1", uid: src.UID, text: string(l.Text), what: "a line of " + src.Label}
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

// marked is the range that is marked: up to the cursor.
func (s *logScreen) marked() (from, to logs.Place) {
	l, _ := s.line()
	from, to = *s.mark, l.Place()
	if from.Compare(to) > 0 {
		from, to = to, from
	}
	return from, to
}

// holds is what unmark would do; "" for nothing.
func (s *logScreen) holds() string {
	switch {
	case s.mark != nil:
		return "unmark"
	case !s.lens.Filter.All():
		return "all lines"
	}
	return ""
}

// unmark is what esc does first: it ends a range, else lets go of what leaves
// lines out.
func (s *logScreen) unmark() bool {
	switch {
	case s.mark != nil:
		s.mark = nil
	case !s.lens.Filter.All():
		s.lens.Filter = logs.Query{}
		s.look()
	default:
		return false
	}
	return true
}

// ofNobody is said of the line about lines that were dropped.
const ofNobody = "no worker printed this line"

// chosen tells whether some workers are left out.
func (s *logScreen) chosen() bool { return s.alone != nil || s.without != nil }

// shows tells whether the lines of a worker are shown.
func (s *logScreen) shows(w teller) bool { return (s.alone == nil || s.alone[w]) && !s.without[w] }

// choose shows some workers alone, nil for all, and leaves some out.
func (s *logScreen) choose(alone, without map[teller]bool) {
	s.alone, s.without = alone, without
	s.look()
}

// solo shows the cursor's worker alone, or all again.
func (s *logScreen) solo() effect {
	if s.chosen() {
		s.choose(nil, nil)
		return say("all workers")
	}
	l, ok := s.line()
	switch {
	case !ok:
		return effect{}
	case l.Source < 0:
		return complain(ofNobody)
	}
	src := s.source(l)
	s.choose(map[teller]bool{tellerOf(src): true}, nil)
	return say(src.Label + " alone; o shows all again")
}

// hide leaves the cursor's worker out.
func (s *logScreen) hide() effect {
	l, ok := s.line()
	switch {
	case !ok:
		return effect{}
	case l.Source < 0:
		return complain(ofNobody)
	}
	src := s.source(l)
	without := maps.Clone(s.without)
	if without == nil {
		without = map[teller]bool{}
	}
	without[tellerOf(src)] = true
	s.choose(s.alone, without)
	return say(src.Label + " is left out; o shows all again")
}
