package ui

import (
	"strings"

	"charm.land/huh/v2"
	"charm.land/lipgloss/v2"

	"paddock/fleet"
)

// tone is what a piece of text means; the theme gives it a look. Nothing else
// in the package knows a colour.
type tone uint8

const (
	toneText   tone = iota // the terminal's own foreground
	toneDim                // secondary, or old
	toneStrong             // what a line is about
	toneTitle              // titles
	toneAccent             // what can be acted on: keys, the sort column
	toneGood               // works
	toneWarn               // waits, degraded, wasted
	toneBad                // broken
	toneCursor             // the row under the cursor
	tonePick               // the row under the cursor of a pane without focus
	toneGuard              // banner: protected, read-only
	toneMatch              // text that a search found
	toneRank0              // workers in a log, told apart by their names as well
	toneRank1
	toneRank2
	toneRank3
	tones // how many there are
)

// theme is how tones and glyphs look on this terminal.
type theme struct {
	ascii  bool
	looks  [tones]look
	glyphs glyphs
}

// look is what a style writes before and after a text. It is taken from the
// style once: rendering each of a frame's thousand pieces through the style
// would be most of the frame's cost.
type look struct{ on, off string }

func newLook(s lipgloss.Style) look {
	on, off, _ := strings.Cut(s.Render("x"), "x")
	return look{on, off}
}

// glyphs are the signs that stand beside words, each one cell wide.
type glyphs struct {
	degree  string // of temperatures
	crumb   string // between the places one came through
	bar     string // between two panes
	rising  string // sorted, least first
	falling string // sorted, most first
	states  map[fleet.State]string
}

// newTheme builds the theme: 16 ANSI colours, so that the user's own terminal
// colours hold. Colours are dropped by the renderer when the terminal, or
// NO_COLOR, wants none; bold, faint and reverse stay.
func newTheme(ascii bool) *theme {
	t := &theme{ascii: ascii, glyphs: unicodeGlyphs()}
	if ascii {
		t.glyphs = asciiGlyphs()
	}
	plain := lipgloss.NewStyle()
	for tone, style := range map[tone]lipgloss.Style{
		toneDim:    plain.Faint(true),
		toneStrong: plain.Bold(true),
		toneTitle:  plain.Bold(true).Foreground(lipgloss.Cyan),
		toneAccent: plain.Foreground(lipgloss.Cyan),
		toneGood:   plain.Foreground(lipgloss.Green),
		toneWarn:   plain.Foreground(lipgloss.Yellow),
		toneBad:    plain.Foreground(lipgloss.Red),
		toneCursor: plain.Reverse(true).Foreground(lipgloss.Cyan),
		tonePick:   plain.Bold(true).Foreground(lipgloss.Cyan),
		toneGuard:  plain.Bold(true).Reverse(true).Foreground(lipgloss.Red),
		toneMatch:  plain.Reverse(true).Foreground(lipgloss.Yellow),
		toneRank0:  plain.Foreground(lipgloss.Cyan),
		toneRank1:  plain.Foreground(lipgloss.Magenta),
		toneRank2:  plain.Foreground(lipgloss.Blue),
		toneRank3:  plain.Foreground(lipgloss.Green),
	} {
		t.looks[tone] = newLook(style)
	}
	return t
}

// Crumb and states are narrow in Unicode's East Asian Width table, so that they
// are one cell in Chinese terminals too. The degree sign and the blocks of
// sparklines are ambiguous there: such terminals want the ASCII set.
func unicodeGlyphs() glyphs {
	g := asciiGlyphs()
	g.crumb, g.degree = "›", "°"
	g.states[fleet.Failing] = "✗"
	g.states[fleet.Failed] = "✗"
	g.states[fleet.Done] = "✓"
	g.states[fleet.Restarting] = "↻"
	return g
}

func asciiGlyphs() glyphs {
	return glyphs{
		degree: "C", crumb: ">", bar: "|", rising: "^", falling: "v",
		states: map[fleet.State]string{
			fleet.Failing: "x", fleet.Failed: "x", fleet.UnknownState: "?", fleet.Restarting: "r",
			fleet.Waiting: ".", fleet.Starting: ":", fleet.Ending: "-", fleet.Suspended: "=", fleet.Done: "+",
		},
	}
}

// state is the glyph and tone of a state; running has no glyph, so that what
// needs a look stands out.
func (t *theme) state(s fleet.State) span {
	glyph := t.glyphs.states[s]
	if glyph == "" {
		glyph = " "
	}
	return span{glyph, stateTone(s)}
}

// spark is a sparkline. It is drawn dim: a block of full cells would be the
// loudest thing on the screen.
func (t *theme) spark(h fleet.History) span {
	return dim(sparkline(h, fleet.HistoryBuckets, t.ascii))
}

// stateTone is the tone of a state's word.
func stateTone(s fleet.State) tone {
	switch s {
	case fleet.Failing, fleet.Failed, fleet.UnknownState:
		return toneBad
	case fleet.Restarting, fleet.Waiting, fleet.Starting:
		return toneWarn
	case fleet.Running:
		return toneText // what is well is quiet
	}
	return toneDim
}

// healthTone is the tone of a source's health.
func healthTone(h fleet.Health) tone {
	switch h {
	case fleet.Live:
		return toneGood
	case fleet.Stale, fleet.Down:
		return toneBad
	case fleet.Connecting, fleet.Forbidden, fleet.Empty:
		return toneWarn
	}
	return toneDim
}

// paint writes text in a tone.
func (t *theme) paint(b *strings.Builder, s span) {
	if s.text == "" {
		return
	}
	l := t.looks[s.tone]
	b.WriteString(l.on)
	b.WriteString(s.text)
	b.WriteString(l.off)
}

// formTheme is the look of a form's line: in the accent where one types, quiet
// elsewhere. A line with a choice has its label before the choice.
func formTheme(label string) huh.Theme {
	return huh.ThemeFunc(func(bool) *huh.Styles {
		plain := lipgloss.NewStyle()
		line := func(title lipgloss.Style) huh.FieldStyles {
			s := huh.FieldStyles{Title: title, PrevIndicator: title.SetString(label + " < "), NextIndicator: plain.Faint(true).SetString(" >")}
			s.TextInput.Cursor = plain.Foreground(lipgloss.Cyan)
			s.TextInput.Placeholder = plain.Faint(true)
			return s
		}
		return &huh.Styles{
			Focused: line(plain.Bold(true).Foreground(lipgloss.Cyan)), Blurred: line(plain.Faint(true)),
			FieldSeparator: plain.SetString("\n"),
		}
	})
}
