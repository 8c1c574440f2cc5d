package ui

import (
	"context"
	"errors"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"charm.land/huh/v2"
	"github.com/charmbracelet/x/ansi"

	"paddock/act"
	"paddock/fleet"
	"paddock/submit"
)

// Submits is what the screens ask of the running program to submit a job.
type Submits interface {
	// Choices are what the fields of a recipe complete from.
	Choices(ctx context.Context, team, serviceAccount string) (submit.Choices, error)
	// RecipeOf is the recipe of a job, and what a recipe can't say of it.
	RecipeOf(ctx context.Context, t act.Target) (r submit.Recipe, lost []string, err error)
	// Review finds out what would become of objects. Nothing is changed.
	Review(ctx context.Context, objects []submit.Object, recipe *submit.Recipe, team string, f *fleet.Fleet) (submit.Review, error)
	// Submit creates objects in their order, and stops at the first that fails.
	Submit(ctx context.Context, on fleet.Cluster, objects []submit.Object, recipe bool) []act.Outcome
	// FirstLine waits for the first line that a pod logs.
	FirstLine(ctx context.Context, pod fleet.Ref, container string) (string, error)
}

// form is the screen on which a job is put together.
type form struct {
	quiet
	draft   *draft
	form    *huh.Form
	choices submit.Choices
	asked   string // the team and service account that choices are asked for
	wrong   string // what is wrong with the lines

	width, height int // that the form was fitted into

	inputs    map[string]*huh.Input // that are typed into, by the field's name
	typedText string                // what was typed before it was completed
	cycled    string                // the line, and what was put into it
	next      int                   // of what is offered
}

func newForm(e *env, d *draft) *form {
	s := &form{draft: d}
	s.build(e)
	return s
}

// build makes the form anew of what the draft holds.
func (s *form) build(e *env) {
	var lines []huh.Field
	s.inputs = map[string]*huh.Input{}
	for _, f := range formFields() {
		label := fitLeft(f.name, 15)
		if f.options != nil {
			lines = append(lines, huh.NewSelect[string]().Key(f.name).Inline(true).Options(huh.NewOptions(f.options...)...).
				Value(s.draft.texts[f.name]).WithTheme(formTheme(label)))
			continue
		}
		in := huh.NewInput().Key(f.name).Title(label).Prompt(" ").Inline(true).Value(s.draft.texts[f.name])
		s.inputs[f.name] = in
		lines = append(lines, in)
	}
	// Lines are gone through here, at once: keys that come in a burst must not
	// fall into the line before.
	keys := huh.NewDefaultKeyMap()
	none := key.NewBinding(key.WithDisabled())
	keys.Quit = none
	keys.Input.Next, keys.Input.Submit, keys.Input.Prev = none, none, none
	keys.Select.Next, keys.Select.Submit, keys.Select.Prev, keys.Select.Filter = none, none, none, none
	keys.Select.Up, keys.Select.Down = none, none
	keys.Input.AcceptSuggestion.SetKeys("right")
	s.form = huh.NewForm(huh.NewGroup(lines...)).WithKeyMap(keys).WithShowHelp(false).WithShowErrors(false).WithTheme(formTheme(""))
	s.suggest(e)
}

// suggest tells the lines what they may be completed to. Lists, not huh's
// functions: those run beside the screens, which own what they would read.
func (s *form) suggest(e *env) {
	for _, f := range formFields() {
		if f.offers != nil {
			s.inputs[f.name].Suggestions(f.offers(e, s.choices))
		}
	}
}

func (s *form) name() string  { return "submit" }
func (s *form) crumb() string { return "Submit" }

func (s *form) note(*env) string {
	if s.draft.like != "" {
		return "like " + s.draft.like
	}
	return ""
}

// start begins the form.
func (s *form) start(e *env) tea.Cmd { return tea.Batch(s.form.Init(), s.ask(e)) }

