package logs

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func never() bool { return false }

func query(t testing.TB, s string) Query {
	t.Helper()
	q, err := ParseQuery(s)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func places(v *View) []Place {
	var out []Place
	for p, ok := v.First(); ok; p, ok = v.Next(p) {
		out = append(out, v.Line(p).Place())
	}
	return out
}

func placesBack(v *View) []Place {
	var out []Place
	for p, ok := v.Last(); ok; p, ok = v.Prev(p) {
		out = append(out, v.Line(p).Place())
	}
	slices.Reverse(out)
	return out
}

// What a lens shows is what one would pick by hand, whichever way one goes.
func TestLens(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	b := NewBuffer(Bounds{Memory: 64 << 20})
	seqs, keys := map[int32]uint32{}, map[int32]int64{}
	for range 20 {
		lines := some(random, 300, seqs, keys)
		for i := range lines {
			if random.IntN(40) == 0 {
				lines[i].Text = append([]byte("Needle "), lines[i].Text...)
			}
			if random.IntN(500) == 0 {
				lines[i].Kind = GapMark
			}
		}
		b.Insert(lines)
	}
	l := b.Log()
	for _, c := range []struct {
		what string
		lens Lens
	}{
		{"all", Lens{}},
		{"some sources", Lens{Hidden: []bool{true, false, true}}},
		{"no source", Lens{Hidden: []bool{true, true, true, true, true}}},
		{"a level", Lens{Least: Warning}},
		{"a filter", Lens{Filter: query(t, "needle")}},
		{"a filter of one case", Lens{Filter: query(t, "needlE")}},
		{"a regular expression with a needed text", Lens{Filter: query(t, "~needle +[0-3]:1")}},
		{"a regular expression", Lens{Filter: query(t, "~needle [0-3]:")}},
		{"lines around", Lens{Filter: query(t, "needle"), Around: 3}},
		{"all of it", Lens{Filter: query(t, "~^needle"), Around: 2, Hidden: []bool{false, true}, Least: Info}},
	} {
		t.Run(c.what, func(t *testing.T) {
			v := l.Through(c.lens)
			var bare []Line
			for p, ok := l.First(); ok; p, ok = l.Next(p) {
				if v.bare(v.head(p)) {
					bare = append(bare, l.Line(p))
				}
			}
			var want []Place
			for i, x := range bare {
				for j := max(i-c.lens.Around, 0); j <= min(i+c.lens.Around, len(bare)-1); j++ {
					if bare[j].Kind == GapMark || c.lens.Filter.Matches(bare[j].Text) {
						want = append(want, x.Place())
						break
					}
				}
			}
			if got := places(v); !slices.Equal(got, want) {
				t.Errorf("%d lines, want %d", len(got), len(want))
			}
			if got := placesBack(v); !slices.Equal(got, want) {
				t.Errorf("backwards %d lines, want %d", len(got), len(want))
			}
		})
	}
}

func TestSearchAndErrors(t *testing.T) {
	b := NewBuffer(Bounds{Memory: 64 << 20})
	var lines []Line
	for i := range 5000 {
		x := Line{Key: int64(i), At: int64(i), Source: int32(i % 3), Seq: uint32(i), Text: fmt.Appendf(nil, "line %d", i)}
		if i%1000 == 10 {
			x.Level = Error
		}
		if i%1000 == 11 {
			x.Level, x.Kind = Error, Continued
		}
		lines = append(lines, x)
	}
	b.Insert(lines)
	v := b.Log().Through(Lens{Hidden: []bool{false, false, true}})
	begin, _ := v.First()
	for _, c := range []struct {
		query   string
		forward bool
		from    int64
		want    string
	}{
		{"LINE 42", true, 0, ""},
		{"line 42", true, 0, "line 42"},
		{"line 41", true, 0, "line 411"}, // 41 and 410 are of the source that is hidden
		{"line 42", true, 42, "line 420"},
		{"line 42", false, 4999, "line 4299"},
		{"~line 4.2$", true, 0, "line 402"},
		{"line 5000", true, 0, ""},
	} {
		p, _ := v.Find(Place{Key: c.from, Source: -1})
		got := ""
		if hit, ok := v.Search(p, query(t, c.query), c.forward, never); ok {
			got = string(v.Line(hit).Text)
		}
		if got != c.want {
			t.Errorf("%q from %d: %q, want %q", c.query, c.from, got, c.want)
		}
	}
	if _, ok := v.Search(begin, query(t, "line 4999"), true, func() bool { return true }); ok {
		t.Error("a search that was stopped found something")
	}
	var found []string
	for p, ok := v.Error(begin, true); ok; p, ok = v.Error(p, true) {
		found = append(found, string(v.Line(p).Text))
	}
	if strings.Join(found, " ") != "line 10 line 2010 line 3010" {
		t.Errorf("%v", found)
	}
	end, _ := v.Last()
	if p, ok := v.Error(end, false); !ok || string(v.Line(p).Text) != "line 3010" {
		t.Errorf("the last error: %s", v.Line(p).Text)
	}
}

func TestFold(t *testing.T) {
	b := NewBuffer(Bounds{Memory: 1 << 20})
	seqs := map[int32]uint32{}
	var lines []Line
	say := func(ms int64, source int32, kind Kind, text string) {
		at := ms * int64(time.Millisecond)
		lines = append(lines, Line{Key: at, At: at, Source: source, Seq: seqs[source], Kind: kind, Text: []byte(text)})
		seqs[source]++
	}
	for source := range int32(4) {
		say(10+int64(source), source, Printed, fmt.Sprintf("[rank%d]: 2026-11-25 07:00:0%d,123 INFO ready, local_rank: %d", source, source, source))
		say(20+int64(source), source, Printed, fmt.Sprintf("loss %d.5", source))
		say(30+int64(source), source, Printed, "again")
		say(40+int64(source), source, Printed, "again")
		say(50, source, Printed, "Traceback (most recent call last):")
		what := "ValueError: a"
		if source == 3 {
			what = "ValueError: b"
		}
		say(50, source, Continued, what)
		say(1100+int64(source), source, Printed, "again")
	}
	b.Insert(lines)
	v := b.Log().Through(Lens{Fold: true})
	var got []string
	for p, ok := v.First(); ok; p, ok = v.Next(p) {
		got = append(got, fmt.Sprintf("%d x%d %s", v.Line(p).Source, v.Alike(p), v.Line(p).Text))
	}
	want := []string{
		"0 x4 [rank0]: 2026-11-25 07:00:00,123 INFO ready, local_rank: 0",
		"0 x1 loss 0.5", "1 x1 loss 1.5", "2 x1 loss 2.5", "3 x1 loss 3.5",
		"0 x4 again", "0 x4 again",
		"0 x3 Traceback (most recent call last):", "0 x1 ValueError: a", "3 x1 Traceback (most recent call last):", "3 x1 ValueError: b",
		"0 x4 again",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	if back := placesBack(v); !slices.Equal(back, places(v)) {
		t.Error("folded otherwise when one comes from behind")
	}
}

func TestQuery(t *testing.T) {
	for _, c := range []struct {
		query, text string
		at          int
	}{
		{"loss", "the LOSS is", 4}, {"Loss", "the loss", -1}, {"", "x", 0}, {"é", "caf\u00c9", 3}, {"字", "漢字", 3},
		{"~lo+ss", "LOOOSS", 0}, {"~(out.of|of) memory$", "xx OF MEMORY", 3}, {"~ab|cd", "xcd", 1}, {"~(ab)+c", "ababc", 0}, {"~(ab)*c", "c", 0}, {"~K", "k", -1}, {"~Lo+ss", "LOOOSS", -1}, {`~\S+:`, "  A:", 2}, {"aab", "aaab", 1}, {"x y", "X  x Y", 3}, {"[rank", "at [RANK3]", 3},
	} {
		if at, _ := query(t, c.query).Find([]byte(c.text), 0); at != c.at {
			t.Errorf("%q in %q: at %d, want %d", c.query, c.text, at, c.at)
		}
	}
	if _, err := ParseQuery("~a(b"); err == nil || !strings.Contains(err.Error(), `"a(b" is no regular expression: missing closing )`) {
		t.Error(err)
	}
}

func FuzzQuery(f *testing.F) {
	f.Add("needle", "a NEEDLE in a haystack")
	f.Add("~[a-c]+", "xxABC")
	f.Fuzz(func(t *testing.T, s, text string) {
		q, err := ParseQuery(s)
		if err != nil || q.re != nil {
			return
		}
		at, _ := q.Find([]byte(text), 0)
		want := strings.Index(text, s)
		if q.fold {
			lower := []byte(text)
			for i, c := range lower {
				if c >= 'A' && c <= 'Z' {
					lower[i] = c + 'a' - 'A'
				}
			}
			want = strings.Index(string(lower), s)
		}
		if at != want {
			t.Fatalf("%q in %q: %d, want %d", s, text, at, want)
		}
	})
}

func million(b *testing.B) *Log {
	buffer := NewBuffer(Bounds{Memory: 1 << 30})
	var lines []Line
	for i := range 1_000_000 {
		lines = append(lines, Line{Key: int64(i) * 1000, At: int64(i) * 1000, Source: int32(i % 64), Seq: uint32(i / 64), Text: fmt.Appendf(nil, "[2026-11-25 07:00:00,123] INFO train.py:77 step %d/50000 loss 2.%05d lr 3e-4 ips 123.4 samples/s", i/64, i%100000)})
	}
	buffer.Insert(lines)
	return buffer.Log()
}

func BenchmarkSearchMillion(b *testing.B) {
	l := million(b)
	for _, s := range []string{"outofmemory", "OutOfMemory", "~out.?of.?memory"} {
		b.Run(s, func(b *testing.B) {
			v := l.Through(Lens{})
			q := query(b, s)
			begin, _ := v.First()
			for b.Loop() {
				if _, ok := v.Search(begin, q, true, never); ok {
					b.Fatal("found")
				}
			}
		})
	}
	b.Run("filter", func(b *testing.B) {
		v := l.Through(Lens{Filter: query(b, "outofmemory")})
		for b.Loop() {
			if _, ok := v.First(); ok {
				b.Fatal("found")
			}
		}
	})
}
