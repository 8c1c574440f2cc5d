package ui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

func TestWideBlocksTurnToASCII(t *testing.T) {
	for _, c := range []struct {
		name  string
		x     int // where the terminal says that the cursor is after one block
		ascii bool
	}{{"one cell", 1, false}, {"two cells", 2, true}} {
		t.Run(c.name, func(t *testing.T) {
			m := modelOf(sample().fleet(), 120, 40, Options{})
			_, cmd := m.Update(tea.CursorPositionMsg{X: c.x, Y: 39})
			if m.env.ascii != c.ascii || (cmd != nil) != c.ascii {
				t.Errorf("ascii %v, drawn anew %v; want %v", m.env.ascii, cmd != nil, c.ascii)
			}
			if got := strings.Contains(text(m), "▁"); got == c.ascii {
				t.Errorf("blocks are drawn: %v", got)
			}
		})
	}
}

func TestProbeLeavesNothingOnTheScreen(t *testing.T) {
	inTerminal(t, 100, 30, Options{}, func(x *terminal) {
		x.board.publish(sample().fleet())
		x.settle()
		before := x.screen()
		time.Sleep(probeDelay)
		x.settle()
		if after := x.screen(); after != before {
			t.Errorf("before\n%s\nafter\n%s", before, after)
		}
		x.shows("▁▁▁") // the emulator's blocks are one cell wide
	})
}

func TestProbeLeavesAnEarlyCommandAlone(t *testing.T) {
	for _, height := range []int{12, 24} {
		inTerminal(t, 80, height, Options{}, func(x *terminal) {
			x.press(":", "j") // before the probe
			time.Sleep(probeDelay)
			x.settle()
			x.shows("\n:j")
		})
	}
}

func TestSpeaksUnicode(t *testing.T) {
	for _, c := range []struct {
		env  string
		want bool
	}{
		{"TERM=xterm", true}, {"TERM=linux LANG=en_US.UTF-8", false}, {"LANG=zh_CN.UTF-8", true}, {"LANG=zh_CN.utf8", true},
		{"LANG=zh_CN.GB18030", false}, {"LC_ALL=C.UTF-8 LANG=zh_CN.GBK", true}, {"LANG=C", false}, {"LC_ALL=POSIX LANG=C.UTF-8", false},
	} {
		if got := speaksUnicode(tea.EnvMsg(strings.Fields(c.env))); got != c.want {
			t.Errorf("%s: %v", c.env, got)
		}
	}
}
