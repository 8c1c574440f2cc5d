package sim

import (
	"container/heap"
	"time"
)

// Timer is an entry of the agenda.
type Timer struct {
	due   time.Time
	seq   uint64 // what was added first happens first
	index int    // in the agenda; -1: not there any more
	f     func()
	owner *agenda
}

// Stop takes the entry off the agenda, if it is still there.
func (t *Timer) Stop() {
	if t != nil && t.index >= 0 {
		heap.Remove(&t.owner.timers, t.index)
	}
}

// agenda is what is to happen, the earliest first.
type agenda struct {
	timers timers
	seq    uint64
}

func (a *agenda) add(due time.Time, f func()) *Timer {
	a.seq++
	t := &Timer{due: due, seq: a.seq, f: f, owner: a}
	heap.Push(&a.timers, t)
	return t
}

// pop takes the first entry off that is due; nil: none is.
func (a *agenda) pop(now time.Time) *Timer {
	if len(a.timers) == 0 || a.timers[0].due.After(now) {
		return nil
	}
	return heap.Pop(&a.timers).(*Timer)
}

// next is when the first entry is due; zero: there is none.
func (a *agenda) next() time.Time {
	if len(a.timers) == 0 {
		return time.Time{}
	}
	return a.timers[0].due
}

type timers []*Timer

func (t timers) Len() int { return len(t) }

func (t timers) Less(i, j int) bool {
	if !t[i].due.Equal(t[j].due) {
		return t[i].due.Before(t[j].due)
	}
	return t[i].seq < t[j].seq
}

func (t timers) Swap(i, j int) {
	t[i], t[j] = t[j], t[i]
	t[i].index, t[j].index = i, j
}

func (t *timers) Push(x any) {
	timer := x.(*Timer)
	timer.index = len(*t)
	*t = append(*t, timer)
}

func (t *timers) Pop() any {
	old := *t
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*t = old[:len(old)-1]
	last.index = -1
	return last
}
