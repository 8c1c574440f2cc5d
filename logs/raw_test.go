package logs

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func readAll(t *testing.T, r io.Reader) (lines []Raw, err error) {
	t.Helper()
	in := NewReader(r, maphash.MakeSeed())
	for {
		l, err := in.Next()
		if err == nil || errors.Is(err, io.EOF) && (len(l.Text) > 0 || l.At != 0) {
			l.Text = append([]byte(nil), l.Text...)
			lines = append(lines, l)
		}
		if err != nil {
			return lines, err
		}
	}
}

func TestReader(t *testing.T) {
	at := func(s string) int64 {
		v, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return v.UnixNano()
	}
	for _, c := range []struct {
		text string
		at   string // "" for none
		want string
	}{
		{"2026-11-25T07:00:00.123456789Z hello", "2026-11-25T07:00:00.123456789Z", "hello"},
		{"2026-11-25T07:00:00Z  two blanks", "2026-11-25T07:00:00Z", " two blanks"},
		{"2026-11-25T15:00:00.5+08:00 zone", "2026-11-25T07:00:00.5Z", "zone"},
		{"2026-11-24T22:30:00.000000000-08:30 zone", "2026-11-25T07:00:00Z", "zone"},
		{"2026-11-25T07:00:00.1Z ", "2026-11-25T07:00:00.1Z", ""},
		{"2026-11-25T07:00:00.1Z", "2026-11-25T07:00:00.1Z", ""},
		{"2026-11-25T07:00:00.1Zx", "", "2026-11-25T07:00:00.1Zx"},
		{"2026-13-25T07:00:00.1Z x", "", "2026-13-25T07:00:00.1Z x"},
		{"2026-11-25T07:00:00.1+0800 x", "", "2026-11-25T07:00:00.1+0800 x"},
		{"failed to watch the file", "", "failed to watch the file"},
		{"", "", ""},
	} {
		lines, err := readAll(t, iotest.OneByteReader(strings.NewReader(c.text+"\n")))
		if !errors.Is(err, io.EOF) || len(lines) != 1 || string(lines[0].Text) != c.want {
			t.Errorf("%q: %v, %v", c.text, lines, err)
			continue
		}
		if want := int64(0); c.at != "" && lines[0].At != at(c.at) || c.at == "" && lines[0].At != want {
			t.Errorf("%q: at %d", c.text, lines[0].At)
		}
	}
}

func TestReaderOfLongLines(t *testing.T) {
	const stamp = "2026-11-25T07:00:00.000000001Z "
	for _, n := range []int{longestLine - 1, longestLine, longestLine + 1, 4*longestLine - len(stamp) - 1, 4*longestLine - len(stamp), 4 * longestLine, 10 << 20} {
		lines, err := readAll(t, strings.NewReader(stamp+strings.Repeat("a", n)+"\n"+stamp+"next\n"))
		if !errors.Is(err, io.EOF) || len(lines) != 2 || string(lines[1].Text) != "next" {
			t.Fatalf("%d: %d lines, %v", n, len(lines), err)
		}
		if l := lines[0]; len(l.Text) != min(n, longestLine) || int64(len(l.Text))+l.More != int64(n) || l.At == 0 {
			t.Errorf("%d: %d bytes and %d more", n, len(l.Text), l.More)
		}
	}
	// The same line is known again whether it came in one piece or not.
	seed := maphash.MakeSeed()
	long := stamp + strings.Repeat("b", 100<<10)
	one, errA := NewReader(strings.NewReader(long+"\n"), seed).Next()
	two, errB := NewReader(iotest.HalfReader(strings.NewReader(long+"\n")), seed).Next()
	other, errC := NewReader(strings.NewReader(long+"b\n"), seed).Next()
	if errA != nil || errB != nil || errC != nil || one.hash != two.hash || one.hash == other.hash {
		t.Errorf("%v %v %v: %x %x %x", errA, errB, errC, one.hash, two.hash, other.hash)
	}
}

func TestReaderTellsARestFromALine(t *testing.T) {
	lines, err := readAll(t, strings.NewReader("2026-11-25T07:00:00Z a\n2026-11-25T07:00:01Z hal"))
	if len(lines) != 2 || !errors.Is(err, io.EOF) || string(lines[1].Text) != "hal" {
		t.Errorf("%v %v", lines, err)
	}
	cut := errors.New("cut")
	lines, err = readAll(t, io.MultiReader(strings.NewReader("2026-11-25T07:00:00Z a\n2026-11-25T07:00:01Z hal"), iotest.ErrReader(cut)))
	if len(lines) != 1 || !errors.Is(err, cut) {
		t.Errorf("%v %v", lines, err)
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte("2026-11-25T07:00:00Z a\n\n\r\n2026-11-25T07:00:00.1234567890123Z b"), uint8(3))
	f.Add([]byte("2026-02-30T25:61:61+99:99 a\n"), uint8(1))
	f.Fuzz(func(t *testing.T, text []byte, piece uint8) {
		lines, _ := readAll(t, &pieces{text, int(piece) + 1})
		total := 0
		for _, l := range lines {
			total += len(l.Text) + int(l.More)
			if len(l.Text) > longestLine || l.More < 0 {
				t.Fatalf("%d bytes, %d more", len(l.Text), l.More)
			}
		}
		if total > len(text) {
			t.Fatalf("%d bytes out of %d", total, len(text))
		}
		if got := fmt.Sprint(readAll(t, strings.NewReader(string(text)))); len(lines) > 0 && got == "" {
			t.Fatal("nothing")
		}
	})
}

// pieces reads n bytes at a time.
type pieces struct {
	text []byte
	n    int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.text) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), p.n)], p.text)
	p.text = p.text[n:]
	return n, nil
}
