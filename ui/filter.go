package ui

import (
	"fmt"
	"strings"
	"time"
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
//	age:>2h             older, or younger, than a time
//	idle:yes            yes or no
//	-kind:pod !done     not
//
// The zero filter lets every row through.
type filter[T any] struct{ terms []term[T] }

// term is one condition of a filter.
type term[T any] struct {
	negate bool
	match  func(row T, now time.Time) bool
}

// filterKey is one key of the filter language over rows of type T. Exactly one of
// words, number, flag and since is set. The key without a name is free text.
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
	since  func(row T) time.Time // when it began; the condition is on its age
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

// match tells whether a row passes, now.
func (f filter[T]) match(row T, now time.Time) bool {
	for _, t := range f.terms {
		if t.match(row, now) == t.negate {
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
		t.match, err = timeless(wordsMatch(word, keyNamed(keys, "")))
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
		t.match, err = timeless(numberMatch(value, key))
	case key.flag != nil:
		t.match, err = timeless(flagMatch(value, key))
	case key.since != nil:
		t.match, err = ageMatch(value, key)
	default:
		t.match, err = timeless(wordsMatch(value, key))
	}
	return t, err
}

// timeless is a condition that asks no clock.
func timeless[T any](match func(T) bool, err error) (func(T, time.Time) bool, error) {
	if match == nil || err != nil {
		return nil, err
	}
	return func(row T, _ time.Time) bool { return match(row) }, nil
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
