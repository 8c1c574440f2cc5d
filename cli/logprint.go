package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"paddock/live"
	"paddock/logs"
)

// The silence after which a worker is no longer waited for before others' lines
// are printed; at first it may take longer.
const (
	logPatience = 150 * time.Millisecond
	logOpening  = 2 * time.Second
)

// logPrinter prints the lines of several logs in the order of their times.
type logPrinter struct {
	out, errs io.Writer
	buffered  *bufio.Writer
	tail      *live.Tail
	wish      logsWish
	colour    bool
	merge     logs.Merge
	sources   []logs.Source
	queue     [][]*live.Batch // of each source, that are not printed whole yet, oldest first
	closed    []bool
	told      int            // sources that it was told of that not all are followed
	broken    map[int]string // what was said of the sources that can't be read now
	line      []byte
}

func newLogPrinter(a *app, t *live.Tail, w logsWish) *logPrinter {
	p := &logPrinter{out: a.out, errs: a.errs, buffered: bufio.NewWriterSize(a.out, 64<<10), tail: t, wish: w, colour: seen(a.out) && a.env("NO_COLOR") == "", broken: map[int]string{}}
	if w.Follow {
		p.merge.Patience = logPatience
	}
	return p
}

// open takes over which sources there are.
func (p *logPrinter) open(now time.Time) {
	p.sources, _ = p.tail.Sources()
	for i, s := range p.sources {
		if i == len(p.queue) {
			p.queue, p.closed = append(p.queue, nil), append(p.closed, false)
		}
		if !p.closed[i] && (s.State != logs.Unread || !p.wish.Follow) {
			p.merge.Open(int32(i), now.Add(logOpening))
		}
	}
	p.tellBroken()
	if n := len(p.sources); p.wish.Follow && n > p.wish.Most && p.told != n {
		p.told = n
		fmt.Fprintf(p.errs, "# at most %d of %d workers are followed at a time; --most says how many\n", p.wish.Most, n)
	}
}

// tellBroken says once why sources can't be read now, those with one reason together.
func (p *logPrinter) tellBroken() {
	fresh := map[string][]string{}
	for i, s := range p.sources {
		if s.State != logs.Broken && (s.State != logs.Waiting || s.Lines > 0) {
			delete(p.broken, i)
			continue
		}
		if p.broken[i] != s.Says {
			p.broken[i] = s.Says
			fresh[s.Says] = append(fresh[s.Says], s.Label)
		}
	}
	for _, why := range slices.Sorted(maps.Keys(fresh)) {
		fmt.Fprintf(p.errs, "# %s: %s; it is tried again\n", named(fresh[why]), why)
	}
}

// named names workers: the first ones, and how many more.
func named(labels []string) string {
	const most = 4
	if len(labels) > most {
		return strings.Join(labels[:most], ", ") + fmt.Sprintf(" and %d more", len(labels)-most)
	}
	return strings.Join(labels, ", ")
}

// add takes a batch; it is given back when all of it is printed.
func (p *logPrinter) add(b *live.Batch, now time.Time) {
	if int(b.Source) >= len(p.queue) {
		p.open(now)
	}
	p.merge.Open(b.Source, now)
	p.merge.Add(b.Source, b.Lines, now)
	if b.Ended {
		p.closed[b.Source] = true
		p.merge.Close(b.Source)
	}
	if len(b.Lines) == 0 {
		b.Done()
		return
	}
	p.queue[b.Source] = append(p.queue[b.Source], b)
}

// print prints what can be printed now, and says when to come again.
func (p *logPrinter) print(now time.Time) (time.Duration, error) {
	for {
		l, ok, wait := p.merge.Next(now)
		if !ok {
			return wait, p.flush()
		}
		if err := p.write(l); err != nil {
			return 0, err
		}
		q := p.queue[l.Source]
		if b := q[0]; l.Seq == b.Lines[len(b.Lines)-1].Seq {
			b.Done()
			p.queue[l.Source] = slices.Delete(q, 0, 1)
		}
	}
}

func (p *logPrinter) flush() error { return p.buffered.Flush() }

// ended tells whether nothing more comes of any source.
func (p *logPrinter) ended() bool {
	return len(p.closed) == len(p.sources) && !slices.Contains(p.closed, false) && !slices.ContainsFunc(p.queue, func(q []*live.Batch) bool { return len(q) > 0 })
}

// result is an error when logs could not be read.
func (p *logPrinter) result() error {
	if err := p.flush(); err != nil {
		return err
	}
	failed, why := 0, map[string][]string{}
	for _, s := range p.sources {
		if s.Failed {
			failed++
			why[s.Says] = append(why[s.Says], s.Label)
		}
	}
	for _, says := range slices.Sorted(maps.Keys(why)) {
		fmt.Fprintf(p.errs, "paddock: the log of %s can't be read: %s\n", named(why[says]), says)
	}
	switch {
	case failed == 0:
		return nil
	case failed == len(p.sources):
		return silent{code: exitFailed}
	}
	return silent{code: exitPart}
}

// logLine is a line as -o json prints it.
type logLine struct {
	Time      time.Time `json:"time"`
	Job       string    `json:"job"`
	Worker    string    `json:"worker"`
	Pod       string    `json:"pod"`
	Node      string    `json:"node,omitempty"`
	Container string    `json:"container"`
	Attempt   int       `json:"attempt"`
	Restart   int32     `json:"restart"` // of the container, in this attempt
	Level     string    `json:"level,omitempty"`
	Kind      string    `json:"kind,omitempty"` // of what paddock says: "gap", "end", "start"
	Text      string    `json:"text"`
}

var markKinds = map[logs.Kind]string{logs.GapMark: "gap", logs.EndMark: "end", logs.StartMark: "start"}

// write writes a line. What paddock says of the stream goes to the error stream,
// in JSON among the lines.
func (p *logPrinter) write(l logs.Line) error {
	s := &p.sources[l.Source]
	if p.wish.format == "json" {
		text, err := json.Marshal(logLine{
			l.Time().UTC(), s.Job.String(), s.Label, s.Pod.Name, s.Node, s.Container, s.Attempt, l.Run, strings.ToLower(l.Level.String()), markKinds[l.Kind], string(l.Text),
		})
		if err == nil {
			_, err = p.buffered.Write(append(text, '\n'))
		}
		return err
	}
	if l.Kind > logs.Continued {
		if err := p.flush(); err != nil {
			return err
		}
		_, err := fmt.Fprintf(p.errs, "# %s: %s\n", s.Label, l.Text)
		return err
	}
	b := p.line[:0]
	if p.wish.times {
		b = l.Time().UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z ")
	}
	if !p.wish.noPrefix {
		if p.colour {
			b = append(b, "\x1b[3"...)
			b = strconv.AppendInt(b, int64(1+l.Source%6), 10)
			b = append(b, 'm')
		}
		b = append(b, s.Label...)
		b = append(b, " | "...)
		if p.colour {
			b = append(b, "\x1b[0m"...)
		}
	}
	b = append(append(b, l.Text...), '\n')
	p.line = b
	_, err := p.buffered.Write(b)
	return err
}
