package fleet

import (
	"slices"
	"strings"
)

// usefulFirst puts the reasons of the scheduler's "0/17 nodes are available: ..."
// into the order of their use: which GPUs are too few, then what else is, then
// what keeps the worker away, and at last that nodes are cordoned, which says nothing of the worker.
func usefulFirst(message string) string {
	const lead = " nodes are available: "
	at := strings.Index(message, lead)
	if at < 0 {
		return message
	}
	at += len(lead)
	reasons, end := strings.CutSuffix(message[at:], ".")
	all := clauses(reasons)
	slices.SortStableFunc(all, func(a, b string) int { return useOf(a) - useOf(b) })
	said := message[:at] + strings.Join(all, ", ")
	if end {
		said += "."
	}
	return said
}

// clauses splits reasons, each of which begins with its count of nodes; a comma
// inside of one is followed by something else.
func clauses(s string) []string {
	var out []string
	from := 0
	for i := 0; i+2 < len(s); i++ {
		if s[i] == ',' && s[i+1] == ' ' && s[i+2] >= '0' && s[i+2] <= '9' {
			out = append(out, s[from:i])
			from = i + 2
		}
	}
	return append(out, s[from:])
}

func useOf(clause string) int {
	switch {
	case strings.Contains(clause, "were unschedulable"):
		return 3
	case !strings.Contains(clause, "Insufficient ") && !strings.Contains(clause, "Too many pods"):
		return 2
	case strings.HasSuffix(clause, " cpu"), strings.HasSuffix(clause, " memory"), strings.HasSuffix(clause, " ephemeral-storage"), strings.Contains(clause, "pods"):
		return 1
	}
	return 0
}
