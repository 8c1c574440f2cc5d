package ui

import (
	"context"
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
