package ui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"paddock/fleet"
)

var update = flag.Bool("update", false, "write what the tests of this package compare with: screens, and the README's keys")

// modelOf is a model that has taken a Fleet, at a size.
func modelOf(f *fleet.Fleet, width, height int, o Options) *Model {
	start := noon
	o.Now = nowAt(start)
	b := newBoard()
	b.description = fleet.Description{
		Conditions: []fleet.Condition{{Type: "Ready", Status: "False", Reason: "ContainersNotReady", Message: "containers with unready status: [main]", Since: noon}},
		Events:     []fleet.Event{{Type: "Warning", Reason: "BackOff", Message: "Back-off restarting failed container main", Count: 31, First: noon, Last: noon}},
	}
	m := New(noContext(), b, o)
	pump(m, tea.WindowSizeMsg{Width: width, Height: height}, 0)
	if f != nil {
		m.asked[""] = noon // what may be done is known: no command waits to ask
		for _, team := range f.Teams {
			m.asked[team.Name] = noon
		}
		m.Update(fleetMsg{f}) // its command waits for the next one
	}
	return m
}

// pump gives the model a message, and then the answers of the commands that it
// starts: those that read, not those that wait.
func pump(m *Model, msg tea.Msg, depth int) {
	_, cmd := m.Update(msg)
	answer(m, cmd, depth)
}

func answer(m *Model, cmd tea.Cmd, depth int) {
	if cmd == nil || depth > 3 {
		return
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, c := range msg {
			answer(m, c, depth+1)
		}
	case nil:
	default:
		pump(m, msg, depth+1)
	}
}

// press presses keys on a model.
func pressOn(m *Model, keys ...string) *Model {
	for _, k := range keys {
		pump(m, keyPress(k), 0)
	}
	return m
}

// atScreens are the screens that the sweeps and goldens draw, by their name.
func atScreens() map[string][]string {
	return map[string][]string{
		"jobs":      nil,
		"job":       {"enter"},
		"worker":    {"enter", "enter"},
		"folded":    {"j", "j", "j", "enter"},
		"waiting":   {"j", "enter"},
		"help":      {"?"},
		"filter":    {"/", "o", "c", "r"},
		"narrowed":  {"/", "o", "c", "r", "enter", "j"},
		"command":   {":", "n"},
		"namespace": {":", "n", "s", "enter"},
		"cost":      {"$"},
		"describe":  {"d"},
		"yaml":      {"y"},
		"nodes":     {":", "n", "o", "enter"},
		"teams":     {":", "t", "enter"},
		"heatmap":   {":", "n", "o", "enter", "m"},
		"node":      {":", "n", "o", "enter", "enter"},
		"suspend":   {"z"},
		"scale":     {"s"},
		"kill":      {"enter", "ctrl+k"},
		"marked":    {"space", "space", "r"},
		"cordon":    {":", "n", "o", "enter", "c"},
		"forward":   {"enter", "j", "f"},
		"begin":     {"a"},
		"form":      {"a", "enter", "x", "ctrl+s"},
	}
}

// Cursors blink, and rest before something is read: in a bubble that takes no time.
func TestEveryLineIsAsWideAsTheTerminal(t *testing.T) {
	synctest.Test(t, everyLineIsAsWideAsTheTerminal)
}

func everyLineIsAsWideAsTheTerminal(t *testing.T) {
	f := sample().fleet()
	for name, keys := range atScreens() {
		for _, ascii := range []bool{false, true} {
			for width := leastWidth; width <= 300; width += 31 {
				for _, height := range []int{leastHeight, 24, 31, 100} {
					m := pressOn(modelOf(f, width, height, Options{ASCII: ascii}), keys...)
					lines := m.lines()
					if len(lines) != height {
						t.Errorf("%s at %dx%d has %d lines", name, width, height, len(lines))
					}
					for i, l := range lines {
						if w := ansi.StringWidth(l); w != width {
							t.Errorf("%s at %dx%d: line %d has %d cells: %q", name, width, height, i, w, ansi.Strip(l))
						}
						if plain := ansi.Strip(l); ascii && name != "jobs" && strings.ContainsAny(plain, "█✗✓›°") {
							t.Errorf("%s at %dx%d is not ASCII: %q", name, width, height, plain)
						}
					}
				}
			}
		}
	}
}

func TestScreensAsDrawn(t *testing.T) {
	f := sample().fleet()
	for name, keys := range atScreens() {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {160, 48}} {
			t.Run(fmt.Sprintf("%s %dx%d", name, size[0], size[1]), func(t *testing.T) {
				var b strings.Builder
				synctest.Test(t, func(*testing.T) {
					m := pressOn(modelOf(f, size[0], size[1], Options{}), keys...)
					for _, l := range m.lines() {
						b.WriteString(strings.TrimRight(ansi.Strip(l), " ") + "\n")
					}
				})
				golden(t, fmt.Sprintf("%s_%dx%d.txt", name, size[0], size[1]), b.String())
			})
		}
	}
	t.Run("styled", func(t *testing.T) {
		golden(t, "jobs_styled.txt", strings.Join(modelOf(f, 80, 24, Options{}).lines(), "\n")+"\n")
	})
	t.Run("ascii", func(t *testing.T) {
		golden(t, "jobs_ascii.txt", ansi.Strip(strings.Join(modelOf(f, 120, 40, Options{ASCII: true}).lines(), "\n"))+"\n")
	})
}

// golden compares with a file of testdata; -update writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the screen is not as in %s (go test ./ui -run %s -update writes it):\n%s", path, strings.Split(t.Name(), "/")[0], got)
	}
}

func TestHostileTextStaysInItsLine(t *testing.T) {
	w := newWorld(2)
	w.job("nlp", "数据"+strings.Repeat("训", 80), 1, 1, func(p *fleet.Pod) {
		p.Unschedulable, p.Message = true, fleet.Clean("no\x1b[2J\nnode\u202e "+strings.Repeat("很长", 4000), 4096)
	})
	f := w.fleet()
	for _, keys := range [][]string{nil, {"enter"}, {"enter", "enter"}} {
		m := pressOn(modelOf(f, 80, 24, Options{}), keys...)
		for i, l := range m.lines() {
			if got := ansi.StringWidth(l); got != 80 {
				t.Errorf("line %d after %v has %d cells: %q", i, keys, got, l)
			}
		}
	}
}
