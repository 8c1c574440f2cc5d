package submit

import (
	"cmp"
	"slices"
)

// Review is what is known of objects before they are sent.
type Review struct {
	Objects  []Object // as they would be sent, each in its namespace
	YAML     string   // the same to be read: what looks secret is hidden
	Problems []Problem
}

// Sorted puts problems in order: errors first.
func Sorted(problems []Problem) []Problem {
	slices.SortStableFunc(problems, func(a, b Problem) int { return cmp.Compare(rank(a.Severity), rank(b.Severity)) })
	return problems
}
