package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"paddock/act"
	"paddock/fleet"
	"paddock/submit"
)

// env is what a screen works with: the newest Fleet, the time, the look. The
// root model hands it to every method; a screen keeps none of it.
type env struct {
	*theme
	ctx     context.Context // ends what commands wait for
	fleet   *fleet.Fleet    // never nil; empty before the first one arrived
	now     time.Time
	dash    Dashboard
	opts    Options
	written func() int64 // bytes written to the terminal; nil when nobody counts
	vars    tea.EnvMsg   // the environment of the terminal's side

	allowed  map[act.Right]bool // what the user may do, as far as it was asked
	doing    map[string]doing   // changes under way, by the UID of their object
	forwards []*forward
	follow   follow // the job that was submitted last
}

// old tells whether what a source said may not hold any more, so that what is
// drawn from it must look old.
func (e *env) old(source string) bool {
	if source == "" {
		return false
	}
	h := e.fleet.Source(source).Health
	return h == fleet.Stale || h == fleet.Down
}

// absent tells whether a source is known to have nothing to say, so that its
// columns would be empty.
func (e *env) absent(source string) bool {
	if source == "" {
		return false
	}
	h := e.fleet.Source(source).Health
	return h == fleet.NotInstalled || h == fleet.Empty || h == fleet.Off
}

// readable tells whether a source has something to show: what it says now, or
// said before.
func (e *env) readable(source string) bool {
	h := e.fleet.Source(source).Health
	return h == fleet.Live || h == fleet.Stale
}

// screen is one place that one can be at. The root model calls refresh when
// the Fleet or the time changed, arrange when the size may have, and draw to
// draw: draw changes nothing. Screens embed quiet for what many don't need.
type screen interface {
	// name is the screen's word in `:` commands and in the help.
	name() string
	// crumb says where one is: "Jobs", "nlp/llm-sft-7b".
	crumb() string
	// note is the right side of the title: counts, sort order; "" for none.
	note(e *env) string
	// refresh takes over the newest Fleet.
	refresh(e *env)
	// arrange fits the screen into width x height cells.
	arrange(e *env, width, height int)
	// draw gives exactly height lines of exactly width cells.
	draw(e *env, width, height int) []string
	// keys are the bindings that hold here, the most useful first.
	keys(e *env) []binding
	// filter narrows the screen (a pager: searches); "" shows all. The error
	// is a sentence, and leaves the screen as it was.
	filter(e *env, text string) error
	// complete lists whole filters that text may become.
	complete(e *env, text string) []string
	// receive takes the answer of a command that this screen started.
	receive(e *env, msg tea.Msg) effect
	// selected is what describe, YAML and copy act on.
	selected() selection
	// reading is the object whose description the screen shows; the root reads
	// it when one stays there, and hands it over as a describedMsg.
	reading() selection
	// interest is what is on screen, for sources that are asked only for that.
	interest() fleet.Interest
}

// typist is a screen whose keys are typed into it; its bindings only tell.
type typist interface {
	typed(e *env, k tea.KeyPressMsg) effect
	pasted(e *env, text tea.PasteMsg) tea.Cmd
}

// quiet does nothing; screens embed it for what they have no use for.
type quiet struct{}

func (quiet) refresh(*env)                    {}
func (quiet) complete(*env, string) []string  { return nil }
func (quiet) receive(*env, tea.Msg) effect    { return effect{} }
func (quiet) reading() selection              { return selection{} }
func (quiet) interest() (none fleet.Interest) { return none }

// selection is the object under the cursor.
type selection struct {
	ref        fleet.Ref
	apiVersion string
	uid        string
	text       string // what copy takes; "" is the object's name
	what       string // what a long text is: "YAML of nlp/llm"
}

// ok is true when something is selected.
func (s selection) ok() bool { return s.ref.Name != "" }

// effect is what a key or a message asks of the root model. The zero effect
// asks nothing.
type effect struct {
	push    screen // go in
	home    screen // forget the way here, and start at this screen; with push, from there on
	back    bool   // go back
	quit    bool
	filter  string         // with push or home: the filter to start with
	status  string         // say this in the status line
	bad     bool           // status is an error
	dialog  *dialog        // ask this
	unmark  bool           // the marks have served
	forward *forward       // begin this
	recipe  *submit.Recipe // open this in the editor
	choose  *switcher      // open this list
	line    string         // begin the `:` line with this
	cmd     tea.Cmd        // run this; its message reaches every screen on the stack
}

// say is an effect that only speaks.
func say(text string) effect { return effect{status: text} }

// complain is an effect that only tells of an error.
func complain(text string) effect { return effect{status: text, bad: true} }

// open is an effect that goes in.
func open(s screen) effect { return effect{push: s} }
