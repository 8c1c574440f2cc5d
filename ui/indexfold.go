package ui

import "strings"

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
