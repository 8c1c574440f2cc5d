package ui

import "testing"

func TestFrameCoversTheTerminal(t *testing.T) {
	for width := leastWidth; width <= 300; width += 7 {
		for height := leastHeight; height <= 100; height++ {
			f := frameOf(width, height)
			if f.small {
				t.Fatalf("%dx%d is too small", width, height)
			}
			above := 0
			for name, r := range map[string]rect{"header": f.header, "title": f.title, "body": f.body, "footer": f.footer} {
				if r.x != 0 || r.w != width || r.h < 1 || r.y < 0 || r.y+r.h > height {
					t.Fatalf("%dx%d: %s is %+v", width, height, name, r)
				}
				above += r.h
			}
			if f.title.y < f.header.h || f.body.y <= f.title.y || f.footer.y < f.body.y+f.body.h || f.footer.y != height-1 {
				t.Fatalf("%dx%d: parts overlap: %+v", width, height, f)
			}
			if air := height - above; air > 2 {
				t.Fatalf("%dx%d wastes %d lines", width, height, air)
			}
		}
	}
}

func TestTooSmall(t *testing.T) {
	for _, c := range []struct {
		width, height int
		want          bool
	}{{0, 0, true}, {leastWidth - 1, 50, true}, {200, leastHeight - 1, true}, {leastWidth, leastHeight, false}} {
		if got := frameOf(c.width, c.height).small; got != c.want {
			t.Errorf("%dx%d too small: %v, want %v", c.width, c.height, got, c.want)
		}
	}
}

func TestUnder(t *testing.T) {
	for _, c := range []struct {
		name               string
		height, rows, want int // want: lines of the table
	}{
		{"no room for a detail", 8, 100, 8},
		{"a long table leaves the detail its third", 20, 100, 13},
		{"a short table gives what it does not need", 20, 5, 5},
		{"a high terminal", 100, 1000, 89},
	} {
		t.Run(c.name, func(t *testing.T) {
			table, detail := under(80, c.height, c.rows, 5)
			if table.h != c.want {
				t.Errorf("the table has %d lines, want %d", table.h, c.want)
			}
			if detail.h > 0 && table.h+1+detail.h != c.height {
				t.Errorf("%d + 1 + %d lines are not %d", table.h, detail.h, c.height)
			}
		})
	}
}
