package ui

import (
	"strings"
	"testing"
)

func TestPackLeavesOutTheLeastImportant(t *testing.T) {
	pieces := []piece{part(0, plain("name")), part(2, plain("kind")), part(1, plain("state")), part(3), part(1, plain("why"))}
	for _, c := range []struct {
		width int
		want  string
	}{
		{40, "name  kind  state  why"},
		{22, "name  kind  state  why"},
		{21, "name  state  why"},
		{15, "name  state"},
		{10, "name  why"}, // the room that a larger one left
		{8, "name"},
		{2, "name"}, // the line that it stands in cuts it
	} {
		var b strings.Builder
		for _, s := range pack(c.width, pieces...) {
			b.WriteString(s.text)
		}
		if b.String() != c.want {
			t.Errorf("in %d cells: %q, want %q", c.width, b.String(), c.want)
		}
	}
}
