package logs

import (
	"bytes"
	"strconv"
	"unicode"
	"unicode/utf8"

	"paddock/fleet"
)

// tabStop is how far apart tabs stop.
const tabStop = 8

// Clean appends to dst what may be drawn of a line, and returns it: valid UTF-8
// without escape sequences, control, bidi and other invisible characters. Tabs
// become blanks; a line that was written over (a progress bar's carriage
// returns) is what it was last. What was not kept of a long line is counted.
func Clean(dst []byte, r Raw) []byte {
	text := r.Text
	if r.More > 0 { // a rune that was cut
		text = wholeRunes(text)
	}
	if printable(text) {
		dst = append(dst, text...)
	} else {
		dst = cleaned(dst, last(text))
	}
	if r.More > 0 {
		dst = append(dst, " ... and "...)
		dst = strconv.AppendInt(dst, r.More+int64(len(r.Text)-len(text)), 10)
		dst = append(dst, " bytes more"...)
	}
	return dst
}

// printable tells whether text is printable ASCII.
func printable(text []byte) bool {
	for _, c := range text {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

func wholeRunes(text []byte) []byte {
	for i := 1; i <= utf8.UTFMax && i <= len(text); i++ {
		if utf8.RuneStart(text[len(text)-i]) {
			if !utf8.FullRune(text[len(text)-i:]) {
				return text[:len(text)-i]
			}
			break
		}
	}
	return text
}

// last is what stands on the line after all its carriage returns.
func last(text []byte) []byte {
	text = bytes.TrimRight(text, "\r")
	for {
		i := bytes.LastIndexByte(text, '\r')
		if i < 0 {
			return text
		}
		if len(bytes.TrimSpace(text[i+1:])) > 0 {
			return text[i+1:]
		}
		text = bytes.TrimRight(text[:i], "\r") // it was blanked
	}
}

func cleaned(dst, text []byte) []byte {
	column := 0 // in runes
	for i := 0; i < len(text); {
		r, n := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(text[i:])
		}
		switch {
		case r == 0x1b:
			i += fleet.EscapeLength(text[i:])
			continue
		case r == '\t':
			for blank := true; blank; blank = column%tabStop > 0 {
				dst = append(dst, ' ')
				column++
			}
		case r == utf8.RuneError && n == 1:
			dst = append(dst, '?')
			column++
		case unicode.IsControl(r), unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp):
		default:
			dst = utf8.AppendRune(dst, r)
			column++
		}
		i += n
	}
	return dst
}
