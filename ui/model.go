package ui

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"paddock/fleet"
)

// mode is what keys mean now; it is asked first, before any binding.
type mode uint8

const (
	modeNormal  mode = iota // keys are bindings
	modeFilter              // keys go into the filter line
	modeCommand             // keys go into the `:` line
	modeSwitch              // the list of contexts or namespaces is open
	modeDialog              // a question is open
)

// place is a screen on the stack, with its filter.
type place struct {
	screen screen
	filter string
	given  string // the filter that it was opened with
}

// Model is the root: the only tea.Model of the program.
type Model struct {
	env  env
	mode mode

	width, height int
	frame         frame
	stack         []place // never empty; the last one is shown

	filterLine  prompt
	commandLine prompt
	lineError   string // what is wrong with what is being typed
	before      string // the filter that was there when its line was opened
	switcher    *switcher
	dialog      *dialog

	asked       map[string]time.Time // namespaces whose rights were asked for, and when
	settling    map[string]bool      // namespaces that the cursor may settle in
	lastForward int
	draft       *draft // of a job to be submitted; nil when there is none

	read   selection // what the screen wanted described when it was last asked
	opened bool      // the screen was opened by this message

	looked fleet.Interest // what the program was last told is on screen

	status    string // the last thing said, until the next key
	statusBad bool
}

// fleetMsg is the newest Fleet.
type fleetMsg struct{ fleet *fleet.Fleet }

// minuteMsg comes at every full minute: ages and the clock change then.
type minuteMsg struct{}

// New makes the model. ctx ends what its commands wait for.
func New(ctx context.Context, d Dashboard, o Options) *Model {
	if o.Now == nil {
		o.Now = time.Now
	}
	m := &Model{env: env{
		ctx: ctx, theme: newTheme(o.ASCII), fleet: &fleet.Fleet{}, now: o.Now(), dash: d, opts: o,
	}}
	m.forgetPermits()
	m.enter(effect{home: newJobs(&m.env), filter: o.Filter})
	if o.Screen != "" {
		m.enter(m.command(o.Screen + " " + o.Filter))
	}
	return m
}

// Init waits for the first Fleet and the first full minute, and measures the terminal.
func (m *Model) Init() tea.Cmd { return tea.Batch(m.waitFleet(), m.waitMinute(), waitProbe()) }

// waitFleet is the command that waits for the next Fleet; it is given anew
// after each one.
func (m *Model) waitFleet() tea.Cmd {
	updates, done := m.env.dash.Updates(), m.env.ctx.Done()
	return func() tea.Msg {
		select {
		case f := <-updates:
			return fleetMsg{f}
		case <-done:
			return nil
		}
	}
}

// waitMinute waits for the next full minute.
func (m *Model) waitMinute() tea.Cmd {
	now := m.env.opts.Now()
	wait := now.Truncate(time.Minute).Add(time.Minute).Sub(now)
	return tea.Tick(wait, func(time.Time) tea.Msg { return minuteMsg{} })
}

// Update takes a message. What it changes is drawn by View.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case fleetMsg:
		m.env.fleet = msg.fleet
		m.env.now = m.env.opts.Now()
		if news := m.env.settle(); news != "" {
			m.status, m.statusBad = news, false
		}
		m.refresh()
		cmd = tea.Batch(m.waitFleet(), m.followNew())
	case minuteMsg:
		m.env.now = m.env.opts.Now()
		m.refresh()
		cmd = tea.Batch(m.waitMinute(), m.readAgain())
	case settledMsg:
		if msg.of == m.read {
			cmd = m.readAgain()
		}
	case tea.WindowSizeMsg:
		if m.mode == modeDialog && (m.width != msg.Width || m.height != msg.Height) { // nobody may have seen it before
			m.dialog.quiet = m.env.opts.Now().Add(graceTime)
		}
		m.width, m.height = msg.Width, msg.Height
	case tea.EnvMsg:
		m.env.vars = msg
		if !speaksUnicode(msg) {
			m.env.theme = newTheme(true)
		}
	case probeMsg:
		cmd = m.probe()
	case tea.CursorPositionMsg:
		cmd = m.measured(msg)
	case tea.MouseWheelMsg:
		cmd = m.wheel(msg)
	case tea.KeyPressMsg:
		cmd = m.key(msg)
	case tea.PasteMsg:
		cmd = m.paste(msg.Content)
	default:
		cmd = m.deliver(msg)
	}
	m.arrange()
	return m, tea.Batch(cmd, m.readNext(), m.askPermits())
}

// refresh hands the newest Fleet to every screen on the stack, so that going
// back shows it at once.
func (m *Model) refresh() {
	for _, p := range m.stack {
		p.screen.refresh(&m.env)
	}
}

