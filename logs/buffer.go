package logs

import (
	"fmt"
	"slices"
	"sort"
	"time"
)

// blockBytes is how large a block of lines grows.
const blockBytes = 64 << 10

// headBytes is what a line takes beside its text.
const headBytes = 32

// head is a line in a block; its text begins at off and ends where the next
// one's begins.
type head struct {
	key    int64
	lag    uint32 // At - Key, in nanoseconds
	seq    uint32
	source int32
	off    uint32
	level  Level
	kind   Kind
}

func (h head) place() Place { return Place{h.key, h.source, h.seq} }

// block is a stretch of the stream: sorted, and never changed once it is made.
type block struct {
	first, last Place
	lines       int
	heads       []head
	text        []byte
	errors      int     // lines of level Error that begin something
	marks       int     // lines of paddock's own
	stored      *stored // where it is in the spill file; nil in memory
}

func (b *block) bytes() int { return len(b.text) + headBytes*len(b.heads) }

func (b *block) line(i int) Line {
	h := b.heads[i]
	return Line{At: h.key + int64(h.lag), Key: h.key, Source: h.source, Seq: h.seq, Level: h.level, Kind: h.kind, Text: b.textOf(i)}
}

func (b *block) textOf(i int) []byte {
	end := len(b.text)
	if i+1 < len(b.heads) {
		end = int(b.heads[i+1].off)
	}
	return b.text[b.heads[i].off:end:end]
}

func (b *block) add(l Line) {
	b.heads = append(b.heads, head{
		key: l.Key, lag: uint32(min(max(l.At-l.Key, 0), 1<<32-1)), seq: l.Seq, source: l.Source,
		off: uint32(len(b.text)), level: l.Level, kind: l.Kind,
	})
	b.text = append(b.text, l.Text...)
	if l.Level == Error && l.Kind != Continued {
		b.errors++
	}
	if l.Kind > Continued {
		b.marks++
	}
}

// Spill is where lines go that memory has no room for.
type Spill interface {
	WriteAt(p []byte, off int64) (int, error)
	ReadAt(p []byte, off int64) (int, error)
}

// Bounds limit a Buffer, in bytes. What has no room in Memory goes to the
// Spill file, and what has no room there is dropped, the oldest first.
type Bounds struct {
	Memory int
	File   int64
	Spill  Spill // nil to drop at once
}

// Buffer holds the stream of all containers, sorted, within bounds. One
// goroutine fills it; what Log returns may be read by any.
type Buffer struct {
	bounds  Bounds
	blocks  []*block
	memory  int // of the blocks in memory
	spilled int // how many blocks at the beginning are in the file
	dropped Dropped
	spill   *spill
	err     error
	fresh   block // that is being written
}

// Dropped is what a Buffer had no room for: the oldest lines.
type Dropped struct {
	Lines int64
	Until int64 // the last one's time, Unix nanoseconds
}

// NewBuffer makes an empty buffer.
func NewBuffer(b Bounds) *Buffer {
	buf := &Buffer{bounds: b}
	if b.Spill != nil {
		buf.spill = &spill{file: b.Spill, size: b.File}
	}
	return buf
}

// Insert puts lines in their places. It keeps none of their texts.
func (b *Buffer) Insert(lines []Line) {
	if len(lines) == 0 {
		return
	}
	if !slices.IsSortedFunc(lines, byPlace) {
		lines = slices.Clone(lines)
		slices.SortStableFunc(lines, byPlace)
	}
	if b.dropped.Lines > 0 { // too old to find room
		n := sort.Search(len(lines), func(i int) bool { return lines[i].Key > b.dropped.Until })
		b.dropped.Lines += int64(n)
		if lines = lines[n:]; len(lines) == 0 {
			return
		}
	}
	// The blocks from the one that the first line falls into are written anew
	// where lines fall into them. Those in the file are left as they are: a line
	// that is older than they are is put behind them.
	first := b.spilled + sort.Search(len(b.blocks)-b.spilled, func(i int) bool { return b.blocks[b.spilled+i].last.Compare(lines[0].Place()) > 0 })
	if first == len(b.blocks) && first > b.spilled {
		first-- // the last one may have room
	}
	old := slices.Clone(b.blocks[first:])
	b.blocks = b.blocks[:first:first]
	for i, o := range old {
		n := len(lines)
		if i+1 < len(old) {
			n = sort.Search(len(lines), func(j int) bool { return lines[j].Place().Compare(old[i+1].first) >= 0 })
		}
		if n == 0 {
			b.blocks = append(b.blocks, o)
			continue
		}
		b.memory -= o.bytes()
		b.merge(o, lines[:n])
		lines = lines[n:]
	}
	if len(old) == 0 {
		b.merge(&block{}, lines)
	}
	b.bound()
}

