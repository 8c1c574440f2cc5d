package ui

import (
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"paddock/act"
)

// graceTime is how long a dialog that has just opened swallows keys: those
// that were on their way when it came must not answer it. Each swallowed key
// lets it wait anew, so that a key that is held down never answers.
const graceTime = 350 * time.Millisecond

// dialog asks before something is done. It stands in the place of the screen;
// its answer is No until somebody says otherwise.
type dialog struct {
	title func() string
	says  func(e *env, width int) []pageLine // what it means
	word  string                             // for doing it: "evict"
	ways  []string                           // to do it, when there are several; tab goes on
	way   int
	lines []*dialogLine
	// check says why it can't be done as it stands now; "" when it can.
	check func(e *env) string
	yes   func(e *env) effect
	no    func() effect            // what leaving it does; nil: nothing was done
	needs func(e *env) []act.Right // that are asked for while it is open; nil for none
	extra []binding                // more keys, while no line is typed into

	focus int  // the line that is typed into; len(lines): the answer
	agree bool // the cursor is on Yes
	quiet time.Time
	wrong string // why the last key did nothing
	body  *pager
}

// dialogLine is a line that is typed into.
type dialogLine struct {
	label  string
	wanted string // what must be typed, letter by letter; "" for anything
	input  prompt
}

// typedRight tells whether a line holds what must be typed.
func (l *dialogLine) typedRight() bool { return l.wanted == "" || l.input.value() == l.wanted }

// open begins the dialog.
func (d *dialog) open(now time.Time) {
	d.quiet = now.Add(graceTime)
	d.body = newPager("", nil)
	for _, l := range d.lines {
		if l.input.sign == "" {
			l.input.start(" ", l.input.value())
		}
	}
}

// typing is the line that is typed into; nil when keys answer.
func (d *dialog) typing() *dialogLine {
	if d.focus < len(d.lines) {
		return d.lines[d.focus]
	}
	return nil
}

// answers tells whether there is anything to say yes to.
func (d *dialog) answers() bool { return d.yes != nil }

// barred says why it can't be done now; "" when it can.
func (d *dialog) barred(e *env) string {
	for _, l := range d.lines {
		if !l.typedRight() {
			return "type " + l.wanted + " to go on"
		}
	}
	if d.check != nil {
		return d.check(e)
	}
	return ""
}

// The lines of a dialog around its text: title and a blank line above it.
const dialogHead = 2

// arrange fits the dialog, and writes its text anew: what it means changes
// while one thinks about it.
func (d *dialog) arrange(e *env, width, height int) {
	d.body.set(d.says(e, width))
	d.body.arrange(e, width, max(height-dialogHead-d.tail(), 1))
}

// tail is the lines below the text.
func (d *dialog) tail() int {
	n := len(d.lines)
	if len(d.ways) > 1 {
		n++
	}
	if d.answers() {
		n++
	}
	if n > 1 && d.answers() {
		n++ // a blank line above the answer
	}
	return n + 1 // and above all of it
}

// draw draws the dialog into exactly height lines.
func (d *dialog) draw(e *env, width, height int) []string {
	banner := []span{dim("on "), {e.fleet.Cluster.Context, toneStrong}}
	if e.fleet.Cluster.Protected {
		banner = append(banner, plain(" "), span{" PROTECTED ", toneGuard})
	}
	lines := []string{e.split(width, []span{plain(" "), {d.title(), toneTitle}}, append(banner, plain(" "))), spaces(width)}
	high := min(len(d.body.lines)+d.wrappedMore(width), max(height-dialogHead-d.tail(), 1))
	lines = append(lines, d.body.draw(e, width, high)...)
	lines = append(lines, spaces(width))
	if len(d.ways) > 1 {
		lines = append(lines, e.line(width, d.wayLine()...))
	}
	for i, l := range d.lines {
		lines = append(lines, d.inputLine(e, l, i == d.focus, width))
	}
	if d.answers() {
		if len(d.ways) > 1 || len(d.lines) > 0 {
			lines = append(lines, spaces(width))
		}
		lines = append(lines, e.line(width, d.answerLine()...))
	}
	return fill(lines, width, height)
}

