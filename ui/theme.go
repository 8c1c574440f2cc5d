package ui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

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
	tones                  // how many there are
)

// theme is how tones and glyphs look on this terminal.
type theme struct {
	ascii  bool
	sgr    [tones]string // the sequence that turns a tone on; "" for none
	glyphs glyphs
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
	for tone, style := range map[tone]ansi.Style{
		toneDim:    ansi.NewStyle().Faint(),
		toneStrong: ansi.NewStyle().Bold(),
		toneTitle:  ansi.NewStyle().Bold().ForegroundColor(ansi.Cyan),
		toneAccent: ansi.NewStyle().ForegroundColor(ansi.Cyan),
		toneGood:   ansi.NewStyle().ForegroundColor(ansi.Green),
		toneWarn:   ansi.NewStyle().ForegroundColor(ansi.Yellow),
		toneBad:    ansi.NewStyle().ForegroundColor(ansi.Red),
		toneCursor: ansi.NewStyle().Reverse(true).ForegroundColor(ansi.Cyan),
		tonePick:   ansi.NewStyle().Bold().ForegroundColor(ansi.Cyan),
		toneGuard:  ansi.NewStyle().Bold().Reverse(true).ForegroundColor(ansi.Red),
		toneMatch:  ansi.NewStyle().Reverse(true).ForegroundColor(ansi.Yellow),
	} {
		t.sgr[tone] = style.String()
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
			fleet.Failing: "x", fleet.Failed: "x", fleet.UnknownState: "?", fleet.Restarting: "!",
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
	case fleet.Connecting, fleet.Forbidden:
		return toneWarn
	}
	return toneDim
}

// paint writes text in a tone.
func (t *theme) paint(b *strings.Builder, s span) {
	if s.text == "" {
		return
	}
	on := t.sgr[s.tone]
	b.WriteString(on)
	b.WriteString(s.text)
	if on != "" {
		b.WriteString(ansi.ResetStyle)
	}
}
