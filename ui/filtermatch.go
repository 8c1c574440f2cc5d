package ui

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

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
