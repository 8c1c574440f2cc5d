package ui

import (
	"context"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"paddock/act"
	"paddock/fleet"
)

// Changes is what the screens ask of the running program to change the cluster.
// The errors' texts are sentences for the operator.
type Changes interface {
	// Do carries changes out on the cluster that they were meant for, and
	// returns what came of each, in their order.
	Do(ctx context.Context, on fleet.Cluster, actions []act.Action) []act.Outcome
	// Allowed answers which of these rights the user has; what could not be
	// asked for is not in it.
	Allowed(ctx context.Context, rights []act.Right) (map[act.Right]bool, error)
	// Editable is an object's YAML for an editor. It hides nothing.
	Editable(ctx context.Context, t act.Target) (string, error)
	// Masked is YAML as it may be shown: what looks secret is hidden.
	Masked(text string) (string, error)
}

// way is one way to make a change; a dialog offers several.
type way struct {
	name string
	plan func() act.Plan
}

// doing is a change under way: its row says so until the watch shows what came
// of it.
type doing struct {
	action act.Action
	unsure bool      // nobody knows whether it was done
	until  time.Time // when the row stops saying so, whatever the watch shows; zero while no answer has come
}

// shownWithin is how long after its answer the watch may take to show a change.
const shownWithin = 2 * time.Minute

// doneMsg is what came of changes.
type doneMsg struct {
	outcomes []act.Outcome
	refused  []*act.Refusal
	after    func(e *env, m doneMsg) effect // what to do then; nil for a report
}

// readOnly tells whether nothing may be changed from here.
func (e *env) readOnly() bool { return e.opts.ReadOnly || e.fleet.Cluster.ReadOnly }

// doingWord is what a row says of a change under way; "" for none.
func (e *env) doingWord(uid string) string {
	if d, ok := e.doing[uid]; ok {
		return d.action.Doing() + " ..."
	}
	return ""
}

// unanswered is how many changes have no answer yet.
func (e *env) unanswered() int {
	n := 0
	for _, d := range e.doing {
		if d.until.IsZero() {
			n++
		}
	}
	return n
}

// settle forgets the changes that the Fleet shows by now. It says of which
// nobody knew whether they were done, and they were.
func (e *env) settle() (news string) {
	for uid, d := range e.doing {
		shown := d.action.Shown(e.fleet)
		if shown && d.unsure {
			news = d.action.Title() + ": it was done after all"
		}
		if !d.until.IsZero() && (shown || e.now.After(d.until)) {
			delete(e.doing, uid)
		}
	}
	return news
}

// asking is a change that a key asks for, before it is answered.
type asking struct {
	word  string        // for the button: "evict"
	names []string      // of the objects that it is about
	lines []*dialogLine // to be typed into
	ways  []way
	guard func() act.Plan // whose name guards a protected context; nil: the first way's
}

// about is the plan whose name is typed in a protected context.
func (a asking) about(first act.Plan) act.Plan {
	if a.guard != nil {
		return a.guard()
	}
	return first
}

// ask opens the dialog of a change, or says why there is none to make.
func (a asking) ask(e *env) effect {
	on := e.fleet.Cluster
	d := &dialog{word: a.word, lines: a.lines}
	for _, w := range a.ways {
		d.ways = append(d.ways, w.name)
	}
	plan := func(e *env) act.Plan { return a.ways[d.way].plan().Permit(e.allowed) }
	if first := plan(e); len(a.lines) == 0 && len(first.Actions) == 0 && len(a.ways) == 1 {
		return refusal(a.word, first)
	}
	d.guard(e, a.about(plan(e)))
	d.title = func() string {
		if p := plan(e); len(p.Actions) > 0 {
			return sentenceCase(p.Title()) + "?"
		}
		return sentenceCase(a.word) + " " + a.what()
	}
	d.says = func(e *env, width int) []pageLine { return planPage(e, plan(e), width) }
	d.check = func(e *env) string {
		p := plan(e)
		if p.Gone(e.fleet) {
			return "it is gone, or another one has its name"
		}
		return nothingIn(p)
	}
	d.needs = func(e *env) []act.Right { return plan(e).Needs() }
	d.yes = func(e *env) effect {
		do := e.do(on, plan(e), nil)
		do.unmark = true // what was marked is on its way
		return do
	}
	return effect{dialog: d}
}

// what is what it is about: its name, or how many.
func (a asking) what() string {
	if len(a.names) == 1 {
		return a.names[0]
	}
	return count(len(a.names)) + " of them"
}

// nothingIn says why a plan has nothing to do; "" when it has.
func nothingIn(p act.Plan) string {
	switch {
	case len(p.Actions) > 0:
		return ""
	case len(p.Refused) > 0:
		return p.Refused[0].Why
	}
	return "there is nothing to do"
}