// ask asks what the lines complete from, where the team or the service account is another one.
func (s *form) ask(e *env) tea.Cmd {
	team, account := strings.TrimSpace(*s.draft.texts["team"]), strings.TrimSpace(*s.draft.texts["serviceAccount"])
	of := team + "/" + account
	if team == "" || of == s.asked || !slices.ContainsFunc(e.fleet.Teams, func(t *fleet.Team) bool { return t.Name == team }) {
		return nil
	}
	s.asked = of
	parent, dash := e.ctx, e.dash
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(parent, readTimeout)
		defer cancel()
		c, _ := dash.Choices(ctx, team, account) // what can't be read is not offered; the review says why
		return choicesMsg{of, c}
	}
}

// choicesMsg is what the lines of a form complete from.
type choicesMsg struct {
	of      string // the team and service account
	choices submit.Choices
}

func (s *form) receive(e *env, msg tea.Msg) effect {
	if m, ok := msg.(choicesMsg); ok {
		if m.of == s.asked { // else they are of what stood there before
			s.choices = m.choices
			s.suggest(e)
		}
		return effect{}
	}
	return effect{cmd: s.update(e, msg)}
}

// update hands a message to the form; its last line leads to the review.
func (s *form) update(e *env, msg tea.Msg) tea.Cmd {
	next, cmd := s.form.Update(msg)
	s.form = next.(*huh.Form)
	return tea.Batch(cmd, s.ask(e))
}

// typed takes a key; all but a few go into the form.
func (s *form) typed(e *env, k tea.KeyPressMsg) effect {
	s.wrong = ""
	switch k.String() {
	case "esc":
		return effect{back: true, status: "the draft is kept: a opens it again"}
	case "ctrl+s":
		return s.review(e)
	case "ctrl+e":
		return s.edit(e)
	case "ctrl+n":
		return effect{cmd: s.offerNext(e)}
	case "enter", "tab", "down":
		if f := formFields(); s.focused() != f[len(f)-1].name {
			return effect{cmd: tea.Batch(s.form.NextField(), s.ask(e))}
		}
		if k.String() == "enter" {
			return s.review(e)
		}
		return effect{}
	case "shift+tab", "up":
		if s.focused() != formFields()[0].name {
			return effect{cmd: s.form.PrevField()}
		}
		return effect{}
	}
	return effect{cmd: s.update(e, k)}
}

// pasted takes pasted text.
func (s *form) pasted(e *env, text tea.PasteMsg) tea.Cmd { return s.update(e, text) }

// focused is the name of the line that is typed into.
func (s *form) focused() string { return s.form.GetFocusedField().GetKey() }

// review goes on to what would be sent.
func (s *form) review(e *env) effect {
	r, err := s.draft.recipe()
	if err == nil {
		err = r.Validate()
	}
	var objects []submit.Object
	if err == nil {
		objects, err = submit.Objects(r)
	}
	if err != nil {
		return s.blame(err)
	}
	v := newReview(objects, &r, r.Team)
	v.draft = s.draft
	return effect{push: v, cmd: v.ask(e)}
}

// edit opens the whole recipe in the editor.
func (s *form) edit(*env) effect {
	r, err := s.draft.recipe()
	if err != nil {
		return s.blame(err)
	}
	return effect{recipe: &r}
}

// blame goes to the first line that is wrong, and says what is wrong with it.
func (s *form) blame(err error) effect {
	said := strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' })
	fields := formFields()
	for i, f := range fields {
		at := slices.IndexFunc(said, func(l string) bool { return strings.HasPrefix(l, f.name+":") })
		if at < 0 {
			continue
		}
		s.wrong = said[at]
		here := slices.IndexFunc(fields, func(f formField) bool { return f.name == s.focused() })
		var cmds []tea.Cmd
		for ; here < i; here++ {
			cmds = append(cmds, s.form.NextField())
		}
		for ; here > i; here-- {
			cmds = append(cmds, s.form.PrevField())
		}
		return effect{cmd: tea.Batch(cmds...)}
	}
	s.wrong = strings.Join(said, "; ") + "; ctrl-e opens all of it"
	return effect{}
}

