// Package screenshots draws what stands on a terminal as SVG: the pictures in
// this folder are made by it from a running paddock, never by hand.
package screenshots

import (
	"fmt"
	"html"
	"image/color"
	"strings"

	"github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
)

// The look of the terminal in the pictures; sizes in pixels.
const (
	cellWidth  = 8.4
	cellHeight = 18
	margin     = 12
	fontSize   = 14
	baseline   = 13
	background = "#16181d"
	foreground = "#c9d1d9"
)

// palette is the 16 colours of the terminal in the pictures.
var palette = [16]string{
	"#0d0f13", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#abb2bf",
	"#5c6370", "#ff7b86", "#b5e890", "#ffd787", "#7cc3ff", "#e599f7", "#7fdbe6", "#ffffff",
}

// SVG draws a screen of width x height cells. The screen is given as text with
// SGR sequences, one line a row.
func SVG(screen string, width, height int) []byte {
	e := vt.NewEmulator(width, height)
	defer e.Close()
	e.WriteString(strings.ReplaceAll(strings.TrimRight(screen, "\n"), "\n", "\r\n"))
	var b strings.Builder
	w, h := float64(width)*cellWidth+2*margin, height*cellHeight+2*margin
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%d" font-family="DejaVu Sans Mono, Noto Sans Mono CJK SC, Menlo, Consolas, monospace" font-size="%d">`+"\n", w, h, fontSize)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="%s" rx="6"/>`+"\n", background)
	for y := range height {
		for _, r := range runs(e, width, y) {
			r.draw(&b, y)
		}
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

// run is a stretch of cells in one style. A wide character is a run of its
// own, so that a font that draws it wider or narrower moves nothing else.
type run struct {
	x, cells int
	text     string
	style    uv.Style
}

func runs(e *vt.Emulator, width, y int) []run {
	var out []run
	for x := 0; x < width; {
		cell := e.CellAt(x, y)
		content, style, cells := " ", uv.Style{}, 1
		if cell != nil {
			if cell.Content != "" {
				content = cell.Content
			}
			style, cells = cell.Style, max(1, cell.Width)
		}
		last := len(out) - 1
		if last >= 0 && cells == 1 && out[last].cells == len([]rune(out[last].text)) && out[last].style.Equal(&style) {
			out[last].text += content
			out[last].cells++
		} else {
			out = append(out, run{x: x, cells: cells, text: content, style: style})
		}
		x += cells
	}
	return out
}

func (r run) draw(b *strings.Builder, y int) {
	fg, bg := hex(r.style.Fg, foreground), hex(r.style.Bg, "")
	if r.style.Attrs&uv.AttrReverse != 0 {
		fg, bg = orElse(bg, background), fg
	}
	left, top := margin+float64(r.x)*cellWidth, margin+y*cellHeight
	if bg != "" {
		fmt.Fprintf(b, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n", left, top, float64(r.cells)*cellWidth+.3, cellHeight, bg)
	}
	if strings.TrimSpace(r.text) == "" {
		return
	}
	attrs := ""
	if r.style.Attrs&uv.AttrBold != 0 {
		attrs += ` font-weight="bold"`
	}
	if r.style.Attrs&uv.AttrFaint != 0 {
		attrs += ` opacity=".6"`
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%d" fill="%s" textLength="%.1f" lengthAdjust="spacingAndGlyphs" xml:space="preserve"%s>%s</text>`+"\n",
		left, top+baseline, fg, float64(r.cells)*cellWidth, attrs, html.EscapeString(r.text))
}

// hex is a terminal's colour in the pictures.
func hex(c color.Color, otherwise string) string {
	switch c := c.(type) {
	case nil:
		return otherwise
	case ansi.BasicColor:
		return palette[c&15]
	case ansi.IndexedColor:
		if c < 16 {
			return palette[c]
		}
	}
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
