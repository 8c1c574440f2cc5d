package gpu

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// parseMatcher checks one label matcher, cluster="prod-a" or zone=~'eu-.*', and
// returns it in one notation.
func parseMatcher(text string) (string, error) {
	fail := func(why string) (string, error) {
		return "", fmt.Errorf("matcher %q: %s", text, why)
	}
	rest := strings.TrimSpace(text)
	end := strings.IndexAny(rest, "=!")
	if end < 0 {
		return fail(`write it like cluster="prod-a"`)
	}
	name := strings.TrimSpace(rest[:end])
	if !labelName(name) {
		return fail(fmt.Sprintf("%q is not a label name", name))
	}
	op := operator(rest[end:])
	if op == "" {
		return fail("the operator is one of =, !=, =~, !~")
	}
	value, ok := unquote(strings.TrimSpace(rest[end+len(op):]))
	if !ok {
		return fail(fmt.Sprintf("write one value in quotes: %s%s\"...\"", name, op))
	}
	if strings.HasSuffix(op, "~") {
		if _, err := regexp.Compile("^(?:" + value + ")$"); err != nil {
			return fail("not a regular expression: " + err.Error())
		}
	}
	return name + op + strconv.Quote(value), nil
}

// labelName follows Prometheus' data model. __name__ would fight with paddock's own.
func labelName(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != "" && s != "__name__"
}

func operator(s string) string {
	for _, op := range []string{"=~", "!~", "!=", "="} {
		if strings.HasPrefix(s, op) {
			return op
		}
	}
	return ""
}

// unquote reads a PromQL string: "..." and `...` are Go's, '...' is Go's
// "..." with the quotes exchanged.
func unquote(s string) (string, bool) {
	if len(s) >= 2 && s[0] == '\'' && s[len(s)-1] == '\'' {
		var b strings.Builder
		for rest := s[1 : len(s)-1]; rest != ""; {
			r, multibyte, tail, err := strconv.UnquoteChar(rest, '\'')
			if err != nil {
				return "", false
			}
			if multibyte || r < 0x80 {
				b.WriteRune(r)
			} else {
				b.WriteByte(byte(r))
			}
			rest = tail
		}
		return b.String(), true
	}
	value, err := strconv.Unquote(s)
	return value, err == nil && s[0] != '\''
}

// matchedLabel is the label that a checked matcher is about.
func matchedLabel(matcher string) string {
	return matcher[:strings.IndexAny(matcher, "=!")]
}
