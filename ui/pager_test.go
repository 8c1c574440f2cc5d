package ui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// pagerOf is a pager of text on a screen of width x height.
func pagerOf(text string, width, height int) *pager {
	p := newPager("text", textPage(text))
	p.arrange(nil, width, height)
	return p
}

// shown is what a pager draws, without styles and trailing blanks, lines joined by "|".
func shown(t *testing.T, p *pager) string {
	t.Helper()
	e := &env{theme: newTheme(true)}
	lines := p.draw(e, p.width, p.height)
	if len(lines) != p.height {
		t.Errorf("drew %d lines, want %d", len(lines), p.height)
	}
	for i, l := range lines {
		if w := ansi.StringWidth(l); w != p.width {
			t.Errorf("line %d is %d cells wide, want %d: %q", i, w, p.width, l)
		}
		lines[i] = strings.TrimRight(ansi.Strip(l), " ")
	}
	return strings.Join(lines, "|")
}

func TestPagerScrolls(t *testing.T) {
	var b strings.Builder
	for i := range 20 {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	p := pagerOf(b.String(), 10, 4)
	steps := []struct{ key, want string }{
		{"", "line 0|line 1|line 2|line 3"},
		{"j", "line 1|line 2|line 3|line 4"},
		{"k", "line 0|line 1|line 2|line 3"},
		{"k", "line 0|line 1|line 2|line 3"},
		{"pgdown", "line 3|line 4|line 5|line 6"},
		{"J", "line 5|line 6|line 7|line 8"},
		{"ctrl+u", "line 3|line 4|line 5|line 6"},
		{"G", "line 16|line 17|line 18|line 19"},
		{"space", "line 16|line 17|line 18|line 19"},
		{"pgup", "line 13|line 14|line 15|line 16"},
		{"g", "line 0|line 1|line 2|line 3"},
	}
	for _, s := range steps {
		if s.key != "" {
			if _, ok := press(p.keys(nil), s.key); !ok {
				t.Fatalf("no binding for %q", s.key)
			}
		}
		if got := shown(t, p); got != s.want {
			t.Errorf("after %q: %s, want %s", s.key, got, s.want)
		}
	}
	p.toEnd()
	p.arrange(nil, 10, 8)
	if got := shown(t, p); !strings.HasPrefix(got, "line 12|") {
		t.Errorf("a higher screen leaves blanks at the end: %s", got)
	}
}

func TestPagerWraps(t *testing.T) {
	tests := []struct {
		name, text string
		width      int
		want       string
	}{
		{"ASCII", "abcdefgh\nij", 3, "abc|def|gh|ij|"},
		{"exactly full", "abc\ndef", 3, "abc|def|||"},
		{"empty line", "a\n\nb", 3, "a||b||"},
		{"wide letters don't fit in half", "视觉组ab", 5, "视觉|组ab|||"},
		{"combining", "e\u0301e\u0301e\u0301", 2, "e\u0301e\u0301|e\u0301|||"},
	}
	for _, tt := range tests {
		p := pagerOf(tt.text, tt.width, 5)
		if got := shown(t, p); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestPagerSideways(t *testing.T) {
	p := pagerOf("0123456789abcdefghij\n视觉组视觉组视觉组\nshort", 6, 3)
	if e, _ := press(p.keys(nil), "right"); !e.bad {
		t.Error("scrolling sideways while lines are wrapped doesn't say why not")
	}
	press(p.keys(nil), "w")
	steps := []struct{ key, want string }{
		{"", "012345|视觉组|short"},
		{"right", "89abcd|觉组视|"},
		{"shift+right", "efghij|觉组|"},
		{"shift+left", "012345|视觉组|short"},
	}
	for _, s := range steps {
		if s.key != "" {
			press(p.keys(nil), s.key)
		}
		if got := shown(t, p); got != s.want {
			t.Errorf("after %q: %q, want %q", s.key, got, s.want)
		}
	}
	p.left = 3 // in the middle of a wide letter
	if got := shown(t, p); got != "345678| 组视|rt" {
		t.Errorf("a wide letter cut in two: %q", got)
	}
}

func TestPagerSearch(t *testing.T) {
	p := pagerOf("alpha\nBeta\ngamma beta\ndelta\nBETA beta\n", 20, 2)
	find := func(query string) {
		if err := p.filter(nil, query); err != nil {
			t.Fatal(err)
		}
	}
	find("beta")
	if got := p.note(nil); got != "1 of 4 found  1 of 5 lines" {
		t.Errorf("note %q", got)
	}
	want := []string{"gamma beta|delta", "delta|BETA beta", "delta|BETA beta", "alpha|Beta"}
	// the first hit is on screen already: nothing moves before n
	if got := shown(t, p); got != "alpha|Beta" {
		t.Errorf("found at %s", got)
	}
	for i, w := range want {
		p.jump(1)
		if got := shown(t, p); p.lines[p.found[p.at].line].text == "" || !strings.Contains(got, p.lines[p.found[p.at].line].text) {
			t.Errorf("n %d: hit is not on screen: %s, want as in %s", i, got, w)
		}
	}
	if p.at != 0 {
		t.Errorf("n does not go round: at hit %d", p.at)
	}
	p.jump(-1)
	if p.at != 3 {
		t.Errorf("N does not go round: at hit %d", p.at)
	}
	find("Beta")
	if len(p.found) != 1 {
		t.Errorf("an upper-case letter finds %d, want 1", len(p.found))
	}
	find("omega")
	if got := p.note(nil); !strings.HasPrefix(got, "not found  ") {
		t.Errorf("note %q", got)
	}
	if e := p.jump(1); !e.bad {
		t.Error("n without a hit says nothing")
	}
	find("")
	if len(p.found) != 0 || strings.Contains(p.note(nil), "found") {
		t.Error("an empty search still finds")
	}
}

// The mark stands on the hit alone, also when a row ends in it.
func TestPagerMarks(t *testing.T) {
	p := pagerOf("xxabcdxxabcd", 4, 3)
	p.filter(nil, "abcd")
	e := &env{theme: newTheme(true)}
	var got []string
	for _, line := range p.draw(e, 4, 3) {
		on := e.looks[toneCursor].on
		off := e.looks[toneMatch].on
		line = strings.ReplaceAll(strings.ReplaceAll(line, on, "<"), off, "[")
		got = append(got, strings.ReplaceAll(line, e.looks[toneCursor].off, ">"))
	}
	if s := strings.Join(got, "|"); s != "xx<ab>|<cd>xx|[abcd>" {
		t.Errorf("marks: %s", s)
	}
}

func TestYAMLPage(t *testing.T) {
	text := "# made by hand\nmetadata:\n  name: ocr: v4\n  \"a:b\": c\nargs:\n- --lr=1\n- key: |\n    not: a key\n    视觉: x\nend: \"\"\n"
	want := "[# made by hand]|[metadata:]|[  name:] ocr: v4|[  \"a:b\":] c|[args:]|[- ]--lr=1|[- key:] ||    not: a key|    视觉: x|[end:] \"\""
	var got []string
	for _, l := range yamlPage(text) {
		var b strings.Builder
		for _, s := range l.spans {
			switch {
			case s.text == "":
			case s.tone == toneDim:
				b.WriteString("[" + s.text + "]")
			default:
				b.WriteString(s.text)
			}
		}
		got = append(got, b.String())
	}
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}

func TestTextPageIsSafe(t *testing.T) {
	lines := textPage("\tin\x1b[31mdented 视觉\r\nbad \xff bytes\n")
	want := []string{"    indented 视觉", "bad ? bytes"}
	for i, w := range want {
		if lines[i].text != w {
			t.Errorf("line %d is %q, want %q", i, lines[i].text, w)
		}
	}
}

func FuzzPager(f *testing.F) {
	f.Add("abc\n视觉组 e\u0301\n", "b", uint8(7), uint8(3))
	f.Fuzz(func(t *testing.T, text, query string, width, height uint8) {
		w, h := int(width)+2, int(height)+1
		p := pagerOf(text, w, h)
		p.filter(nil, query)
		for _, key := range []string{"G", "n", "w", "right", "n", "pgup", "w", "J", "g"} {
			press(p.keys(nil), key)
			shown(t, p)
		}
	})
}

func BenchmarkPager50kLines(b *testing.B) {
	text := strings.Repeat("    image: registry.example.com/paddle/ocr:2.6.0-gpu-cuda11.8-cudnn8\n", 50_000)
	p := newPager("big", yamlPage(text))
	p.arrange(nil, 160, 46)
	p.toEnd()
	e := &env{theme: newTheme(false)}
	b.Run("draw", func(b *testing.B) {
		for b.Loop() {
			p.draw(e, 160, 46)
		}
	})
	b.Run("search", func(b *testing.B) {
		for b.Loop() {
			p.search("cudnn9")
		}
	})
}

func BenchmarkPagerMegabyteLine(b *testing.B) {
	for name, text := range map[string]string{"ascii": strings.Repeat("loss=0.1 ", 120_000), "wide": strings.Repeat("损失 ", 150_000)} {
		b.Run(name, func(b *testing.B) {
			p := newPager("big", textPage(text))
			p.arrange(nil, 160, 46)
			p.toEnd()
			e := &env{theme: newTheme(false)}
			for b.Loop() {
				p.scroll(-1)
				p.draw(e, 160, 46)
			}
		})
	}
}
