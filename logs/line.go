package logs

import (
	"cmp"
	"time"
)

// Kind is what a line of the stream is.
type Kind uint8

// The kinds. All but Printed are words of paddock's, about the stream.
const (
	Printed   Kind = iota // by the container
	Continued             // printed, and goes on with the line before it: a traceback
	GapMark               // what may be missing here
	EndMark               // how the container ended
	StartMark             // a new attempt, or a new worker, begins
	DropMark              // lines were dropped to stay within bounds
)

// Line is a line of the stream.
type Line struct {
	At     int64  // when the runtime took it, Unix nanoseconds
	Key    int64  // the time that it is sorted by: At, or that of the line it goes on with
	Source int32  // which container printed it
	Seq    uint32 // counts the lines of a source
	Level  Level
	Kind   Kind
	Run    int32  // restarts of the container before this run; a Buffer does not keep it
	Text   []byte // safe to draw, see Clean; not to be changed
}

// Time is when the runtime took the line.
func (l Line) Time() time.Time { return time.Unix(0, l.At) }

// Place is where a line stands in the stream: lines are sorted by it. It
// outlives the Log that it was read from.
type Place struct {
	Key    int64
	Source int32
	Seq    uint32
}

// Place is where the line stands.
func (l Line) Place() Place { return Place{l.Key, l.Source, l.Seq} }

// Compare orders places.
func (p Place) Compare(q Place) int {
	return cmp.Or(cmp.Compare(p.Key, q.Key), cmp.Compare(p.Source, q.Source), cmp.Compare(p.Seq, q.Seq))
}

// Strand makes lines of what one container prints: safe to draw, with their
// level, tracebacks kept together, in an order that keeps its own.
type Strand struct {
	Source int32
	Run    int32 // of the lines that follow

	seq   uint32
	trace trace
	key   int64 // of the last line
	level Level // of the traceback
}

// longestTrace is how long after its first line a line may be part of a traceback.
const longestTrace = int64(time.Second)

// Line makes a line of what was read. Its text is appended to room, which is
// returned, and part of it from then on.
func (s *Strand) Line(r Raw, room []byte) (Line, []byte) {
	begin := len(room)
	room = Clean(room, r)
	text := room[begin:len(room):len(room)]
	l := Line{At: r.At, Key: max(r.At, s.key), Source: s.Source, Seq: s.seq, Run: s.Run, Text: text}
	s.seq++
	if s.trace.in && l.At-s.key > longestTrace {
		s.trace.in = false
	}
	if s.trace.continues(text) {
		l.Key, l.Kind, l.Level = s.key, Continued, s.level
		return l, room
	}
	if l.Level = levelOf(text); s.trace.in {
		l.Level = Error
	}
	s.key, s.level = l.Key, l.Level
	return l, room
}

// Mark makes a line of paddock's own, after the last one of the source.
func (s *Strand) Mark(k Kind, at int64, text string) Line {
	l := Line{At: at, Key: max(at, s.key), Source: s.Source, Seq: s.seq, Kind: k, Run: s.Run, Text: []byte(text)}
	s.seq++
	s.trace.in = false
	s.key = l.Key
	return l
}
