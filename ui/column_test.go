package ui

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestFitDropsTheLeastImportantFirst(t *testing.T) {
	columns := []column[int]{
		{title: "NAME", least: 6, most: 20, width: func(int) int { return 0 }},
		{title: "TEAM", least: 4, priority: 1},
		{title: "BUSY", least: 4, priority: 2},
		{title: "SPARK", least: 10, priority: 5},
		{title: "EMPTY", least: 5, most: 9, priority: 6, width: func(int) int { return 0 }},
		{title: "WHY", least: 8, most: 30, priority: 1, grow: true, width: func(int) int { return 0 }},
	}
	widest := []int{12, 0, 0, 0, 0, 0}
	for _, c := range []struct {
		name  string
		width int
		why   int // cells of the longest reason
		want  []int
	}{
		{"roomy: the sparkline stands beside a comfortable reason", 100, 90, []int{12, 4, 4, 10, 0, 66}},
		{"the sparkline goes before the reason gets short", 60, 90, []int{12, 4, 4, 0, 0, 37}},
		{"the reason gets short before a number goes", 36, 90, []int{10, 4, 4, 0, 0, 15}},
		{"then numbers go", 24, 90, []int{7, 4, 0, 0, 0, 11}},
		{"a reason that is short leaves room for numbers", 60, 10, []int{12, 4, 4, 10, 0, 26}},
		{"the name last", 7, 90, []int{6, 0, 0, 0, 0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			widest[5] = c.why
			if got := fit(columns, widest, c.width, testEnv().absent); !slices.Equal(got, c.want) {
				t.Errorf("widths in %d cells are %v, want %v", c.width, got, c.want)
			}
		})
	}
}

// A name is not cut while a column of a higher priority number is drawn, up to
// its share of the width.
func TestFitNeverExceedsItsRoom(t *testing.T) {
	columns := jobColumns()
	for range 2000 {
		widest := make([]int, len(columns))
		for i := range widest {
			widest[i] = rand.IntN(60)
		}
		width := 50 + rand.IntN(250)
		widths := fit(columns, widest, width, testEnv().absent)
		total := -columnGap(width)
		for _, w := range widths {
			if w > 0 {
				total += w + columnGap(width)
			}
		}
		if total > width {
			t.Fatalf("columns take %d of %d cells: %v, widest %v", total, width, widths, widest)
		}
	}
}
