package ui

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"paddock/act"
	"paddock/fleet"
	"paddock/submit"
)

// review is the screen before a submit: what would go wrong, and the whole YAML.
type review struct {
	*pager
	objects []submit.Object
	recipe  *submit.Recipe // nil for manifests
	team    string
	draft   *draft // nil for manifests
	told    *submit.Review
	err     error
	wide    int
}

// reviewMsg is what was found out about objects.
type reviewMsg struct {
	of     *review
	review submit.Review
	err    error
}

func newReview(objects []submit.Object, recipe *submit.Recipe, team string) *review {
	return &review{pager: newPager("Review", nil), objects: objects, recipe: recipe, team: team}
}

func (s *review) name() string { return "review" }

// ask is the command that finds out what would become of the objects.
func (s *review) ask(e *env) tea.Cmd {
	parent, dash, f := e.ctx, e.dash, e.fleet
	return func() tea.Msg {
		r, err := dash.Review(parent, s.objects, s.recipe, s.team, f)
		return reviewMsg{s, r, err}
	}
}

func (s *review) receive(e *env, msg tea.Msg) effect {
	if m, ok := msg.(reviewMsg); ok && m.of == s {
		s.told, s.err = nil, m.err
		if m.err == nil {
			s.told = &m.review
		}
		s.write(e)
	}
	return effect{}
}

func (s *review) arrange(e *env, width, height int) {
	if width != s.wide {
		s.wide = width
		s.write(e)
	}
	s.pager.arrange(e, width, height)
}

// write makes the page: problems, worst first, then the YAML.
func (s *review) write(e *env) {
	switch {
	case s.err != nil:
		s.set(sentences(s.wide, "- ", toneBad, s.err.Error()))
		return
	case s.told == nil:
		s.set([]pageLine{newPageLine(dim("   asking the cluster: what it leans on, quota, room, and a dry run ..."))})
		return
	}
	page := problemLines(e, s.told.Problems, s.wide)
	if len(s.told.Problems) == 0 {
		page = append(page, newPageLine(plain("   "), span{"Nothing stands against it; the server would take it.", toneGood}))
	}
	page = append(page, newPageLine(), newPageLine(span{" What is sent", toneTitle}))
	for _, l := range yamlPage(s.told.YAML) {
		page = append(page, newPageLine(append([]span{plain("   ")}, l.spans...)...))
	}
	s.pager.of = selection{ref: fleet.Ref{Name: "review"}, what: "the review"}
	s.set(page)
}

// problemLines are problems, each with what to do about it.
func problemLines(e *env, all []submit.Problem, width int) []pageLine {
	var page []pageLine
	for _, p := range all {
		glyph, t := "-", toneDim
		switch p.Severity {
		case submit.Error:
			glyph, t = e.glyphs.states[fleet.Failing], toneBad
		case submit.Warning:
			glyph, t = "!", toneWarn
		}
		page = append(page, hanging([]span{plain(" "), {glyph, t}, plain(" "), {fitLeft(string(p.Severity), 8), t}}, p.Says, toneText, width-2)...)
		if p.Do != "" {
			page = append(page, hanging([]span{plain(spaces(11)), dim("-> ")}, p.Do, toneDim, width-2)...)
		}
	}
	return page
}

func (s *review) note(e *env) string {
	if s.told == nil {
		return ""
	}
	return problemCount(s.told.Problems)
}

// problemCount counts problems by their severity.
func problemCount(all []submit.Problem) string {
	n := map[submit.Severity]int{}
	for _, p := range all {
		n[p.Severity]++
	}
	if len(all) == 0 {
		return "no problems"
	}
	return plural(n[submit.Error], "error") + ", " + plural(n[submit.Warning], "warning") + ", " + plural(n[submit.Hint], "hint")
}

func (s *review) keys(e *env) []binding {
	own := []binding{
		{keys: []string{"ctrl+s"}, show: "ctrl-s", help: "submit", long: "submit it, after a question", footer: true, disabled: s.unready, run: func() effect { return s.send(e) }},
		{keys: []string{"ctrl+r"}, show: "ctrl-r", help: "check again", run: func() effect {
			s.told = nil
			s.write(e)
			return effect{cmd: s.ask(e)}
		}},
	}
	if s.recipe != nil {
		own = append(own, binding{keys: []string{"e"}, help: "edit", long: "edit the recipe in $EDITOR", footer: true, run: func() effect { return effect{recipe: s.recipe} }})
	}
	return append(own, s.pager.keys(e)...)
}

// unready says why it can't be sent yet.
func (s *review) unready() string {
	switch {
	case s.err != nil:
		return s.err.Error()
	case s.told == nil:
		return "the cluster has not answered yet"
	}
	return ""
}

