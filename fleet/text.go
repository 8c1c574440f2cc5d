package fleet

import (
	"unicode"
	"unicode/utf8"
)

// Clean makes text from a cluster or from Prometheus safe to draw: one line of
// valid UTF-8, without escape sequences, control, bidi and other invisible
// format characters, at most limit bytes long (cut at a rune; "..." says so).
// Newlines, tabs and carriage returns become one space. Text that is safe
// already is returned as it is, without an allocation.
func Clean(s string, limit int) string {
	if len(s) <= limit && plain(s) {
		return s
	}
	b := make([]byte, 0, min(len(s), limit))
	cut := 0 // where it is cut if it turns out too long
	space := false
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == 0x1b {
			i += EscapeLength(s[i:])
			continue
		}
		i += n
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == ' ' || r == '\u2028' || r == '\u2029':
			space = len(b) > 0
			continue
		case r == utf8.RuneError && n == 1:
			r = '?'
		case unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs):
			continue
		}
		if space {
			b = append(b, ' ')
			space = false
		}
		b = utf8.AppendRune(b, r)
		if len(b) > limit {
			return string(b[:cut]) + "..."
		}
		if len(b) <= limit-3 {
			cut = len(b)
		}
	}
	return string(b)
}

// plain tells whether s is printable ASCII without runs of spaces to fold.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// EscapeLength is the length of the escape sequence that s begins with: CSI up
// to its final byte, OSC and other strings up to BEL or ST, else two bytes.
func EscapeLength[T string | []byte](s T) int {
	if len(s) < 2 {
		return len(s)
	}
	switch s[1] {
	case '[':
		for i := 2; i < len(s); i++ {
			if s[i] >= '@' && s[i] <= '~' {
				return i + 1
			}
		}
		return len(s)
	case ']', 'P', 'X', '^', '_':
		for i := 2; i < len(s); i++ {
			if s[i] == '\a' {
				return i + 1
			}
			if s[i] == 0x1b && i+1 < len(s) && s[i+1] == '\\' {
				return i + 2
			}
		}
		return len(s)
	}
	return 2
}
