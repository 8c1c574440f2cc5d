package logs

import (
	"encoding/binary"
	"hash/crc32"
	"sync"
)

// spill is a ring of blocks in a file. Records that a reader still wants may be
// written over meanwhile: a checksum and a number tell.
type spill struct {
	file Spill
	size int64
	at   int64 // where the next record goes
	next uint64

	mu      sync.Mutex
	cache   [4]*loaded // the blocks that were read last
	turn    int
	scratch []byte
}

// stored is where a block is.
type stored struct {
	number uint64
	at     int64
	length int
}

type loaded struct {
	number uint64
	block  *block
}

func (s *stored) overlaps(at int64, length int) bool {
	return s.at < at+int64(length) && at < s.at+int64(s.length)
}

// A record: checksum, number, how many lines, their heads, their text.
const (
	recordHead = 4 + 8 + 4
	storedHead = 8 + 4 + 4 + 4 + 4 + 1 + 1
)

// record is a block as it is written. It is valid until the next one is made.
func (s *spill) record(b *block) []byte {
	p := append(s.scratch[:0], 0, 0, 0, 0)
	p = binary.LittleEndian.AppendUint64(p, s.next)
	p = binary.LittleEndian.AppendUint32(p, uint32(len(b.heads)))
	for _, h := range b.heads {
		p = binary.LittleEndian.AppendUint64(p, uint64(h.key))
		p = binary.LittleEndian.AppendUint32(p, h.lag)
		p = binary.LittleEndian.AppendUint32(p, h.seq)
		p = binary.LittleEndian.AppendUint32(p, uint32(h.source))
		p = binary.LittleEndian.AppendUint32(p, h.off)
		p = append(p, byte(h.level), byte(h.kind))
	}
	p = append(p, b.text...)
	binary.LittleEndian.PutUint32(p, crc32.ChecksumIEEE(p[4:]))
	s.scratch = p
	return p
}

// room finds the place for a record; false when the file is too small for it.
func (s *spill) room(length int) (at int64, fits bool) {
	if s.at+int64(length) > s.size {
		s.at = 0
	}
	return s.at, int64(length) <= s.size
}

// write writes a block's record, and returns the block without its lines.
func (s *spill) write(b *block, at int64, record []byte) (*block, error) {
	if _, err := s.file.WriteAt(record, at); err != nil {
		return nil, err
	}
	out := &block{first: b.first, last: b.last, lines: b.lines, errors: b.errors, marks: b.marks, stored: &stored{s.next, at, len(record)}}
	s.next++
	s.at = at + int64(len(record))
	return out, nil
}

// load reads a block again; nil when it was written over, or can't be read.
func (s *spill) load(of *stored) *block {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.cache {
		if c != nil && c.number == of.number {
			return c.block
		}
	}
	p := make([]byte, of.length)
	if _, err := s.file.ReadAt(p, of.at); err != nil || crc32.ChecksumIEEE(p[4:]) != binary.LittleEndian.Uint32(p) || binary.LittleEndian.Uint64(p[4:]) != of.number {
		return nil
	}
	n := int(binary.LittleEndian.Uint32(p[12:]))
	b := &block{lines: n, heads: make([]head, n)}
	p = p[recordHead:]
	for i := range b.heads {
		b.heads[i] = head{
			key: int64(binary.LittleEndian.Uint64(p)), lag: binary.LittleEndian.Uint32(p[8:]), seq: binary.LittleEndian.Uint32(p[12:]),
			source: int32(binary.LittleEndian.Uint32(p[16:])), off: binary.LittleEndian.Uint32(p[20:]), level: Level(p[24]), kind: Kind(p[25]),
		}
		if p = p[storedHead:]; b.heads[i].kind > Continued {
			b.marks++
		}
	}
	b.text = p
	b.first, b.last = b.heads[0].place(), b.heads[n-1].place()
	s.cache[s.turn] = &loaded{of.number, b}
	s.turn = (s.turn + 1) % len(s.cache)
	return b
}
