package ui

import (
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func footerOf(m *Model) string { return strings.TrimRight(ansi.Strip(m.footer(m.width)), " ") }

func titleOf(m *Model) string { return strings.TrimRight(ansi.Strip(m.title(m.width)), " ") }

// Every screen but home says how one gets back, and shows only keys that work there.
func TestFooters(t *testing.T) {
	const back = "  esc back  ? help"
	tests := []struct {
		name string
		keys []string
		want string
	}{
		{"home", nil, " enter open  l logs  z suspend  a submit  / filter  : go to  y YAML  ? help"},
		{"a filter", []string{"/", "o", "c", "r", "enter"}, " enter open  l logs  z suspend  a submit  / filter  : go to  y YAML  esc clear  ? help"},
		{"a job", []string{"enter"}, " enter open  u unfold  tab pane  l logs  ctrl-k kill  z suspend  / filter" + back},
		{"a worker", []string{"enter", "enter"}, " l logs  ctrl-k kill  w wrap  / search  : go to  y YAML  d describe" + back},
		{"YAML", []string{"y"}, " w wrap  / search  : go to  d describe" + back},
		{"a description", []string{"d"}, " w wrap  / search  : go to  y YAML" + back},
		{"a search", []string{"y", "/", "a", "enter"}, " w wrap  n next match  / search  : go to  d describe  esc clear  ? help"},
		{"help", []string{"?"}, " w wrap  / search  : go to" + back},
		{"nodes", []string{":", "n", "o", "enter"}, " enter open  m heat map  l logs  c cordon  a submit  / filter  : go to  ? help"},
	}
	for _, tt := range tests {
		m := pressOn(modelOf(sample().fleet(), 100, 30, Options{}), tt.keys...)
		if got := footerOf(m); got != tt.want {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, got, tt.want)
		}
	}
}

// What is said leaves the keys beside it.
func TestStatusLeavesTheKeys(t *testing.T) {
	m := modelOf(sample().fleet(), 80, 24, Options{})
	m.enter(say("switching to prod-b"))
	if got := footerOf(m); !strings.HasPrefix(got, " switching to prod-b  ") || !strings.HasSuffix(got, "? help") {
		t.Errorf("footer %q", got)
	}
	m.enter(complain(strings.Repeat("long ", 15)))
	if got := footerOf(m); strings.Contains(got, "? help") {
		t.Errorf("footer %q has keys without room", got)
	}
}

// esc drops what was typed; the filter that a screen was opened with is what one came for.
func TestEscapeGoesBackToTeams(t *testing.T) {
	m := pressOn(modelOf(sample().fleet(), 100, 30, Options{}), ":", "t", "enter", "enter")
	if got := titleOf(m); !strings.HasPrefix(got, " Teams › Jobs  /team:vision") {
		t.Fatalf("title %q", got)
	}
	pressOn(m, "/", "space", "o", "c", "r", "enter", "esc")
	if got := m.top().filter; got != "team:vision" {
		t.Errorf("esc after typing leaves the filter %q", got)
	}
	pressOn(m, "esc")
	if got := titleOf(m); !strings.HasPrefix(got, " Teams  ") {
		t.Errorf("title %q, want to be back at the teams", got)
	}
	m = pressOn(modelOf(sample().fleet(), 100, 30, Options{Filter: "ocr"}), "esc")
	if got := m.top().filter; got != "" {
		t.Errorf("at home the filter %q stays for ever", got)
	}
}

// Going somewhere by name starts from the list that it is in.
func TestBreadcrumbs(t *testing.T) {
	m := modelOf(sample().fleet(), 100, 30, Options{})
	for _, tt := range []struct {
		line, want string
	}{
		{"job nlp/llm-sft-7b", " Jobs › nlp/llm-sft-7b  "},
		{"job asr-base", " Jobs › speech/asr-base  "},
		{"node gpu-0001", " Nodes › gpu-0001  "},
	} {
		m.enter(m.command(tt.line))
		m.arrange()
		if got := titleOf(m); !strings.HasPrefix(got, tt.want) {
			t.Errorf(":%s: title %q", tt.line, got)
		}
	}
	m = pressOn(modelOf(sample().fleet(), 100, 30, Options{}), "y")
	if got := titleOf(m); !strings.HasPrefix(got, " Jobs › YAML of speech/asr-base  ") {
		t.Errorf("title %q", got)
	}
	if of := m.top().screen.selected(); of.what != "YAML of speech/asr-base" || !strings.Contains(of.text, "name: asr-base") {
		t.Errorf("copy takes %q: %q", of.what, of.text)
	}
}

// The help is about the screen below it.
func TestHelpIsAboutTheScreenBelow(t *testing.T) {
	m := pressOn(modelOf(sample().fleet(), 100, 200, Options{}), "?")
	page := stripped(m.lines())
	for _, l := range page {
		if strings.Contains(l, "nothing is selected") {
			t.Errorf("a job is under the cursor, and the help says %q", l)
		}
	}
	shows(t, page, "sort by the next column", "restarting: a worker is coming back")
	page = stripped(pressOn(modelOf(sample().fleet(), 100, 200, Options{}), "y", "?").lines())
	if lineWith(page, "sort by") >= 0 {
		t.Error("the help of a text lists keys of tables")
	}
	if lineWith(page, "shift-→") < 0 || lineWith(page, "(now: this is it)") < 0 {
		t.Errorf("the help of YAML is\n%s", strings.Join(page, "\n"))
	}
}

// A command that is told can be copied: its flags are not torn apart.
func TestWrapKeepsFlags(t *testing.T) {
	got := wrap("check with: kubectl auth can-i watch pods -n default", 44)
	if want := []string{"check with: kubectl auth can-i watch pods -n", "default"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := wrap("check with: kubectl auth can-i watch pods -n default", 43); got[0] != "check with: kubectl auth can-i watch pods" {
		t.Errorf("%q", got)
	}
	for _, l := range wrap(strings.Repeat("a-b", 40), 20) {
		if ansi.StringWidth(l) > 20 {
			t.Errorf("%q is wider than 20 cells", l)
		}
	}
}

// Details keep off the right edge, whatever they have to say.
func TestDetailsKeepTheMargin(t *testing.T) {
	w := sample()
	w.snapshot.Groups[1].Events[0].Message = strings.Repeat("Back-off restarting failed container ", 9)
	w.snapshot.Groups[0].Owner.Ref.Name += strings.Repeat("x", 90)
	for _, keys := range [][]string{nil, {"enter"}, {":", "n", "o", "enter"}, {":", "t", "enter"}} {
		m := pressOn(modelOf(w.fleet(), 80, 24, Options{}), keys...)
		for i, l := range m.lines() {
			if plain := ansi.Strip(l); strings.HasPrefix(plain, "   ") && !strings.HasSuffix(plain, " ") {
				t.Errorf("after %v line %d runs to the edge: %q", keys, i, plain)
			}
		}
	}
}