// refusal says why a plan has nothing to do.
func refusal(word string, p act.Plan) effect {
	switch len(p.Refused) {
	case 0:
		return complain(word + ": there is nothing to do")
	case 1:
		return complain(p.Refused[0].Error())
	}
	return effect{dialog: report(word+": nothing can be done", refusals(p.Refused))}
}

func refusals(all []*act.Refusal) []string {
	out := make([]string, len(all))
	for i, r := range all {
		out[i] = r.Error()
	}
	return out
}

// planPage is what a plan means: what it costs, what it is done to, and what
// is refused.
func planPage(e *env, p act.Plan, width int) []pageLine {
	cost, objects := p.Cost(e.fleet, e.now), p.Objects()
	var page []pageLine
	if len(p.Actions) > 1 {
		page = append(page, hanging([]span{plain("   "), strong(count(len(p.Actions)) + ": ")}, strings.Join(objects, "; "), toneText, width-2)...)
		page = append(page, newPageLine())
	}
	if len(objects) > 1 && cost.GPUHours > 0 {
		page = append(page, sentences(width, "  ", toneText, fmt.Sprintf("in all: %s are let go, %.0f GPU-hours were worked since the start", plural(cost.GPUs, "GPU"), cost.GPUHours))...)
	}
	page = append(page, sentences(width, "- ", toneText, cost.Says...)...)
	switch {
	case len(p.Actions) == 0 && len(p.Refused) == 1:
		page = append(page, sentences(width, "- ", toneText, p.Refused[0].Why)...)
	case len(p.Refused) > 0:
		page = append(page, newPageLine(), newPageLine(plain("   "), span{count(len(p.Refused)) + " refused:", toneWarn}))
		page = append(page, sentences(width, e.glyphs.states[fleet.Failing]+" ", toneBad, refusals(p.Refused)...)...)
	}
	return page
}

// do carries a plan out. Its rows say so until the watch shows it.
func (e *env) do(on fleet.Cluster, p act.Plan, after func(*env, doneMsg) effect) effect {
	for _, a := range p.Actions {
		e.doing[a.Target.UID] = doing{action: a}
	}
	ctx, dash := e.ctx, e.dash
	return effect{status: p.Title() + " ...", cmd: func() tea.Msg {
		return doneMsg{dash.Do(ctx, on, p.Actions), p.Refused, after}
	}}
}

// done takes the answers of the server.
func (m *Model) done(msg doneMsg) tea.Cmd {
	e := &m.env
	for _, o := range msg.outcomes {
		uid := o.Action.Target.UID
		if d, ok := e.doing[uid]; ok {
			d.until, d.unsure = e.opts.Now().Add(shownWithin), o.Result == act.Unknown
			e.doing[uid] = d
		}
		if o.Result == act.Unchanged || o.Result == act.Done && o.Action.Shown(e.fleet) {
			delete(e.doing, uid)
		}
		switch o.Action.Change.(type) {
		case act.Edit, act.Restart: // nothing to be seen but the answer
			delete(e.doing, uid)
		}
	}
	m.refresh()
	if msg.after != nil {
		return m.enter(msg.after(e, msg))
	}
	return m.enter(reported(msg))
}

// reported says what came of changes: one in the status line, of several that
// did not all go well each in a dialog.
func reported(msg doneMsg) effect {
	lines := act.Report(msg.outcomes, msg.refused)
	bad := len(lines) > 1
	if len(msg.outcomes) == 1 && len(msg.refused) == 0 {
		o := msg.outcomes[0]
		bad = o.Result != act.Done
		says := []string{o.Says}
		if o.Hint != "" {
			says = append(says, o.Hint)
		}
		if bad {
			return effect{dialog: report(o.Action.Title()+": "+resultWord(o.Result), says)}
		}
		return say(o.Says)
	}
	if bad {
		return effect{dialog: report(lines[0], lines[1:])}
	}
	return say(lines[0])
}

// resultWord is how an attempt ended, for people.
func resultWord(r act.Result) string {
	switch r {
	case act.Half:
		return "only a part was done"
	case act.Unknown:
		return "unknown whether it was done"
	case act.Done:
		return "done"
	}
	return "refused"
}

// report is a dialog that only tells.
func report(title string, lines []string) *dialog {
	return &dialog{
		title: func() string { return sentenceCase(title) },
		says:  func(_ *env, width int) []pageLine { return sentences(width, "- ", toneText, lines...) },
	}
}

// sentenceCase begins a sentence with a capital, where that is a Latin letter.
func sentenceCase(s string) string {
	if s != "" && 'a' <= s[0] && s[0] <= 'z' {
		return string(s[0]-'a'+'A') + s[1:]
	}
	return s
}
