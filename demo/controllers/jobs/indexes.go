package jobs

import (
	"slices"
	"strconv"
	"strings"
)

// indexes is a set of completion indexes as a status writes it: "0-3,7".
type indexes map[int]bool

// parseIndexes reads a set; what is beyond the completions does not count.
func parseIndexes(text string, completions int) indexes {
	set := indexes{}
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		from, err := strconv.Atoi(first)
		if err != nil {
			continue
		}
		to := from
		if isRange {
			if to, err = strconv.Atoi(last); err != nil {
				continue
			}
		}
		for i := from; i <= min(to, completions-1); i++ {
			set[i] = true
		}
	}
	return set
}

func (s indexes) String() string {
	sorted := make([]int, 0, len(s))
	for i := range s {
		sorted = append(sorted, i)
	}
	slices.Sort(sorted)
	var b []byte
	for i := 0; i < len(sorted); {
		j := i
		for j+1 < len(sorted) && sorted[j+1] == sorted[j]+1 {
			j++
		}
		if len(b) > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(sorted[i]), 10)
		if j > i {
			separator := byte('-')
			if j == i+1 {
				separator = ','
			}
			b = strconv.AppendInt(append(b, separator), int64(sorted[j]), 10)
		}
		i = j + 1
	}
	return string(b)
}
