package ui

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// filter is a parsed filter over rows of type T: several terms, all of which a
// row must match.
//
//	ocr                 text, somewhere in the row; lower case finds either case
//	"out of memory"     text with spaces
//	/w[0-3]$/ ~^gpu-    regular expression
//	team:nlp,vision     a key of the rows, any of the values
//	node:gpu-04*        shell pattern over the whole value
//	gpus:>8 busy:<5%    comparison
//	idle:yes            yes or no
//	-kind:pod !done     not
//
// The zero filter lets every row through.
type filter[T any] struct{ terms []term[T] }

// term is one condition of a filter.
type term[T any] struct {
	negate bool
	match  func(row T) bool
}

// filterKey is one key of the filter language over rows of type T. Exactly one of
// words, number and flag is set. The key without a name is free text.
type filterKey[T any] struct {
	name string
	help string
	// words calls yield with every text of the row that the key looks at, until one is accepted.
	words func(row T, yield func(string) bool) bool
	whole whole
	// number is the row's number, NaN when it is not known; shares are 0 to 1 and typed as percents.
	number func(row T) float64
	share  bool
	flag   func(row T) bool
}

// whole tells how much of a text a value must be, unless it is a pattern.
type whole int

const (
	anyPart   whole = iota // "paddle" finds "registry/paddle:2.6"
	beginning              // "fail" finds "failing" and "failed"; "start" does not find "restarting"
	entire                 // "nlp" does not find "nlp-dev"
)

// parseFilter reads a filter. Words that are still being typed ("team:", "-")
// are no condition yet. An error is one sentence for the person who types.
func parseFilter[T any](text string, keys []filterKey[T]) (filter[T], error) {
	var f filter[T]
	for _, word := range filterWords(text) {
		t, err := parseTerm(word, keys)
		if err != nil {
			return filter[T]{}, err
		}
		if t.match != nil {
			f.terms = append(f.terms, t)
		}
	}
	return f, nil
}

// empty is true when the filter lets every row through.
func (f filter[T]) empty() bool { return len(f.terms) == 0 }

// match tells whether a row passes.
func (f filter[T]) match(row T) bool {
	for _, t := range f.terms {
		if t.match(row) == t.negate {
			return false
		}
	}
	return true
}

// filterWords splits at spaces, but not inside "..." or /.../.
func filterWords(text string) []string {
	var words []string
	for {
		text = strings.TrimLeft(text, " ")
		if text == "" {
			return words
		}
		end := wordEnd(text)
		words = append(words, text[:end])
		text = text[end:]
	}
}

// wordEnd is the length of the first word of text.
func wordEnd(text string) int {
	i := 0
	if text[0] == '-' || text[0] == '!' {
		i = 1
	}
	if i < len(text) && text[i] == '/' {
		for j := i + 1; j < len(text); j++ {
			if text[j] == '\\' {
				j++
			} else if text[j] == '/' {
				return j + 1
			}
		}
		return len(text)
	}
	quoted := false
	for ; i < len(text) && (quoted || text[i] != ' '); i++ {
		if text[i] == '"' {
			quoted = !quoted
		}
	}
	return i
}

// parseTerm reads one word; the term of an unfinished word has no match.
func parseTerm[T any](word string, keys []filterKey[T]) (term[T], error) {
	var t term[T]
	if word[0] == '-' || word[0] == '!' {
		t.negate, word = true, word[1:]
	}
	var err error
	name, value, keyed := strings.Cut(word, ":")
	if !keyed || strings.ContainsAny(name, `/~"`) {
		t.match, err = wordsMatch(word, keyNamed(keys, ""))
		return t, err
	}
	key := keyNamed(keys, strings.ToLower(name))
	if key == nil || name == "" {
		return t, fmt.Errorf("no key %q here; the keys are %s", name+":", keyNames(keys))
	}
	switch value = strings.Trim(value, `"`); {
	case value == "":
		return t, nil
	case key.number != nil:
		t.match, err = numberMatch(value, key)
	case key.flag != nil:
		t.match, err = flagMatch(value, key)
	default:
		t.match, err = wordsMatch(value, key)
	}
	return t, err
}

func keyNamed[T any](keys []filterKey[T], name string) *filterKey[T] {
	for i := range keys {
		if keys[i].name == name {
			return &keys[i]
		}
	}
	return nil
}

func keyNames[T any](keys []filterKey[T]) string {
	var names []string
	for _, k := range keys {
		if k.name != "" {
			names = append(names, k.name+":")
		}
	}
	return strings.Join(names, " ")
}

// wordsMatch is a condition on texts. Free text is one value, as a comma may be part of it.
func wordsMatch[T any](value string, key *filterKey[T]) (func(T) bool, error) {
	values := []string{value}
	if key.name != "" && !strings.HasPrefix(value, "/") && !strings.HasPrefix(value, "~") {
		values = strings.Split(value, ",")
	}
	var any []func(string) bool
	for _, v := range values {
		accept, err := textMatch(v, key.whole, key.name != "")
		if err != nil {
			return nil, err
		}
		if accept != nil {
			any = append(any, accept)
		}
	}
	if len(any) == 0 {
		return nil, nil
	}
	accept := any[0]
	if len(any) > 1 {
		accept = func(s string) bool {
			return slices.ContainsFunc(any, func(a func(string) bool) bool { return a(s) })
		}
	}
	return func(row T) bool { return key.words(row, accept) }, nil
}

