package logs

import (
	"sort"
	"time"
)

// Log is the stream as it was at one moment. It never changes, and may be read
// by any goroutine.
type Log struct {
	blocks  []*block
	lines   int
	dropped Dropped
	spill   *spill
}

// Lines is how many there are, of those that were put in.
func (l *Log) Lines() int { return l.lines }

// Dropped is what there was no room for; the first line says so.
func (l *Log) Dropped() Dropped { return l.dropped }

// Pos is a line of one Log.
type Pos struct{ block, line int }

// First is the oldest line, or the word about older ones; false when there is none.
func (l *Log) First() (Pos, bool) { return Pos{}, len(l.blocks) > 0 }

// Last is the newest line; false when there is none.
func (l *Log) Last() (Pos, bool) {
	if len(l.blocks) == 0 {
		return Pos{}, false
	}
	i := len(l.blocks) - 1
	return Pos{i, len(l.block(i).heads) - 1}, true
}

// Next is the line after p.
func (l *Log) Next(p Pos) (Pos, bool) {
	if p.line+1 < len(l.block(p.block).heads) {
		return Pos{p.block, p.line + 1}, true
	}
	if p.block+1 < len(l.blocks) {
		return Pos{p.block + 1, 0}, true
	}
	return p, false
}

// Prev is the line before p.
func (l *Log) Prev(p Pos) (Pos, bool) {
	if p.line > 0 {
		return Pos{p.block, p.line - 1}, true
	}
	if p.block > 0 {
		return Pos{p.block - 1, len(l.block(p.block-1).heads) - 1}, true
	}
	return p, false
}

// Line is the line at p.
func (l *Log) Line(p Pos) Line { return l.block(p.block).line(p.line) }

// Find is the line that stands at a place, else the first behind it, else the
// last; false when there is none at all.
func (l *Log) Find(at Place) (Pos, bool) {
	i := sort.Search(len(l.blocks), func(i int) bool { return l.blocks[i].last.Compare(at) >= 0 })
	if i == len(l.blocks) {
		return l.Last()
	}
	b := l.block(i)
	n := sort.Search(len(b.heads), func(j int) bool { return b.heads[j].place().Compare(at) >= 0 })
	return Pos{i, min(n, len(b.heads)-1)}, true
}

// Since is the first line that was printed at a time or later, else the last.
func (l *Log) Since(t time.Time) (Pos, bool) { return l.Find(Place{Key: t.UnixNano(), Source: -1}) }

// Before tells whether p stands before q.
func (p Pos) Before(q Pos) bool {
	return p.block < q.block || p.block == q.block && p.line < q.line
}

// block is a block with its lines. One that was written over meanwhile is a
// mark that says so.
func (l *Log) block(i int) *block {
	b := l.blocks[i]
	if b.stored == nil {
		return b
	}
	if read := l.spill.load(b.stored); read != nil {
		return read
	}
	return markBlock(b.first, "lines were dropped while they were read")
}
