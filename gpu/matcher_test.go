package gpu

import (
	"strings"
	"testing"
)

func TestParseMatcher(t *testing.T) {
	tests := []struct{ text, want, fails string }{
		{`cluster="prod-a"`, `cluster="prod-a"`, ""},
		{` cluster = 'prod-a' `, `cluster="prod-a"`, ""},
		{"zone=~`eu-.*`", `zone=~"eu-.*"`, ""},
		{`a!="b\"c"`, `a!="b\"c"`, ""},
		{`a!~"x|y"`, `a!~"x|y"`, ""},
		{`a='it\'s'`, `a="it's"`, ""},
		{`cluster=prod-a`, "", `in quotes: cluster="..."`},
		{`cluster`, "", "write it like"},
		{`1a="b"`, "", "not a label name"},
		{`__name__="up"`, "", "not a label name"},
		{`a=="b"`, "", "in quotes"},
		{`a="b",c="d"`, "", "in quotes"},
		{`a="b"} or vector(1)`, "", "in quotes"},
		{`a!"b"`, "", "operator"},
		{`a=~"("`, "", "regular expression"},
		{``, "", "write it like"},
	}
	for _, test := range tests {
		got, err := parseMatcher(test.text)
		switch {
		case test.fails == "" && (err != nil || got != test.want):
			t.Errorf("%s: %q, %v; want %q", test.text, got, err, test.want)
		case test.fails != "" && (err == nil || !strings.Contains(err.Error(), test.fails)):
			t.Errorf("%s: %q, error %v; want one with %q", test.text, got, err, test.fails)
		}
	}
}

// A matcher goes into every query: what was accepted must stay one matcher.
func FuzzParseMatcher(f *testing.F) {
	for _, text := range []string{`a="b"`, `a='b'`, "a=`b`", `a=~"x"`, `a="\xff"`, `a='\377'`, `a="b"} or up{x="y"`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		once, err := parseMatcher(text)
		if err != nil {
			return
		}
		twice, err := parseMatcher(once)
		if err != nil || twice != once {
			t.Errorf("%q became %q, and that %q, %v", text, once, twice, err)
		}
	})
}
