package ui

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// The blocks of sparklines are of ambiguous width in Unicode: one cell in most
// terminals, two in some that are set up for Chinese. Only the terminal knows,
// so one is drawn once and the cursor asked where it stands. A terminal that
// does not answer keeps the blocks; --ascii is there for it.

// probeDelay lets the renderer enter the alternate screen first: what the
// shell had on its screen is not ours to draw on.
const probeDelay = 100 * time.Millisecond

// probeMsg says that it is time to measure.
type probeMsg struct{}

// waitProbe waits until the terminal can be measured.
func waitProbe() tea.Cmd {
	return tea.Tick(probeDelay, func(time.Time) tea.Msg { return probeMsg{} })
}

// probeLine is where the terminal is measured: the first cell of the second
// line, of the header or the title, is blank on every screen and in every mode.
// The first line is no place for it: the answer would read as a function key.
const probeLine = 2

// probe draws a block, asks where the cursor is, and blanks the cell again.
func (m *Model) probe() tea.Cmd {
	if m.env.ascii || m.frame.small {
		return nil
	}
	return tea.Raw(ansi.SaveCursor + ansi.CursorPosition(1, probeLine) + sparkLevels(false)[0] + ansi.RequestCursorPositionReport +
		ansi.CursorPosition(1, probeLine) + " " + ansi.RestoreCursor)
}

// measured takes the terminal's answer. After two cells what was drawn is
// wrong everywhere: it is drawn anew in ASCII.
func (m *Model) measured(at tea.CursorPositionMsg) tea.Cmd {
	if at.X < 2 || m.env.ascii {
		return nil
	}
	m.env.theme = newTheme(true)
	return tea.ClearScreen
}

// speaksUnicode tells whether the terminal's locale has the glyphs. A locale
// that names no charset is no reason to doubt it, but for C, which means ASCII.
func speaksUnicode(vars tea.EnvMsg) bool {
	switch vars.Getenv("TERM") {
	case "linux", "vt100", "vt220", "dumb":
		return false
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := vars.Getenv(name); value != "" {
			if value == "C" || value == "POSIX" {
				return false
			}
			_, charset, named := strings.Cut(strings.ToUpper(value), ".")
			charset = strings.ReplaceAll(charset, "-", "")
			return !named || strings.HasPrefix(charset, "UTF8")
		}
	}
	return true
}
