package progress

import (
	"regexp"
	"strings"
	"sync"
)

// longest is how much of a line is looked at.
const longest = 2 << 10

// Formats are the ways in which progress is printed. They never change, and all
// Readers share them.
type Formats struct{ all []format }

// frameworks are the formats of the frameworks: regular expressions are dear to
// make, in time and in memory.
var frameworks = sync.OnceValue(formats)

// NewFormats knows a user's own patterns, which come first, beside the formats
// of the frameworks.
func NewFormats(own []Pattern) (*Formats, error) {
	var out Formats
	for _, p := range own {
		f, err := p.format()
		if err != nil {
			return nil, err
		}
		out.all = append(out.all, f)
	}
	out.all = append(out.all, frameworks()...)
	return &out, nil
}

// Reader reads the progress of one run out of its lines.
type Reader struct {
	formats []format
	last    int // the format of the line before
	now     Progress
	any     bool
	bar     int64 // steps of the training's progress bar
}

// Reader begins to read the lines of one run.
func (f *Formats) Reader() *Reader { return &Reader{formats: f.all, now: none()} }

// total is the number of steps that PaddleNLP's trainer tells once.
var total = regexp.MustCompile(`Total optimization steps = ([\d,]+(?:\.\d+)?)`)

// Line reads a line, and returns all that is known by now when it tells of
// progress.
func (r *Reader) Line(text string) (Progress, bool) {
	text = text[:min(len(text), longest)]
	if strings.Contains(text, "Total optimization steps") {
		if m := total.FindStringSubmatch(text); m != nil {
			r.now.Steps, _ = countOf(m[1])
		}
		return Progress{}, false
	}
	for i := range r.formats {
		at := (r.last + i) % len(r.formats)
		f := &r.formats[at]
		p, ok := f.read(text)
		if !ok || f.bar && !r.training(p) {
			continue
		}
		r.last = at
		r.now, r.any = r.now.with(p), true
		return r.now, true
	}
	return Progress{}, false
}

// training tells the bar of the training from those of evaluations that have
// no name: it is the one with the most steps.
func (r *Reader) training(p Progress) bool {
	if p.Steps < r.bar {
		return false
	}
	r.bar = p.Steps
	return true
}

// Current is all that is known by now; false before the first line of progress.
func (r *Reader) Current() (Progress, bool) { return r.now, r.any }