func byPlace(a, c Line) int { return a.Place().Compare(c.Place()) }

// merge writes an old block and lines into new blocks.
func (b *Buffer) merge(o *block, lines []Line) {
	i := 0
	for _, l := range lines {
		for i < len(o.heads) && o.heads[i].place().Compare(l.Place()) <= 0 {
			b.put(o.line(i))
			i++
		}
		b.put(l)
	}
	for ; i < len(o.heads); i++ {
		b.put(o.line(i))
	}
	b.seal()
}

// put writes a line into the fresh block, and begins another when it is full.
func (b *Buffer) put(l Line) {
	if len(b.fresh.text)+len(l.Text) > blockBytes && len(b.fresh.heads) > 0 {
		b.seal()
	}
	b.fresh.add(l)
}

// seal makes a block of the fresh one, and appends it.
func (b *Buffer) seal() {
	f := &b.fresh
	n := &block{lines: len(f.heads), heads: slices.Clip(slices.Clone(f.heads)), text: slices.Clip(slices.Clone(f.text)), errors: f.errors, marks: f.marks}
	n.first, n.last = n.heads[0].place(), n.heads[n.lines-1].place()
	b.memory += n.bytes()
	b.blocks = append(b.blocks, n)
	f.heads, f.text, f.errors, f.marks = f.heads[:0], f.text[:0], 0, 0
}

// bound spills or drops the oldest blocks until the rest fits.
func (b *Buffer) bound() {
	for b.memory > b.bounds.Memory && len(b.blocks)-b.spilled > 1 {
		o := b.blocks[b.spilled]
		b.memory -= o.bytes()
		if b.spill == nil || b.err != nil {
			b.drop()
			continue
		}
		record := b.spill.record(o)
		at, fits := b.spill.room(len(record))
		there := func(o *block) bool { return !fits || o.stored.overlaps(at, len(record)) }
		for slices.ContainsFunc(b.blocks[:b.spilled], there) {
			b.drop()
		}
		kept, err := b.spill.write(o, at, record)
		if !fits || err != nil { // a stream with a hole in it is worse than a short one
			b.err = err
			for b.spilled > 0 {
				b.drop()
			}
			b.drop()
			continue
		}
		b.blocks = slices.Clone(b.blocks) // a Log may have the old ones
		b.blocks[b.spilled] = kept
		b.spilled++
	}
}

// drop forgets the oldest block.
func (b *Buffer) drop() {
	o := b.blocks[0]
	b.dropped.Lines += int64(o.lines)
	b.dropped.Until = max(b.dropped.Until, o.last.Key)
	if o.stored != nil {
		b.spilled--
	}
	b.blocks = b.blocks[1:]
}

// Err is why lines could not be spilled; they are dropped since.
func (b *Buffer) Err() error { return b.err }

// Log is the stream as it is now. What there was no room for is said in a line
// before the first one.
func (b *Buffer) Log() *Log {
	l := &Log{blocks: slices.Clip(b.blocks), dropped: b.dropped, spill: b.spill}
	b.blocks = l.blocks // appending copies
	for _, o := range l.blocks {
		l.lines += o.lines
	}
	if b.dropped.Lines > 0 {
		before := b.dropped.Until
		if len(b.blocks) > 0 {
			before = min(before, b.blocks[0].first.Key)
		}
		l.blocks = slices.Concat([]*block{markBlock(Place{before, -1, 0}, b.dropped.String())}, b.blocks)
	}
	return l
}

// String is what is said of it.
func (d Dropped) String() string {
	until := time.Unix(0, d.Until).UTC().Format("15:04:05")
	if d.Lines == 1 {
		return "1 older line was dropped, of " + until + " UTC: there was no room for it"
	}
	return fmt.Sprintf("%d older lines were dropped, up to %s UTC: there was no room for them", d.Lines, until)
}

// markBlock is a block with one line, of paddock's own, about lines that are not there.
func markBlock(at Place, says string) *block {
	b := &block{first: at, last: at, lines: 1}
	b.add(Line{At: at.Key, Key: at.Key, Source: at.Source, Seq: at.Seq, Kind: DropMark, Text: []byte(says)})
	return b
}