// wrappedMore is how many rows the text has beyond its lines.
func (d *dialog) wrappedMore(width int) int {
	n := 0
	for i := range d.body.lines {
		n += d.body.lines[i].rows(width) - 1
	}
	return n
}

func (d *dialog) wayLine() []span {
	out := []span{plain("   "), dim("how  ")}
	for i, w := range d.ways {
		if i == d.way {
			out = append(out, span{" " + w + " ", toneCursor})
		} else {
			out = append(out, dim(" "+w+" "))
		}
	}
	return append(out, dim("   tab changes"))
}

func (d *dialog) inputLine(e *env, l *dialogLine, here bool, width int) string {
	label := "   " + l.label + " "
	text, _ := l.input.draw(max(width-cells(label)-2, 4))
	tone := toneText
	switch {
	case here:
		tone = toneStrong
	case !l.typedRight():
		tone = toneBad
	}
	sign := span{">", toneAccent}
	if !here {
		sign = plain(" ")
	}
	return e.line(width, dim(label), sign, span{text, tone})
}

func (d *dialog) answerLine() []span {
	button := func(word string, on bool) span {
		if on && d.typing() == nil {
			return span{" " + word + " ", toneCursor}
		}
		return dim(" " + word + " ")
	}
	out := []span{plain("   "), button("No", !d.agree), plain("  "), button("Yes, "+d.word, d.agree)}
	if d.wrong != "" {
		out = append(out, plain("   "), span{d.wrong, toneBad})
	}
	return out
}

// cursor is where the cursor of the line stands that is typed into.
func (d *dialog) cursor(width, height int) (x, y int, ok bool) {
	l := d.typing()
	if l == nil {
		return 0, 0, false
	}
	label := "   " + l.label + " "
	_, at := l.input.draw(max(width-cells(label)-2, 4))
	high := min(len(d.body.lines)+d.wrappedMore(width), max(height-dialogHead-d.tail(), 1))
	y = dialogHead + high + 1 + d.focus
	if len(d.ways) > 1 {
		y++
	}
	return cells(label) + 1 + at, y, y < height
}

// hints are the dialog's keys for the footer.
func (d *dialog) hints(width int) []span {
	key := func(rank int, k, what string) piece { return part(rank, span{k, toneAccent}, plain(" "+what)) }
	var out []piece
	switch {
	case !d.answers():
		out = append(out, key(0, "esc", "close"))
	case d.typing() != nil:
		out = append(out, key(0, "enter", "go on"), key(0, "esc", "leave"))
	default:
		out = append(out, key(0, "y", d.word), key(0, "n", "leave"), key(1, "←→", "choose"), key(1, "enter", "answer"))
	}
	for _, b := range d.extra {
		if d.typing() == nil {
			out = append(out, key(1, b.shown(), b.help))
		}
	}
	if len(d.ways) > 1 {
		out = append(out, key(1, "tab", "how"))
	}
	if d.body.height < len(d.body.lines) {
		out = append(out, key(1, "PgDn", "more"))
	}
	return append([]span{plain(" ")}, pack(width-2, out...)...)
}

// dialogKey gives a key to the open dialog.
func (m *Model) dialogKey(k tea.KeyPressMsg) tea.Cmd {
	d := m.dialog
	if now := m.env.opts.Now(); now.Before(d.quiet) {
		d.quiet = now.Add(graceTime)
		return nil
	}
	d.wrong = ""
	switch k.String() {
	case "esc":
		return m.leaveDialog()
	case "tab":
		if len(d.ways) > 1 {
			d.way = (d.way + 1) % len(d.ways)
			return nil
		}
	case "pgup":
		d.body.scroll(-max(d.body.height-1, 1))
		return nil
	case "pgdown":
		d.body.scroll(max(d.body.height-1, 1))
		return nil
	}
	if l := d.typing(); l != nil {
		return m.dialogTyped(l, k)
	}
	return m.dialogAnswered(k)
}