// offerNext puts what is offered next into the line.
func (s *form) offerNext(e *env) tea.Cmd {
	name := s.focused()
	found := s.offers(e)
	if len(found) == 0 {
		return nil
	}
	if s.cycled != name+"\x00"+*s.draft.texts[name] { // another text than the last one that was put in
		s.typedText, s.next = *s.draft.texts[name], 0
		found = s.offers(e)
	}
	*s.draft.texts[name] = found[s.next%len(found)]
	s.next++
	s.cycled = name + "\x00" + *s.draft.texts[name]
	s.inputs[name].Value(s.draft.texts[name])
	return s.update(e, nil)
}

// offers is what the line may be completed to: what has the typed text in it.
func (s *form) offers(e *env) []string {
	name := s.focused()
	at := slices.IndexFunc(formFields(), func(f formField) bool { return f.name == name })
	if at < 0 || formFields()[at].offers == nil {
		return nil
	}
	typed := *s.draft.texts[name]
	if s.cycled == name+"\x00"+typed {
		typed = s.typedText
	}
	typed = strings.ToLower(strings.TrimSpace(typed))
	var out []string
	for _, o := range formFields()[at].offers(e, s.choices) {
		if strings.Contains(strings.ToLower(o), typed) && o != *s.draft.texts[name] || s.cycled == name+"\x00"+o {
			out = append(out, o)
		}
	}
	return out
}

// The lines below the form: a blank one, what the line is for, what is offered.
const formTail = 3

// formHeight is how many lines of the form are seen: all of them where there is room.
func formHeight(height int) int { return min(max(height-formTail, 3), len(formFields())) }

func (s *form) arrange(_ *env, width, height int) {
	if width == s.width && height == s.height {
		return
	}
	s.width, s.height = width, height
	s.form = s.form.WithWidth(width - 4).WithHeight(formHeight(height))
}

func (s *form) draw(e *env, width, height int) []string {
	high := formHeight(height)
	var lines []string
	for _, l := range strings.Split(s.form.View(), "\n") {
		lines = append(lines, "   "+padded(l, width-3))
	}
	lines = fill(lines[:min(len(lines), high)], width, high)
	return fill(append(lines, spaces(width), s.hint(e, width), s.offered(e, width)), width, height)
}

// hint says what the line is for, or what is wrong.
func (s *form) hint(e *env, width int) string {
	if s.wrong != "" {
		return e.inset(width, span{s.wrong, toneBad})
	}
	for _, f := range formFields() {
		if f.name == s.focused() {
			return e.inset(width, strong(f.name), dim(after("  ", f.hint)))
		}
	}
	return spaces(width)
}

// offered lists what the line may be completed to.
func (s *form) offered(e *env, width int) string {
	found := s.offers(e)
	if len(found) == 0 {
		return spaces(width)
	}
	return e.inset(width, dim("ctrl-n: "), plain(strings.Join(found, "  ")))
}

// padded makes a styled line exactly width cells.
func padded(s string, width int) string {
	s = ansi.Truncate(s, width, "")
	return s + spaces(width-ansi.StringWidth(s))
}

func (s *form) keys(e *env) []binding {
	key := func(k, show, help string) binding {
		return binding{keys: []string{k}, show: show, help: help, footer: true, run: func() effect { return s.typed(e, tea.KeyPressMsg{}) }}
	}
	return []binding{
		key("ctrl+s", "ctrl-s", "check it"), key("ctrl+e", "ctrl-e", "all of it in $EDITOR"), key("tab", "tab ↓", "next line"),
		key("shift+tab", "shift-tab ↑", "line before"), key("right", "→", "take what is grey"), key("ctrl+n", "ctrl-n", "next offer"), key("esc", "", "leave, and keep the draft"),
	}
}

func (s *form) filter(*env, string) error { return errors.New("there is nothing to filter") }
func (s *form) selected() selection       { return selection{} }
