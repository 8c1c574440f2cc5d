package logs

import (
	"bufio"
	"errors"
	"hash/maphash"
	"io"
	"time"
)

// longestLine is how much of a line is kept, as much as a container runtime
// writes in one piece; of the rest only the length is known.
const longestLine = 16 << 10

// Raw is a line as the server sent it.
type Raw struct {
	At   int64  // when the runtime took it, Unix nanoseconds; 0 when the server did not say
	Text []byte // up to longestLine bytes, hostile; valid until the next line is read
	More int64  // how many bytes more there were
	hash uint64 // of the whole line
}

// Is tells whether two lines look the same, of readers with the same seed.
func (r Raw) Is(o Raw) bool { return r.At == o.At && r.hash == o.hash }

// Reader parts a log that was asked for with timestamps into its lines.
type Reader struct {
	in   *bufio.Reader
	time clock
	hash maphash.Hash
	seed maphash.Seed
	text []byte // of a line that did not fit into the buffer
}

// NewReader reads lines from r. Lines that are compared with each other come
// from readers with the same seed.
func NewReader(r io.Reader, seed maphash.Seed) *Reader {
	l := &Reader{in: bufio.NewReaderSize(r, 4*longestLine), seed: seed}
	l.hash.SetSeed(seed)
	return l
}

// Buffered is how many bytes have come that were not read yet: when there are
// none, the next line may be long in coming.
func (l *Reader) Buffered() int { return l.in.Buffered() }

// Next reads a line. A rest without a newline comes with io.EOF: it is a whole
// line when the log has ended, and part of one when the connection was cut.
// After another error there is no line.
func (l *Reader) Next() (Raw, error) {
	piece, err := l.in.ReadSlice('\n')
	switch {
	case err == nil:
		piece = piece[:len(piece)-1]
		r := l.line(piece)
		r.hash = maphash.Bytes(l.seed, piece)
		return r, nil
	case errors.Is(err, bufio.ErrBufferFull):
		return l.long(piece)
	case errors.Is(err, io.EOF) && len(piece) > 0:
		r := l.line(piece)
		r.hash = maphash.Bytes(l.seed, piece)
		return r, io.EOF
	}
	return Raw{}, err
}

// long reads a line that is longer than the buffer; its first piece is in it.
func (l *Reader) long(piece []byte) (Raw, error) {
	l.hash.Reset()
	l.text = append(l.text[:0], piece[:longestLine+longestTime]...)
	length, err := int64(0), bufio.ErrBufferFull
	for {
		if err == nil {
			piece = piece[:len(piece)-1]
		}
		l.hash.Write(piece)
		length += int64(len(piece))
		if !errors.Is(err, bufio.ErrBufferFull) {
			break
		}
		piece, err = l.in.ReadSlice('\n')
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return Raw{}, err
	}
	r := l.line(l.text)
	r.More += length - int64(len(l.text))
	r.hash = l.hash.Sum64()
	return r, err
}

// line takes the time off a line.
func (l *Reader) line(text []byte) Raw {
	var r Raw
	r.At, r.Text = l.time.read(text)
	if len(r.Text) > longestLine {
		r.More = int64(len(r.Text) - longestLine)
		r.Text = r.Text[:longestLine]
	}
	return r
}

// longestTime is the length of the longest time with the blank after it.
const longestTime = len("2006-01-02T15:04:05.999999999+07:00 ")

// clock reads the times that lines begin with: RFC 3339 with up to nine digits
// of a second, and a blank. It remembers the last second: lines come in bursts.
type clock struct {
	second [19]byte // "2006-01-02T15:04:05"
	unix   int64
}

// read takes the time off text; 0 when it begins with none.
func (c *clock) read(text []byte) (at int64, rest []byte) {
	if len(text) < len("2006-01-02T15:04:05Z") || text[4] != '-' || text[10] != 'T' {
		return 0, text
	}
	if string(text[:19]) != string(c.second[:]) {
		t, err := time.Parse("2006-01-02T15:04:05", string(text[:19]))
		if err != nil {
			return 0, text
		}
		copy(c.second[:], text)
		c.unix = t.Unix()
	}
	i, nanos, unit := 19, int64(0), int64(1e9)
	if text[i] == '.' {
		for i++; i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
			unit /= 10
			nanos += unit * int64(text[i]-'0')
		}
	}
	zone, n, ok := offset(text[i:])
	if !ok {
		return 0, text
	}
	rest = text[i+n:]
	if len(rest) > 0 {
		if rest[0] != ' ' {
			return 0, text
		}
		rest = rest[1:]
	}
	return (c.unix-zone)*1e9 + nanos, rest
}

// offset reads a zone, "Z" or "+07:00", in seconds, and its length.
func offset(text []byte) (seconds int64, n int, ok bool) {
	if len(text) > 0 && text[0] == 'Z' {
		return 0, 1, true
	}
	if len(text) < 6 || text[0] != '+' && text[0] != '-' || text[3] != ':' {
		return 0, 0, false
	}
	for _, i := range []int{1, 2, 4, 5} {
		if text[i] < '0' || text[i] > '9' {
			return 0, 0, false
		}
	}
	digit := func(i int) int64 { return int64(text[i] - '0') }
	seconds = (digit(1)*10+digit(2))*3600 + (digit(4)*10+digit(5))*60
	if text[0] == '-' {
		seconds = -seconds
	}
	return seconds, 6, true
}
