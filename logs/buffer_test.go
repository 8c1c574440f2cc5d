package logs

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func spillFile(t testing.TB) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "spill"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// some makes lines of several sources with times that are close together.
func some(random *rand.Rand, n int, seqs map[int32]uint32, keys map[int32]int64) []Line {
	out := make([]Line, n)
	for i := range out {
		source := int32(random.IntN(5))
		keys[source] += int64(random.IntN(50))
		text := fmt.Sprintf("%d:%d %s", source, seqs[source], strings.Repeat("x", random.IntN(300)))
		out[i] = Line{At: keys[source] + int64(random.IntN(3)), Key: keys[source], Source: source, Seq: seqs[source], Level: Level(random.IntN(5)), Text: []byte(text)}
		seqs[source]++
	}
	return out
}

func asText(x Line) string {
	return fmt.Sprint(x.Key, x.At, x.Source, x.Seq, x.Level, x.Kind, string(x.Text))
}

// all are the lines that were put in, without what is said of others.
func all(l *Log) []string {
	var out []string
	for p, ok := l.First(); ok; p, ok = l.Next(p) {
		if x := l.Line(p); x.Source >= 0 {
			out = append(out, asText(x))
		}
	}
	return out
}

func backwards(l *Log) []string {
	var out []string
	for p, ok := l.Last(); ok; p, ok = l.Prev(p) {
		if x := l.Line(p); x.Source >= 0 {
			out = append(out, asText(x))
		}
	}
	slices.Reverse(out)
	return out
}

func TestBufferSortsWithinItsBounds(t *testing.T) {
	for _, c := range []struct {
		what   string
		bounds func() Bounds
		drops  bool
	}{
		{"room enough", func() Bounds { return Bounds{Memory: 64 << 20} }, false},
		{"a file", func() Bounds { return Bounds{Memory: 200 << 10, File: 64 << 20, Spill: spillFile(t)} }, false},
		{"a small file", func() Bounds { return Bounds{Memory: 200 << 10, File: 300 << 10, Spill: spillFile(t)} }, true},
		{"no file", func() Bounds { return Bounds{Memory: 200 << 10} }, true},
		{"a file too small for anything", func() Bounds { return Bounds{Memory: 200 << 10, File: 100, Spill: spillFile(t)} }, true},
	} {
		t.Run(c.what, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2))
			b := NewBuffer(c.bounds())
			seqs, keys := map[int32]uint32{}, map[int32]int64{}
			var want []Line
			for range 60 {
				lines := some(random, random.IntN(200), seqs, keys)
				want = append(want, lines...)
				b.Insert(lines)
				if b.memory > b.bounds.Memory+blockBytes+1000*headBytes {
					t.Fatalf("%d bytes in memory", b.memory)
				}
			}
			slices.SortStableFunc(want, byPlace)
			l := b.Log()
			got := all(l)
			if int64(len(got))+l.Dropped().Lines != int64(len(want)) || l.Lines() != len(got) {
				t.Fatalf("%d lines and %d dropped of %d", len(got), l.Dropped().Lines, len(want))
			}
			if c.drops != (l.Dropped().Lines > 0) {
				t.Errorf("%d dropped", l.Dropped().Lines)
			}
			p, _ := l.First()
			if first := l.Line(p); (first.Kind == DropMark) != c.drops || c.drops && string(first.Text) != l.Dropped().String() {
				t.Errorf("first there is %q", first.Text)
			}
			var texts []string
			for _, x := range want {
				texts = append(texts, asText(x))
			}
			texts = texts[len(texts)-len(got):]
			if !c.drops && !slices.Equal(got, texts) || c.drops && !slices.Equal(got[len(got)/2:], texts[len(got)/2:]) {
				t.Error("lines are not as they were put in")
			}
			if !slices.Equal(got, backwards(l)) {
				t.Error("backwards are others")
			}
			for range 200 {
				x := want[len(want)-1-random.IntN(len(got))]
				p, ok := l.Find(x.Place())
				if found := l.Line(p); !ok || found.Place() != x.Place() {
					if !c.drops {
						t.Fatalf("%v is not found: %v", x.Place(), found.Place())
					}
				}
			}
		})
	}
}

// What was read stays as it was while the buffer goes on.
func TestLogNeverChanges(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	b := NewBuffer(Bounds{Memory: 1 << 20})
	seqs, keys := map[int32]uint32{}, map[int32]int64{}
	b.Insert(some(random, 500, seqs, keys))
	l := b.Log()
	before := all(l)
	for range 20 {
		b.Insert(some(random, 500, seqs, keys))
		b.Log()
	}
	if !slices.Equal(before, all(l)) {
		t.Error("a log changed")
	}
}

func TestWhatWasWrittenOverIsSaid(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	b := NewBuffer(Bounds{Memory: 200 << 10, File: 400 << 10, Spill: spillFile(t)})
	seqs, keys := map[int32]uint32{}, map[int32]int64{}
	b.Insert(some(random, 3000, seqs, keys))
	l := b.Log()
	for range 5 {
		b.Insert(some(random, 3000, seqs, keys))
	}
	p, _ := l.First()
	if x := l.Line(p); x.Kind != DropMark {
		t.Errorf("%+v", x)
	}
	if got := all(l); !slices.Equal(got, backwards(l)) || len(got) == 0 {
		t.Errorf("%d lines, backwards %d", len(got), len(backwards(l)))
	}
}

type full struct{}

func (full) WriteAt([]byte, int64) (int, error) { return 0, errors.New("no space left on device") }
func (full) ReadAt([]byte, int64) (int, error)  { return 0, errors.New("no") }

func TestAFullDiskDropsLines(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	b := NewBuffer(Bounds{Memory: 200 << 10, File: 1 << 30, Spill: full{}})
	b.Insert(some(random, 5000, map[int32]uint32{}, map[int32]int64{}))
	l := b.Log()
	if b.Err() == nil || l.Dropped().Lines == 0 || len(all(l)) != l.Lines() {
		t.Errorf("%v, %d dropped", b.Err(), l.Dropped().Lines)
	}
}

func BenchmarkInsert(b *testing.B) {
	for _, sources := range []int{1, 64} {
		b.Run(fmt.Sprint(sources, " sources"), func(b *testing.B) {
			buffer := NewBuffer(Bounds{Memory: 64 << 20})
			text := []byte(strings.Repeat("loss 2.31 step 100 ", 5))
			batch := make([]Line, 1600) // 50 ms of 32,000 lines a second
			key := int64(0)
			b.ReportAllocs()
			for b.Loop() {
				for i := range batch {
					batch[i] = Line{Key: key + int64(i/sources), At: key + int64(i/sources), Source: int32(i % sources), Seq: uint32(key), Text: text}
				}
				key += 1600
				buffer.Insert(batch)
				buffer.Log()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1600, "ns/line")
		})
	}
}
