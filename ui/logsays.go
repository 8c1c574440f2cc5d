package ui

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"paddock/logs"
)

// note says how much there is.
func (s *logScreen) note(*env) string {
	if s.state == nil {
		return ""
	}
	words := "follows"
	if !s.follows {
		words = "paused"
		if fresh := s.view.Lines() + int(s.view.Dropped().Lines) - s.begun; fresh > 0 {
			words += ", " + count(fresh) + " new"
		}
	}
	text := plural(s.view.Lines(), "line")
	if d := s.view.Dropped(); d.Lines > 0 {
		text += " (" + count(int(d.Lines)) + " older dropped)"
	}
	return text + "  " + words
}

// summary is the line above the logs: who is read, who is not, and how.
func (s *logScreen) summary(e *env) (left, right []span) {
	st := s.state
	left = []span{plain(" ")}
	add := func(t tone, text string) { left = append(left, span{text + "  ", t}) }
	if s.chosen() {
		all, shown := map[teller]bool{}, map[teller]bool{}
		for i := range st.Sources {
			w := tellerOf(&st.Sources[i])
			if all[w] = true; s.shows(w) {
				shown[w] = true
			}
		}
		add(toneAccent, fmt.Sprintf("%d of %d shown", len(shown), len(all)))
	}
	live := 0
	for i := range st.Sources {
		if st.Sources[i].State == logs.Live {
			live++
		}
	}
	switch n := len(st.Sources); {
	case st.Followed < n:
		add(toneWarn, fmt.Sprintf("%d of %d workers followed, m: more", st.Followed, n))
	default:
		add(toneDim, fmt.Sprintf("%s, %d live", plural(n, "worker"), live))
	}
	if s.lens.Least > logs.Info {
		add(toneAccent, strings.ToLower(s.lens.Least.String())+"s only")
	}
	if !s.lens.Filter.All() {
		add(toneAccent, fmt.Sprintf("&%s +%d", s.lens.Filter, s.lens.Around))
	}
	if st.Failure != "" {
		add(toneBad, st.Failure)
	}
	modes := []string{s.span}
	if s.wish.Container != "" {
		modes = append(modes, "container "+s.wish.Container)
	}
	if s.wish.Previous {
		modes = append(modes, "attempt before")
	}
	if s.lens.Fold {
		modes = append(modes, "folded")
	}
	if s.mark != nil {
		modes = append(modes, "v marks a range")
	}
	right = []span{dim(strings.Join(modes, "  ") + " ")}
	for _, t := range s.troubles(e) { // the gravest first, as far as there is room
		if t.tone == toneBad || widthOf(left)+cells(t.text)+widthOf(right) < s.width {
			left = append(left, t)
		}
	}
	return left, right
}

// troubles names the sources that something is to be said of.
func (s *logScreen) troubles(e *env) []span {
	bad, waiting := map[string][]string{}, map[string][]string{}
	silent := map[string][]string{}
	spoken := false // somebody printed something lately: often one worker alone does
	for i := range s.state.Sources {
		src := &s.state.Sources[i]
		quiet, isQuiet := s.silence(e, src)
		switch {
		case src.State == logs.Broken, src.Failed:
			bad[src.Says] = append(bad[src.Says], s.label(src))
		case src.State == logs.Waiting:
			waiting[src.Says] = append(waiting[src.Says], s.label(src))
		case isQuiet:
			silent["silent "+age(quiet)] = append(silent["silent "+age(quiet)], s.label(src))
		case src.State == logs.Live && !src.Last.IsZero():
			spoken = true
		}
	}
	quietTone := toneWarn
	if spoken {
		quietTone = toneDim
	}
	return slices.Concat(sayings(bad, toneBad), sayings(waiting, toneWarn), sayings(silent, quietTone))
}

// silence is how long a worker that runs has printed nothing; false when that is
// nothing to tell.
func (s *logScreen) silence(e *env, src *logs.Source) (time.Duration, bool) {
	quiet := e.now.Sub(src.Last)
	return quiet, src.State == logs.Live && !src.Last.IsZero() && s.running[src.UID] && quiet >= silentFrom
}

// sayings names who something is said of, the most first: "w1 and 3 more CrashLoopBackOff".
func sayings(all map[string][]string, t tone) []span {
	says := slices.SortedFunc(maps.Keys(all), func(a, b string) int {
		return cmp.Or(len(all[b])-len(all[a]), strings.Compare(a, b))
	})
	var out []span
	for _, what := range says {
		who := all[what][0]
		if n := len(all[what]) - 1; n > 0 {
			who += fmt.Sprintf(" and %d more", n)
		}
		out = append(out, span{who + " " + what + "  ", t})
	}
	return out
}

// blank says why there is nothing.
func (s *logScreen) blank(e *env, width, height int) []string {
	says, t := s.nothing(e)
	top := spaces(width)
	if s.state != nil && len(s.state.Sources) > 0 {
		left, right := s.summary(e)
		top = e.split(width, left, right)
	}
	lines := []string{top}
	for _, text := range says {
		for _, l := range wrap(text, width-2) {
			lines = append(lines, e.line(width, plain(" "), span{l, t}))
		}
	}
	return fill(lines, width, height)
}

// nothing is why no line is shown.
func (s *logScreen) nothing(e *env) ([]string, tone) {
	switch {
	case s.failed != "":
		return []string{s.failed}, toneBad
	case len(s.known) == 0:
		return s.nobody(e), toneDim
	case s.state == nil:
		return []string{"reading the logs of " + plural(len(s.known), "worker") + " ..."}, toneDim
	case len(s.state.Sources) == 0 && s.wish.Previous:
		return []string{"no worker had an attempt before; p shows the present ones"}, toneDim
	case s.view.Lines() > 0:
		var by []string
		if !s.lens.Filter.All() {
			by = append(by, "no line has "+s.lens.Filter.String()+" (esc)")
		}
		if s.chosen() {
			by = append(by, "workers are left out (o shows all)")
		}
		if s.lens.Least != logs.Unleveled {
			by = append(by, "other levels are left out (L)")
		}
		return append([]string{"all lines are left out:"}, by...), toneDim
	}
	says := []string{"no line was printed: " + s.span}
	for _, sp := range s.troubles(e) {
		says = append(says, strings.TrimSpace(sp.text))
	}
	return says, toneDim
}

// nobody says why there is no worker.
func (s *logScreen) nobody(e *env) []string {
	says := []string{"there is no worker whose logs could be read; those that come are joined in"}
	for _, j := range e.fleet.Jobs {
		if j.UID == s.uid && j.Ref == s.job {
			says = append(says, j.Ref.String()+" is "+string(j.State)+after(": ", j.Why))
		}
	}
	if s.job.Name == "" {
		return says
	}
	if at := e.dash.LogLink(s.job); at != "" {
		says = append(says, "older logs may be at "+at)
	}
	return says
}
