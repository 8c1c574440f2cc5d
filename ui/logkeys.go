package ui

import (
	"strconv"
	"time"

	"paddock/logs"
)

// spans of time that the keys 0 to 6 ask for.
var logSpans = []struct {
	key, says string
	tail      int64
	since     time.Duration
}{

	{"0", "last 500 of each", firstTail, 0},
	{"1", "all", 0, 0},
	{"2", "1m", 0, time.Minute},
	{"3", "5m", 0, 5 * time.Minute},
	{"4", "15m", 0, 15 * time.Minute},
	{"5", "30m", 0, 30 * time.Minute},
	{"6", "1h", 0, time.Hour},
}

func (s *logScreen) keys(e *env) []binding {
	own := []binding{
		{keys: []string{"s"}, help: s.followWord(), long: "follow what is printed, or stay; moving up stays as well", footer: true, run: s.toggleFollow},
		{keys: []string{"n"}, help: "next match", footer: !s.query.All(), run: func() effect { return s.next(true) }},
		{keys: []string{"N"}, help: "match before", run: func() effect { return s.next(false) }},
		{keys: []string{"e"}, help: "error", long: "the next error", footer: true, run: func() effect { return s.nextError(true) }},
		{keys: []string{"E"}, help: "error before", run: func() effect { return s.nextError(false) }},
		{keys: []string{"!"}, help: "first", long: "the first error of all workers, in what was read", footer: true, run: func() effect { return s.firstError() }},
		{keys: []string{"o"}, help: "alone", long: "show the worker under the cursor alone, or all again", footer: true, run: s.solo},
		{keys: []string{"h"}, help: "leave it out", long: "leave the worker under the cursor out", run: s.hide},
		{keys: []string{"r"}, help: "workers", long: "choose whose lines are shown", disabled: s.unread, run: func() effect { return s.chooseWorkers(e) }},
		{keys: []string{"u"}, help: "fold", long: "draw what several workers say alike in the same second as one line, or each", footer: true, run: s.toggleFold},
		{keys: []string{"&"}, help: "only", long: "leave out the lines without a text (~ before a regular expression; no text shows all again); [ ] show fewer or more lines around", run: s.askOnly},
		{keys: []string{"["}, help: "fewer around", run: func() effect { return s.around(-1) }},
		{keys: []string{"]"}, help: "more around", run: func() effect { return s.around(1) }},
		{keys: []string{"L"}, help: "levels", long: "all lines, warnings and errors, errors alone", run: s.nextLevel},
		{keys: []string{"t"}, help: "times", long: "no times, times, ages", run: s.nextStamp},
		{keys: []string{"w"}, help: "wrap", long: "wrap long lines, or cut them", run: s.toggleWrap},
		{keys: []string{"x"}, help: "JSON", long: "JSON lines in words, or as they are", run: s.toggleRaw},
		{keys: []string{"enter"}, help: "the line", long: "the line under the cursor, all of it, JSON unfolded", run: s.openLine},
		{keys: []string{"p"}, help: "previous", long: "the attempt before of each worker, or the present one", run: func() effect { return s.togglePrevious(e) }},
		{keys: []string{"C"}, help: "container", long: "choose another container, also init containers and sidecars", run: func() effect { return s.askContainers(e) }},
		{keys: []string{"m"}, help: "more", long: "follow more workers at a time", disabled: s.allFollowed, run: s.more},
		{keys: []string{"v"}, help: "mark", long: "mark lines from here on, for c and ctrl-s; again ends it", run: s.toggleMark},
		{keys: []string{"ctrl+s"}, show: "ctrl-s", help: "save", long: "save what is shown, or everything, to a file", run: func() effect { return s.askSave(e) }},
		{keys: []string{"|"}, help: "pager", long: "open what is shown in $PAGER", run: s.openPager},
	}
	for _, sp := range logSpans {
		own = append(own, binding{keys: []string{sp.key}, help: sp.says, long: "read " + sp.says + "; :since 90s or :since 14:30 reads any other", run: func() effect {
			return s.reread(e, sp.says, func() { s.wish.Tail, s.wish.Since = sp.tail, sinceTime(e.now, sp.since) })
		}})
	}
	return append(own, s.moves()...)
}

func sinceTime(now time.Time, d time.Duration) time.Time {
	if d == 0 {
		return time.Time{}
	}
	return now.Add(-d)
}

// moves move the cursor.
func (s *logScreen) moves() []binding {
	lines := func(keys []string, show, help string, n func() int) binding {
		return binding{keys: keys, show: show, help: help, run: func() effect {
			s.step(n())
			return effect{}
		}}
	}
	side := func(key, show, help string, to func() int) binding {
		return binding{keys: []string{key}, show: show, help: help, run: func() effect {
			s.left = max(to(), 0)
			return effect{}
		}, disabled: func() string {
			if !s.cut {
				return "long lines are wrapped; w cuts them"
			}
			return ""
		}}
	}
	return []binding{
		lines([]string{"up", "k"}, "↑ k", "up", func() int { return -1 }),
		lines([]string{"down", "j"}, "↓ j", "down", func() int { return 1 }),
		lines([]string{"pgup", "ctrl+b"}, "PgUp ctrl-b", "a page up", func() int { return -max(s.height-1, 1) }),
		lines([]string{"pgdown", "ctrl+f"}, "PgDn ctrl-f", "a page down", func() int { return max(s.height-1, 1) }),
		lines([]string{"K", "ctrl+u"}, "K ctrl-u", "half a page up", func() int { return -max(s.height/2, 1) }),
		lines([]string{"J"}, "J", "half a page down", func() int { return max(s.height/2, 1) }),
		{keys: []string{"g", "home"}, show: "g Home", help: "to the top", run: s.toTop},
		{keys: []string{"G", "end"}, show: "G End", help: "to the end", long: "to the end, and follow", run: s.toEnd},
		side("left", "←", "to the left", func() int { return s.left - sideStep }),
		side("right", "→", "to the right", func() int { return s.left + sideStep }),
	}
}

