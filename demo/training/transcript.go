package training

import (
	"slices"
	"time"
)

// transcript is a Log made of tracks.
type transcript struct {
	pace   Pace
	tracks []track
}

// track is a line, or a few at once, that comes count times, every so often,
// or at given times. Entry i stands at from + i*every, a little later by jitter.
type track struct {
	from   time.Duration // since the start of the container
	every  time.Duration
	count  int
	times  []time.Duration           // instead of from, every and count; ascending
	jitter func(i int) time.Duration // less than every; nil: none
	until  time.Duration             // nothing is printed from then on; 0: no end
	stderr bool
	text   func(i int, at time.Time) []string
}

// Lines get distinct times: an entry stands on a whole millisecond, in the
// slot of its track; its lines follow each other by a microsecond.
const (
	grain   = time.Millisecond
	slot    = 100 * time.Microsecond // so at most ten tracks
	spacing = time.Microsecond
	burst   = int(slot / spacing) // lines at most in an entry
)

// Lines implements Log. The first entry of each track is computed from the
// time, nothing is walked through.
func (t *transcript) Lines(started, from, to time.Time) []Line {
	begin := t.pace.Story(started)
	var found []Line
	for n, tr := range t.tracks {
		for i := tr.before(t.pace.Story(from.Add(-2 * grain)).Sub(begin)); i < tr.len(); i++ {
			offset := tr.at(i)
			if tr.until > 0 && offset >= tr.until {
				break
			}
			at := t.pace.Wall(begin.Add(offset)).Truncate(grain).Add(grain + time.Duration(n)*slot)
			if !at.Before(to) {
				break
			}
			if at.Add(slot).After(from) {
				found = appendEntry(found, tr, i, at, from, to)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Line) int { return a.Time.Compare(b.Time) })
	return found
}

func appendEntry(found []Line, tr track, i int, at, from, to time.Time) []Line {
	text := tr.text(i, at)
	for k, line := range text[:min(len(text), burst)] {
		when := at.Add(time.Duration(k) * spacing)
		if !when.Before(from) && when.Before(to) {
			found = append(found, Line{Time: when, Stderr: tr.stderr, Text: line})
		}
	}
	return found
}

func (tr track) len() int {
	if tr.times != nil {
		return len(tr.times)
	}
	return tr.count
}

// before is an entry that stands before the offset, as late as may be.
func (tr track) before(offset time.Duration) int {
	if tr.times != nil {
		i, _ := slices.BinarySearch(tr.times, offset)
		return max(0, i-1)
	}
	if tr.every <= 0 || offset <= tr.from {
		return 0
	}
	return max(0, int((offset-tr.from)/tr.every)-2)
}

// at is when an entry comes.
func (tr track) at(i int) time.Duration {
	if tr.times != nil {
		return tr.times[i]
	}
	offset := tr.from + time.Duration(i)*tr.every
	if tr.jitter != nil {
		offset += tr.jitter(i)
	}
	return offset
}
