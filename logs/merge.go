package logs

import (
	"container/heap"
	"time"
)

// Merge puts the lines of several sources in one order as they come, for a
// reader that can't put a line in between later. A line waits until no source
// can have an earlier one: until each has told its next line, has ended, or has
// been silent for a while.
type Merge struct {
	Patience time.Duration // that silence; 0 waits for all, as for logs that are read to their end
	heads    heads
	open     map[int32]*queue
}

// queue is what has come of one source and waits.
type queue struct {
	lines  []Line
	spoken time.Time // when something came last
	done   bool
}

// heads are the first lines of the sources that have one.
type heads []*queue

func (h heads) Len() int           { return len(h) }
func (h heads) Less(i, j int) bool { return byPlace(h[i].lines[0], h[j].lines[0]) < 0 }
func (h heads) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *heads) Push(x any)        { *h = append(*h, x.(*queue)) }
func (h *heads) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// Open announces a source. Until something comes of it, it is waited for as if
// it had spoken at until.
func (m *Merge) Open(source int32, until time.Time) {
	if m.open == nil {
		m.open = map[int32]*queue{}
	}
	if m.open[source] == nil {
		m.open[source] = &queue{spoken: until}
	}
}

// Add takes the next lines of a source.
func (m *Merge) Add(source int32, lines []Line, now time.Time) {
	q := m.open[source]
	q.spoken = now
	if len(lines) == 0 {
		return
	}
	waits := len(q.lines) > 0
	if q.lines = append(q.lines, lines...); !waits {
		heap.Push(&m.heads, q)
	}
}

// Close says that nothing more comes of a source.
func (m *Merge) Close(source int32) {
	if q := m.open[source]; q != nil {
		q.done = true
		if len(q.lines) == 0 {
			delete(m.open, source)
		}
	}
}

// Next is the next line. Without one, wait is when to ask again if nothing
// comes: 0 for never.
func (m *Merge) Next(now time.Time) (l Line, ok bool, wait time.Duration) {
	if len(m.heads) == 0 {
		return Line{}, false, 0
	}
	if len(m.heads) < len(m.open) {
		for _, q := range m.open {
			if len(q.lines) > 0 || q.done {
				continue
			}
			if m.Patience == 0 {
				return Line{}, false, 0
			}
			if left := m.Patience - now.Sub(q.spoken); left > 0 {
				return Line{}, false, left
			}
		}
	}
	q := m.heads[0]
	l = q.lines[0]
	if q.lines = q.lines[1:]; len(q.lines) > 0 {
		heap.Fix(&m.heads, 0)
		return l, true, 0
	}
	heap.Pop(&m.heads)
	if q.done {
		delete(m.open, l.Source)
	}
	return l, true, 0
}
