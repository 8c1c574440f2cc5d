package ui

import (
	"testing"
	"time"

	"paddock/fleet"
)

// historyOf makes a History whose last minute ends at end; -1 is a gap.
func historyOf(end time.Time, percents ...int) fleet.History {
	h := fleet.NewHistory(end.Add(-time.Second))
	for i, p := range percents {
		if p >= 0 {
			h = h.With(end.Add(-time.Duration(len(percents)-i)*time.Minute), float64(p)/100)
		}
	}
	return h
}

func TestSparkline(t *testing.T) {
	end := time.Unix(15*60*100, 0) // a multiple of every group size used below
	ramp := historyOf(end, 0, 1, 14, 28, 42, 57, 71, 85, 100, -1, -1, 100, 0, 50, 99)
	tests := []struct {
		name  string
		h     fleet.History
		n     int
		ascii bool
		want  string
	}{
		{"a cell a minute", ramp, 15, false, "▁▂▂▃▄▅▆▇█  █▁▅█"},
		{"ASCII", ramp, 15, true, "_..:-=+*#  #_=#"},
		{"wider is padded on the left", ramp, 17, false, "  ▁▂▂▃▄▅▆▇█  █▁▅█"},
		{"three minutes a cell", ramp, 5, false, "▂▄▇█▅"},
		{"newest minutes when there is too little room", ramp, 1, false, "▅"},
		{"nothing known", fleet.History{}, 4, false, "    "},
		{"no room", ramp, 0, false, ""},
	}
	for _, tt := range tests {
		if got := sparkline(tt.h, tt.n, tt.ascii); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// A cell of several minutes keeps its value while the window moves under it.
func TestSparklineCellsStay(t *testing.T) {
	end := time.Unix(15*60*100, 0)
	h := historyOf(end, 10, 20, 30, 40, 50, 60, 70, 80, 90, 80, 70, 60, 50, 40, 30)
	before := sparkline(h, 5, true)
	moved := h.With(end, 0.9).With(end.Add(time.Minute), 0.9).With(end.Add(2*time.Minute), 0.9)
	after := sparkline(moved, 5, true)
	if before[1:] != after[:4] {
		t.Errorf("cells changed when the window moved by one cell: %q, then %q", before, after)
	}
}
