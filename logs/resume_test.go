package logs

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// file is a log as a kubelet has it: lines with their times, of which rotation
// takes the oldest away.
type file []string // "TIME TEXT"

// since is what the server gives of it.
func (f file) since(t time.Time) string {
	var b strings.Builder
	for _, l := range f {
		at, err := time.Parse(time.RFC3339Nano, strings.Fields(l)[0])
		if err == nil && !at.Before(t) {
			b.WriteString(l + "\n")
		}
	}
	return b.String()
}

// follower reads a log through Resume, as package live does.
type follower struct {
	resume Resume
	seed   maphash.Seed
	got    []string
	gaps   []Gap
}

func (f *follower) read(t *testing.T, text string) {
	t.Helper()
	f.cut(t, text)
	f.resume.End(f.take, f.gap)
}

// cut reads from a connection that is cut.
func (f *follower) cut(t *testing.T, text string) {
	t.Helper()
	f.resume.Reopen()
	in := NewReader(strings.NewReader(text), f.seed)
	for {
		raw, err := in.Next()
		if errors.Is(err, io.EOF) {
			return // what came without its newline is part of a line
		}
		if err != nil {
			t.Fatal(err)
		}
		f.resume.Add(raw, f.take, f.gap)
	}
}

func (f *follower) take(r Raw) { f.got = append(f.got, string(r.Text)) }
func (f *follower) gap(g Gap) bool {
	f.gaps = append(f.gaps, g)
	return true
}

func (f *follower) since() time.Time {
	t, _ := f.resume.Since()
	return t
}

func newFollower() *follower { return &follower{seed: maphash.MakeSeed()} }

// Streams are cut anywhere, also within a line; many lines have the same time,
// or the same text.
func TestNoLineIsLostAndNoneComesTwice(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		var log file
		at := time.Date(2026, 11, 25, 7, 0, 0, 0, time.UTC)
		f := newFollower()
		for range 30 {
			for range random.IntN(40) { // what is printed meanwhile
				switch random.IntN(4) {
				case 0:
				case 1:
					at = at.Add(time.Duration(random.IntN(3)) * time.Second)
				default:
					at = at.Add(time.Duration(random.IntN(1000)) * time.Millisecond)
				}
				log = append(log, at.Format(time.RFC3339Nano)+" "+[]string{"same", fmt.Sprint("line ", len(log)), "é字 ok"}[random.IntN(3)])
			}
			text := log.since(f.since())
			f.cut(t, text[:random.IntN(len(text)+1)])
			if random.IntN(2) == 0 {
				f.resume.Settle(f.take, f.gap)
			}
		}
		f.read(t, log.since(f.since()))
		var want []string
		for _, l := range log {
			_, text, _ := strings.Cut(l, " ")
			want = append(want, text)
		}
		if strings.Join(f.got, "\n") != strings.Join(want, "\n") || len(f.gaps) > 0 {
			t.Fatalf("seed %d: %d lines of %d, gaps %v\n%v\n%v", seed, len(f.got), len(want), f.gaps, f.got, want)
		}
	}
}

func TestARotatedLogHasAGapWhereThePlaceIsGone(t *testing.T) {
	line := func(second, n int) string {
		return time.Date(2026, 11, 25, 7, 0, second, n, time.UTC).Format(time.RFC3339Nano) + fmt.Sprintf(" %d.%d", second, n)
	}
	log := file{line(1, 1), line(1, 2), line(2, 1), line(2, 2), line(2, 2), line(3, 1)}
	for _, c := range []struct {
		what string
		log  file
		want string
		gaps int
	}{
		{"all is there", append(log, line(3, 2)), "3.2", 0},
		{"nothing new", log, "", 0},
		{"the beginning of the second is gone", append(log[5:], line(3, 1), line(4, 1)), "3.1 4.1", 0},
		{"the place is gone", file{line(9, 1), line(9, 2)}, "9.1 9.2", 1},
		{"the place is gone, and nothing is there", file{}, "", 0},
		{"other lines of that time", file{line(3, 0), line(3, 5)}, "3.0 3.5", 1},
	} {
		f := newFollower()
		f.read(t, log.since(time.Time{}))
		f.got = nil
		f.read(t, c.log.since(f.since()))
		if got := strings.Join(f.got, " "); got != c.want || len(f.gaps) != c.gaps {
			t.Errorf("%s: %q with gaps %v, want %q with %d", c.what, got, f.gaps, c.want, c.gaps)
		}
	}
	f := newFollower()
	f.read(t, log.since(time.Time{}))
	f.read(t, file{}.since(f.since()))
	f.read(t, file{line(9, 1)}.since(f.since()))
	if len(f.gaps) != 1 || time.Unix(0, f.gaps[0].From).Second() != 3 || time.Unix(0, f.gaps[0].To).Second() != 9 {
		t.Errorf("a gap after an empty log: %v", f.gaps)
	}
}

// The server may give more than it was asked for, and begin within a line.
func TestWhatIsOlderThanThePlaceIsKnown(t *testing.T) {
	f := newFollower()
	f.read(t, "2026-11-25T07:00:01Z a\n2026-11-25T07:00:02.5Z b\n2026-11-25T07:00:02.6Z c\n")
	f.read(t, "of a line\n2026-11-25T07:00:01Z a\n2026-11-25T07:00:02.5Z b\n2026-11-25T07:00:02.6Z c\n2026-11-25T07:00:02.6Z d\n")
	if got := strings.Join(f.got, ""); got != "abcd" || len(f.gaps) > 0 {
		t.Errorf("%s, gaps %v", got, f.gaps)
	}
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	f := newFollower()
	var b strings.Builder
	for i := range 3 * mostMarks {
		fmt.Fprintf(&b, "2026-11-25T07:00:01.%09dZ %d\n", i, i)
	}
	f.read(t, b.String())
	if n := len(f.resume.seen); n > mostMarks {
		t.Errorf("%d lines remembered", n)
	}
	f.read(t, b.String()+"2026-11-25T07:00:02Z last\n")
	if n := len(f.got); n != 3*mostMarks+1 || f.got[n-1] != "last" || len(f.gaps) > 0 {
		t.Errorf("%d lines, gaps %v", n, f.gaps)
	}
}

// Of another run's log nothing is taken, and the place is still sought.
func TestAnotherRunsLogIsLeftAlone(t *testing.T) {
	f := newFollower()
	f.read(t, "2026-11-25T07:00:01Z a\n2026-11-25T07:00:02.5Z b\n")
	f.resume.Reopen()
	in := NewReader(strings.NewReader("2026-11-25T07:00:09Z other\n2026-11-25T07:00:10Z run\n"), f.seed)
	asked := 0
	for {
		raw, err := in.Next()
		if err != nil {
			break
		}
		f.resume.Add(raw, f.take, func(Gap) bool { asked++; return false })
	}
	f.read(t, "2026-11-25T07:00:02.5Z b\n2026-11-25T07:00:03Z c\n")
	if got := strings.Join(f.got, ""); got != "abc" || len(f.gaps) > 0 || asked == 0 {
		t.Errorf("%s, gaps %v, asked %d times", got, f.gaps, asked)
	}
}
