package logs

import (
	"bytes"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"
)

// Query is what is searched for in lines: plain text, or with "~" before it a
// regular expression. In lower case it finds either case. The zero Query finds
// every line.
type Query struct {
	text string
	fold bool
	rare int // index of the byte in text that is looked for first
	re   *regexp.Regexp
	need *Query // plain text that stands in every line that re finds; nil when there is none
}

// ParseQuery reads a query.
func ParseQuery(s string) (Query, error) {
	pattern, regular := strings.CutPrefix(s, "~")
	if !regular {
		q := Query{text: s, fold: !strings.ContainsFunc(s, unicode.IsUpper)}
		if q.fold && !ascii(s) { // bytes alone don't tell the case of other letters
			re, err := regexp.Compile("(?i)" + regexp.QuoteMeta(s))
			return Query{text: s, re: re}, err
		}
		q.rare = rarest(s)
		return q, nil
	}
	if !hasUpper(pattern) {
		pattern = "(?i)" + pattern
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return Query{}, fmt.Errorf("%q is no regular expression: %s", s[1:], strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	q := Query{text: s, re: re}
	if tree, err := syntax.Parse(pattern, syntax.Perl); err == nil {
		if text := needed(tree.Simplify()); len(text) > 1 && ascii(text) {
			need, _ := ParseQuery(strings.ToLower(text)) // plain text is never wrong
			q.need = &need
		}
	}
	return q, nil
}

// needed is the longest text that stands in all that a regular expression finds.
func needed(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpCapture, syntax.OpPlus:
		return needed(re.Sub[0])
	case syntax.OpConcat:
		best := ""
		for _, sub := range re.Sub {
			if text := needed(sub); len(text) > len(best) {
				best = text
			}
		}
		return best
	}
	return ""
}

// All tells whether the query finds every line.
func (q Query) All() bool { return q.text == "" }

// String is the query as it was written.
func (q Query) String() string { return q.text }

// Find is where the query stands in text, at from or behind it; -1 when it doesn't.
func (q Query) Find(text []byte, from int) (begin, end int) {
	if q.re != nil {
		if at := q.re.FindIndex(text[from:]); at != nil {
			return from + at[0], from + at[1]
		}
		return -1, -1
	}
	if i := q.index(text[from:]); i >= 0 {
		return from + i, from + i + len(q.text)
	}
	return -1, -1
}

// Matches tells whether the query stands in text.
func (q Query) Matches(text []byte) bool {
	if q.re != nil {
		return q.re.Match(text)
	}
	return q.index(text) >= 0
}

// next is the first line from i on in which the query stands; -1 when there is none.
func (q Query) next(b *block, i int) int {
	if q.re != nil {
		for ; i >= 0 && i < len(b.heads); i++ {
			if q.need != nil {
				if i = q.need.next(b, i); i < 0 {
					return -1
				}
			}
			if q.re.Match(b.textOf(i)) {
				return i
			}
		}
		return -1
	}
	for i < len(b.heads) { // the texts stand one behind the other
		off := int(b.heads[i].off)
		n := q.index(b.text[off:])
		if n < 0 {
			return -1
		}
		i = b.lineAt(off+n, i)
		if end := int(b.heads[i].off) + len(b.textOf(i)); off+n+len(q.text) <= end {
			return i
		}
		if q.Matches(b.textOf(i)) {
			return i
		}
		i++
	}
	return -1
}

// previous is the last line up to i in which the query stands; -1 when there is none.
func (q Query) previous(b *block, i int) int {
	found := -1
	for j := q.next(b, 0); j >= 0 && j <= i; {
		found = j
		if j+1 == len(b.heads) {
			break
		}
		j = q.next(b, j+1)
	}
	return found
}

// lineAt is the line that the byte at off belongs to, which is i or behind it.
func (b *block) lineAt(off, i int) int {
	low, high := i, len(b.heads)
	for low+1 < high {
		if mid := (low + high) / 2; int(b.heads[mid].off) <= off {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// index finds plain text: by its rarest byte, in both its cases.
func (q Query) index(text []byte) int {
	if q.text == "" {
		return 0
	}
	if !q.fold {
		return bytes.Index(text, []byte(q.text))
	}
	c := q.text[q.rare]
	other := c
	if c >= 'a' && c <= 'z' {
		other = c - 'a' + 'A'
	}
	lower, upper := -1, -1 // the next of each; len(text) when there is none
	for at := q.rare; at < len(text); at++ {
		if lower < at {
			lower = nextByte(text, at, c)
		}
		if other == c {
			upper = len(text)
		} else if upper < at {
			upper = nextByte(text, at, other)
		}
		at = min(lower, upper)
		begin := at - q.rare
		if at >= len(text) || begin+len(q.text) > len(text) {
			return -1
		}
		if same(text[begin:begin+len(q.text)], q.text) {
			return begin
		}
	}
	return -1
}

func nextByte(text []byte, from int, c byte) int {
	if i := bytes.IndexByte(text[from:], c); i >= 0 {
		return from + i
	}
	return len(text)
}

// same compares with text in lower case, whatever the case of ASCII letters.
func same(text []byte, lower string) bool {
	for i := range len(lower) {
		c := text[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// common are the bytes of logs, the most common last.
const common = "jqxzkvwybghfpcmdulsrnioate-_/,.:=0123456789 "

// rarest is the index of the byte of s that is rarest in logs.
func rarest(s string) int {
	best, at := len(common)+1, 0
	for i := range len(s) {
		if n := strings.IndexByte(common, s[i]); n < best {
			best, at = n, i
		}
	}
	return at
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// hasUpper tells whether a regular expression has a letter in upper case that
// is no class (\S) of its own.
func hasUpper(pattern string) bool {
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\':
			i++
		case c >= 'A' && c <= 'Z':
			return true
		}
	}
	return false
}
