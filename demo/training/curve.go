package training

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// loss falls from one value towards another, with noise: fast in the first
// hundreds of steps, then as slowly as the training is long. It is the same for
// all workers of a job.
func (r *run) loss(step int, from, to float64) float64 {
	fallen := 0.8*math.Pow(1+float64(step)/400, -0.6) + 0.2*math.Pow(1+40*float64(step)/float64(max(1, r.last)), -0.6)
	return (to + (from-to)*fallen) * (1 + 0.035*wobble(r.jobSeed, step))
}

// rate is a learning rate that warms up and decays with a cosine.
func (r *run) rate(step int, peak float64) float64 {
	done := float64(step) / float64(max(1, r.last))
	if done < 0.02 {
		return peak * done / 0.02
	}
	return peak * (0.05 + 0.95*(1+math.Cos(math.Pi*done))/2)
}

// grown is a score that rises from one value towards another.
func (r *run) grown(step int, from, to float64) float64 {
	return to - (to-from)*math.Pow(1+30*float64(step)/float64(max(1, r.last)), -0.8) + 0.004*wobble(r.jobSeed+1, step)
}

// seconds a step takes, as it is measured: a little different every time.
func (r *run) seconds(step int) float64 { return r.step.Seconds() * (1 + 0.03*wobble(r.seed, step)) }

// left is how long the rest takes.
func (r *run) left(step int) time.Duration { return time.Duration(r.last-step) * r.step }

// days writes a duration as Python's timedelta does: "1 day, 5:08:42".
func days(d time.Duration) string {
	s := int(d.Seconds())
	clock := fmt.Sprintf("%d:%02d:%02d", s/3600%24, s/60%60, s%60)
	switch n := s / 86400; n {
	case 0:
		return clock
	case 1:
		return "1 day, " + clock
	default:
		return fmt.Sprintf("%d days, %s", n, clock)
	}
}

// minutes writes a duration as tqdm does: "05:00", "1:35:00".
func minutes(d time.Duration) string {
	s := int(d.Seconds())
	if s < 3600 {
		return fmt.Sprintf("%02d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// bar is tqdm's, as it stands on a terminal: it begins with a carriage return.
func bar(done, all int, spent, step time.Duration) string {
	const wide = 10
	eighths := done * wide * 8 / max(1, all)
	cells := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 && eighths < wide*8 {
		cells += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	cells += strings.Repeat(" ", wide-len([]rune(cells)))
	pace := fmt.Sprintf("%5.2fs/it", step.Seconds())
	if step < time.Second {
		pace = fmt.Sprintf("%5.2fit/s", 1/step.Seconds())
	}
	return fmt.Sprintf("\r%3d%%|%s| %d/%d [%s<%s, %s]", done*100/max(1, all), cells, done, all,
		minutes(spent), minutes(time.Duration(all-done)*step), pace)
}

// progress is a track that prints every so many steps; text gets the step.
func (r *run) progress(every int, text func(step int, at time.Time) []string) track {
	first := (r.first/every + 1) * every
	return track{
		from: r.at(first), every: time.Duration(every) * r.step, count: max(0, (r.last-first)/every+1),
		jitter: func(i int) time.Duration {
			return time.Duration(fraction(r.jobSeed^mix(uint64(first+i*every))) * 0.6 * float64(r.step))
		},
		text: func(i int, at time.Time) []string { return text(first+i*every, at) },
	}
}

// note is a track of one entry.
func note(at time.Duration, text func(at time.Time) []string) track {
	return track{from: at, count: 1, text: func(_ int, at time.Time) []string { return text(at) }}
}

// stderr puts tracks on the other stream.
func onStderr(tracks ...track) []track {
	for i := range tracks {
		tracks[i].stderr = true
	}
	return tracks
}

// entry is what a script prints at a moment.
type entry struct {
	at   time.Duration
	text func(at time.Time) []string
}

// script is a track of entries at given moments, in order of time.
func script(entries []entry) track {
	t := track{text: func(i int, at time.Time) []string { return entries[i].text(at) }}
	t.times = make([]time.Duration, len(entries))
	for i, e := range entries {
		t.times[i] = e.at
	}
	return t
}
