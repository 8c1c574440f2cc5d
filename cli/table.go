package cli

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// table is a table of text: columns lined up in terminal cells.
type table struct {
	columns []column
	rows    [][]string
	empty   string // what to say instead of no rows
}

type column struct {
	title string
	right bool // aligned, as numbers are
	wide  bool // printed with -o wide only
}

// render prints the table without trailing blanks.
func (t table) render(wide bool) string {
	if len(t.rows) == 0 {
		return t.empty + "\n"
	}
	widths := make([]int, len(t.columns))
	for i, c := range t.columns {
		widths[i] = ansi.StringWidth(c.title)
		for _, r := range t.rows {
			widths[i] = max(widths[i], ansi.StringWidth(r[i]))
		}
	}
	var b strings.Builder
	t.line(&b, widths, wide, func(i int) string { return t.columns[i].title })
	for _, r := range t.rows {
		t.line(&b, widths, wide, func(i int) string { return r[i] })
	}
	return b.String()
}

func (t table) line(b *strings.Builder, widths []int, wide bool, cell func(int) string) {
	var line strings.Builder
	for i, c := range t.columns {
		if c.wide && !wide {
			continue
		}
		if line.Len() > 0 {
			line.WriteString("  ")
		}
		text := cell(i)
		pad := strings.Repeat(" ", widths[i]-ansi.StringWidth(text))
		if c.right {
			line.WriteString(pad + text)
		} else {
			line.WriteString(text + pad)
		}
	}
	b.WriteString(strings.TrimRight(line.String(), " "))
	b.WriteByte('\n')
}
