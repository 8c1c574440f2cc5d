package ui

import (
	"testing"

	tea "charm.land/bubbletea/v2"
)

// keyPress is the key press of a name as Bubble Tea writes it, or of a text.
func keyPress(name string) tea.KeyPressMsg {
	special := map[string]tea.Key{
		"enter": {Code: tea.KeyEnter}, "esc": {Code: tea.KeyEscape}, "tab": {Code: tea.KeyTab}, "backspace": {Code: tea.KeyBackspace},
		"delete": {Code: tea.KeyDelete}, "left": {Code: tea.KeyLeft}, "right": {Code: tea.KeyRight}, "up": {Code: tea.KeyUp}, "down": {Code: tea.KeyDown},
		"home": {Code: tea.KeyHome}, "end": {Code: tea.KeyEnd}, "space": {Code: tea.KeySpace, Text: " "},
		"ctrl+w": {Code: 'w', Mod: tea.ModCtrl}, "ctrl+u": {Code: 'u', Mod: tea.ModCtrl}, "ctrl+k": {Code: 'k', Mod: tea.ModCtrl},
	}
	if k, ok := special[name]; ok {
		return tea.KeyPressMsg(k)
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

func TestPromptEdits(t *testing.T) {
	for _, c := range []struct {
		name   string
		keys   []string
		want   string
		cursor int // cells, the sign included
	}{
		{"types", []string{"a", "b", "space", "c"}, "ab c", 5},
		{"wide text", []string{"数", "据"}, "数据", 5},
		{"in the middle", []string{"a", "c", "left", "b"}, "abc", 3},
		{"backspace", []string{"a", "数", "backspace"}, "a", 2},
		{"backspace on nothing", []string{"backspace"}, "", 1},
		{"delete", []string{"a", "b", "home", "delete"}, "b", 1},
		{"a word back", []string{"a", "space", "b", "c", "space", "ctrl+w"}, "a ", 3},
		{"to the start", []string{"a", "b", "left", "ctrl+u"}, "b", 1},
		{"to the end", []string{"a", "b", "home", "ctrl+k", "end"}, "", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p prompt
			p.start("/", "")
			for _, k := range c.keys {
				if !p.key(keyPress(k)) {
					t.Fatalf("%q is no key of the line", k)
				}
			}
			text, cursor := p.draw(40)
			if p.value() != c.want || text != "/"+c.want || cursor != c.cursor {
				t.Errorf("%q, drawn %q with the cursor at %d; want %q, %d", p.value(), text, cursor, c.want, c.cursor)
			}
		})
	}
}

func TestPromptRemembers(t *testing.T) {
	var p prompt
	for _, line := range []string{"jobs", "nodes", "nodes"} {
		p.start(":", line)
		p.keep()
	}
	p.start(":", "")
	for _, c := range []struct{ key, want string }{{"up", "nodes"}, {"up", "jobs"}, {"up", "jobs"}, {"down", "nodes"}, {"down", ""}, {"down", ""}} {
		p.key(keyPress(c.key))
		if p.value() != c.want {
			t.Errorf("after %s: %q, want %q", c.key, p.value(), c.want)
		}
	}
}

func TestPromptTakesNoControls(t *testing.T) {
	var p prompt
	p.start("/", "")
	p.insert("a\x1b[31m\nb\u202ec")
	if p.value() != "a[31mbc" {
		t.Errorf("pasted %q", p.value())
	}
}

func FuzzPrompt(f *testing.F) {
	f.Add("nlp 数据", 12)
	f.Add("\x00\u202e\xff", 0)
	f.Fuzz(func(t *testing.T, text string, width int) {
		width = max(min(width, 300), 1)
		var p prompt
		p.start("/", "")
		p.insert(text)
		for range len(p.text) + 1 {
			if _, cursor := p.draw(width); cursor > width {
				t.Fatalf("the cursor stands at %d of %d cells", cursor, width)
			}
			p.key(keyPress("left"))
		}
	})
}