func (s *logScreen) toTop() effect {
	if s.view != nil {
		if p, ok := s.view.First(); ok {
			s.jump(s.view.Line(p).Place())
		}
	}
	return effect{}
}

func (s *logScreen) toEnd() effect {
	s.follows = true
	return effect{}
}

func (s *logScreen) followWord() string {
	if s.follows {
		return "stay"
	}
	return "follow"
}

func (s *logScreen) toggleFollow() effect {
	if s.follows {
		s.pause()
		return say("it stays; s follows again")
	}
	s.follows = true
	return say("it follows what is printed")
}

func (s *logScreen) toggleFold() effect {
	s.lens.Fold = !s.lens.Fold
	s.look()
	if s.lens.Fold {
		return say("what several workers say in the same second is one line")
	}
	return say("each line by itself")
}

func (s *logScreen) askOnly() effect {
	return effect{line: "only " + s.lens.Filter.String()}
}

// onlyLines leaves out the lines without a text.
func (s *logScreen) onlyLines(text string) effect {
	q, err := logs.ParseQuery(text)
	if err != nil {
		return complain(err.Error())
	}
	s.lens.Filter = q
	s.look()
	if q.All() {
		return say("all lines")
	}
	return say("only lines with " + text + "; esc shows all again")
}

func (s *logScreen) around(n int) effect {
	s.lens.Around = max(s.lens.Around+n, 0)
	s.look()
	if s.lens.Filter.All() {
		return say(plural(s.lens.Around, "line") + " around, once & leaves lines out")
	}
	return effect{}
}

func (s *logScreen) nextLevel() effect {
	says := map[logs.Level]string{logs.Unleveled: "all lines", logs.Warning: "warnings and errors", logs.Error: "errors alone"}
	s.lens.Least = map[logs.Level]logs.Level{logs.Unleveled: logs.Warning, logs.Warning: logs.Error}[s.lens.Least]
	s.look()
	return say(says[s.lens.Least])
}

func (s *logScreen) nextStamp() effect {
	s.stamp = (s.stamp + 1) % stamps
	return effect{}
}

func (s *logScreen) toggleWrap() effect {
	s.cut, s.left = !s.cut, 0
	if s.cut {
		return say("long lines are cut; arrows scroll sideways")
	}
	return say("long lines are wrapped")
}

func (s *logScreen) toggleRaw() effect {
	s.raw = !s.raw
	if s.raw {
		return say("JSON lines as they are")
	}
	return say("JSON lines in words")
}

func (s *logScreen) toggleMark() effect {
	l, ok := s.line()
	if !ok {
		return effect{}
	}
	if s.mark != nil {
		s.mark = nil
		return effect{}
	}
	at := l.Place()
	s.pause()
	s.mark = &at
	return say("marks from here on: c copies, ctrl-s saves, v ends it")
}

// reread reads anew with another wish.
func (s *logScreen) reread(e *env, span string, change func()) effect {
	change()
	s.span, s.follows = span, true
	return effect{cmd: s.begin(e)}
}

func (s *logScreen) togglePrevious(e *env) effect {
	return s.reread(e, s.span, func() {
		s.wish.Previous = !s.wish.Previous
		s.wish.Follow = !s.wish.Previous
	})
}

// since reads what was printed since a time of day, or so long ago.
func (s *logScreen) since(e *env, text string) effect {
	at, err := time.ParseInLocation("15:04", text, e.now.Location())
	if err == nil {
		y, m, d := e.now.Date()
		at = time.Date(y, m, d, at.Hour(), at.Minute(), 0, 0, e.now.Location())
		if at.After(e.now) {
			at = at.AddDate(0, 0, -1)
		}
	} else {
		ago, err := parseAge(text)
		if err != nil || ago <= 0 {
			return complain(":since wants an age like 90s or 2h, or a time like 14:30")
		}
		at = e.now.Add(-ago)
	}
	return s.reread(e, "since "+text, func() { s.wish.Tail, s.wish.Since = 0, at })
}

func (s *logScreen) allFollowed() string {
	if s.state == nil || s.state.Followed == len(s.state.Sources) {
		return "all workers are followed"
	}
	return ""
}

func (s *logScreen) more() effect {
	s.turn.ask(logs.Ask{Workers: s.known, More: moreLogs})
	return say("up to " + strconv.Itoa(moreLogs) + " more workers are followed")
}
