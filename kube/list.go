package kube

import "slices"

// list is a sorted list of published pointers, rebuilt only from what changed:
// an unchanged element stays the same pointer, and an unchanged list the same slice.
type list[T comparable] struct {
	compare func(a, b T) int
	out     []T
	fresh   map[T]struct{}
	gone    map[T]struct{}
}

func newList[T comparable](compare func(a, b T) int) *list[T] {
	return &list[T]{compare: compare, out: []T{}, fresh: map[T]struct{}{}, gone: map[T]struct{}{}}
}

// swap puts after in before's place; the zero T stands for nothing.
func (l *list[T]) swap(before, after T) {
	var none T
	if before == after {
		return
	}
	if before != none {
		if _, unpublished := l.fresh[before]; unpublished {
			delete(l.fresh, before)
		} else {
			l.gone[before] = struct{}{}
		}
	}
	if after != none {
		l.fresh[after] = struct{}{}
	}
}

// flush returns the sorted list with all swaps done: one merge of the old list
// with the few that are new.
func (l *list[T]) flush() []T {
	if len(l.fresh) == 0 && len(l.gone) == 0 {
		return l.out
	}
	fresh := make([]T, 0, len(l.fresh))
	for t := range l.fresh {
		fresh = append(fresh, t)
	}
	slices.SortFunc(fresh, l.compare)
	merged := make([]T, 0, max(len(l.out)+len(fresh)-len(l.gone), 0))
	for _, t := range l.out {
		if _, gone := l.gone[t]; gone {
			continue
		}
		for len(fresh) > 0 && l.compare(fresh[0], t) < 0 {
			merged = append(merged, fresh[0])
			fresh = fresh[1:]
		}
		merged = append(merged, t)
	}
	l.out = append(merged, fresh...)
	clear(l.fresh)
	clear(l.gone)
	return l.out
}