// deliver hands the answer of a command to the screens.
func (m *Model) deliver(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case statusMsg:
		m.status, m.statusBad = msg.text, msg.bad
		return nil
	case yamlMsg:
		m.showYAML(msg)
		return nil
	case nearMsg:
		return m.settledNear(msg)
	case permitsMsg:
		m.permitted(msg)
		return nil
	case doneMsg:
		return m.done(msg)
	case editableMsg:
		return m.editable(msg)
	case editedMsg:
		return m.edited(msg)
	case sentMsg:
		return m.sent(msg)
	case recipeMsg:
		return m.recipeRead(msg)
	case recipeEditedMsg:
		return m.recipeEdited(msg)
	case firstLineMsg:
		m.firstLine(msg)
		return nil
	case shellMsg:
		return m.shellEnded(msg)
	case forwardMsg:
		return m.forwarded(msg)
	case dumpedMsg:
		return m.page(msg)
	case pagedMsg:
		return m.paged(msg)
	}
	var cmds []tea.Cmd
	for _, p := range m.stack {
		cmds = append(cmds, m.enter(p.screen.receive(&m.env, msg)))
	}
	return tea.Batch(cmds...)
}

// arrange fits the frame and the screen into the terminal, and tells what is
// on screen.
func (m *Model) arrange() {
	m.frame = frameOf(m.width, m.height)
	if m.frame.small {
		return
	}
	body := m.frame.body
	m.top().screen.arrange(&m.env, body.w, body.h)
	if m.mode == modeDialog {
		m.dialog.arrange(&m.env, body.w, body.h)
	}
	if look := m.top().screen.interest(); !slices.Equal(look.Pods, m.looked.Pods) || !slices.Equal(look.Nodes, m.looked.Nodes) || !slices.Equal(look.Jobs, m.looked.Jobs) {
		m.looked = look
		m.env.dash.Look(look)
	}
}

// top is the place that is shown.
func (m *Model) top() *place { return &m.stack[len(m.stack)-1] }

// enter does what an effect asks, and returns its command.
func (m *Model) enter(do effect) tea.Cmd {
	if do.status != "" {
		m.status, m.statusBad = do.status, do.bad
	}
	if do.bad && m.width > 0 && cells(do.status)+2 > m.width && m.mode == modeNormal { // what is to be done about it stands at the end
		m.status = ""
		do.dialog = report("this can't be done now", []string{do.status})
	}
	if do.dialog != nil {
		do.cmd = tea.Batch(do.cmd, m.openDialog(do.dialog))
	}
	if do.unmark {
		if s, ok := m.top().screen.(interface{ unmark() bool }); ok {
			s.unmark()
		}
	}
	if do.recipe != nil {
		do.cmd = tea.Batch(do.cmd, m.editDraft(*do.recipe))
	}
	if do.choose != nil && m.mode == modeNormal {
		m.openSwitcher(do.choose)
	}
	if do.line != "" {
		m.openCommand()
		m.commandLine.set(do.line)
	}
	if do.forward != nil {
		do.cmd = tea.Batch(do.cmd, m.startForward(do.forward))
	}
	switch {
	case do.quit:
		return m.quit()
	case do.home != nil && do.push != nil:
		m.drop(0)
		m.show(do.home, "")
		m.show(do.push, do.filter)
	case do.home != nil:
		m.drop(0)
		m.show(do.home, do.filter)
	case do.push != nil:
		m.hold()
		m.show(do.push, do.filter)
	case do.back && len(m.stack) > 1:
		m.drop(len(m.stack) - 1)
	}
	return do.cmd
}

// drop takes the screens above the lowest so many off the stack.
func (m *Model) drop(keep int) {
	for _, p := range m.stack[keep:] {
		if s, ok := p.screen.(interface{ leave() }); ok {
			s.leave()
		}
	}
	m.stack = m.stack[:keep]
}

// show puts a screen on the stack.
func (m *Model) show(s screen, filter string) {
	m.stack = append(m.stack, place{screen: s})
	m.read, m.opened = selection{}, true
	s.refresh(&m.env)
	m.narrow(filter)
	m.top().given = m.top().filter
}

// hold keeps the cursor of the screen that one leaves on its row, so that one
// comes back to it.
func (m *Model) hold() {
	if s, ok := m.top().screen.(interface{ hold() }); ok {
		s.hold()
	}
}

// narrow sets the filter of the screen that is shown.
func (m *Model) narrow(text string) {
	m.lineError = ""
	if err := m.top().screen.filter(&m.env, text); err != nil {
		m.lineError = err.Error()
		return
	}
	m.top().filter = text
}

// statusMsg is what a command has to say in the status line.
type statusMsg struct {
	text string
	bad  bool
}
