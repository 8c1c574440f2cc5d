package kube

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestListAgainstSorting compares the merge with sorting everything anew, over
// random swaps.
func TestListAgainstSorting(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	compare := func(a, b *int) int { return *a - *b }
	l := newList(compare)
	var live []*int
	for range 500 {
		for range r.IntN(6) {
			var before, after *int
			if len(live) > 0 && r.IntN(3) > 0 {
				i := r.IntN(len(live))
				before = live[i]
				live = slices.Delete(live, i, i+1)
			}
			if r.IntN(3) > 0 {
				n := r.IntN(1 << 30)
				after = &n
				live = append(live, after)
			}
			l.swap(before, after)
		}
		slices.SortFunc(live, compare)
		if got := l.flush(); !slices.Equal(got, live) {
			t.Fatalf("flush: %d elements, want %d in order", len(got), len(live))
		}
	}
}

func TestListWithoutChangeIsTheSameSlice(t *testing.T) {
	l := newList(func(a, b *int) int { return *a - *b })
	n := 1
	l.swap(nil, &n)
	first := l.flush()
	l.swap(&n, &n)
	if second := l.flush(); &first[0] != &second[0] {
		t.Error("an unchanged list was built anew")
	}
}