// dialogTyped gives a key to the line that is typed into.
func (m *Model) dialogTyped(l *dialogLine, k tea.KeyPressMsg) tea.Cmd {
	d := m.dialog
	switch k.String() {
	case "enter":
		if !l.typedRight() {
			d.wrong = "this is not " + l.wanted
			return nil
		}
		if d.focus++; d.focus == len(d.lines) && l.wanted != "" { // typing a name is an answer
			return m.agree()
		}
	case "up":
		d.focus = max(d.focus-1, 0)
	case "down":
		if d.focus < len(d.lines)-1 {
			d.focus++
		}
	default:
		l.input.key(k)
	}
	return nil
}

// dialogAnswered gives a key to the answer.
func (m *Model) dialogAnswered(k tea.KeyPressMsg) tea.Cmd {
	d := m.dialog
	key := k.String()
	for _, b := range d.extra {
		if strings.Contains(" "+strings.Join(b.keys, " ")+" ", " "+key+" ") {
			m.closeDialog()
			return m.enter(b.run())
		}
	}
	switch key {
	case "up", "k":
		if len(d.lines) > 0 && d.body.top == 0 {
			d.focus = len(d.lines) - 1
			return nil
		}
		d.body.scroll(-1)
	case "down", "j":
		d.body.scroll(1)
	case "left", "h":
		d.agree = false
	case "right", "l":
		d.agree = d.answers()
	case "n", "q":
		return m.leaveDialog()
	case "y":
		if d.answers() {
			return m.agree()
		}
	case "enter":
		if d.agree {
			return m.agree()
		}
		return m.leaveDialog()
	}
	return nil
}

// agree does what the dialog asks about, unless something bars it.
func (m *Model) agree() tea.Cmd {
	d := m.dialog
	if why := d.barred(&m.env); why != "" {
		d.wrong = why
		d.focus = min(d.focus, len(d.lines))
		for i, l := range d.lines {
			if !l.typedRight() {
				d.focus = i
				break
			}
		}
		return nil
	}
	m.closeDialog()
	return m.enter(d.yes(&m.env))
}

// leaveDialog answers No.
func (m *Model) leaveDialog() tea.Cmd {
	d := m.dialog
	m.closeDialog()
	switch {
	case d.no != nil:
		return m.enter(d.no())
	case d.answers():
		m.status, m.statusBad = "nothing was done", false
	}
	return nil
}

func (m *Model) closeDialog() { m.dialog, m.mode = nil, modeNormal }

// openDialog opens a dialog over the screen, and asks for the rights that it
// needs and nobody knows of yet: several rows may be of several namespaces.
func (m *Model) openDialog(d *dialog) tea.Cmd {
	d.open(m.env.opts.Now())
	m.dialog, m.mode = d, modeDialog
	if d.needs == nil {
		return nil
	}
	unknown := slices.DeleteFunc(d.needs(&m.env), func(r act.Right) bool { _, known := m.env.allowed[r]; return known })
	if len(unknown) == 0 {
		return nil
	}
	return m.askAllowed(unknown)
}

// guard lets a name be typed in a protected context.
func (d *dialog) guard(e *env, p act.Plan) {
	if g, err := p.Guard(e.fleet.Cluster); err == nil && g.Type != "" {
		d.lines = append(d.lines, &dialogLine{label: "this context is protected: type " + g.Type, wanted: g.Type})
	}
}

// sentences are lines of a dialog: each a sentence, wrapped, behind a sign.
func sentences(width int, sign string, t tone, all ...string) []pageLine {
	var out []pageLine
	for _, s := range all {
		out = append(out, hanging([]span{plain("   "), {sign, t}}, s, t, width-2)...)
	}
	return out
}