// textMatch is a condition on one text; nil for a value that is not there yet.
func textMatch(value string, part whole, patterns bool) (func(string) bool, error) {
	if source, ok := regexpSource(value); ok {
		if source == "" {
			return nil, nil
		}
		if source == strings.ToLower(source) {
			source = "(?i)" + source
		}
		re, err := regexp.Compile(source)
		if err != nil {
			return nil, fmt.Errorf("not a regular expression: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		}
		return re.MatchString, nil
	}
	value = strings.ReplaceAll(value, `"`, "")
	fold := value == strings.ToLower(value)
	switch {
	case value == "":
		return nil, nil
	case patterns && strings.ContainsAny(value, "*?["):
		if _, err := path.Match(value, ""); err != nil {
			return nil, fmt.Errorf("not a pattern: %q has an open [", value)
		}
		return func(s string) bool { return globMatch(value, s, fold) }, nil
	case part == entire:
		return func(s string) bool { return len(s) == len(value) && indexFold(s, value, fold) == 0 }, nil
	case part == beginning:
		return func(s string) bool { return indexFold(s[:min(len(s), len(value))], value, fold) == 0 }, nil
	}
	return func(s string) bool { return indexFold(s, value, fold) >= 0 }, nil
}

// globMatch is path.Match over the whole text, in which "/" is a letter like others.
func globMatch(pattern, s string, fold bool) bool {
	if fold {
		s = strings.ToLower(s)
	}
	const slash = "\x00" // never part of safe text
	ok, _ := path.Match(strings.ReplaceAll(pattern, "/", slash), strings.ReplaceAll(s, "/", slash))
	return ok
}

// regexpSource is the expression of /expression/ (the closing slash may be missing) or ~expression.
func regexpSource(value string) (string, bool) {
	switch {
	case strings.HasPrefix(value, "~"):
		return value[1:], true
	case strings.HasPrefix(value, "/"):
		value = value[1:]
		if strings.HasSuffix(value, "/") && !strings.HasSuffix(value, `\/`) {
			value = value[:len(value)-1]
		}
		return strings.ReplaceAll(value, `\/`, "/"), true
	}
	return "", false
}

// numberMatch is a condition on a number: 8, >8, >=8, <8, <=8; a share is typed as 5 or 5%.
func numberMatch[T any](value string, key *filterKey[T]) (func(T) bool, error) {
	op := value[:len(value)-len(strings.TrimLeft(value, "<>="))]
	digits := value[len(op):]
	if digits == "" {
		return nil, nil
	}
	want, err := strconv.ParseFloat(strings.TrimSuffix(digits, "%"), 64)
	if err != nil {
		return nil, fmt.Errorf("%s: needs a number, as in %s:>8, not %q", key.name, key.name, digits)
	}
	if key.share {
		want /= 100
	}
	compare, ok := map[string]func(float64) bool{
		"":   func(v float64) bool { return v == want },
		"=":  func(v float64) bool { return v == want },
		">":  func(v float64) bool { return v > want },
		">=": func(v float64) bool { return v >= want },
		"<":  func(v float64) bool { return v < want },
		"<=": func(v float64) bool { return v <= want },
	}[op]
	if !ok {
		return nil, fmt.Errorf("%s: compares with > >= < <= or =, not with %q", key.name, op)
	}
	return func(row T) bool { return compare(key.number(row)) }, nil
}

// flagMatch is a condition on yes or no; a first letter is enough.
func flagMatch[T any](value string, key *filterKey[T]) (func(T) bool, error) {
	value = strings.ToLower(value)
	switch {
	case strings.HasPrefix("yes", value), strings.HasPrefix("true", value):
		return key.flag, nil
	case strings.HasPrefix("no", value), strings.HasPrefix("false", value):
		return func(row T) bool { return !key.flag(row) }, nil
	}
	return nil, fmt.Errorf("%s: is yes or no, not %q", key.name, value)
}

// indexFold is strings.Index, for ASCII letters in either case when fold is set
// (sub is then lower case). It allocates nothing: it runs over every row, and over every line of a pager.
func indexFold(s, sub string, fold bool) int {
	if !fold || sub == "" {
		return strings.Index(s, sub)
	}
	first := sub[0]
	for i := 0; i+len(sub) <= len(s); i++ {
		if lower(s[i]) == first && equalFold(s[i:i+len(sub)], sub) {
			return i
		}
	}
	return -1
}

func equalFold(s, lowered string) bool {
	for i := range len(lowered) {
		if lower(s[i]) != lowered[i] {
			return false
		}
	}
	return true
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}
