package ui

import (
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestFit(t *testing.T) {
	tests := []struct {
		s           string
		w           int
		left, right string
	}{
		{"abc", 5, "abc  ", "  abc"},
		{"abcdef", 4, "abc~", "abc~"},
		{"abcdef", 0, "", ""},
		{"abc", -1, "", ""},
		{"视觉组", 8, "视觉组  ", "  视觉组"},
		{"视觉组", 6, "视觉组", "视觉组"},
		{"视觉组", 5, "视觉~", "视觉~"},
		{"视觉组", 4, "视~ ", " 视~"}, // a wide rune doesn't fit the third cell
		{"", 2, "  ", "  "},
	}
	for _, tt := range tests {
		if got := fitLeft(tt.s, tt.w); got != tt.left {
			t.Errorf("fitLeft(%q, %d) = %q, want %q", tt.s, tt.w, got, tt.left)
		}
		if got := fitRight(tt.s, tt.w); got != tt.right {
			t.Errorf("fitRight(%q, %d) = %q, want %q", tt.s, tt.w, got, tt.right)
		}
	}
}

func FuzzFit(f *testing.F) {
	f.Add("abc", uint8(2))
	f.Add("视觉组 é́", uint8(5))
	f.Fuzz(func(t *testing.T, s string, w uint8) {
		if !drawable(s) {
			t.Skip() // text is made safe before it gets here
		}
		if got := cells(fitLeft(s, int(w))); got != int(w) {
			t.Errorf("fitLeft(%q, %d) is %d cells wide", s, w, got)
		}
	})
}

// drawable tells whether s is what fleet.Clean lets through.
func drawable(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs) || r == '\u2028' || r == '\u2029' {
			return false
		}
	}
	return true
}
