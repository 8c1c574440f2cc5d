package ui

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ageMatch is a condition on how long ago something was: >2h, <=30m, <3d. What
// has no time matches nothing.
func ageMatch[T any](value string, key *filterKey[T]) (func(T, time.Time) bool, error) {
	op := value[:len(value)-len(strings.TrimLeft(value, "<>="))]
	text := value[len(op):]
	if text == "" {
		return nil, nil
	}
	want, err := parseAge(text)
	if err != nil {
		return nil, fmt.Errorf("%s: needs a time such as 90s, 5m, 2h or 3d, not %q", key.name, text)
	}
	var accept func(age time.Duration) bool
	switch op {
	case ">", ">=":
		accept = func(age time.Duration) bool { return age >= want }
	case "<", "<=":
		accept = func(age time.Duration) bool { return age <= want }
	default:
		return nil, fmt.Errorf("%s: is older or younger, as in %s:>2h or %s:<30m", key.name, key.name, key.name)
	}
	return func(row T, now time.Time) bool {
		at := key.since(row)
		return !at.IsZero() && accept(now.Sub(at))
	}, nil
}

// parseAge reads a duration as Go writes it, with days and weeks too: "1h30m", "3d", "2w".
func parseAge(text string) (time.Duration, error) {
	for unit, length := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		if digits, ok := strings.CutSuffix(text, unit); ok {
			n, err := strconv.ParseFloat(digits, 64)
			if err == nil && !(n >= 0 && n < 100_000) { // longer than anything that was ever kept
				err = strconv.ErrRange
			}
			return time.Duration(n * float64(length)), err
		}
	}
	return time.ParseDuration(text)
}