// overruleWord is typed to submit in spite of errors.
const overruleWord = "anyway"

// send asks whether it shall be sent. Errors stop it, unless a word overrules them.
func (s *review) send(e *env) effect {
	on, told := e.fleet.Cluster, s.told
	grave := slices.DeleteFunc(slices.Clone(told.Problems), func(p submit.Problem) bool { return p.Severity == submit.Hint })
	d := &dialog{
		title: func() string { return "Submit " + objectWords(told.Objects) + "?" },
		word:  "submit",
		says: func(e *env, width int) []pageLine {
			if len(grave) == 0 {
				return sentences(width, "- ", toneText, "nothing stands against it; the server would take it")
			}
			return problemLines(e, grave, width)
		},
		yes: func(e *env) effect { return s.submit(e, on, told.Objects) },
	}
	if submit.Worst(told.Problems) == submit.Error {
		d.lines = append(d.lines, &dialogLine{label: "there are errors: to overrule them type " + overruleWord, wanted: overruleWord})
	}
	d.guard(e, created(told.Objects))
	return effect{dialog: d}
}

// objectWords names what is sent: "Service and Job nlp/bert", "3 objects".
func objectWords(objects []submit.Object) string {
	if len(objects) == 2 && objects[0].Ref().Name == objects[1].Ref().Name {
		return objects[0].Ref().Kind + " and " + objects[1].Ref().Kind + " " + objects[1].Ref().String()
	}
	if len(objects) == 1 {
		return objects[0].Ref().Kind + " " + objects[0].Ref().String()
	}
	return plural(len(objects), "object")
}

// created is a submit as a plan: the last object is what it is about.
func created(objects []submit.Object) act.Plan {
	last := objects[len(objects)-1]
	return act.Plan{Actions: []act.Action{{Target: act.Target{Ref: last.Ref(), APIVersion: last.APIVersion()}, Change: act.Create{}}}}
}

// sentMsg is what came of a submit.
type sentMsg struct {
	on       fleet.Cluster
	outcomes []act.Outcome
	draft    *draft
}

func (s *review) submit(e *env, on fleet.Cluster, objects []submit.Object) effect {
	ctx, dash := e.ctx, e.dash
	return effect{status: "submitting " + objectWords(objects) + " ...", cmd: func() tea.Msg {
		return sentMsg{on, dash.Submit(ctx, on, objects, s.recipe != nil), s.draft}
	}}
}

// sent goes to the new job; where a part failed it names what was created, and
// offers to take it back.
func (m *Model) sent(msg sentMsg) tea.Cmd {
	if len(msg.outcomes) == 0 {
		return nil // there was nothing to send
	}
	last := msg.outcomes[len(msg.outcomes)-1]
	if last.Result != act.Done {
		return m.enter(m.env.halfSent(msg))
	}
	if msg.draft != nil {
		m.draft = nil
	}
	for _, o := range slices.Backward(msg.outcomes) {
		if t := o.Action.Target; t.Ref.Kind == "Job" {
			if stop := m.env.follow.stop; stop != nil {
				stop()
			}
			m.env.follow = follow{uid: t.UID}
			return m.enter(effect{home: newJobs(&m.env), push: newJob(&m.env, t.Ref), status: submitted(msg.outcomes)})
		}
	}
	return m.enter(effect{home: newJobs(&m.env), status: submitted(msg.outcomes)})
}

// submitted says what was created, and what of it did not go to plan.
func submitted(outcomes []act.Outcome) string {
	if len(outcomes) > 2 {
		return plural(len(outcomes), "object") + " created"
	}
	return outcomes[len(outcomes)-1].Says
}

// halfSent tells of a submit of which a part failed.
func (e *env) halfSent(msg sentMsg) effect {
	failed := msg.outcomes[len(msg.outcomes)-1]
	says := []string{failed.Action.Title() + ": " + failed.Says}
	if failed.Hint != "" {
		says = append(says, failed.Hint)
	}
	back := act.TakeBack(msg.outcomes)
	d := report("the submit failed", nil)
	if n := len(back.Actions); n > 0 {
		d = report(fmt.Sprintf("only a part was submitted: %s", plural(n, "object")+" created"), nil)
		for _, a := range slices.Backward(back.Actions) {
			says = append(says, "created: "+a.Target.String())
		}
		d.extra = []binding{{keys: []string{"u"}, help: "take it back", run: func() effect {
			return e.do(msg.on, back, func(_ *env, m doneMsg) effect { return reported(m) })
		}}}
	}
	d.says = func(_ *env, width int) []pageLine { return sentences(width, "- ", toneText, says...) }
	return effect{dialog: d}
}
